//! Which known mistakes break the same clauses as a store does.
//!
//! A mistake breaks a pattern of clauses: some it breaks, others cannot be judged because of it, and all others are
//! kept. The fault zoo, a few hundred stores with one planted mistake each, gives the patterns; they are compared with
//! a store's clauses only after something was found to be wrong.

mod zoo;

pub(crate) use self::zoo::Seen;

use self::zoo::{Pattern, patterns};
use crate::{contract::Clause, model::Manner, trace::Kinds};

/// What the clauses that a store breaks look like.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Diagnosis, Mistake, StoreReport};
///
/// /// What to try first.
/// fn advice(report: &StoreReport) -> Vec<String> {
///     let told = |mistake: Mistake| format!("{} ({}): {}", mistake.name(), mistake.clause(), mistake.remedy());
///     match report.diagnosis() {
///         None | Some(Diagnosis::Unknown) => Vec::new(),
///         Some(known) => known.mistakes().into_iter().map(told).collect(),
///     }
/// }
/// # use mneme_conformance::{Settings, Subject, check_store, clause};
/// # let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
/// # assert_eq!(advice(&check_store(Subject::volatile(mneme::MemoryStore::new), &settings)), [""; 0]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnosis {
    /// Each of these mistakes breaks just these clauses; the likeliest comes first.
    One(Vec<Mistake>),
    /// These two mistakes break them together, and no single one does that is known.
    Two(Mistake, Mistake),
    /// No mistake that is known does, and no two.
    Unknown,
}

/// A mistake that is known, since it was planted in a store and caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    name: &'static str,
    clause: &'static Clause,
}

impl Mistake {
    /// The mistake in a few words.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The clause that tells it best.
    pub fn clause(&self) -> &'static Clause {
        self.clause
    }

    /// The way to put it right.
    pub fn remedy(&self) -> &'static str {
        let look_at = self.clause.look_at();
        look_at.rsplit_once("; ").map_or(look_at, |(_, remedy)| remedy)
    }
}

impl Diagnosis {
    /// The mistakes that it names, the likeliest first.
    pub fn mistakes(&self) -> Vec<Mistake> {
        match self {
            Self::One(mistakes) => mistakes.clone(),
            Self::Two(one, other) => vec![*one, *other],
            Self::Unknown => Vec::new(),
        }
    }

    /// Whether the patterns speak of a clause. Of one that luck or the machine has a part in they do not.
    pub(crate) fn tells_of(clause: &Clause) -> bool {
        zoo::clauses().iter().flatten().any(|told| *told == clause)
    }

    /// What it says of the mistakes that it names, in one line.
    pub(crate) fn says(&self) -> &'static str {
        match self {
            Self::One(mistakes) if mistakes.len() == 1 => "one known mistake breaks just these clauses:",
            Self::One(_) => "these known mistakes break just these clauses, each by itself:",
            Self::Two(..) => "two known mistakes together break just these clauses, and no single one does:",
            Self::Unknown => "no known mistake breaks just these clauses, and no two do",
        }
    }

    /// The same where a clause and its neighbours were compared, and not the whole contract.
    pub(crate) fn says_of_one_clause(&self) -> &'static str {
        match self {
            Self::One(mistakes) if mistakes.len() == 1 => "One known mistake breaks the same in this area:",
            Self::One(_) => "These known mistakes break the same in this area, the likeliest first:",
            Self::Two(..) | Self::Unknown => "No known mistake breaks the same in this area.",
        }
    }

    /// Compares what was seen of each clause with the patterns, and in which way it was broken; nothing where no clause
    /// was seen broken.
    pub(crate) fn of(
        seen: impl Fn(&'static Clause) -> Seen,
        way: impl Fn(&'static Clause) -> Option<Way>,
    ) -> Option<Self> {
        let (possible, store) = Self::possible(|_| true, &seen, &way)?;
        Some(match one(&possible, &store) {
            Some(one) if one.is_exact => one.diagnosis,
            one => {
                // What one mistake does to a clause takes more to see than what another does to it alone.
                let alone: Vec<&Pattern> = possible
                    .iter()
                    .filter(|fitting| fitting.takes_all)
                    .map(|fitting| fitting.pattern)
                    .collect();
                let two = two(&alone, &store);
                let fits = one.into_iter().chain(two).max_by(|a, b| a.likeness.total_cmp(&b.likeness));
                fits.map_or(Self::Unknown, |fit| fit.diagnosis)
            }
        })
    }

    /// The same where the neighbours of a few clauses were looked at alone. What tells one mistake from another is mostly elsewhere,
    /// so one is named only if these clauses tell it best, and two together never are: of many clauses that nobody looked at, some
    /// two mistakes nearly always leave the rest.
    pub(crate) fn of_clauses(
        clauses: &[&'static Clause],
        seen: impl Fn(&'static Clause) -> Seen,
        way: impl Fn(&'static Clause) -> Option<Way>,
    ) -> Option<Self> {
        let (possible, store) = Self::possible(|mistake| clauses.contains(&mistake.clause), &seen, &way)?;
        Some(one(&possible, &store).map_or(Self::Unknown, |fit| fit.diagnosis))
    }

    /// The patterns of some mistakes that what was seen does not exclude, and what was seen; nothing where no clause is broken.
    fn possible(
        is_asked: impl Fn(&Mistake) -> bool,
        seen: &dyn Fn(&'static Clause) -> Seen,
        way: &dyn Fn(&'static Clause) -> Option<Way>,
    ) -> Option<(Vec<Possible>, Vec<Seen>)> {
        let store: Vec<Seen> =
            zoo::clauses().iter().map(|clause| clause.map_or(Seen::Unknown, seen)).collect();
        if !store.contains(&Seen::Broken) {
            return None;
        }
        // What the mistake breaks must not be kept here, and what tells it best must be broken in the same way, with all that the
        // mistake takes: one that shows after an upsert alone is not what is wrong where there was none.
        let is_possible = |pattern: &&Pattern| is_asked(&pattern.mistake) && pattern.is_possible(&store);
        let fits = |pattern: &'static Pattern| {
            let way = way(pattern.mistake.clause).filter(|way| pattern.is_seen(*way))?;
            Some(Possible { pattern, takes_all: pattern.takes_all(way) })
        };
        Some((patterns().iter().filter(is_possible).filter_map(fits).collect(), store))
    }
}

/// In which way a clause is broken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// How the last answer was wrong.
    pub(crate) manner: Manner,
    /// What there is in the shortest way to see it.
    pub(crate) kinds: Kinds,
}

/// A mistake that what was seen does not exclude.
struct Possible {
    pattern: &'static Pattern,
    /// Whether it takes all that there is in the shortest way that was seen.
    takes_all: bool,
}

/// How many mistakes are named.
const NAMED: usize = 3;

/// From how much likeness on a pattern is named.
const ALIKE: f64 = 0.6;

/// How much less alike than the first another may be, and still be named beside it.
const BESIDE: f64 = 0.1;

/// What fits, and how well.
struct Fit {
    diagnosis: Diagnosis,
    likeness: f64,
    /// Whether each clause that is broken here is broken there too, if it was looked at, and not one that could not be judged.
    is_exact: bool,
}

/// The mistakes whose pattern accounts for every broken clause; of those that are about as likely the ones that take all that there
/// is in the shortest way, if any does.
fn one(possible: &[Possible], store: &[Seen]) -> Option<Fit> {
    let mut alike: Vec<(f64, &Possible)> = possible
        .iter()
        .filter(|possible| accounts_for(&possible.pattern.cells, store, |cell| cell != Seen::Held))
        .map(|possible| (likeness(&possible.pattern.cells, store), possible))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let (best, _) = *alike.first()?;
    alike.retain(|(likeness, _)| *likeness >= best - BESIDE);
    if alike.iter().any(|(_, possible)| possible.takes_all) {
        alike.retain(|(_, possible)| possible.takes_all);
    }
    let (likeness, Possible { pattern, .. }) = *alike.first()?;
    let named = alike.iter().take(NAMED).map(|(_, possible)| possible.pattern.mistake).collect();
    Some(Fit {
        diagnosis: Diagnosis::One(named),
        likeness,
        is_exact: accounts_for(&pattern.cells, store, |cell| matches!(cell, Seen::Broken | Seen::Unknown)),
    })
}

/// The two mistakes that together account for every broken clause, where each accounts for some that the other does
/// not.
fn two(possible: &[&'static Pattern], store: &[Seen]) -> Option<Fit> {
    let mut best: Option<Fit> = None;
    for (at, one) in possible.iter().enumerate() {
        for other in &possible[at + 1..] {
            let adds = |a: &Pattern, b: &Pattern| {
                let mut cells = a.cells.iter().zip(&b.cells).zip(store);
                cells.any(|((a, b), seen)| *a == Seen::Broken && *b != Seen::Broken && *seen == Seen::Broken)
            };
            let both: Vec<Seen> = one.cells.iter().zip(&other.cells).map(|(a, b)| a.or(*b)).collect();
            // What one of them breaks and the other's check was kept from by it may be found broken where there are both.
            if !accounts_for(&both, store, |cell| matches!(cell, Seen::Broken | Seen::Blocked))
                || !adds(one, other)
                || !adds(other, one)
            {
                continue;
            }
            let likeness = likeness(&both, store);
            if likeness >= ALIKE && best.as_ref().is_none_or(|best| likeness > best.likeness) {
                let diagnosis = Diagnosis::Two(one.mistake, other.mistake);
                best = Some(Fit { diagnosis, likeness, is_exact: true });
            }
        }
    }
    best
}

/// Whether the pattern has an account of each clause that is broken here.
fn accounts_for(cells: &[Seen], store: &[Seen], accounts: impl Fn(Seen) -> bool) -> bool {
    cells.iter().zip(store).all(|(cell, seen)| *seen != Seen::Broken || accounts(*cell))
}

/// How much a pattern is like what was seen, up to 1.
///
/// A clause that few mistakes break counts for more than one that many do, and one that is broken on one side and
/// could not be judged on the other counts in part. What could not be judged on either side counts a little.
#[allow(clippy::cast_precision_loss, reason = "the counts are small")]
fn likeness(cells: &[Seen], store: &[Seen]) -> f64 {
    let (mut alike, mut all) = (0.0, 0.0);
    let (mut blocked_alike, mut blocked) = (0.0, 0.0);
    for ((cell, seen), weight) in cells.iter().zip(store).zip(zoo::weights()) {
        match (cell, seen) {
            (Seen::Broken, Seen::Broken) => (alike, all) = (alike + weight, all + weight),
            (Seen::Broken, Seen::Blocked) | (Seen::Blocked, Seen::Broken) => {
                (alike, all) = (alike + 0.4 * weight, all + weight);
            }
            (Seen::Broken, Seen::Held) | (Seen::Held, Seen::Broken) => all += weight,
            (Seen::Blocked, Seen::Blocked) => {
                (blocked_alike, blocked) = (blocked_alike + 1.0, blocked + 1.0);
            }
            (Seen::Blocked, Seen::Held) | (Seen::Held, Seen::Blocked) => blocked += 1.0,
            _ => {}
        }
    }
    let blocked_alike = if blocked > 0.0 { blocked_alike / blocked } else { 1.0 };
    if all > 0.0 { 0.77 * alike / all + 0.23 * blocked_alike } else { 0.0 }
}
