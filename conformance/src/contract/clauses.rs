//! The contract as one list.
//!
//! Everything that names clauses is made from this list: the table that a program can read, the tests that the macro
//! expands to, the rows of a report, the behaviour docs. A clause is added here and nowhere else, in the file that has its
//! area.
//!
//! A clause's name is `area::name`. A row reads
//!
//! ```text
//! ties_break_by_id [every exact checked]
//!     says "the sentence that a store keeps or breaks"
//!     because "what goes wrong for an application where it is broken"
//!     look_at "the likely mistake in a store's code, and the way to put it right";
//! ```
//!
//! The first word in brackets says whom the clause binds:
//!
//! | word | the stores that it binds |
//! |---|---|
//! | `every` | all |
//! | `durable` | those whose data outlive the handle |
//! | `volatile` | those that claim neither `durable` nor `shared` |
//! | `exclusive` | those that claim `durable` and not `shared` |
//! | `shared` | those whose handles, in one process or many, work on the same data at once |
//! | `files` | those whose data are files in their site that nobody else serves |
//! | `snapshots` | those that can copy themselves |
//! | `no_snapshots` | those that cannot |
//!
//! The second word is `exact`, or `sampled` where the clause speaks of every instant or every interleaving, of which a
//! check can only try many. The third is `checked`, or `later` where no check exists yet.
//!
//! In the texts, *refused* means that the operation answered the error that the clause names and changed nothing.

mod content;
mod handle;
mod keeping;
mod load;
mod reading;
mod writing;

/// Hands every clause of the contract to a callback macro, which is passed as tokens, with one extra group.
///
/// The callback receives the group and then one block for each area, in reading order. A macro cannot read another file, so
/// each file is a macro that appends its areas and hands them on to the next.
#[doc(hidden)]
#[macro_export]
macro_rules! __contract {
    (@gather $to:tt [$part:ident $($parts:ident)*] $($areas:tt)*) => {
        $crate::$part! { $to [$($parts)*] $($areas)* }
    };
    (@gather [[$($callback:tt)+] $extra:tt] [] $($areas:tt)*) => {
        $($callback)+! { $extra $($areas)* }
    };
    ($callback:tt $extra:tt) => {
        $crate::__contract! { @gather [$callback $extra] [
            __clauses_of_handle
            __clauses_of_content
            __clauses_of_reading
            __clauses_of_writing
            __clauses_of_keeping
            __clauses_of_load
        ] }
    };
}
