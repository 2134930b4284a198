//! The same programs on two stores, and the first difference in what they do.

use crate::{
    operation::{Op, Step},
    outcome::{Ending, Outcome},
    probe::Finding,
    random::{Looks, Program, Runner, nth, shrink},
    settings::Settings,
    subject::{Claims, Subject},
    trace::{Row, Trace},
};
use mneme::StoredEntry;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Instant};

/// Compares two stores by the same random programs, and answers the first difference in what they do, shrunk.
///
/// It is for moving from one store to another, or from one version to the next. What the contract leaves to a store is no
/// difference: the numbers of ids and versions, the texts of errors, and the text of `schema_version`. A program ends where
/// both stores break the contract with the same answer; what they do after that is not compared. Programs are those for
/// what both stores claim.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Settings, Subject, compare};
///
/// let (old, new) = (Subject::volatile(MemoryStore::new), Subject::volatile(MemoryStore::new));
/// let comparison = compare(old, new, &Settings::default().with_programs(20));
/// assert!(comparison.difference().is_none(), "{comparison}");
/// ```
pub fn compare(a: impl Into<Arc<Subject>>, b: impl Into<Arc<Subject>>, settings: &Settings) -> Comparison {
    let (a, b) = (a.into(), b.into());
    let claims = common(a.claims(), b.claims());
    let both = Both { a: Runner::new(&a, settings), b: Runner::new(&b, settings), claims, operation: None };
    let (budget, start) = (settings.random(), Instant::now());
    let mut comparison = Comparison {
        stores: [a.name().to_owned(), b.name().to_owned()],
        programs: 0,
        seed: settings.seed(),
        difference: None,
    };
    while comparison.programs < budget.programs
        && (comparison.programs < budget.least || start.elapsed() < budget.time)
    {
        let program = nth(settings.seed(), comparison.programs, claims).without_neighbours();
        comparison.programs += 1;
        if let Some(found) = both.differ(&program, Looks(8)) {
            let operation = Some(found.operation.clone());
            let same = Both { operation, ..both };
            let (program, found, rate) = shrink::shrink(&same, budget.shrinking, program, Looks(8), found);
            comparison.difference = Some(Difference { program, found, rate });
            break;
        }
    }
    comparison
}

/// What came of comparing two stores. Its text is for people.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Comparison, Difference, Settings, Subject, compare};
///
/// /// What to tell of two stores that should do the same.
/// fn told(comparison: &Comparison) -> String {
///     match comparison.difference() {
///         None => format!("no difference in {} programs", comparison.programs()),
///         Some(found) => first_difference(found),
///     }
/// }
///
/// fn first_difference(found: &Difference) -> String {
///     let [old, new] = found.answers();
///     format!("{}\n{} is {old} before and {new} now", found.program(), found.step())
/// }
///
/// let old = Subject::volatile(MemoryStore::new);
/// let comparison = compare(old, Subject::volatile(MemoryStore::new), &Settings::default().with_programs(8));
/// assert_eq!(told(&comparison), "no difference in 8 programs");
/// ```
#[derive(Clone, Debug)]
pub struct Comparison {
    stores: [String; 2],
    programs: usize,
    seed: u64,
    difference: Option<Difference>,
}

/// The first difference, after the shortest program that shows it.
#[derive(Clone, Debug)]
pub struct Difference {
    program: Program,
    found: Found,
    rate: (usize, usize),
}

impl Comparison {
    /// The difference, if there is one.
    pub fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// How many programs both stores ran.
    pub fn programs(&self) -> usize {
        self.programs
    }
}

impl Difference {
    /// The shortest program that was found to show it.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What the two stores said, in the order in which they were given; as text.
    pub fn answers(&self) -> &[String; 2] {
        &self.found.answers
    }

    /// The step that they said it to; as text.
    pub fn step(&self) -> &str {
        &self.found.step
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = &self.stores;
        let programs = self.programs;
        let Some(Difference { program, found, rate }) = &self.difference else {
            return writeln!(
                f,
                "{a} and {b} do the same in {programs} random programs of seed {}",
                self.seed
            );
        };
        writeln!(f, "{a} and {b} differ in program {programs} of seed {}\n", self.seed)?;
        f.write_str(&found.before)?;
        writeln!(f, "  {}", found.step)?;
        let width = a.len().max(b.len());
        for (store, answer) in self.stores.iter().zip(&found.answers) {
            writeln!(f, "    {store:<width$}  {answer}")?;
        }
        let (failed, runs) = rate;
        writeln!(f, "\n  the shortest program that shows it, in {failed} of {runs} runs\n")?;
        program.0.iter().try_for_each(|action| writeln!(f, "    {action}"))
    }
}

/// What both claim: a store that claims less is not asked for more.
fn common(a: Claims, b: Claims) -> Claims {
    Claims {
        durable: a.durable && b.durable,
        shared: a.shared && b.shared,
        files: a.files && b.files,
        snapshots: a.snapshots && b.snapshots,
    }
}

/// Runs a program on both stores.
struct Both<'a> {
    a: Runner<'a>,
    b: Runner<'a>,
    claims: Claims,
    /// The operation that is to differ; any where there is none.
    operation: Option<String>,
}

/// Where two runs part.
#[derive(Clone, Debug)]
struct Found {
    /// The name of the operation.
    operation: String,
    /// The rows before, as text.
    before: String,
    step: String,
    answers: [String; 2],
    /// How many rows there are up to the difference.
    rows: usize,
}

impl Both<'_> {
    fn differ(&self, program: &Program, looks: Looks) -> Option<Found> {
        let ((finding_a, a), (finding_b, b)) = (self.a.run(program, looks), self.b.run(program, looks));
        let found = parting(self.claims, [&finding_a, &finding_b], [&a, &b])?;
        self.operation.as_ref().is_none_or(|operation| *operation == found.operation).then_some(found)
    }
}

impl shrink::Test for Both<'_> {
    type Found = Found;

    fn run(&self, program: &Program, looks: Looks) -> Option<Found> {
        self.differ(program, looks)
    }

    fn steps(&self, found: &Found) -> usize {
        found.rows
    }
}

/// The first row at which two runs of one program part.
fn parting(claims: Claims, findings: [&Finding; 2], traces: [&Trace; 2]) -> Option<Found> {
    let [a, b] = traces.map(|trace| {
        trace.rows().iter().filter(|row| !matches!(row.step, Step::Look)).collect::<Vec<&Row>>()
    });
    let [wrong_a, wrong_b] = findings.map(|finding| match finding {
        Finding::Violated { expected, .. } => Some(format!("what the contract asks: {expected}")),
        _ => None,
    });
    let mut names = [Names::of(claims), Names::of(claims)];
    let mut before = String::new();
    for at in 0..a.len().max(b.len()) {
        let rows = [a.get(at).copied(), b.get(at).copied()];
        // A run that was stopped has the wrong row as its last one.
        let stopped = [wrong_a.is_some() && at + 1 == a.len(), wrong_b.is_some() && at + 1 == b.len()];
        let same_step = matches!(rows, [Some(x), Some(y)] if x.step.kind() == y.step.kind());
        let [x, y] = &mut names;
        let same_answer = rows[0].map(|row| x.normal(row)) == rows[1].map(|row| y.normal(row));
        let free = rows[0].is_some_and(is_free) && stopped == [false, false];
        if same_step && (same_answer || free) && stopped[0] == stopped[1] {
            before += &rows[0].map_or_else(String::new, |row| format!("  {}\n", row.step));
            continue;
        }
        let said = |row: Option<&Row>| row.map_or_else(|| "nothing more".to_owned(), text);
        // Where one run was stopped by a read between the actions, the other's answer to it was right, and is in no row.
        let (row, answers) = match (same_step, stopped, &wrong_a, &wrong_b) {
            (false, [true, _], Some(right), _) => (rows[0], [said(rows[0]), right.clone()]),
            (false, [_, true], _, Some(right)) => (rows[1], [right.clone(), said(rows[1])]),
            _ => (rows[0].or(rows[1]), rows.map(said)),
        };
        let row = row?;
        return Some(Found {
            operation: row.step.kind(),
            before,
            step: row.step.to_string(),
            answers,
            rows: at + 1,
        });
    }
    None
}

fn text(row: &Row) -> String {
    row.outcome.as_ref().map_or_else(|| "no answer".to_owned(), ToString::to_string)
}

/// Whether the answer of a step is the store's choice.
fn is_free(row: &Row) -> bool {
    matches!(&row.step, Step::Call(Op::ReadMeta(key)) if **key == *"schema_version")
        || matches!(&row.step, Step::Call(Op::VersionCounter))
}

/// The names that ids have in both runs: when each was first seen in the data that it belongs to.
struct Names {
    claims: Claims,
    ids: BTreeMap<(usize, u64), usize>,
}

impl Names {
    fn of(claims: Claims) -> Self {
        Self { claims, ids: BTreeMap::new() }
    }

    fn id(&mut self, row: &Row, id: u64) -> usize {
        // Data that belong to the handle begin anew with each.
        let data = if self.claims.are_of_the_site() { row.site } else { row.handle };
        let next = self.ids.len() + 1;
        *self.ids.entry((data, id)).or_insert(next)
    }

    fn entry(&mut self, row: &Row, entry: &StoredEntry) -> String {
        format!("{} {:?}", self.id(row, entry.id), entry.entry)
    }

    /// What a row brought, without what is the store's choice.
    fn normal(&mut self, row: &Row) -> String {
        let Some(outcome) = &row.outcome else { return "no answer".to_owned() };
        match outcome {
            Outcome::Id(id) => format!("id {}", self.id(row, *id)),
            Outcome::Entry(Some(entry)) => self.entry(row, entry),
            Outcome::Entries(entries, ending) => {
                let entries: Vec<String> = entries.iter().map(|entry| self.entry(row, entry)).collect();
                let ending = match ending {
                    Ending::Ended => "ended",
                    Ending::Failed(_) => "failed",
                    Ending::Resumed => "resumed",
                    Ending::Endless => "endless",
                };
                format!("{entries:?} {ending}")
            }
            Outcome::Ids(ids) => {
                format!("{:?}", ids.iter().map(|id| self.id(row, *id)).collect::<Vec<_>>())
            }
            Outcome::Failed(error) => format!("a {} error", error.kind()),
            Outcome::NotMade(_) => "not made".to_owned(),
            Outcome::Panicked { .. } => "a panic".to_owned(),
            other => other.to_string(),
        }
    }
}
