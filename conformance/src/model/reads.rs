//! How each read is judged.

use super::{Data, Difference, Ended, Held, Mismatch, data::shown, due::STAMPS, in_range};
use crate::{
    operation::{
        Walk,
        display::{Number, Quoted},
    },
    outcome::{
        Ending, Outcome,
        display::{Shown, in_place_of},
    },
};
use mneme::StoredEntry;
use std::collections::{BTreeSet, HashSet};

type Judgement = Result<(), Mismatch>;

pub(super) fn by_hash(data: &mut Data, namespace: &str, hash: &str, outcome: &Outcome) -> Judgement {
    lookup(data, data.id_of(namespace, hash), outcome)
}

pub(super) fn by_id(data: &mut Data, id: u64, outcome: &Outcome) -> Judgement {
    lookup(data, data.entries.contains_key(&id).then_some(id), outcome)
}

fn lookup(data: &mut Data, stored: Option<u64>, outcome: &Outcome) -> Judgement {
    let Outcome::Entry(found) = outcome else { return Err(Mismatch::shape()) };
    match (stored, found) {
        (None, None) => Ok(()),
        (None, Some(found)) => Err(Mismatch::new(Difference::Extra(found.id, Some(found.clone())), "none")),
        (Some(id), None) => Err(missing(data, id)),
        (Some(id), Some(found)) => {
            in_range(found.id).and(in_range(found.version))?;
            let held = data.entries[&id].clone();
            data.shown(id, &held, found)
        }
    }
}

fn missing(data: &Data, id: u64) -> Mismatch {
    let held = &data.entries[&id];
    let key = (Quoted(&held.entry.namespace), Quoted(&held.entry.query_hash));
    let expected = format!("id {id} ({}, {})", key.0, key.1);
    Mismatch::new(Difference::Missing(id), expected)
}

pub(super) fn walk(data: &mut Data, walk: Walk, outcome: &Outcome) -> Judgement {
    let Outcome::Entries(entries, ending) = outcome else { return Err(Mismatch::shape()) };
    let mut last = None;
    for (at, found) in entries.iter().enumerate() {
        let Some(held) = data.entries.get(&found.id) else {
            let expected = if found.id == 0 { "no id of 0" } else { "only entries that are stored" };
            return Err(Mismatch::new(Difference::Extra(found.id, Some(found.clone())), expected));
        };
        let place = place(walk, found, held);
        let ascends = last.is_none_or(|last| last < place);
        // What ascends comes no second time.
        if !ascends && entries[..at].iter().any(|before| before.id == found.id) {
            return Err(Mismatch::new(Difference::Twice(found.id), format!("id {} once", found.id)));
        }
        shown(&mut data.versions, found.id, held, found)?;
        cursor(walk, found)?;
        if !ascends {
            // An entry that is shown twice is out of order at one of its places, and that is the lesser fault.
            let mut seen = BTreeSet::new();
            let twice = entries.iter().map(|found| found.id).find(|id| !seen.insert(*id));
            return Err(match twice {
                Some(id) => Mismatch::new(Difference::Twice(id), format!("id {id} once")),
                None => Mismatch::new(Difference::Misplaced, order(walk)),
            });
        }
        last = Some(place);
    }
    match ending {
        Ending::Ended => {}
        Ending::Failed(_) => return Err(Mismatch::new(Difference::Ending(Ended::Failed), "no error")),
        Ending::Resumed => {
            return Err(Mismatch::new(Difference::Ending(Ended::Resumed), "nothing after the end"));
        }
        Ending::Endless => return Err(Mismatch::new(Difference::Ending(Ended::Never), "an end")),
    }
    if entries.len() == data.entries.len() {
        return Ok(());
    }
    let seen: HashSet<u64> = entries.iter().map(|found| found.id).collect();
    match data.entries.iter().find(|(id, held)| is_wanted(data, walk, **id, held) && !seen.contains(id)) {
        None => Ok(()),
        Some((&id, _)) => Err(Mismatch::new(Difference::Missing(id), format!("id {id} among them"))),
    }
}

/// Judges entries that a walk showed before it failed: each must be as it is stored.
pub(super) fn shown_as_stored(data: &mut Data, items: &[StoredEntry]) -> Judgement {
    items.iter().try_for_each(|found| match data.entries.get(&found.id) {
        Some(held) => shown(&mut data.versions, found.id, held, found),
        None => Err(Mismatch::new(
            Difference::Extra(found.id, Some(found.clone())),
            "only entries that are stored",
        )),
    })
}

/// Whether a walk that is asked now must show an entry.
///
/// Of a version that nobody has seen, bounds are known: what may be later than the cursor may be shown or not.
pub(super) fn is_wanted(data: &Data, walk: Walk, id: u64, held: &Held) -> bool {
    match walk {
        Walk::All => true,
        Walk::Since(after) => id > after,
        Walk::Changed(after) => data.versions.bounds(held.event).0 > after,
    }
}

pub(super) fn cursor(walk: Walk, found: &StoredEntry) -> Judgement {
    let (excluded, expected) = match walk {
        Walk::All => return Ok(()),
        Walk::Since(after) => (found.id <= after, format!("only ids greater than {after}")),
        Walk::Changed(after) => {
            (found.version <= after, format!("only versions greater than {}", Number(after)))
        }
    };
    if excluded { Err(Mismatch::new(Difference::BeforeTheCursor, expected)) } else { Ok(()) }
}

/// What a walk ascends by.
pub(super) fn place(walk: Walk, found: &StoredEntry, held: &Held) -> u64 {
    match walk {
        Walk::All | Walk::Since(_) => found.id,
        Walk::Changed(_) => held.event,
    }
}

pub(super) fn order(walk: Walk) -> &'static str {
    match walk {
        Walk::All | Walk::Since(_) => "ids that ascend",
        Walk::Changed(_) => "versions that ascend",
    }
}

pub(super) fn names(data: &Data, outcome: &Outcome) -> Judgement {
    let Outcome::Names(found) = outcome else { return Err(Mismatch::shape()) };
    let stored: Vec<&str> = data.keys.keys().map(|name| &**name).collect();
    if *found == stored {
        return Ok(());
    }
    let missing = stored.iter().filter(|name| !found.iter().any(|f| f == *name)).map(ToString::to_string);
    let extra = found.iter().filter(|name| !stored.contains(&name.as_str())).cloned();
    let difference = Difference::Names { missing: missing.collect(), extra: extra.collect() };
    let due: Vec<_> = stored.into_iter().map(Quoted).collect();
    let found: Vec<_> = found.iter().map(|name| Quoted(name)).collect();
    Err(Mismatch::new(difference, in_place_of(&due, &found)))
}

pub(super) fn lru(data: &Data, limit: usize, namespace: Option<&str>, outcome: &Outcome) -> Judgement {
    let Outcome::Ids(found) = outcome else { return Err(Mismatch::shape()) };
    let right = data.lru(limit, namespace);
    if *found == right {
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    let fault = |id: u64| -> Option<Difference> {
        let Some(held) = data.entries.get(&id) else { return Some(Difference::Extra(id, None)) };
        if namespace.is_some_and(|name| held.entry.namespace != name) {
            return Some(Difference::LruScope);
        }
        (!seen.insert(id)).then_some(Difference::Twice(id))
    };
    let difference = found.iter().copied().find_map(fault).unwrap_or_else(|| {
        if found.len() > limit {
            return Difference::LruLimit;
        }
        match found.iter().zip(&right).find(|(found, right)| found != right) {
            Some((&id, &wanted)) if seen.contains(&wanted) || found.len() == right.len() => {
                let time = |id: u64| data.entries[&id].entry.last_accessed_at;
                Difference::LruOrder { tie: time(id) == time(wanted) }
            }
            Some((_, &wanted)) => Difference::Missing(wanted),
            None => right.get(found.len()).map_or(Difference::LruLimit, |&id| Difference::Missing(id)),
        }
    });
    let [right, found] = [&right, found].map(|ids| ids.iter().copied().map(Number).collect::<Vec<_>>());
    Err(Mismatch::new(difference, in_place_of(&right, &found)))
}

pub(super) fn quota(data: &Data, namespace: &str, outcome: &Outcome) -> Judgement {
    let Outcome::Quota(found) = outcome else { return Err(Mismatch::shape()) };
    let stored = data.quotas.get(namespace).copied();
    if *found == stored {
        return Ok(());
    }
    Err(Mismatch::new(Difference::Quota, Outcome::Quota(stored).to_string()))
}

pub(super) fn version(data: &mut Data, outcome: &Outcome) -> Judgement {
    let Outcome::Number(found) = *outcome else { return Err(Mismatch::shape()) };
    in_range(found)?;
    data.versions.see(data.versions.now(), found).map_err(|(low, high)| {
        let expected = if low == high { low.to_string() } else { format!("{low} or more") };
        Mismatch::new(Difference::Version { found, low, high }, expected)
    })
}

/// What `open` wrote under a key.
pub(super) enum Stamped {
    Text(String),
    /// Some text that is the store's choice.
    Schema,
}

/// What `open` wrote under a key, if it is one of its own.
pub(super) fn stamped(data: &Data, key: &str) -> Option<Stamped> {
    let identity = data.identity.as_ref()?;
    match STAMPS.iter().position(|stamp| *stamp == key)? {
        0 => Some(Stamped::Text(identity.fingerprint.clone())),
        1 => Some(Stamped::Text(identity.dimension.to_string())),
        _ => Some(Stamped::Schema),
    }
}

pub(super) fn meta(data: &mut Data, key: &str, outcome: &Outcome) -> Judgement {
    let Outcome::Value(found) = outcome else { return Err(Mismatch::shape()) };
    let found = found.as_deref();
    let stamped = stamped(data, key);
    if let Some(Stamped::Schema) = stamped {
        let right = match &data.schema {
            Some(schema) => found == Some(schema),
            None => found.is_some_and(|schema| !schema.is_empty()),
        };
        let expected =
            data.schema.as_ref().map_or("some text".to_owned(), |schema| Quoted(schema).to_string());
        data.schema = if right {
            found.map(ToOwned::to_owned)
        } else {
            return Err(Mismatch::new(Difference::Meta, expected));
        };
        return Ok(());
    }
    let stored = match stamped {
        Some(Stamped::Text(text)) => Some(text),
        _ => data.meta.get(key).map(ToString::to_string),
    };
    if found == stored.as_deref() {
        return Ok(());
    }
    Err(Mismatch::new(Difference::Meta, Outcome::Value(stored).to_string()))
}

pub(super) fn number(right: u64, outcome: &Outcome, difference: Difference) -> Judgement {
    match outcome {
        Outcome::Number(found) if *found == right => Ok(()),
        Outcome::Number(found) => {
            in_range(*found)?;
            Err(Mismatch::new(difference, right.to_string()).instead_of(Outcome::Number(right)))
        }
        _ => Err(Mismatch::shape()),
    }
}

pub(super) fn flag(right: bool, outcome: &Outcome, difference: Difference) -> Judgement {
    match outcome {
        Outcome::Flag(found) if *found == right => Ok(()),
        Outcome::Flag(_) => {
            Err(Mismatch::new(difference, right.to_string()).instead_of(Outcome::Flag(right)))
        }
        _ => Err(Mismatch::shape()),
    }
}

pub(super) fn recall(copy: &StoredEntry, outcome: &Outcome) -> Judgement {
    match outcome {
        Outcome::Entry(Some(now)) if now == copy => Ok(()),
        Outcome::Entry(Some(_)) => Err(Mismatch::new(Difference::Recalled, Shown(copy).to_string())),
        _ => Err(Mismatch::shape()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::full;

    // No store without `unsafe` can change an entry that was read, so no fault of the zoo shows that this is noticed.
    #[test]
    fn an_entry_that_changed_after_it_was_read_is_noticed() {
        let copy = StoredEntry::new(1, 1, full("a", "h"));
        assert!(recall(&copy, &Outcome::Entry(Some(copy.clone()))).is_ok());
        let changed = StoredEntry::new(1, 1, full("a", "h").last_accessed_at(9));
        let mismatch = recall(&copy, &Outcome::Entry(Some(changed))).expect_err("it has changed");
        assert!(matches!(mismatch.difference, Difference::Recalled));
    }
}
