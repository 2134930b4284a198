//! Where two stores differ in what they do, as a page.

mod page;
mod parting;

use crate::{
    contract::{Clause, contract},
    cores::on_every_core,
    subject::Subject,
    transcript::{As, Errors, Line, NoTranscript, Style, Transcript},
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// Compares what two stores do, clause by clause and call by call, and answers a page in Markdown about where they differ; none
/// where they do the same.
///
/// Two stores may keep the contract and differ all the same, in what it leaves to them and in what they claim. The page
/// tells what one who moves from the first to the second has to know: the claims, how ids and versions are chosen, the texts
/// of errors, and each clause whose check saw something else, with the calls and both answers. Each kind of choice
/// is told once, however many clauses show it.
///
/// What is compared are the [`Transcript`]s of the clauses that bind both. [`compare`](crate::compare) runs random programs on both
/// instead.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Subject, difference};
///
/// let store = || Subject::volatile(MemoryStore::new);
/// assert_eq!(difference(store(), store()), None);
/// ```
pub fn difference(a: impl Into<Arc<Subject>>, b: impl Into<Arc<Subject>>) -> Option<String> {
    let subjects = [a.into(), b.into()];
    let mut difference = Difference {
        names: [subjects[0].name().to_owned(), subjects[1].name().to_owned()],
        claims: [subjects[0].claims(), subjects[1].claims()],
        ..Difference::default()
    };
    for (clause, told) in transcripts(&subjects) {
        difference.note(clause, told);
    }
    difference.page()
}

/// What was found to differ.
#[derive(Debug, Default)]
struct Difference {
    names: [String; 2],
    claims: [crate::subject::Claims; 2],
    /// How many clauses were compared.
    compared: usize,
    /// Those whose checks saw the same but for the numbers of ids, and the first of them.
    ids: Choice,
    /// The same of versions.
    versions: Choice,
    /// Calls that were answered with other texts, and those of both.
    texts: Vec<[String; 3]>,
    parted: Vec<Parted>,
    /// The clauses that bind one of the stores alone.
    alone: [Vec<&'static Clause>; 2],
    /// What could not be compared, and why.
    unknown: Vec<(&'static Clause, String)>,
}

/// What a store chooses, as the first clause shows it that tells.
#[derive(Debug, Default)]
struct Choice {
    clauses: usize,
    example: Option<(&'static Clause, [Vec<Line>; 2])>,
}

/// A clause whose check saw something else, what the contract leaves to a store aside.
#[derive(Debug)]
struct Parted {
    clause: &'static Clause,
    lines: [Vec<Line>; 2],
    /// Which of the stores keep the clause.
    right: [bool; 2],
}

type Told = [Result<Transcript, NoTranscript>; 2];

impl Difference {
    fn note(&mut self, clause: &'static Clause, told: Told) {
        let (a, b) = match told {
            [Ok(a), Ok(b)] => (a, b),
            [Ok(_), Err(NoTranscript::NotApplicable(_))] => return self.alone[0].push(clause),
            [Err(NoTranscript::NotApplicable(_)), Ok(_)] => return self.alone[1].push(clause),
            [Err(NoTranscript::NotApplicable(_)), Err(NoTranscript::NotApplicable(_))] => return,
            [Err(NoTranscript::NotChecked(why)), _] => {
                return self.unknown.push((clause, format!("{}: {why}", self.names[0])));
            }
            [_, Err(NoTranscript::NotChecked(why))] => {
                return self.unknown.push((clause, format!("{}: {why}", self.names[1])));
            }
        };
        let both = |style: Style| [a.told(style), b.told(style)];
        // Numbers are told by their order only where that brings the two together.
        let (style, lines) = Style::NORMAL
            .into_iter()
            .map(|style| (style, both(style)))
            .min_by_key(|(_, [a, b])| {
                a.len().abs_diff(b.len()) + a.iter().zip(b).filter(|(a, b)| a != b).count()
            })
            .expect("there are styles");
        if lines[0] != lines[1] && a.asks_for_ids_between() != b.asks_for_ids_between() {
            let why = "its check asks for ids by number, and one of the stores alone had given these";
            return self.unknown.push((clause, why.to_owned()));
        }
        self.compared += 1;
        if lines[0] != lines[1] || a.is_right() != b.is_right() {
            let right = [a.is_right(), b.is_right()];
            return self.parted.push(Parted { clause, lines, right });
        }
        self.ids.note(clause, both(Style { ids: As::Given, ..style }));
        self.versions.note(clause, both(Style { versions: As::Given, ..style }));
        let [texts, others] = both(Style { errors: Errors::Text, ..style });
        for ((line, other), same) in texts.iter().zip(&others).zip(&lines[0]) {
            let is_text =
                matches!(same, Line::Step { answer, .. } if answer.contains("error") || answer == "a text");
            if let (Line::Step { step, answer }, Line::Step { answer: another, .. }) = (line, other)
                && is_text
                && answer != another
                && !self.texts.iter().any(|[_, a, b]| a == answer && b == another)
            {
                self.texts.push([step.clone(), answer.clone(), another.clone()]);
            }
        }
    }
}

impl Choice {
    fn note(&mut self, clause: &'static Clause, lines: [Vec<Line>; 2]) {
        if lines[0] == lines[1] {
            return;
        }
        self.clauses += 1;
        self.example.get_or_insert((clause, lines));
    }
}

/// The transcripts of both stores for each clause that has one, on as many threads as the machine has cores.
fn transcripts(subjects: &[Arc<Subject>; 2]) -> Vec<(&'static Clause, Told)> {
    let clauses: Vec<&'static Clause> =
        contract().clauses().filter(|clause| Transcript::exists_for(clause)).collect();
    let told: Vec<Mutex<Option<Told>>> = clauses.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((clause, place)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            clauses.get(at).zip(told.get(at))
        } {
            let both = [Transcript::of(&subjects[0], clause), Transcript::of(&subjects[1], clause)];
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(both);
        }
    };
    on_every_core(work);
    let told = told.into_iter().map(|told| told.into_inner().unwrap_or_else(PoisonError::into_inner));
    clauses.into_iter().zip(told).filter_map(|(clause, told)| Some((clause, told?))).collect()
}
