//! The contract as a table: every clause, with its text, its reason and the scenario that checks it.
//!
//! The list itself is in `contract/clauses.rs` and the files below it. The tests that [`store_conformance!`](crate::store_conformance)
//! makes, this table and the report's rows are all made from it.

mod clauses;

use crate::probe::Scenario;
use std::fmt;

/// One sentence that a store can break.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Binds, Certainty, Clause, clause};
///
/// let clause: &Clause = &clause::insert::upsert_keeps_the_id;
/// assert_eq!((clause.area(), clause.name()), ("insert", "upsert_keeps_the_id"));
/// assert!(clause.says().contains("returns its id"));
/// assert!(clause.is_checked() && clause.binds() == Binds::Every && clause.certainty() == Certainty::Exact);
/// println!("{clause} matters: {} Look at {}", clause.because(), clause.look_at());
/// ```
pub struct Clause {
    area: &'static str,
    name: &'static str,
    says: &'static str,
    because: &'static str,
    look_at: &'static str,
    binds: Binds,
    certainty: Certainty,
    scenario: Option<Scenario>,
}

/// Whom a clause binds, by what a store claims.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Binds, clause};
///
/// assert_eq!(clause::durable::survives_kill.binds(), Binds::Durable);
/// assert_eq!(clause::lru::is_scoped.binds(), Binds::Every);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Binds {
    /// Every store.
    Every,
    /// Stores that claim neither that data outlive the handle nor that handles share them.
    Volatile,
    /// Stores whose data outlive the handle.
    Durable,
    /// Stores whose data outlive the handle, and which one handle at a time may use.
    Exclusive,
    /// Stores that several handles use at once.
    Shared,
    /// Stores whose data are files in their site that nobody else serves.
    Files,
    /// Stores that can copy themselves.
    Snapshots,
    /// Stores that cannot copy themselves.
    NoSnapshots,
}

/// What a check of a clause can know.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Certainty, contract};
///
/// // A race is looked for in many rounds, and may not come about in any of them.
/// let races = contract().areas().iter().find(|area| area.name() == "concurrent").expect("an area");
/// assert!(races.clauses().iter().all(|clause| clause.certainty() == Certainty::Sampled));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// A store that keeps the check's sentence once keeps it always: the check is deterministic.
    Exact,
    /// The clause speaks of every instant or every interleaving, and a check can only try many.
    Sampled,
}

/// A group of clauses about one thing, such as `lru`.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Area, Contract, contract};
///
/// let lru = contract().areas().iter().find(|area| area.name() == "lru").expect("an area of the contract");
/// assert!(lru.clauses().iter().all(|clause| clause.area() == "lru"));
///
/// /// The contract as a text: its areas, and the clauses of each.
/// fn outline(contract: &Contract) -> String {
///     contract.areas().iter().map(of_area).collect()
/// }
///
/// fn of_area(area: &Area) -> String {
///     let mut text = format!("{}\n", area.title());
///     for clause in area.clauses() {
///         let sign = if clause.is_checked() { " " } else { "?" };
///         text += &format!("{sign} {clause}: {} {}\n", clause.says(), clause.because());
///     }
///     text
/// }
/// assert!(outline(contract()).starts_with("Opening\n"));
/// ```
#[derive(Debug)]
pub struct Area {
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static Clause],
}

/// The whole contract.
#[derive(Debug)]
pub struct Contract {
    areas: &'static [Area],
}

/// The store contract: every area with its clauses.
///
/// # Examples
///
/// ```
/// for clause in mneme_conformance::contract().clauses() {
///     println!("{clause}: {}", clause.says());
/// }
/// ```
pub fn contract() -> &'static Contract {
    &CONTRACT
}

impl Contract {
    /// The areas, in reading order.
    pub fn areas(&self) -> &'static [Area] {
        self.areas
    }

    /// Every clause, in reading order.
    pub fn clauses(&self) -> impl Iterator<Item = &'static Clause> + use<> {
        self.areas.iter().flat_map(|area| area.clauses.iter().copied())
    }

    /// The clause with a full name, such as `insert::upsert_keeps_the_id`.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::{clause, contract};
    ///
    /// assert_eq!(contract().clause("lru::is_scoped"), Some(&clause::lru::is_scoped));
    /// assert_eq!(contract().clause("is_scoped"), None);
    /// ```
    pub fn clause(&self, name: &str) -> Option<&'static Clause> {
        let (area, clause) = name.split_once("::")?;
        self.clauses().find(|found| found.area == area && found.name == clause)
    }
}

impl Area {
    /// The area's name, the first half of its clauses' names.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the area is about, as a heading.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// The area's clauses, in reading order.
    pub fn clauses(&self) -> &'static [&'static Clause] {
        self.clauses
    }
}

impl Clause {
    /// The area, the first half of the full name.
    pub fn area(&self) -> &'static str {
        self.area
    }

    /// The second half of the full name. The full name is what [`Display`](fmt::Display) writes.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The sentence itself.
    pub fn says(&self) -> &'static str {
        self.says
    }

    /// Why it matters to an application.
    pub fn because(&self) -> &'static str {
        self.because
    }

    /// The likely mistake in a store that breaks it, and the way to put it right.
    pub fn look_at(&self) -> &'static str {
        self.look_at
    }

    /// Whom it binds.
    pub fn binds(&self) -> Binds {
        self.binds
    }

    /// Whether a check of it is exact or samples.
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Whether this harness has a check of it.
    pub fn is_checked(&self) -> bool {
        self.scenario.is_some()
    }

    pub(crate) fn scenario(&self) -> Option<Scenario> {
        self.scenario
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.area, self.name)
    }
}

impl fmt::Debug for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Clause {
    fn eq(&self, other: &Self) -> bool {
        (self.area, self.name) == (other.area, other.name)
    }
}

impl Eq for Clause {}

impl Binds {
    /// Why a store that the clause does not bind is not checked for it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Every => "it binds every store",
            Self::Volatile => "the store claims `durable` or `shared`",
            Self::Durable => "the store does not claim `durable`",
            Self::Exclusive => "the store does not claim `durable`, or claims `shared` besides",
            Self::Shared => "the store does not claim `shared`",
            Self::Files => "the store does not claim `files`",
            Self::Snapshots => "the store does not claim snapshots",
            Self::NoSnapshots => "the store claims snapshots",
        }
    }
}

macro_rules! table {
    ({} $($area:ident $title:literal { $(
        $name:ident [$binds:ident $certainty:ident $check:ident]
            says $says:literal because $because:literal look_at $look_at:literal;
    )* })*) => {
        /// One static per clause, named as the clause is: what the macros and the scenarios refer to.
        #[allow(non_upper_case_globals, reason = "a clause's static has the clause's name, which is also the test's")]
        #[allow(clippy::doc_markdown, reason = "a clause's sentence is written for a terminal")]
        pub mod clause {
            $(
                #[doc = $title]
                pub mod $area {
                    $(
                        #[doc = $says]
                        pub static $name: crate::contract::Clause = crate::contract::Clause {
                            area: stringify!($area),
                            name: stringify!($name),
                            says: $says,
                            because: $because,
                            look_at: $look_at,
                            binds: table!(@binds $binds),
                            certainty: table!(@certainty $certainty),
                            scenario: table!(@scenario $check $area $name),
                        };
                    )*
                }
            )*
        }

        static CONTRACT: Contract = Contract {
            areas: &[$(Area {
                name: stringify!($area),
                title: $title,
                clauses: &[$(&clause::$area::$name),*],
            }),*],
        };
    };
    (@binds every) => { crate::contract::Binds::Every };
    (@binds volatile) => { crate::contract::Binds::Volatile };
    (@binds durable) => { crate::contract::Binds::Durable };
    (@binds exclusive) => { crate::contract::Binds::Exclusive };
    (@binds shared) => { crate::contract::Binds::Shared };
    (@binds files) => { crate::contract::Binds::Files };
    (@binds snapshots) => { crate::contract::Binds::Snapshots };
    (@binds no_snapshots) => { crate::contract::Binds::NoSnapshots };
    (@certainty exact) => { crate::contract::Certainty::Exact };
    (@certainty sampled) => { crate::contract::Certainty::Sampled };
    (@scenario checked $area:ident $name:ident) => { Some(crate::scenario::$area::$name) };
    (@scenario later $area:ident $name:ident) => { None };
}

crate::__contract!([table] {});
