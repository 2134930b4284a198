//! Actions and entries as text.

use crate::{
    operation::{Op, Text, Walk},
    random::program::{Action, Destination, Parting, Ref},
    sample,
};
use mneme::{Entry, Metadata};
use serde_json::{Value, json};

/// An operation in one line, for another process; it is read by [`read_op`](super::read_op).
pub(crate) fn write_op(op: &Op<Ref>) -> String {
    write(&Action::Call(op.clone()))
}

pub(super) fn write(action: &Action) -> String {
    let op = match action {
        Action::Call(op) => op,
        Action::Elsewhere(op) => return format!("elsewhere {}", write(&Action::Call(op.clone()))),
        Action::Fill(entries, namespaces) => return format!("fill {entries} {namespaces}"),
        Action::Snapshot(to) => return format!("snapshot_to {}", destination(*to)),
        Action::Begin(walk) => return format!("begin {}", write_walk(walk)),
        Action::Next(items) => return format!("next {items}"),
        Action::Reopen(parting) | Action::Remake(parting) => {
            return format!("{} {}", action.name(), manner(*parting));
        }
        Action::Rest
        | Action::Leave
        | Action::Unwind
        | Action::SecondHandle
        | Action::Stranger
        | Action::Turn => {
            return action.name().to_owned();
        }
    };
    let name = action.name();
    let scoped =
        |scope: &Option<Text>| scope.as_ref().map_or(String::new(), |scope| format!(" {}", quoted(scope)));
    match op {
        Op::Open(identity) => format!("{name} {} {}", quoted(&identity.fingerprint), identity.dimension),
        Op::GetByHash(a, b) | Op::WriteMeta(a, b) => format!("{name} {} {}", quoted(a), quoted(b)),
        Op::GetById(id) | Op::DeleteById(id) => format!("{name} {id}"),
        Op::Count(scope) => format!("{name}{}", scoped(scope)),
        Op::IterLruIds(usize::MAX, scope) => format!("{name} max{}", scoped(scope)),
        Op::IterLruIds(limit, scope) => format!("{name} {limit}{}", scoped(scope)),
        Op::Walk(walk) => write_walk(walk),
        Op::Insert(entry) => format!("{name} {}", write_entry(entry)),
        Op::UpdateAccess(id, now) => format!("{name} {id} {now}"),
        Op::DeleteExpired(now, scope) => format!("{name} {now}{}", scoped(scope)),
        Op::ClearNamespace(text) | Op::GetNamespaceQuota(text) | Op::ReadMeta(text) => {
            format!("{name} {}", quoted(text))
        }
        Op::SetNamespaceQuota(namespace, quota) => format!("{name} {} {quota}", quoted(namespace)),
        Op::Close | Op::ListNamespaces | Op::VersionCounter | Op::IntegrityCheck | Op::SnapshotTo(_) => {
            name.to_owned()
        }
    }
}

fn manner(parting: Parting) -> &'static str {
    match parting {
        Parting::Close => "close",
        Parting::Drop => "drop",
        Parting::Keep => "keep",
    }
}

fn destination(to: Destination) -> &'static str {
    match to {
        Destination::Free => "free",
        Destination::Taken => "taken",
        Destination::Missing => "missing",
    }
}

fn write_walk(walk: &Walk<Ref>) -> String {
    match walk {
        Walk::All => "iter_all".to_owned(),
        Walk::Since(id) => format!("iter_since {id}"),
        Walk::Changed(u64::MAX) => "iter_changed max".to_owned(),
        Walk::Changed(version) => format!("iter_changed {version}"),
    }
}

/// An entry's key, and each field that is not the default.
pub(crate) fn write_entry(entry: &Entry) -> Value {
    let mut fields = Metadata::new();
    let mut field = |name: &str, differs: bool, value: Value| {
        if differs {
            fields.insert(name.to_owned(), value);
        }
    };
    field("namespace", true, quoted(&entry.namespace));
    field("hash", true, quoted(&entry.query_hash));
    field("query", !entry.query.is_empty(), quoted(&entry.query));
    field("response", !entry.response.is_empty(), quoted(&entry.response));
    let dimension = entry.embedding.len();
    if sample::is_plain_of(&entry.embedding, dimension) {
        field("dimension", dimension != sample::DIMENSION, dimension.into());
    } else if entry.embedding.iter().all(|number| number.is_finite()) {
        // A wider number says the same.
        field("embedding", true, entry.embedding.iter().map(|number| f64::from(*number)).collect());
    } else {
        // In bits, as no number of JSON is a NaN.
        let bits = entry.embedding.iter().map(|number| format!("{:08x}", number.to_bits()));
        field("embedding_bits", true, bits.collect());
    }
    field("metadata", !entry.metadata.is_empty(), Value::Object(entry.metadata.clone()));
    field("created_at", entry.created_at != 0, entry.created_at.into());
    field("ttl", entry.ttl.is_some(), entry.ttl.into());
    field("last_accessed_at", entry.last_accessed_at != 0, entry.last_accessed_at.into());
    field("access_count", entry.access_count != 0, entry.access_count.into());
    Value::Object(fields)
}

/// Text in quotes, or, where it is long, how often a character is repeated before its end.
fn quoted(text: &str) -> Value {
    let Some(first) = text.chars().next() else { return text.into() };
    let times = text.chars().take_while(|c| *c == first).count();
    if times < REPEATED {
        return text.into();
    }
    json!({ "repeat": first, "times": times, "then": &text[times * first.len_utf8()..] })
}

/// How often a character is repeated where its number stands for it.
const REPEATED: usize = 60;
