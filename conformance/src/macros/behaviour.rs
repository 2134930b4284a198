//! `behaviour!`, and what it expands through.

/// Keeps what a store does as snapshots: expands into a module of tests, one for each clause that binds the store and whose
/// check does the same at each run. Each compares the [`Transcript`](crate::Transcript) of that check with the one
/// that was reviewed.
///
/// ```text
/// behaviour!(MyStore::new);
/// behaviour!(durable, |site| MyStore::new(site.path().join("my.db")));
/// ```
///
/// It takes what [`store_conformance!`](crate::store_conformance) takes, and the same line does for both. Without
/// `suite = name` the module is `behaviour`.
///
/// The snapshots are those of [insta](https://docs.rs/insta), which the store's package has among its own dev-dependencies
/// (`insta = "1"`; no feature is needed). They are in `snapshots/` beside the file that calls the macro, one for each
/// clause, such as `behaviour__lru__ties_break_by_id.snap`. A test whose transcript differs fails and shows the
/// difference; `cargo insta review`, or `INSTA_UPDATE=always cargo test`, accepts it.
///
/// `store_conformance!` says whether a store keeps the contract. This says what the store does, also with what the contract
/// leaves to it: gaps between ids, steps of the version counter, the texts of errors, whether long text is kept. So a change in
/// its code, or in the engine below it, becomes a difference that somebody reads. What differs from run to run
/// is not in the snapshots: see [`Transcript`](crate::Transcript).
///
/// # Examples
///
/// A whole file of `tests/`:
///
/// ```
/// use mneme::MemoryStore;
///
/// mneme_conformance::behaviour!(MemoryStore::new);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! behaviour {
    () => {
        ::core::compile_error!("the factory is missing: write `behaviour!(MyStore::new);`");
    };
    ($($input:tt)+) => { $crate::__claims! { behaviour [[] [] []] $($input)+ } };
}

/// Writes the subject and the module of tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __behaviour {
    ([$claims:tt $factory:tt [$($restore:expr)?] $newer:tt $lose:tt] [$suite:ident] [$($ignore:literal)?] $deviates:tt) => {
        $crate::__suited! { [$claims $factory [$($restore)?] $newer $lose] $suite $deviates }

        mod $suite {
            pub(super) enum Here {}

            #[cfg(test)]
            pub(super) static SUITE: $crate::Behaviour = $crate::Behaviour::new(
                <super::$suite::Here as $crate::Suited>::subject,
                ::core::module_path!(),
                compare,
            );

            // Here, so that the snapshots are beside the file of the caller, whose dependency insta is.
            #[cfg(test)]
            fn compare(snapshot: &$crate::Snapshot) {
                let mut settings = ::insta::Settings::clone_current();
                settings.set_prepend_module_to_snapshot(false);
                settings.set_omit_expression(true);
                settings.set_description(snapshot.description());
                settings.bind(|| ::insta::assert_snapshot!(snapshot.name(), snapshot.text()));
            }

            #[cfg(test)]
            #[test]
            fn child_processes() {
                SUITE.serve();
            }

            #[cfg(test)]
            $crate::__contract! { [$crate::__transcripts] { [$claims [$($restore)?]] [$($ignore)?] } }
        }
    };
}

/// Writes a module for each area, with a test for each clause that the claims call for and whose check is exact.
#[doc(hidden)]
#[macro_export]
macro_rules! __transcripts {
    ({ $claims:tt $ignore:tt } $($area:ident $title:literal { $(
        $clause:ident $words:tt says $says:literal because $because:literal look_at $look_at:literal;
    )* })*) => {
        $(
            mod $area {
                $($crate::__transcript! { $claims $ignore $words $area $clause })*
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transcript {
    ($claims:tt $ignore:tt [$binds:ident sampled $check:ident] $area:ident $clause:ident) => {};
    ($claims:tt $ignore:tt $words:tt $area:ident $clause:ident) => {
        $crate::__test! { $claims $ignore $words $area $clause }
    };
}
