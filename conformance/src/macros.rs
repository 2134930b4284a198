//! `store_conformance!`, and what it expands through.

mod behaviour;

/// Checks a store against the whole contract: expands into a module of tests, one for each clause that binds the
/// store, and one, `report`, that shows how every clause ended.
///
/// ```text
/// store_conformance!(MyStore::new);                                       // a store that keeps its data in the handle
/// store_conformance!(durable, |site| MyStore::new(site.path().join("my.db")));   // data outlive the handle
/// ```
///
/// The factory answers a store, or a `Result` of one. Before it stand the store's claims, in any order; each is
/// independent of the others:
///
/// | claim | meaning |
/// |---|---|
/// | `durable` | the data outlive the handle |
/// | `shared` | several handles, in one process or many, work on the same data at once |
/// | `files` | the data are files in the site's directory that nobody else serves |
///
/// A factory after a claim takes the [`Site`](crate::Site) that the data are to live in; it is called again with the
/// same site to make another handle there. Without a claim it takes nothing. What a store does not claim is checked
/// the other way round where the contract says what it must do instead.
///
/// After the factory, in any order:
///
/// | option | meaning |
/// |---|---|
/// | `restore = \|snapshot, site\| ..` | claims snapshots: how a snapshot becomes the data of a site that holds none; it answers a [`mneme::Result<()>`](mneme::Result) |
/// | `newer = \|site\| ..` | how the files of a site that a handle was closed on become those of a newer build, such as by a greater schema version; it answers a `Result<(), E>`. Without it `files::newer_schema_is_refused` is not checked |
/// | `lose_unsynced = \|site\| ..` | how what was written to a site and not synced is lost, see [`Subject::losing_unsynced_by`](crate::Subject::losing_unsynced_by); it answers a `Result<(), E>`. Without it `durable::survives_kill` misses a write that is acknowledged before it is synced |
/// | `suite = name` | the module's name, for several suites in one file; `store_conformance` without it |
/// | `ignore = "reason"` | the tests run only when they are asked for, as `#[ignore = "reason"]` does; one more, `ignored`, says so, and with `MNEME_CONFORMANCE_REQUIRE=1` it checks the store all the same |
/// | `deviates { area::clause => "why", .. }` | clauses that the store is known to break; an exact one that it keeps after all fails, and says so |
///
/// Call it in a file of `tests/`. In a `mod tests` of the crate that the store is in it works too, unless that crate
/// is `mneme` itself. In a doctest it checks nothing, since `cfg(test)` is off there.
#[macro_export]
macro_rules! store_conformance {
    () => {
        ::core::compile_error!("the factory is missing: write `store_conformance!(MyStore::new);`");
    };
    ($($input:tt)+) => { $crate::__claims! { [[] [] []] $($input)+ } };
}

/// Reads the claims, and then the factory: `[[durable] [shared] [files]]`, with a claim's place empty where it is not
/// claimed, and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __claims {
    ([[] $s:tt $f:tt] durable, $($rest:tt)+) => { $crate::__claims! { [[durable] $s $f] $($rest)+ } };
    ([$d:tt [] $f:tt] shared, $($rest:tt)+) => { $crate::__claims! { [$d [shared] $f] $($rest)+ } };
    ([$d:tt $s:tt []] files, $($rest:tt)+) => { $crate::__claims! { [$d $s [files]] $($rest)+ } };
    ($claims:tt durable, $($rest:tt)+) => { $crate::__claimed_twice! { durable } };
    ($claims:tt shared, $($rest:tt)+) => { $crate::__claimed_twice! { shared } };
    ($claims:tt files, $($rest:tt)+) => { $crate::__claimed_twice! { files } };
    ($claims:tt durable $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { durable } };
    ($claims:tt shared $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { shared } };
    ($claims:tt files $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { files } };
    // The options come last, so the factory is missing before one.
    ([[] [] []] restore = $($rest:tt)*) => { $crate::__factory_comes_first! { restore } };
    ([[] [] []] newer = $($rest:tt)*) => { $crate::__factory_comes_first! { newer } };
    ([[] [] []] lose_unsynced = $($rest:tt)*) => { $crate::__factory_comes_first! { lose_unsynced } };
    ([[] [] []] suite = $($rest:tt)*) => { $crate::__factory_comes_first! { suite } };
    ([[] [] []] ignore = $($rest:tt)*) => { $crate::__factory_comes_first! { ignore } };
    ([[] [] []] deviates { $($block:tt)* } $($rest:tt)*) => { $crate::__factory_comes_first! { deviates } };
    // A closure shows at once whether it takes the site.
    ([[] [] []] | | $($rest:tt)*) => { $crate::__claims! { [[] [] []] || $($rest)* } };
    ([[] [] []] | $($rest:tt)*) => { $crate::__factory_takes_nothing! {} };
    ([[] [] []] move | | $($rest:tt)*) => { $crate::__claims! { [[] [] []] move || $($rest)* } };
    ([[] [] []] move | $($rest:tt)*) => { $crate::__factory_takes_nothing! {} };
    // A word before an option is a function's name, and before anything else it was meant as a claim.
    ([[] [] []] $factory:ident, $($rest:tt)+) => {
        $crate::__claim_or_factory! { [[] [] []] $factory, $($rest)+ }
    };
    ([[] [] []] $factory:expr $(, $($options:tt)*)?) => {
        $crate::__options! { [[[] [] []] ($factory) [] [] []] [] [] [] $($($options)*)? }
    };
    ([[] [] []] $($rest:tt)*) => { $crate::__comma_after_the_factory! {} };
    // From here on something is claimed.
    ([$($claimed:tt)*] @behaviour) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] restore $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] newer $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] lose_unsynced $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] suite $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] ignore $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] deviates $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] || $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] | | $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] move || $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ([$($claimed:tt)*] move | | $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $($claimed)* } };
    ($claims:tt $factory:ident, $($rest:tt)+) => {
        $crate::__claim_or_factory! { $claims $factory, $($rest)+ }
    };
    ($claims:tt $factory:expr $(, $($options:tt)*)?) => {
        $crate::__options! { [$claims ($factory) [] [] []] [] [] [] $($($options)*)? }
    };
    ($claims:tt $($rest:tt)*) => { $crate::__comma_after_the_factory! {} };
}

/// Tells a function's name, which an option follows, from a word that was meant as a claim.
#[doc(hidden)]
#[macro_export]
macro_rules! __claim_or_factory {
    ($claims:tt $factory:ident, $(,)? @behaviour) => {
        $crate::__options! { [$claims ($factory) [] [] []] [] [] [] @behaviour }
    };
    ($claims:tt $factory:ident, suite $($rest:tt)*) => {
        $crate::__options! { [$claims ($factory) [] [] []] [] [] [] suite $($rest)* }
    };
    ($claims:tt $factory:ident, ignore $($rest:tt)*) => {
        $crate::__options! { [$claims ($factory) [] [] []] [] [] [] ignore $($rest)* }
    };
    ($claims:tt $factory:ident, deviates $($rest:tt)*) => {
        $crate::__options! { [$claims ($factory) [] [] []] [] [] [] deviates $($rest)* }
    };
    ($claims:tt $factory:ident, $option:ident = $($rest:tt)*) => {
        $crate::__options! { [$claims ($factory) [] [] []] [] [] [] $option = $($rest)* }
    };
    ($claims:tt $word:ident, $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($word),
            "` is no claim of a store: what a store can claim is `durable`, `shared` and `files`, as in `store_conformance!(durable, |site| MyStore::new(site.path().join(\"my.db\")));`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __claimed_twice {
    ($claim:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($claim),
            "` is claimed twice: write it once"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __a_claim_needs_a_factory {
    ([$first:ident] $($others:tt)*) => { $crate::__a_claim_needs_a_factory! { $first } };
    ([] $($others:tt)*) => { $crate::__a_claim_needs_a_factory! { $($others)* } };
    ($claim:ident) => {
        ::core::compile_error!(::core::concat!(
            "after `",
            ::core::stringify!($claim),
            "` comes a comma and a factory that takes the site: write `store_conformance!(",
            ::core::stringify!($claim),
            ", |site| MyStore::new(site.path().join(\"my.db\")));`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __comma_after_the_factory {
    () => {
        ::core::compile_error!("a comma is missing after the factory: write `store_conformance!(MyStore::new, suite = my_store);`");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __factory_takes_nothing {
    () => {
        ::core::compile_error!(
            "the factory of a store that claims nothing takes nothing: write `store_conformance!(|| MyStore::new());`, or, where the data outlive the handle, `store_conformance!(durable, |site| MyStore::new(site.path().join(\"my.db\")));`"
        );
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __factory_comes_first {
    ($option:ident) => {
        ::core::compile_error!(::core::concat!(
            "the factory is missing before `",
            ::core::stringify!($option),
            "`: write `store_conformance!(MyStore::new, ",
            ::core::stringify!($option),
            " ..);`"
        ));
    };
}

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
            "` is no option of `store_conformance!`: after the factory come `restore = |snapshot, site| ..`, `newer = |site| ..`, `lose_unsynced = |site| ..`, `suite = name`, `ignore = \"reason\"` and `deviates { area::clause => \"why\" }`"
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

/// Writes the subject and the module of tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __suite {
    ([$claims:tt ($factory:expr) [$($restore:expr)?] $newer:tt $lose:tt] [$suite:ident] [$($ignore:literal)?] [$(($area:ident $clause:ident $why:literal))*]) => {
        $crate::__suited! {
            [$claims ($factory) [$($restore)?] $newer $lose] $suite [$(($area $clause $why))*]
        }

        mod $suite {
            pub(super) enum Here {}

            #[cfg(test)]
            pub(super) static SUITE: $crate::Suite = $crate::Suite::new(
                <super::$suite::Here as $crate::Suited>::subject,
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_MANIFEST_DIR"),
                ::core::module_path!(),
            )$(.ignored($ignore))?;

            #[cfg(test)]
            #[test]
            $(#[ignore = $ignore])?
            fn report() -> ::core::result::Result<(), $crate::SuiteFailure> {
                SUITE.report()
            }

            $(
                #[cfg(test)]
                #[test]
                fn ignored() -> ::core::result::Result<(), $crate::SuiteFailure> {
                    SUITE.is_ignored($ignore)
                }
            )?

            #[cfg(test)]
            mod model {
                #[test]
                $(#[ignore = $ignore])?
                fn random() -> ::core::result::Result<(), $crate::SuiteFailure> {
                    super::SUITE.random()
                }

                #[test]
                $(#[ignore = $ignore])?
                fn exhaustive() -> ::core::result::Result<(), $crate::SuiteFailure> {
                    super::SUITE.exhaustive()
                }
            }

            #[cfg(test)]
            $crate::__contract! { [$crate::__tests] { [$claims [$($restore)?]] [$($ignore)?] } }
        }
    };
}

/// Writes what makes the subject.
#[doc(hidden)]
#[macro_export]
macro_rules! __suited {
    ([$claims:tt ($factory:expr) [$($restore:expr)?] [$($newer:expr)?] [$($lose:expr)?]] $suite:ident [$(($area:ident $clause:ident $why:literal))*]) => {
        // Here, where the factory's names mean what its author means, and outside of `cfg(test)`, so that a factory
        // that is wrong is an error in every build.
        impl $crate::Suited for $suite::Here {
            fn subject() -> $crate::Subject {
                $crate::__subject!($claims $factory)
                    $(.restored_by($restore))?
                    $(.made_newer_by($newer))?
                    $(.losing_unsynced_by($lose))?
                    $(.deviates(
                        {
                            // An import, because of a module that there is not it alone names the nearest.
                            use $crate::clause::$area;
                            &$area::$clause
                        },
                        $why,
                    ))*
            }
        }
    };
}

/// Takes the claims to the function that makes the subject.
#[doc(hidden)]
#[macro_export]
macro_rules! __subject {
    ([[] [] []] $factory:expr) => { $crate::Subject::volatile($factory) };
    ([[$($durable:ident)?] [$($shared:ident)?] [$($files:ident)?]] $factory:expr) => {
        $crate::Subject::claiming(
            [
                $($crate::__claim!($durable),)?
                $($crate::__claim!($shared),)?
                $($crate::__claim!($files),)?
            ],
            $factory,
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __claim {
    (durable) => {
        $crate::Claim::Durable
    };
    (shared) => {
        $crate::Claim::Shared
    };
    (files) => {
        $crate::Claim::Files
    };
}

/// Writes a module for each area, with a test for each clause that the claims call for.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ({ $claims:tt $ignore:tt } $($area:ident $title:literal { $(
        $clause:ident $words:tt says $says:literal because $because:literal look_at $look_at:literal;
    )* })*) => {
        $(
            mod $area {
                $($crate::__test! { $claims $ignore $words $area $clause })*
            }
        )*
    };
}

/// Writes one test, or none where the claims do not call for the clause or no check of it exists.
///
/// The claims are `[[[durable] [shared] [files]] [restore]]`, with what is not claimed empty.
#[doc(hidden)]
#[macro_export]
macro_rules! __test {
    ($claims:tt $ignore:tt [$binds:ident $certainty:ident later] $area:ident $clause:ident) => {};
    ($claims:tt $ignore:tt [every $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([[[] [] $f:tt] $n:tt] $ignore:tt [volatile $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([[[durable] $s:tt $f:tt] $n:tt] $ignore:tt [durable $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([[[durable] [] $f:tt] $n:tt] $ignore:tt [exclusive $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([[$d:tt [shared] $f:tt] $n:tt] $ignore:tt [shared $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([[$d:tt $s:tt [files]] $n:tt] $ignore:tt [files $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([$claims:tt [$($restore:tt)+]] $ignore:tt [snapshots $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ([$claims:tt []] $ignore:tt [no_snapshots $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { $ignore $area $clause }
    };
    ($claims:tt $ignore:tt [$binds:ident $certainty:ident checked] $area:ident $clause:ident) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __write_test {
    ([$($ignore:literal)?] $area:ident $clause:ident) => {
        #[test]
        $(#[ignore = $ignore])?
        fn $clause() -> ::core::result::Result<(), $crate::SuiteFailure> {
            super::SUITE.check(&$crate::clause::$area::$clause)
        }
    };
}
