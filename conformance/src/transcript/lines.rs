//! The lines of a transcript, and how they are set.

use super::{
    entries::{self, is_usual},
    folded::{Told, folded},
    numbers::{As, Errors, Length, Numbers, Style},
    scenes::{Item, Scene, scenes},
    unstable::{without_long_words, without_paths},
};
use crate::{
    operation::{Op, Step, Walk},
    outcome::{Ending, Outcome},
    trace::{Beside, Row, Trace, wrapped},
};
use mneme::Identity;
use std::collections::BTreeSet;

/// A line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What follows is about this.
    Note(String),
    /// Another store, or another turn.
    Scene,
    /// What was done, and what came back.
    Step { step: String, answer: String },
    /// So many more steps of the same kind, with a checksum of what they brought.
    More { count: usize, checksum: u32 },
}

/// How wide the column of steps may become.
const STEP_WIDTH: usize = 56;
/// How wide the column of answers may become.
const ANSWER_WIDTH: usize = 52;
/// How wide a note may become.
const NOTE_WIDTH: usize = 96;

/// What a run tells, in a style.
pub(super) fn told(trace: &Trace, numbers: &Numbers, style: Style, ending: Option<&String>) -> Vec<Line> {
    let mut told: Vec<Told> = Vec::new();
    let mut noted = BTreeSet::new();
    // Where all opens are alike, what they are with does not matter.
    let usual = opens(trace).all(is_usual);
    for scene in scenes(trace) {
        if told.iter().any(|told| matches!(told.line, Line::Step { .. })) {
            told.push(Told { line: Line::Scene, like: String::new() });
        }
        let mut items = scene.items.as_slice();
        while let [item, rest @ ..] = items {
            items = rest;
            match item {
                // In a loop it is said once.
                Item::Note(text) if noted.insert(*text) => {
                    told.push(Told { line: Line::Note((*text).to_owned()), like: format!("note {text}") });
                }
                Item::Note(_) => {}
                Item::Row(row) if is_plain_beginning(&scene, row) => {}
                Item::Row(row) => {
                    let kind = format!("{} {}", scene.name(row).unwrap_or_default(), row.step.kind());
                    let line = if is_change_of_handles(&scene, row, rest) {
                        items = &rest[2..];
                        let step = "the handle is dropped, and another one is opened".to_owned();
                        Line::Step { step, answer: "ok".to_owned() }
                    } else {
                        line(&scene, row, numbers, style, usual)
                    };
                    told.push(Told { line, like: kind });
                }
            }
        }
    }
    let ending = ending.map(|text| Told { line: Line::Note(text.clone()), like: String::new() });
    told.extend(ending);
    match style.length {
        Length::Folded => folded(&told),
        Length::Whole => told.into_iter().map(|told| told.line).collect(),
    }
}

fn opens(trace: &Trace) -> impl Iterator<Item = &Identity> {
    let aside = trace.beside().iter().filter_map(|(_, beside)| match beside {
        Beside::Aside(rows) => Some(rows),
        _ => None,
    });
    trace.rows().iter().chain(aside.flatten()).filter_map(|row| match &row.step {
        Step::Call(Op::Open(identity)) => Some(identity),
        _ => None,
    })
}

/// Whether a handle is dropped, another one made at once on the same data and opened, and nothing is wrong with that.
fn is_change_of_handles(scene: &Scene<'_>, row: &Row, rest: &[Item<'_>]) -> bool {
    let [Item::Row(made), Item::Row(opened), ..] = rest else { return false };
    let is_fine = |row: &Row| matches!(row.outcome, Some(Outcome::Done));
    scene.name(row).is_none()
        && matches!((&row.step, &made.step), (Step::Drop, Step::Make))
        && matches!(&opened.step, Step::Call(Op::Open(identity)) if is_usual(identity))
        && [row, made, opened].into_iter().all(is_fine)
}

/// Whether a row only says that the one handle of a scene was made.
fn is_plain_beginning(scene: &Scene<'_>, row: &Row) -> bool {
    let is_made = matches!((&row.step, &row.outcome), (Step::Make, Some(Outcome::Done)));
    is_made && scene.name(row).is_none() && scene.begins_site(row)
}

fn line(scene: &Scene<'_>, row: &Row, numbers: &Numbers, style: Style, usual: bool) -> Line {
    let (step, outcome) = numbers.written(row, style);
    let name = scene.name(row).map_or(String::new(), |name| format!("{name}: "));
    let thread = if row.fresh_thread { ", on a thread of its own" } else { "" };
    let step = match &step {
        Step::Call(Op::Walk(Walk::Changed(1..))) if is_of_any_steps(style) => "iter_changed(..)".to_owned(),
        Step::Make if scene.begins_site(row) && scene.has_many_sites() => {
            "a handle on a fresh site is made".to_owned()
        }
        Step::Make if scene.begins_site(row) => "a handle is made".to_owned(),
        Step::Make => "another handle is made".to_owned(),
        Step::Drop => "the handle is dropped".to_owned(),
        Step::Look => "everything is read, in every way".to_owned(),
        step => entries::step(step, usual),
    };
    let answer = match (&row.step, &outcome) {
        (_, None) => "no answer".to_owned(),
        (Step::Look, Some(Outcome::Done)) => "as it should be".to_owned(),
        (Step::Tamper(..), Some(Outcome::Done)) => String::new(),
        (Step::Exists(_), Some(Outcome::Flag(there))) => if *there { "yes" } else { "no" }.to_owned(),
        (Step::Altered(_), Some(Outcome::Flag(altered))) => if *altered { "yes" } else { "no" }.to_owned(),
        // Some checks ask from a version that is a number and nothing else: what is past it depends on the steps.
        (Step::Call(Op::Walk(Walk::Changed(1..))), Some(Outcome::Entries(_, Ending::Ended)))
            if is_of_any_steps(style) =>
        {
            "entries".to_owned()
        }
        // The text of this stamp is the store's choice.
        (Step::Call(Op::ReadMeta(key)), Some(Outcome::Value(Some(_))))
            if style.errors == Errors::Kind && **key == *"schema_version" =>
        {
            "a text".to_owned()
        }
        (_, Some(outcome)) => answer(outcome, style),
    };
    Line::Step { step: format!("{name}{step}{thread}"), answer }
}

/// Whether what is told is to be the same whatever the steps of the version counter are.
fn is_of_any_steps(style: Style) -> bool {
    style.errors == Errors::Kind && style.versions == As::Place
}

fn answer(outcome: &Outcome, style: Style) -> String {
    let kind = |error: &mneme::Error| format!("error: {}", error.kind());
    match (outcome, style.errors) {
        (Outcome::Failed(error), Errors::Kind) => kind(error),
        (Outcome::NotMade(_), Errors::Kind) => "it failed".to_owned(),
        (Outcome::Entries(entries, Ending::Failed(error)), Errors::Kind) => {
            let entries = Outcome::Entries(entries.clone(), Ending::Ended);
            format!("{entries}, then {}", kind(error))
        }
        (Outcome::Panicked { message, .. }, _) => {
            // Where in a source it was changes with each edit of that source.
            let location = None;
            without_paths(&Outcome::Panicked { message: message.clone(), location }.to_string())
        }
        (Outcome::Failed(_) | Outcome::NotMade(_) | Outcome::Entries(_, Ending::Failed(_)), Errors::Text) => {
            without_long_words(&without_paths(&outcome.to_string()))
        }
        (outcome, _) => entries::answer(outcome),
    }
}

/// A line by itself, with its answer in a column that begins where all others' do.
pub(crate) fn in_columns(line: &Line) -> String {
    match line {
        Line::Scene => String::new(),
        Line::Note(note) => format!("# {note}"),
        Line::More { count, .. } => format!("… {count} more like these"),
        Line::Step { step, answer } => format!("{step:STEP_WIDTH$}  {answer}").trim_end().to_owned(),
    }
}

/// Sets lines in columns, scene by scene, so that a change of one moves no others.
pub(super) fn layout(lines: &[Line]) -> String {
    let mut text = String::new();
    for scene in lines.chunk_by(|_, next| *next != Line::Scene) {
        let steps = scene.iter().filter_map(|line| match line {
            Line::Step { step, answer } if !answer.is_empty() => Some(wrapped(step, STEP_WIDTH)),
            _ => None,
        });
        let width = steps.flatten().map(|line| line.chars().count()).max().unwrap_or(0);
        let width = width.min(STEP_WIDTH).next_multiple_of(4);
        for line in scene {
            set(&mut text, line, width);
        }
    }
    text
}

fn set(text: &mut String, line: &Line, width: usize) {
    match line {
        Line::Scene => *text += "\n",
        Line::Note(note) => {
            for line in wrapped(note, NOTE_WIDTH) {
                *text += &format!("# {}\n", line.trim_start());
            }
        }
        Line::More { count, checksum } => *text += &format!("… {count} more like these ({checksum:08x})\n"),
        Line::Step { step, answer } => {
            let steps = wrapped(step, if answer.is_empty() { NOTE_WIDTH } else { STEP_WIDTH });
            let answers = wrapped(answer, ANSWER_WIDTH);
            // The answer stands beside the end of the call.
            let above = steps.len() - 1;
            for row in 0..above + answers.len() {
                let step = steps.get(row).map_or("", |step| step);
                let answer = row.checked_sub(above).and_then(|at| answers.get(at)).map_or("", |line| line);
                *text += format!("{step:width$}  {answer}").trim_end();
                *text += "\n";
            }
        }
    }
}
