//! `store_conformance!`, and how it and `behaviour!` read the claims and the factory.

mod behaviour;
mod deviations;
mod options;
mod suite;

pub use deviations::{WrittenDeviation, each_deviation_is_told_once};

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
/// | `restore = \|snapshot, site\| ..` | claims snapshots: how a snapshot becomes the data of a site that holds none; it answers a [`mneme::Result<()>`](mneme::Result). A store that implements [`Restore`](mneme::Restore) is called with `use mneme::Restore as _;` in the test file |
/// | `newer = \|site\| ..` | how the files of a site that a handle was closed on become those of a newer build, such as by a greater schema version; it answers a `Result<(), E>`. Without it `files::newer_schema_is_refused` is not checked |
/// | `lose_unsynced = \|site\| ..` | how what was written to a site and not synced is lost, see [`Subject::losing_unsynced_by`](crate::Subject::losing_unsynced_by); it answers a `Result<(), E>`. Without it `durable::survives_kill` misses a write that is acknowledged before it is synced |
/// | `suite = name` | the module's name, for several suites in one file, and not that of a crate that the file uses; `store_conformance` without it |
/// | `ignore = "reason"` | the tests run only when they are asked for, as `#[ignore = "reason"]` does; one more, `ignored`, says so, and with `MNEME_CONFORMANCE_REQUIRE=1` it checks the store all the same |
/// | `deviates { area::clause => "why", .. }` | clauses that the store is known to break; an exact one that it keeps after all fails, and says so |
///
/// Call it in a file of `tests/`. In a `mod tests` of the crate that the store is in it works too, unless that crate
/// is `mneme` itself. In a doctest it checks nothing, since `cfg(test)` is off there.
///
/// # Examples
///
/// A whole file of `tests/`:
///
/// ```
/// use mneme::MemoryStore;
///
/// mneme_conformance::store_conformance!(MemoryStore::new, suite = in_memory);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! store_conformance {
    () => {
        ::core::compile_error!("the factory is missing: write `store_conformance!(MyStore::new);`");
    };
    ($($input:tt)+) => { $crate::__claims! { store_conformance [[] [] []] $($input)+ } };
}

/// Reads the claims, and then the factory: the macro that was called, which an error names, `[[durable] [shared] [files]]`,
/// with a claim's place empty where it is not claimed, and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __claims {
    ($macro:ident [[] $s:tt $f:tt] durable, $($rest:tt)+) => { $crate::__claims! { $macro [[durable] $s $f] $($rest)+ } };
    ($macro:ident [$d:tt [] $f:tt] shared, $($rest:tt)+) => { $crate::__claims! { $macro [$d [shared] $f] $($rest)+ } };
    ($macro:ident [$d:tt $s:tt []] files, $($rest:tt)+) => { $crate::__claims! { $macro [$d $s [files]] $($rest)+ } };
    ($macro:ident $claims:tt durable, $($rest:tt)+) => { $crate::__claimed_twice! { durable } };
    ($macro:ident $claims:tt shared, $($rest:tt)+) => { $crate::__claimed_twice! { shared } };
    ($macro:ident $claims:tt files, $($rest:tt)+) => { $crate::__claimed_twice! { files } };
    ($macro:ident $claims:tt durable $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro durable } };
    ($macro:ident $claims:tt shared $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro shared } };
    ($macro:ident $claims:tt files $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro files } };
    // The options come last, so the factory is missing before one.
    ($macro:ident [[] [] []] restore = $($rest:tt)*) => { $crate::__factory_comes_first! { $macro restore } };
    ($macro:ident [[] [] []] newer = $($rest:tt)*) => { $crate::__factory_comes_first! { $macro newer } };
    ($macro:ident [[] [] []] lose_unsynced = $($rest:tt)*) => { $crate::__factory_comes_first! { $macro lose_unsynced } };
    ($macro:ident [[] [] []] suite = $($rest:tt)*) => { $crate::__factory_comes_first! { $macro suite } };
    ($macro:ident [[] [] []] ignore = $($rest:tt)*) => { $crate::__factory_comes_first! { $macro ignore } };
    ($macro:ident [[] [] []] deviates { $($block:tt)* } $($rest:tt)*) => { $crate::__factory_comes_first! { $macro deviates } };
    // A closure shows at once whether it takes the site.
    ($macro:ident [[] [] []] | | $($rest:tt)*) => { $crate::__claims! { $macro [[] [] []] || $($rest)* } };
    ($macro:ident [[] [] []] | $($rest:tt)*) => { $crate::__factory_takes_nothing! { $macro } };
    ($macro:ident [[] [] []] move | | $($rest:tt)*) => { $crate::__claims! { $macro [[] [] []] move || $($rest)* } };
    ($macro:ident [[] [] []] move | $($rest:tt)*) => { $crate::__factory_takes_nothing! { $macro } };
    // A word before an option is a function's name, and before anything else it was meant as a claim.
    ($macro:ident [[] [] []] $factory:ident, $($rest:tt)+) => {
        $crate::__claim_or_factory! { $macro [[] [] []] $factory, $($rest)+ }
    };
    ($macro:ident [[] [] []] $factory:expr $(, $($options:tt)*)?) => {
        $crate::__options! { $macro [[[] [] []] ($factory) [] [] []] [] [] [] $($($options)*)? }
    };
    ($macro:ident [[] [] []] $($rest:tt)*) => { $crate::__comma_after_the_factory! { $macro } };
    // From here on something is claimed.
    ($macro:ident [$($claimed:tt)*] restore $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] newer $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] lose_unsynced $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] suite $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] ignore $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] deviates $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] || $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] | | $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] move || $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident [$($claimed:tt)*] move | | $($rest:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($claimed)* } };
    ($macro:ident $claims:tt $factory:ident, $($rest:tt)+) => {
        $crate::__claim_or_factory! { $macro $claims $factory, $($rest)+ }
    };
    ($macro:ident $claims:tt $factory:expr $(, $($options:tt)*)?) => {
        $crate::__options! { $macro [$claims ($factory) [] [] []] [] [] [] $($($options)*)? }
    };
    ($macro:ident $claims:tt $($rest:tt)*) => { $crate::__comma_after_the_factory! { $macro } };
}

/// Tells a function's name, which an option follows, from a word that was meant as a claim.
#[doc(hidden)]
#[macro_export]
macro_rules! __claim_or_factory {
    ($macro:ident $claims:tt $factory:ident, suite $($rest:tt)*) => {
        $crate::__options! { $macro [$claims ($factory) [] [] []] [] [] [] suite $($rest)* }
    };
    ($macro:ident $claims:tt $factory:ident, ignore $($rest:tt)*) => {
        $crate::__options! { $macro [$claims ($factory) [] [] []] [] [] [] ignore $($rest)* }
    };
    ($macro:ident $claims:tt $factory:ident, deviates $($rest:tt)*) => {
        $crate::__options! { $macro [$claims ($factory) [] [] []] [] [] [] deviates $($rest)* }
    };
    ($macro:ident $claims:tt $factory:ident, $option:ident = $($rest:tt)*) => {
        $crate::__options! { $macro [$claims ($factory) [] [] []] [] [] [] $option = $($rest)* }
    };
    ($macro:ident $claims:tt volatile, $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "a store is volatile where it claims nothing: write `",
            ::core::stringify!($macro),
            "!(MyStore::new);`"
        ));
    };
    ($macro:ident $claims:tt snapshots, $($rest:tt)+) => { $crate::__snapshots_are_claimed_by_restoring! { $macro } };
    ($macro:ident $claims:tt snapshot, $($rest:tt)+) => { $crate::__snapshots_are_claimed_by_restoring! { $macro } };
    ($macro:ident $claims:tt restore, $($rest:tt)+) => { $crate::__snapshots_are_claimed_by_restoring! { $macro } };
    ($macro:ident $claims:tt $word:ident, $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($word),
            "` is no claim of a store: what a store can claim is `durable`, `shared` and `files`, as in `",
            ::core::stringify!($macro),
            "!(durable, |site| MyStore::new(site.path().join(\"my.db\")));`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __snapshots_are_claimed_by_restoring {
    ($macro:ident) => {
        ::core::compile_error!(::core::concat!(
            "snapshots are claimed by how one becomes a site's data, which comes after the factory: write `",
            ::core::stringify!($macro),
            "!(durable, |site| MyStore::new(site.path().join(\"my.db\")), restore = |snapshot, site| MyStore::restore(snapshot, &site.path().join(\"my.db\")));`"
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
    ($macro:ident [$first:ident] $($others:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $first } };
    ($macro:ident [] $($others:tt)*) => { $crate::__a_claim_needs_a_factory! { $macro $($others)* } };
    ($macro:ident $claim:ident) => {
        ::core::compile_error!(::core::concat!(
            "after `",
            ::core::stringify!($claim),
            "` comes a comma and a factory that takes the site: write `",
            ::core::stringify!($macro),
            "!(",
            ::core::stringify!($claim),
            ", |site| MyStore::new(site.path().join(\"my.db\")));`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __comma_after_the_factory {
    ($macro:ident) => {
        ::core::compile_error!(::core::concat!(
            "a comma is missing after the factory: write `",
            ::core::stringify!($macro),
            "!(MyStore::new, suite = my_store);`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __factory_takes_nothing {
    ($macro:ident) => {
        ::core::compile_error!(::core::concat!(
            "the factory of a store that claims nothing takes nothing: write `",
            ::core::stringify!($macro),
            "!(|| MyStore::new());`, or, where the data outlive the handle, `",
            ::core::stringify!($macro),
            "!(durable, |site| MyStore::new(site.path().join(\"my.db\")));`"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __factory_comes_first {
    ($macro:ident $option:ident) => {
        ::core::compile_error!(::core::concat!(
            "the factory is missing before `",
            ::core::stringify!($option),
            "`: write `",
            ::core::stringify!($macro),
            "!(MyStore::new, ",
            ::core::stringify!($option),
            " ..);`"
        ));
    };
}
