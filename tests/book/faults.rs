//! The planted mistakes of the fault zoo.

use mneme_conformance::Clause;

/// Each as `clause: name`. The tests of the zoo see to it that the list is whole.
const LIST: &str = include_str!("../../conformance/tests/zoo/faults.txt");

/// The mistakes that are named by a clause.
pub(crate) fn of(clause: &Clause) -> Vec<&'static str> {
    let prefix = format!("{clause}: ");
    LIST.lines().filter_map(|line| line.strip_prefix(&prefix)).collect()
}
