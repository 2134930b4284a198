use super::specification::Specification;

/// A register: it holds one number, which can be read and written.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    initial: u64,
}

/// A call of a [`Register`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterOp {
    /// Reads the number.
    Read,
    /// Writes a number.
    Write(u64),
    /// Writes the second number if the register holds the first.
    CompareAndSwap(u64, u64),
}

/// What a [`Register`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterOutcome {
    /// The number that was read.
    Read(u64),
    /// The number was written.
    Written,
    /// Whether the first number was there, and the second was written.
    Swapped(bool),
}

impl Register {
    /// A register that holds a number at first.
    pub fn new(initial: u64) -> Self {
        Self { initial }
    }
}

impl Specification for Register {
    type State = u64;
    type Operation = RegisterOp;
    type Outcome = RegisterOutcome;

    fn initial(&self) -> u64 {
        self.initial
    }

    fn step(
        &self,
        state: &u64,
        operation: &RegisterOp,
        outcome: Option<&RegisterOutcome>,
        next: &mut Vec<u64>,
    ) {
        let (right, after) = match *operation {
            RegisterOp::Read => (RegisterOutcome::Read(*state), *state),
            RegisterOp::Write(number) => (RegisterOutcome::Written, number),
            RegisterOp::CompareAndSwap(from, _) if from != *state => {
                (RegisterOutcome::Swapped(false), *state)
            }
            RegisterOp::CompareAndSwap(_, to) => (RegisterOutcome::Swapped(true), to),
        };
        if outcome.is_none_or(|outcome| *outcome == right) {
            next.push(after);
        }
    }
}
