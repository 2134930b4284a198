//! The planted mistakes of the fault zoo.

use mneme_conformance::Clause;

/// Each as `clause: name`, or `clause: name <link>` where it repeats a report. The tests of the zoo see to it that the list is whole.
const LIST: &str = include_str!("../../conformance/tests/zoo/faults.txt");

/// A planted mistake.
pub(crate) struct Mistake {
    pub(crate) name: &'static str,
    /// The report of the mistake that it repeats, if it does.
    pub(crate) report: Option<&'static str>,
}

/// The mistakes that are named by a clause.
pub(crate) fn of(clause: &Clause) -> Vec<Mistake> {
    let prefix = format!("{clause}: ");
    let mistake = |line: &'static str| match line.strip_suffix('>').and_then(|line| line.split_once(" <")) {
        Some((name, report)) => Mistake { name, report: Some(report) },
        None => Mistake { name: line, report: None },
    };
    LIST.lines().filter_map(|line| line.strip_prefix(&prefix)).map(mistake).collect()
}
