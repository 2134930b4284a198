//! How the options after the factory are read, and what is said of those that are wrong.

/// Reads the options, one after the other: the macro that was called, `[subject] [suite] [ignore] [deviations]` and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __options {
    (behaviour $subject:tt [] $ignore:tt $deviates:tt) => {
        $crate::__behaviour! { $subject [behaviour] $ignore $deviates }
    };
    (behaviour $subject:tt $suite:tt $ignore:tt $deviates:tt) => {
        $crate::__behaviour! { $subject $suite $ignore $deviates }
    };
    (store_conformance $subject:tt [] $ignore:tt $deviates:tt) => {
        $crate::__suite! { $subject [store_conformance] $ignore $deviates }
    };
    (store_conformance $subject:tt $suite:tt $ignore:tt $deviates:tt) => {
        $crate::__suite! { $subject $suite $ignore $deviates }
    };
    ($macro:ident [[[] [] []] $factory:tt [] $newer:tt $lose:tt] $suite:tt $ignore:tt $deviates:tt restore = $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`restore` makes the data of a site, so it needs a claim whose factory takes the site: write `",
            ::core::stringify!($macro),
            "!(durable, |site| MyStore::new(site.path().join(\"my.db\")), restore = |snapshot, site| MyStore::restore(snapshot, &site.path().join(\"my.db\")));`"
        ));
    };
    ($macro:ident [$claims:tt $factory:tt [] $newer:tt $lose:tt] $suite:tt $ignore:tt $deviates:tt restore = $restore:expr $(, $($rest:tt)*)?) => {
        $crate::__options! { $macro [$claims $factory [$restore] $newer $lose] $suite $ignore $deviates $($($rest)*)? }
    };
    ($macro:ident [[$durable:tt $shared:tt []] $factory:tt $restore:tt [] $lose:tt] $suite:tt $ignore:tt $deviates:tt newer = $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`newer` makes the files of a site those of a newer build, so it needs the claim `files`: write `",
            ::core::stringify!($macro),
            "!(durable, files, |site| MyStore::new(site.path().join(\"my.db\")), newer = |site| mark_as_newer(&site.path().join(\"my.db\")));`"
        ));
    };
    ($macro:ident [$claims:tt $factory:tt $restore:tt [] $lose:tt] $suite:tt $ignore:tt $deviates:tt newer = $newer:expr $(, $($rest:tt)*)?) => {
        $crate::__options! { $macro [$claims $factory $restore [$newer] $lose] $suite $ignore $deviates $($($rest)*)? }
    };
    ($macro:ident [[[] $shared:tt $files:tt] $factory:tt $restore:tt $newer:tt []] $suite:tt $ignore:tt $deviates:tt lose_unsynced = $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`lose_unsynced` is for what outlives a loss of power, so it needs the claim `durable`: write `",
            ::core::stringify!($macro),
            "!(durable, |site| MyStore::new(site.path().join(\"my.db\")), lose_unsynced = |site| forget_what_was_not_synced(site.path()));`"
        ));
    };
    ($macro:ident [$claims:tt $factory:tt $restore:tt $newer:tt []] $suite:tt $ignore:tt $deviates:tt lose_unsynced = $lose:expr $(, $($rest:tt)*)?) => {
        $crate::__options! { $macro [$claims $factory $restore $newer [$lose]] $suite $ignore $deviates $($($rest)*)? }
    };
    ($macro:ident $subject:tt [] $ignore:tt $deviates:tt suite = $name:ident $(, $($rest:tt)*)?) => {
        $crate::__options! { $macro $subject [$name] $ignore $deviates $($($rest)*)? }
    };
    ($macro:ident $subject:tt $suite:tt [] $deviates:tt ignore = $why:literal $(, $($rest:tt)*)?) => {
        $crate::__options! { $macro $subject $suite [$why] $deviates $($($rest)*)? }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt [] deviates { $($deviations:tt)* } $(, $($rest:tt)*)?) => {
        $crate::__deviates! { [$macro $subject $suite $ignore $($($rest)*)?] [] $($deviations)* }
    };
    // What is wrong with the option that comes next.
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt restore = $restore:expr $(, $($rest:tt)*)?) => {
        $crate::__twice! { restore }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt restore $($rest:tt)*) => {
        ::core::compile_error!(
            "`restore` needs what makes a site's data from a snapshot: write `restore = |snapshot, site| MyStore::restore(snapshot, &site.path().join(\"my.db\"))`"
        );
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt newer = $newer:expr $(, $($rest:tt)*)?) => {
        $crate::__twice! { newer }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt newer $($rest:tt)*) => {
        ::core::compile_error!(
            "`newer` needs what makes a site's data those of a newer build: write `newer = |site| mark_as_newer(&site.path().join(\"my.db\"))`"
        );
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt lose_unsynced = $lose:expr $(, $($rest:tt)*)?) => {
        $crate::__twice! { lose_unsynced }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt lose_unsynced $($rest:tt)*) => {
        ::core::compile_error!(
            "`lose_unsynced` needs what loses what was not synced: write `lose_unsynced = |site| forget_what_was_not_synced(site.path())`"
        );
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt suite = $name:ident, $($rest:tt)*) => {
        $crate::__twice! { suite }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt ignore = $why:literal, $($rest:tt)*) => {
        $crate::__twice! { ignore }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt deviates { $($deviations:tt)* }, $($rest:tt)*) => {
        $crate::__twice! { deviates }
    };
    ($macro:ident $subject:tt [$given:ident] $ignore:tt $deviates:tt suite = $name:ident) => { $crate::__twice! { suite } };
    ($macro:ident $subject:tt $suite:tt [$($given:tt)+] $deviates:tt ignore = $why:literal) => { $crate::__twice! { ignore } };
    ($macro:ident $subject:tt $suite:tt $ignore:tt [$($given:tt)+] deviates { $($deviations:tt)* }) => {
        $crate::__twice! { deviates }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt suite = $name:ident $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "a comma is missing after `suite = ",
            ::core::stringify!($name),
            "`"
        ));
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt suite $($rest:tt)*) => {
        ::core::compile_error!("`suite` needs a name that a module can have: write `suite = my_store`");
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt ignore = $why:literal $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "a comma is missing after `ignore = ",
            ::core::stringify!($why),
            "`"
        ));
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt ignore $($rest:tt)*) => {
        ::core::compile_error!("`ignore` needs its reason as a text: write `ignore = \"needs a server\"`");
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt deviates { $($deviations:tt)* } $($rest:tt)+) => {
        ::core::compile_error!("a comma is missing after `deviates { .. }`");
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt deviates $($rest:tt)*) => {
        ::core::compile_error!(
            "deviations stand in braces: write `deviates { lru::ties_break_by_id => \"why the store breaks it\" }`"
        );
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt durable $($rest:tt)*) => {
        $crate::__claim_before_the_factory! { $macro durable }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt shared $($rest:tt)*) => {
        $crate::__claim_before_the_factory! { $macro shared }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt files $($rest:tt)*) => {
        $crate::__claim_before_the_factory! { $macro files }
    };
    ($macro:ident $subject:tt $suite:tt $ignore:tt $deviates:tt $option:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($option),
            "` is no option: after the factory come `restore = |snapshot, site| ..`, `newer = |site| ..`, `lose_unsynced = |site| ..`, `suite = name`, `ignore = \"reason\"` and `deviates { area::clause => \"why\" }`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __claim_before_the_factory {
    ($macro:ident $claim:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($claim),
            "` is a claim, and stands before the factory: write `",
            ::core::stringify!($macro),
            "!(",
            ::core::stringify!($claim),
            ", |site| MyStore::new(site.path().join(\"my.db\")));`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __twice {
    ($option:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($option),
            "` is there twice: write it once"
        ));
    };
}
