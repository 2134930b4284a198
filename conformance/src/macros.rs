//! `store_conformance!`, and what it expands through.

/// Checks a store against the whole contract: expands into a module of tests, one for each clause that binds the
/// store, and one, `report`, that shows how every clause ended.
///
/// ```text
/// store_conformance!(MyStore::new);                                       // a store that keeps its data in the handle
/// store_conformance!(durable, |site| MyStore::new(site.path().join("my.db")));   // data outlive the handle
/// ```
///
/// The factory answers a store, or a `Result` of one. A durable factory takes the [`Site`](crate::Site) that the data
/// are to live in; it is called again with the same site to reopen them.
///
/// After the factory, in any order:
///
/// | option | meaning |
/// |---|---|
/// | `suite = name` | the module's name, for several suites in one file; `store_conformance` without it |
/// | `ignore = "reason"` | the tests run only when they are asked for, as `#[ignore = "reason"]` does |
/// | `deviates { area::clause => "why", .. }` | clauses that the store is known to break; an exact one that it keeps after all fails, and says so |
///
/// Call it in a file of `tests/`. In a `mod tests` of the crate that the store is in it works too, unless that crate
/// is `mneme` itself. In a doctest it checks nothing, since `cfg(test)` is off there.
#[macro_export]
macro_rules! store_conformance {
    ($($input:tt)+) => { $crate::__parse! { $($input)+ } };
    () => {
        ::core::compile_error!("store_conformance! needs a factory: write `store_conformance!(MyStore::new);`");
    };
}

/// Reads the claims and the factory.
#[doc(hidden)]
#[macro_export]
macro_rules! __parse {
    (durable, $factory:expr $(, $($options:tt)*)?) => {
        $crate::__options! { [durable ($factory)] [store_conformance] [] [] $($($options)*)? }
    };
    (durable $($rest:tt)*) => {
        ::core::compile_error!(
            "a durable store needs a factory that takes the site: write `store_conformance!(durable, |site| MyStore::new(site.path().join(\"my.db\")));`"
        );
    };
    // A word that is followed by what can only be a factory was meant as a claim.
    ($word:ident, |$($rest:tt)*) => { $crate::__no_claim! { $word } };
    ($word:ident, move $($rest:tt)*) => { $crate::__no_claim! { $word } };
    ($word:ident, $first:ident :: $($rest:tt)*) => { $crate::__no_claim! { $word } };
    ($factory:expr $(, $($options:tt)*)?) => {
        $crate::__options! { [volatile ($factory)] [store_conformance] [] [] $($($options)*)? }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __no_claim {
    ($word:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($word),
            "` is no claim of a store: a store can claim `durable`, as in `store_conformance!(durable, |site| ..)`"
        ));
    };
}

/// Reads the options, one after the other: `[claims (factory)] [suite] [ignore] [deviations]` and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __options {
    ($subject:tt $suite:tt $ignore:tt $deviates:tt) => {
        $crate::__suite! { $subject $suite $ignore $deviates }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt suite = $name:ident $(, $($rest:tt)*)?) => {
        $crate::__options! { $subject [$name] $ignore $deviates $($($rest)*)? }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt ignore = $why:literal $(, $($rest:tt)*)?) => {
        $crate::__options! { $subject $suite [#[ignore = $why]] $deviates $($($rest)*)? }
    };
    (
        $subject:tt $suite:tt $ignore:tt $deviates:tt
        deviates { $($area:ident :: $clause:ident => $why:literal),* $(,)? } $(, $($rest:tt)*)?
    ) => {
        $crate::__options! { $subject $suite $ignore [$(($area $clause $why))*] $($($rest)*)? }
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt deviates $($rest:tt)*) => {
        ::core::compile_error!(
            "deviations are written `deviates { lru::ties_break_by_id => \"the reason\" }`: a clause's name, `=>`, and a text"
        );
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt ignore $($rest:tt)*) => {
        ::core::compile_error!("`ignore` needs its reason as a text: write `ignore = \"needs a server\"`");
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt suite $($rest:tt)*) => {
        ::core::compile_error!("`suite` needs a name: write `suite = my_store`");
    };
    ($subject:tt $suite:tt $ignore:tt $deviates:tt $option:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($option),
            "` is no option of store_conformance!: after the factory come `suite = name`, `ignore = \"reason\"` and `deviates { area::clause => \"why\" }`"
        ));
    };
}

/// Writes the factory's function and the module of tests, which share the suite's name.
#[doc(hidden)]
#[macro_export]
macro_rules! __suite {
    ([$claims:ident ($factory:expr)] [$suite:ident] [$($ignore:tt)*] [$(($area:ident $clause:ident $why:literal))*]) => {
        // Outside of `cfg(test)`, so that a factory that is wrong is an error in every build.
        #[allow(dead_code, missing_docs, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        fn $suite() -> $crate::Subject {
            $crate::Subject::$claims($factory)
                $(.deviates(&$crate::clause::$area::$clause, $why))*
        }

        #[cfg(test)]
        #[allow(missing_docs, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        mod $suite {
            pub(super) static SUITE: $crate::Suite = $crate::Suite::new(
                super::$suite,
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_MANIFEST_DIR"),
                ::core::module_path!(),
            );

            #[test]
            $($ignore)*
            fn report() -> ::core::result::Result<(), $crate::SuiteFailure> {
                SUITE.report()
            }

            mod model {
                #[test]
                $($ignore)*
                fn random() -> ::core::result::Result<(), $crate::SuiteFailure> {
                    super::SUITE.random()
                }

                #[test]
                $($ignore)*
                fn exhaustive() -> ::core::result::Result<(), $crate::SuiteFailure> {
                    super::SUITE.exhaustive()
                }
            }

            $crate::__contract! { [$crate::__tests] { [$claims] [$($ignore)*] } }
        }
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
#[doc(hidden)]
#[macro_export]
macro_rules! __test {
    ($claims:tt $ignore:tt [$binds:ident $certainty:ident later] $area:ident $clause:ident) => {};
    ($claims:tt [$($ignore:tt)*] [every $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { [$($ignore)*] $area $clause }
    };
    ($claims:tt [$($ignore:tt)*] [no_snapshots $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { [$($ignore)*] $area $clause }
    };
    ([volatile] [$($ignore:tt)*] [volatile $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { [$($ignore)*] $area $clause }
    };
    ([durable] [$($ignore:tt)*] [durable $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { [$($ignore)*] $area $clause }
    };
    ([durable] [$($ignore:tt)*] [exclusive $certainty:ident checked] $area:ident $clause:ident) => {
        $crate::__write_test! { [$($ignore)*] $area $clause }
    };
    ($claims:tt $ignore:tt [$binds:ident $certainty:ident checked] $area:ident $clause:ident) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __write_test {
    ([$($ignore:tt)*] $area:ident $clause:ident) => {
        #[test]
        $($ignore)*
        fn $clause() -> ::core::result::Result<(), $crate::SuiteFailure> {
            super::SUITE.check(&$crate::clause::$area::$clause)
        }
    };
}
