//! The operations of the random programs as strategies of proptest, with the feature `proptest`.
//!
//! A strategy draws one seed from proptest's generator and expands it as the random programs are expanded, so the same
//! confusable keys, boundary times and symbolic ids come up. A value is a [`Program`] or an [`Action`], which means
//! something on any store, and [`Program::check`] or [`Judged`](crate::Judged) runs it. Shrinking leaves parts of a program
//! out: halves first, then less and less. `PROPTEST_CASES` and proptest's other variables and settings hold as for any
//! strategy.
//!
//! # Examples
//!
//! ```
//! use mneme::MemoryStore;
//! use mneme_conformance::{Settings, Subject, strategies};
//! use proptest::prelude::*;
//!
//! proptest!(ProptestConfig::with_cases(16), |(program in strategies::programs(Default::default()))| {
//!     let subject = Subject::volatile(MemoryStore::new);
//!     prop_assert!(program.check(subject, &Settings::default()).is_ok());
//! });
//! ```

use crate::{
    random::{Action, Program, nth},
    subject::Claims,
};
use proptest::{
    prelude::Rng as _,
    strategy::{NewTree, Strategy, ValueTree},
    test_runner::TestRunner,
};

/// How many programs differ in their shape: with which number of these a program is drawn is drawn too.
const SHAPES: u32 = 512;

/// Whole programs for stores with these claims.
pub fn programs(claims: Claims) -> Programs {
    Programs { claims }
}

/// Single actions for stores with these claims.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Judged, Subject, strategies};
/// use proptest::{collection::vec, prelude::*};
///
/// // Actions of one's own choice and order, judged one by one.
/// proptest!(ProptestConfig::with_cases(4), |(actions in vec(strategies::actions(Default::default()), 1..9))| {
///     let mut judged = Judged::new(Subject::volatile(MemoryStore::new)).expect("a store");
///     for action in &actions {
///         prop_assert!(judged.act(action).is_ok());
///     }
/// });
/// ```
pub fn actions(claims: Claims) -> Actions {
    Actions { programs: programs(claims) }
}

/// The strategy of [`programs`].
///
/// # Examples
///
/// ```
/// use mneme_conformance::strategies::{Actions, Programs, actions, programs};
/// use proptest::strategy::Strategy;
///
/// let (whole, single): (Programs, Actions) = (programs(Default::default()), actions(Default::default()));
/// let lengths = whole.prop_map(|program| program.0.len());
/// # drop((lengths, single));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Programs {
    claims: Claims,
}

/// The strategy of [`actions`].
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    programs: Programs,
}

impl Programs {
    fn draw(self, runner: &mut TestRunner) -> Program {
        let seed = runner.rng().next_u64();
        let shape = runner.rng().next_u32() % SHAPES;
        nth(seed, shape as usize, self.claims)
    }
}

impl Strategy for Programs {
    type Tree = ProgramTree;
    type Value = Program;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(ProgramTree::new(self.draw(runner)))
    }
}

impl Strategy for Actions {
    type Tree = ActionTree;
    type Value = Action;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Program(mut actions) = self.programs.draw(runner);
        let at = runner.rng().next_u64() % actions.len().max(1) as u64;
        let at = usize::try_from(at).unwrap_or(0);
        Ok(ActionTree(actions.swap_remove(at)))
    }
}

/// A program, and which part of it is left out next.
///
/// # Examples
///
/// ```
/// use mneme_conformance::strategies::{ActionTree, ProgramTree, actions, programs};
/// use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
///
/// let mut runner = TestRunner::deterministic();
/// let mut tree: ProgramTree = programs(Default::default()).new_tree(&mut runner)?;
/// let before = tree.current().0.len();
/// assert!(!tree.simplify() || tree.current().0.len() < before);
/// let action: ActionTree = actions(Default::default()).new_tree(&mut runner)?;
/// println!("{:?}", action.current());
/// # Ok::<(), proptest::test_runner::Reason>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProgramTree {
    current: Program,
    /// What it was before the last part was left out.
    before: Option<Program>,
    /// How long a part is that is left out.
    size: usize,
    /// Where the next part ends, from the back.
    end: usize,
}

impl ProgramTree {
    fn new(program: Program) -> Self {
        let length = program.0.len();
        Self { current: program, before: None, size: length.div_ceil(2), end: length }
    }

    /// Turns to the next part; none where the last one was of one action.
    fn next_part(&mut self) -> Option<(usize, usize)> {
        loop {
            let length = self.current.0.len();
            if self.size == 0 || length == 0 {
                return None;
            }
            self.end = self.end.min(length);
            if self.end == 0 {
                if self.size == 1 {
                    return None;
                }
                self.size = self.size.div_ceil(2);
                self.end = length;
                continue;
            }
            let from = self.end.saturating_sub(self.size);
            let part = (from, self.end);
            self.end = from;
            return Some(part);
        }
    }
}

impl ValueTree for ProgramTree {
    type Value = Program;

    fn current(&self) -> Program {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        let Some((from, to)) = self.next_part() else { return false };
        let mut shorter = self.current.clone();
        shorter.0.drain(from..to);
        self.before = Some(std::mem::replace(&mut self.current, shorter));
        true
    }

    fn complicate(&mut self) -> bool {
        match self.before.take() {
            Some(before) => {
                self.current = before;
                true
            }
            None => false,
        }
    }
}

/// An action, which is as simple as it gets.
#[derive(Clone, Debug)]
pub struct ActionTree(Action);

impl ValueTree for ActionTree {
    type Value = Action;

    fn current(&self) -> Action {
        self.0.clone()
    }

    fn simplify(&mut self) -> bool {
        false
    }

    fn complicate(&mut self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Op;
    use proptest::test_runner::{Config, TestError};

    fn tree() -> ProgramTree {
        let mut runner = TestRunner::deterministic();
        programs(Claims::default()).new_tree(&mut runner).expect("nothing is rejected")
    }

    #[test]
    fn a_program_shrinks_to_the_two_actions_that_a_failure_needs() {
        let is_insert = |action: &Action| matches!(action, Action::Call(Op::Insert(_)));
        let fails = |program: &Program| program.0.iter().filter(|action| is_insert(action)).count() >= 2;
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(50) });
        let found = runner.run(&programs(Claims::default()), |program| {
            proptest::prop_assert!(!fails(&program));
            Ok(())
        });
        let Err(TestError::Fail(_, program)) = found else { panic!("nothing failed: {found:?}") };
        assert_eq!(program.0.len(), 2, "{program}");
    }

    #[test]
    fn what_was_left_out_comes_back_once() {
        let mut tree = tree();
        let whole = tree.current();
        assert!(tree.simplify());
        assert!(tree.current().0.len() < whole.0.len());
        assert!(tree.complicate());
        assert_eq!(tree.current(), whole);
        assert!(!tree.complicate());
    }

    #[test]
    fn shrinking_ends() {
        let mut tree = tree();
        let most = tree.current().0.len() * 4 + 40;
        let mut steps = 0;
        while tree.simplify() {
            tree.complicate();
            steps += 1;
            assert!(steps < most, "{steps} steps");
        }
        assert!(steps > tree.current().0.len());
    }
}
