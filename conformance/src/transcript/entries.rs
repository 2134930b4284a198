//! Calls and answers about entries, with the sample that most checks use by name.

use crate::{
    operation::{
        Op, Step,
        display::{Json, Number, Quoted, Vector, fields},
    },
    outcome::{Ending, Outcome},
    sample,
};
use mneme::{Entry, Identity};
use std::{
    fmt::{self, Display, Formatter},
    path::Path,
};

/// What stands for the fields of the sample.
const EVERY_FIELD: &str = ", every field";
/// How many of the sample's eight fields an entry has that is written by what differs.
const LIKE: usize = 5;

/// Whether an open is with the identity that the checks use where identities do not matter.
pub(super) fn is_usual(identity: &Identity) -> bool {
    *identity == sample::identity()
}

/// A step as a transcript writes it.
pub(super) fn step(step: &Step, usual: bool) -> String {
    match step {
        Step::Call(Op::Open(identity)) if usual && is_usual(identity) => "open()".to_owned(),
        Step::Call(Op::Insert(entry)) => {
            format!("insert({}, {}{})", Quoted(&entry.namespace), Quoted(&entry.query_hash), Fields(entry))
        }
        // The directory of a site has another name each time.
        Step::Call(Op::SnapshotTo(path)) if path.parent().is_some_and(is_temporary) => {
            "snapshot_to([site])".to_owned()
        }
        Step::Call(op) => op.map_ids(|id| Number(*id).to_string()).to_string(),
        Step::Begin(number, walk) => {
            Step::Begin(*number, walk.map_ids(|id| Number(*id).to_string())).to_string()
        }
        step => step.to_string(),
    }
}

fn is_temporary(directory: &Path) -> bool {
    let temporary = std::env::temp_dir();
    directory == temporary || temporary.canonicalize().is_ok_and(|real| directory == real)
}

/// An answer as a transcript writes it.
pub(super) fn answer(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Entry(Some(read)) => format!(
            "id {} ({}, {}{}, version {})",
            Number(read.id),
            Quoted(&read.namespace),
            Quoted(&read.query_hash),
            Fields(read),
            Number(read.version)
        ),
        Outcome::Ids(ids) if ids.len() <= LISTED => format!("{ids:?}"),
        Outcome::Entries(entries, Ending::Ended) if entries.len() <= LISTED => {
            let ids: Vec<String> = entries.iter().map(|entry| format!("id {}", Number(entry.id))).collect();
            format!("[{}]", ids.join(", "))
        }
        outcome => outcome.to_string(),
    }
}

/// How many ids are listed one by one.
const LISTED: usize = 20;

/// The fields of an entry after its key: those of the sample by one name, others that are not the default each.
struct Fields<'a>(&'a Entry);

impl Display for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (entry, full) = (self.0, sample::full("", ""));
        let bits = |entry: &Entry| entry.embedding.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        let same = [
            entry.query == full.query,
            entry.response == full.response,
            bits(entry) == bits(&full),
            entry.metadata == full.metadata,
            entry.created_at == full.created_at,
            entry.ttl == full.ttl,
            entry.last_accessed_at == full.last_accessed_at,
            entry.access_count == full.access_count,
        ];
        if same.iter().filter(|same| **same).count() < LIKE {
            return fields(entry, f);
        }
        f.write_str(EVERY_FIELD)?;
        let [query, response, embedding, metadata, created_at, ttl, last_accessed_at, access_count] = same;
        if !query {
            write!(f, ", query {}", Quoted(&entry.query))?;
        }
        if !response {
            write!(f, ", response {}", Quoted(&entry.response))?;
        }
        if !embedding {
            write!(f, ", embedding {}", Vector(&entry.embedding))?;
        }
        if !metadata {
            write!(f, ", metadata {}", Json(&entry.metadata))?;
        }
        if !created_at {
            write!(f, ", created at {}", Number(entry.created_at))?;
        }
        match entry.ttl {
            _ if ttl => {}
            None => f.write_str(", no ttl")?,
            Some(seconds) => write!(f, ", ttl {}", Number(seconds))?,
        }
        if !last_accessed_at {
            write!(f, ", last accessed at {}", Number(entry.last_accessed_at))?;
        }
        if !access_count {
            write!(f, ", accessed {} times", Number(entry.access_count))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(entry: Entry) -> String {
        step(&Step::Call(Op::Insert(entry)), true)
    }

    #[test]
    fn the_sample_is_written_by_what_differs_from_it() {
        assert_eq!(inserted(sample::full("a", "h")), "insert(\"a\", \"h\", every field)");
        let other = sample::full("a", "h").response("").ttl(None).access_count(0);
        assert_eq!(
            inserted(other),
            "insert(\"a\", \"h\", every field, response \"\", no ttl, accessed 0 times)"
        );
    }

    #[test]
    fn an_entry_of_its_own_is_written_by_its_fields() {
        assert_eq!(inserted(sample::entry("a", "h").ttl(500)), "insert(\"a\", \"h\", ttl 500)");
    }
}
