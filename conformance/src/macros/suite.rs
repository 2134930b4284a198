//! What a suite expands to: its subject, its module, and a test for each clause.

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
        const _: () = $crate::each_deviation_is_told_once(&[
            $($crate::WrittenDeviation {
                clause: ::core::concat!(::core::stringify!($area), "::", ::core::stringify!($clause)),
                // The reason as it was written, also where it is no text, which is an error below.
                reason: ::core::stringify!($why),
                twice: ::core::concat!(
                    "`", ::core::stringify!($area), "::", ::core::stringify!($clause),
                    "` is listed twice under `deviates`: write it once"
                ),
                silent: ::core::concat!(
                    "`", ::core::stringify!($area), "::", ::core::stringify!($clause),
                    "` deviates for no reason: write `", ::core::stringify!($area), "::", ::core::stringify!($clause),
                    " => \"why the store breaks it\"`"
                ),
            },)*
        ]);

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
