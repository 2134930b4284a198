//! What a trace has in it, in words: which calls, and what is special about them.

use super::{Row, Trace};
use crate::{
    operation::{Op, Step, display::METHODS},
    sample::plain,
};
use std::collections::BTreeSet;

/// What a row may have in it beside a call of a method.
const BESIDE: [&str; 11] =
    ["upsert", "text", "embedding", "metadata", "times", "uses", "ttl", "handle", "drop", "kill", "files"];

/// Every word, in the order in which they are told.
const KINDS: [&str; METHODS.len() + BESIDE.len()] = {
    let mut all = [""; METHODS.len() + BESIDE.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < METHODS.len() { METHODS[at] } else { BESIDE[at - METHODS.len()] };
        at += 1;
    }
    all
};

/// A set of words of [`KINDS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u64);

impl Kinds {
    /// The kinds that the rows of the last row's site have.
    pub(crate) fn of(trace: &Trace) -> Self {
        let mut kinds = Self::default();
        let Some(last) = trace.rows().last() else { return kinds };
        let (mut made, mut opened, mut keys) = (0, BTreeSet::new(), BTreeSet::new());
        for Row { handle, step, .. } in trace.rows().iter().filter(|row| row.site == last.site) {
            match step {
                Step::Make => {
                    made += 1;
                    kinds.add_if(made > 1, "handle");
                }
                // That a handle is opened goes without saying.
                Step::Call(Op::Open(_)) if opened.insert(*handle) && made > 0 => {}
                Step::Call(op) => kinds.add_if(true, op.name()),
                Step::Begin(_, walk) => kinds.add_if(true, Op::Walk(*walk).name()),
                Step::Drop => kinds.add_if(true, "drop"),
                Step::Kill => kinds.add_if(true, "kill"),
                Step::Put(..) | Step::Tamper(..) | Step::Restore(_) => kinds.add_if(true, "files"),
                _ => {}
            }
            if let Step::Call(Op::Insert(entry)) = step {
                let is_new = keys.insert((&*entry.namespace, &*entry.query_hash));
                kinds.add_if(!is_new, "upsert");
                kinds.add_if(!entry.query.is_empty() || !entry.response.is_empty(), "text");
                let is_plain = entry.embedding == plain(entry.embedding.len());
                kinds.add_if(!is_plain, "embedding");
                kinds.add_if(!entry.metadata.is_empty(), "metadata");
                kinds.add_if(entry.created_at != 0 || entry.last_accessed_at != 0, "times");
                kinds.add_if(entry.access_count != 0, "uses");
                kinds.add_if(entry.ttl.is_some(), "ttl");
            }
        }
        kinds
    }

    /// The set of these words. One that is none is left out.
    pub(crate) fn named<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kinds = Self::default();
        words.into_iter().for_each(|word| kinds.add_if(true, word));
        kinds
    }

    /// Whether all of them are in the other set.
    pub(crate) fn are_in(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The words.
    pub(crate) fn words(self) -> Vec<&'static str> {
        KINDS.iter().enumerate().filter(|(at, _)| self.0 >> at & 1 == 1).map(|(_, word)| *word).collect()
    }

    fn add_if(&mut self, has: bool, word: &str) {
        if let (true, Some(at)) = (has, KINDS.iter().position(|kind| *kind == word)) {
            self.0 |= 1 << at;
        }
    }
}
