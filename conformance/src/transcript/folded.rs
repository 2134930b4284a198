//! Long runs of like steps, of which only the ends are told.

use super::lines::Line;
use std::collections::BTreeSet;

/// A line, and what it does, without what it does it with.
pub(super) struct Told {
    pub(super) line: Line,
    pub(super) like: String,
}

/// How many steps a pattern may have that repeats itself.
const LONGEST: usize = 100;
/// How many steps alike are told one by one.
const ALIKE: usize = 8;
/// How often a pattern of several steps is told, before the rest is counted.
const TURNS: usize = 3;

/// Folds what repeats itself: of a long run of like steps, and of one of like scenes, the first and the last are told, and
/// of the rest their number and a checksum, so that a change of it shows.
pub(super) fn folded(lines: &[Told]) -> Vec<Line> {
    let scenes: Vec<&[Told]> = lines.chunk_by(|_, next| next.line != Line::Scene).collect();
    let mut folded = Vec::new();
    for alike in scenes.chunk_by(|a, b| are_alike(a, b)) {
        let hidden = if alike.len() > SCENES { 2..alike.len() - 1 } else { 0..0 };
        for (at, scene) in alike.iter().enumerate() {
            if at == hidden.start && !hidden.is_empty() {
                let all: Vec<&Told> = alike[hidden.clone()].iter().copied().flatten().collect();
                folded.push(Line::Scene);
                folded.push(more(&all));
            }
            if !hidden.contains(&at) {
                folded.extend(folded_steps(scene));
            }
        }
    }
    folded
}

/// How many scenes alike are told one by one.
const SCENES: usize = 4;

/// Whether two scenes are made of the same kinds of steps, and the second one is not said to be about something else.
fn are_alike(a: &[Told], b: &[Told]) -> bool {
    let kinds = |scene: &[Told]| scene.iter().map(|told| told.like.clone()).collect::<BTreeSet<_>>();
    !b.iter().any(|told| matches!(told.line, Line::Note(_)))
        && (kinds(b).is_superset(&kinds(a)) || kinds(a).is_superset(&kinds(b)))
}

fn more(hidden: &[&Told]) -> Line {
    let count = hidden.iter().filter(|told| matches!(told.line, Line::Step { .. })).count();
    Line::More { count, checksum: checksum(hidden) }
}

fn folded_steps(lines: &[Told]) -> Vec<Line> {
    let mut folded = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some((period, turns)) = pattern(&lines[at..]) else {
            folded.push(lines[at].line.clone());
            at += 1;
            continue;
        };
        let first = if period == 1 { 3 } else { 2 * period };
        let (end, last) = (at + period * turns, at + period * (turns - 1));
        folded.extend(lines[at..at + first].iter().map(|told| told.line.clone()));
        folded.push(more(&lines[at + first..last].iter().collect::<Vec<_>>()));
        folded.extend(lines[last..end].iter().map(|told| told.line.clone()));
        at = end;
    }
    folded
}

/// The pattern that the lines begin with and repeat, and how often: the one that covers the most.
fn pattern(lines: &[Told]) -> Option<(usize, usize)> {
    let turns = |period: usize| {
        let first = lines[..period].iter().map(|told| &told.like);
        lines
            .chunks_exact(period)
            .take_while(|turn| turn.iter().map(|told| &told.like).eq(first.clone()))
            .count()
    };
    let is_long =
        |(period, turns): &(usize, usize)| if *period == 1 { *turns > ALIKE } else { *turns > TURNS };
    (1..=LONGEST.min(lines.len() / 2))
        .map(|period| (period, turns(period)))
        .filter(is_long)
        // Of those that cover as much, the shortest.
        .max_by_key(|(period, turns)| (period * turns, usize::MAX - period))
}

/// FNV-1a, in 32 bits.
fn checksum(lines: &[&Told]) -> u32 {
    let mut sum = 0x811c_9dc5_u32;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            sum = (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    };
    for told in lines {
        match &told.line {
            Line::Step { step, answer } => {
                add(step);
                add(answer);
            }
            Line::Note(text) => add(text),
            Line::Scene | Line::More { .. } => add(""),
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: &[(&str, &str)]) -> Vec<Told> {
        let told = |(like, answer): &(&str, &str)| Told {
            line: Line::Step { step: (*like).to_owned(), answer: (*answer).to_owned() },
            like: (*like).to_owned(),
        };
        steps.iter().map(told).collect()
    }

    #[test]
    fn a_long_run_keeps_its_ends_and_a_checksum_of_the_rest() {
        let mut run = vec![("insert", "1"); 12];
        run[11].1 = "last";
        let folded_run = folded(&steps(&run));
        assert_eq!(folded_run.len(), 5);
        assert!(matches!(folded_run[3], Line::More { count: 8, .. }), "{folded_run:?}");
        assert!(matches!(&folded_run[4], Line::Step { answer, .. } if answer == "last"));
        run[5].1 = "2";
        assert_ne!(folded(&steps(&run))[3], folded_run[3]);
    }

    #[test]
    fn a_pattern_of_several_steps_is_folded_by_turns() {
        let turns = [("insert", "1"), ("get", "2")].repeat(6);
        let told = folded(&steps(&[&[("open", "ok")][..], &turns].concat()));
        assert_eq!(told.len(), 1 + 4 + 1 + 2);
        assert!(matches!(told[5], Line::More { count: 6, .. }), "{told:?}");
    }

    #[test]
    fn scenes_alike_are_folded_unless_they_are_said_to_be_about_something() {
        let scene = |note: Option<&str>| {
            let note = note.map(|note| Told { line: Line::Note(note.to_owned()), like: "note".to_owned() });
            let begin = Told { line: Line::Scene, like: String::new() };
            std::iter::once(begin).chain(note).chain(steps(&[("insert", "1")]))
        };
        let told = folded(&(0..8).flat_map(|_| scene(None)).collect::<Vec<_>>());
        assert_eq!(told.len(), 2 * 2 + 2 + 2);
        assert!(matches!(told[5], Line::More { count: 5, .. }), "{told:?}");
        let about = ["a", "b", "c", "d", "e", "f"].map(|note| scene(Some(note)));
        assert_eq!(folded(&about.into_iter().flatten().collect::<Vec<_>>()).len(), 6 * 3);
    }

    #[test]
    fn what_does_not_repeat_itself_is_told_whole() {
        let told = [("a", "1"), ("b", "1"), ("a", "1"), ("b", "1"), ("c", "1")];
        assert_eq!(folded(&steps(&told)).len(), told.len());
    }
}
