//! How the options after the factory are read, and what is said of those that are wrong.

/// Reads the options, one after the other: `[subject] [suite] [ignore] [deviations]` and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __options {
    // What `behaviour!` writes after its input, which may end in a comma.
    ($subject:tt [] $ignore:tt $deviates:tt $(,)? @behaviour) => {
        $crate::__behaviour! { $subject [behaviour] $ignore $deviates }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt $(,)? @behaviour) => {
        $crate::__behaviour! { $subject $suite $ignore $deviates }
    };
    ($subject:tt [] $ignore:tt $deviates:tt) => {
        $crate::__suite! { $subject [store_conformance] $ignore $deviates }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt) => {
        $crate::__suite! { $subject $suite $ignore $deviates }
    };
    ([[[] [] []] $factory:tt [] $newer:tt $lose:tt] $suite:tt $ignore:tt $deviates:tt restore = $($rest:tt)*) => {
        ::core::compile_error!(
            "`restore` makes the data of a site, so it needs a claim whose factory takes the site: write `store_conformance!(durable, |site| MyStore::new(site.path().join(\"my.db\")), restore = |snapshot, site| MyStore::restore(snapshot, &site.path().join(\"my.db\")));`"
        );
    };
    ([$claims:tt $factory:tt [] $newer:tt $lose:tt] $suite:tt $ignore:tt $deviates:tt restore = $restore:expr $(, $($rest:tt)*)?) => {
        $crate::__options! { [$claims $factory [$restore] $newer $lose] $suite $ignore $deviates $($($rest)*)? }
    };
    ([[$durable:tt $shared:tt []] $factory:tt $restore:tt [] $lose:tt] $suite:tt $ignore:tt $deviates:tt newer = $($rest:tt)*) => {
        ::core::compile_error!(
            "`newer` makes the files of a site those of a newer build, so it needs the claim `files`: write `store_conformance!(durable, files, |site| MyStore::new(site.path().join(\"my.db\")), newer = |site| mark_as_newer(&site.path().join(\"my.db\")));`"
        );
    };
    ([$claims:tt $factory:tt $restore:tt [] $lose:tt] $suite:tt $ignore:tt $deviates:tt newer = $newer:expr $(, $($rest:tt)*)?) => {
        $crate::__options! { [$claims $factory $restore [$newer] $lose] $suite $ignore $deviates $($($rest)*)? }
    };
    ([[[] $shared:tt $files:tt] $factory:tt $restore:tt $newer:tt []] $suite:tt $ignore:tt $deviates:tt lose_unsynced = $($rest:tt)*) => {
        ::core::compile_error!(
            "`lose_unsynced` is for what outlives a loss of power, so it needs the claim `durable`: write `store_conformance!(durable, |site| MyStore::new(site.path().join(\"my.db\")), lose_unsynced = |site| forget_what_was_not_synced(site.path()));`"
        );
    };
    ([$claims:tt $factory:tt $restore:tt $newer:tt []] $suite:tt $ignore:tt $deviates:tt lose_unsynced = $lose:expr $(, $($rest:tt)*)?) => {
        $crate::__options! { [$claims $factory $restore $newer [$lose]] $suite $ignore $deviates $($($rest)*)? }
    };
    ($subject:tt [] $ignore:tt $deviates:tt suite = $name:ident $(, $($rest:tt)*)?) => {
        $crate::__options! { $subject [$name] $ignore $deviates $($($rest)*)? }
    };
    ($subject:tt $suite:tt [] $deviates:tt ignore = $why:literal $(, $($rest:tt)*)?) => {
        $crate::__options! { $subject $suite [$why] $deviates $($($rest)*)? }
    };
    ($subject:tt $suite:tt $ignore:tt [] deviates { $($deviations:tt)* } $(, $($rest:tt)*)?) => {
        $crate::__deviates! { [$subject $suite $ignore $($($rest)*)?] [] $($deviations)* }
    };
    // What is wrong with the option that comes next.
    ($subject:tt $suite:tt $ignore:tt $deviates:tt restore = $restore:expr $(, $($rest:tt)*)?) => {
        $crate::__twice! { restore }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt restore $($rest:tt)*) => {
        ::core::compile_error!(
            "`restore` needs what makes a site's data from a snapshot: write `restore = |snapshot, site| MyStore::restore(snapshot, &site.path().join(\"my.db\"))`"
        );
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt newer = $newer:expr $(, $($rest:tt)*)?) => {
        $crate::__twice! { newer }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt newer $($rest:tt)*) => {
        ::core::compile_error!(
            "`newer` needs what makes a site's data those of a newer build: write `newer = |site| mark_as_newer(&site.path().join(\"my.db\"))`"
        );
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt lose_unsynced = $lose:expr $(, $($rest:tt)*)?) => {
        $crate::__twice! { lose_unsynced }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt lose_unsynced $($rest:tt)*) => {
        ::core::compile_error!(
            "`lose_unsynced` needs what loses what was not synced: write `lose_unsynced = |site| forget_what_was_not_synced(site.path())`"
        );
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt suite = $name:ident, $($rest:tt)*) => {
        $crate::__twice! { suite }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt ignore = $why:literal, $($rest:tt)*) => {
        $crate::__twice! { ignore }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt deviates { $($deviations:tt)* }, $($rest:tt)*) => {
        $crate::__twice! { deviates }
    };
    ($subject:tt [$given:ident] $ignore:tt $deviates:tt suite = $name:ident) => { $crate::__twice! { suite } };
    ($subject:tt $suite:tt [$($given:tt)+] $deviates:tt ignore = $why:literal) => { $crate::__twice! { ignore } };
    ($subject:tt $suite:tt $ignore:tt [$($given:tt)+] deviates { $($deviations:tt)* }) => {
        $crate::__twice! { deviates }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt suite = $name:ident $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "a comma is missing after `suite = ",
            ::core::stringify!($name),
            "`"
        ));
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt suite $($rest:tt)*) => {
        ::core::compile_error!("`suite` needs a name that a module can have: write `suite = my_store`");
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt ignore = $why:literal $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "a comma is missing after `ignore = ",
            ::core::stringify!($why),
            "`"
        ));
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt ignore $($rest:tt)*) => {
        ::core::compile_error!("`ignore` needs its reason as a text: write `ignore = \"needs a server\"`");
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt deviates { $($deviations:tt)* } $($rest:tt)+) => {
        ::core::compile_error!("a comma is missing after `deviates { .. }`");
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt deviates $($rest:tt)*) => {
        ::core::compile_error!(
            "deviations stand in braces: write `deviates { lru::ties_break_by_id => \"why the store breaks it\" }`"
        );
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt durable $($rest:tt)*) => {
        $crate::__claim_before_the_factory! { durable }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt shared $($rest:tt)*) => {
        $crate::__claim_before_the_factory! { shared }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt files $($rest:tt)*) => {
        $crate::__claim_before_the_factory! { files }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt $option:tt $($rest:tt)*) => {
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
    ($claim:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($claim),
            "` is a claim, and stands before the factory: write `store_conformance!(",
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

/// Reads the deviations, one after the other: `[what the options go on with] [the deviations so far]` and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __deviates {
    ([$subject:tt $suite:tt $ignore:tt $($options:tt)*] [$($read:tt)+]) => {
        $crate::__options! { $subject $suite $ignore [$($read)+] $($options)* }
    };
    ($back:tt []) => {
        ::core::compile_error!(
            "no deviation is listed: write `deviates { lru::ties_break_by_id => \"why the store breaks it\" }`, or nothing"
        );
    };
    ($back:tt [$($read:tt)*] $area:ident :: $clause:ident => $why:literal $(, $($rest:tt)*)?) => {
        $crate::__deviates! { $back [$($read)* ($area $clause $why)] $($($rest)*)? }
    };
    ($back:tt $read:tt $area:ident :: $clause:ident => $why:literal $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!("a comma is missing after ", ::core::stringify!($why)));
    };
    ($back:tt $read:tt $area:ident :: $clause:ident $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "a deviation needs its reason as a text: write `",
            ::core::stringify!($area),
            "::",
            ::core::stringify!($clause),
            " => \"why the store breaks it\"`"
        ));
    };
    ($back:tt $read:tt $other:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($other),
            "` is no clause's full name, which is its area's and its own: write `deviates { lru::ties_break_by_id => \"why the store breaks it\" }`"
        ));
    };
}
