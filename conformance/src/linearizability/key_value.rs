use super::specification::Specification;
use std::collections::BTreeMap;

/// A map from keys to values, empty at first.
///
/// Its keys are independent of each other, so a history may be [split](super::History::split_by) by
/// [`KeyValueOp::key`].
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyValue;

/// A call of a [`KeyValue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyValueOp {
    /// The value of a key.
    Get(u64),
    /// Gives a key a value.
    Put(u64, u64),
    /// Removes a key.
    Remove(u64),
}

/// What a [`KeyValue`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyValueOutcome {
    /// The value that the key has.
    Value(Option<u64>),
    /// The value that the key had before.
    Replaced(Option<u64>),
}

impl KeyValueOp {
    /// The key that the call is about.
    pub fn key(&self) -> u64 {
        match *self {
            Self::Get(key) | Self::Put(key, _) | Self::Remove(key) => key,
        }
    }
}

impl Specification for KeyValue {
    type State = BTreeMap<u64, u64>;
    type Operation = KeyValueOp;
    type Outcome = KeyValueOutcome;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(
        &self,
        state: &Self::State,
        operation: &KeyValueOp,
        outcome: Option<&KeyValueOutcome>,
        next: &mut Vec<Self::State>,
    ) {
        let value = state.get(&operation.key()).copied();
        let right = match operation {
            KeyValueOp::Get(_) => KeyValueOutcome::Value(value),
            KeyValueOp::Put(..) | KeyValueOp::Remove(_) => KeyValueOutcome::Replaced(value),
        };
        if outcome.is_some_and(|outcome| *outcome != right) {
            return;
        }
        let mut after = state.clone();
        match *operation {
            KeyValueOp::Get(_) => {}
            KeyValueOp::Put(key, value) => drop(after.insert(key, value)),
            KeyValueOp::Remove(key) => drop(after.remove(&key)),
        }
        next.push(after);
    }

    fn size(&self, state: &Self::State) -> usize {
        1 + 2 * state.len()
    }
}
