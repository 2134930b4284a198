use super::{
    fault::Fault,
    faulty::Lie,
    walks::{Walking, next_page, over, paged, taken, walks_by},
};
use crate::fault;
use mneme::{Entries, Result, Store, StoredEntry};
use mneme_conformance::Walk;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "ids are ordered as text",
            volatile(|| Walking(as_text)),
            iterate::ascends_by_id,
            [],
            "<- expected ids that ascend"
        ),
        fault!(
            "ids are little-endian keys",
            volatile(|| Walking(little_endian)),
            iterate::ascends_by_id,
            [robust::size_changes_nothing],
            "<- expected ids that ascend"
        ),
        fault!(
            "ids are padded to three digits",
            volatile(|| Walking(padded)),
            iterate::ascends_by_id,
            [robust::size_changes_nothing],
            "iter_all()"
        ),
        fault!(
            "entries come in the order of their last write",
            volatile(|| Walking(by_version)),
            iterate::ascends_by_id,
            [],
            "<- expected ids that ascend"
        ),
        fault!(
            "entries come namespace by namespace",
            volatile(|| Walking(by_namespace)),
            iterate::ascends_by_id,
            [],
            "<- expected ids that ascend"
        ),
        fault!(
            "a walk is one page of 1,000",
            volatile(|| Walking(one_page)),
            iterate::yields_every_entry_once,
            [],
            "<- expected id 1001 among them"
        ),
        fault!(
            "the last page is dropped where it is not full",
            volatile(|| Walking(full_pages)),
            iterate::yields_every_entry_once,
            [changed::yields_every_later_write, robust::size_changes_nothing],
            "among them"
        ),
        fault!(
            "a page begins with the last entry of the one before",
            volatile(|| Walking(overlapping)),
            iterate::yields_every_entry_once,
            [iterate::keeps_what_stays, changed::yields_every_later_write, robust::size_changes_nothing],
            "once"
        ),
        fault!(
            "a page is a range of ids, and an empty one is the end",
            volatile(|| Walking(id_ranges)),
            iterate::yields_every_entry_once,
            [],
            "among them"
        ),
        fault!(
            "a walk leaves the large fields out",
            volatile(|| Walking(without_blobs)),
            iterate::yields_every_entry_once,
            [fidelity::metadata],
            "<- expected"
        ),
        fault!(
            "a walk is answered from memory until the count changes",
            volatile(Remembers::default),
            iterate::yields_every_entry_once,
            [changed::yields_every_later_write],
            "<- expected"
        ),
        fault!(
            "a walk over changes is one page of 1,000",
            volatile(|| Walking(one_page_of_changes)),
            iterate::yields_every_entry_once,
            [],
            "iter_changed"
        ),
        fault!(
            "after close the next page is an empty one",
            volatile(|| Walking(swallows_errors)),
            iterate::never_ends_early,
            [],
            "or an error"
        ),
        fault!(
            "rows that fail are left out",
            volatile(|| Walking(flattens)),
            iterate::never_ends_early,
            [],
            "or an error"
        ),
        fault!(
            "after the end the next page is asked for again",
            volatile(|| Walking(asks_again)),
            iterate::never_ends_early,
            [],
            "<- expected nothing after the end"
        ),
        fault!(
            "an error comes again and again",
            volatile(|| Walking(fails_again)),
            iterate::never_ends_early,
            [],
            "<- expected nothing after the end"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn sorted<K: Ord>(store: &dyn Store, walk: Walk, by: impl Fn(&StoredEntry) -> K) -> Result<Entries<'_>> {
    if let Walk::Changed(_) = walk {
        return walk.begin(store);
    }
    let mut entries = taken(store, walk)?;
    entries.sort_by_key(by);
    Ok(over(entries))
}

fn as_text(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    sorted(store, walk, |entry| entry.id.to_string())
}

fn little_endian(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    sorted(store, walk, |entry| entry.id.to_le_bytes())
}

fn padded(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    sorted(store, walk, |entry| format!("{:03}", entry.id))
}

fn by_version(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    sorted(store, walk, |entry| entry.version)
}

fn by_namespace(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    sorted(store, walk, |entry| (entry.namespace.clone(), entry.id))
}

fn one_page(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    Ok(Box::new(walk.begin(store)?.take(1_000)))
}

fn one_page_of_changes(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    if let Walk::Changed(_) = walk {
        Ok(over(next_page(store, walk, None, 1_000)?))
    } else {
        walk.begin(store)
    }
}

fn full_pages(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    paged(store, move |came, last| {
        let page = next_page(store, walk, last, 64)?;
        // A short list fits into the first page whole.
        Ok(if came > 0 && page.len() < 64 { Vec::new() } else { page })
    })
}

fn overlapping(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    paged(store, move |_, last| match last {
        Some(last) => {
            let page = next_page(store, walk, Some(last), 99)?;
            Ok(if page.is_empty() { page } else { [vec![last.clone()], page].concat() })
        }
        None => next_page(store, walk, None, 100),
    })
}

fn id_ranges(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let after = match walk {
        Walk::All => 0,
        Walk::Since(id) => id,
        Walk::Changed(_) => return walk.begin(store),
    };
    let mut next = after;
    paged(store, move |_, _| {
        let range = next..next.saturating_add(1_000);
        next = range.end;
        let entries = store.iter_since(range.start)?;
        entries.take_while(|entry| entry.as_ref().is_ok_and(|entry| entry.id <= range.end)).collect()
    })
}

fn without_blobs(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    Ok(Box::new(walk.begin(store)?.map(|entry| {
        let mut entry = entry?;
        entry.entry = entry.entry.metadata(mneme::Metadata::new());
        Ok(entry)
    })))
}

/// A walk's answer by its kind and cursor, and the count that it was made at.
#[derive(Default)]
struct Remembers(Mutex<HashMap<String, (u64, Vec<StoredEntry>)>>);

impl Remembers {
    fn walk<'a>(&'a self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        let count = store.count(None)?;
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.entry(format!("{walk:?}")).or_default();
        if answer.0 != count {
            *answer = (count, taken(store, walk)?);
        }
        Ok(over(answer.1.clone()))
    }
}

impl Lie for Remembers {
    walks_by!(walk);
}

fn swallows_errors(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    paged(store, move |_, last| Ok(next_page(store, walk, last, 10).unwrap_or_default()))
}

fn flattens(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    Ok(Box::new(walk.begin(store)?.flatten().map(Ok)))
}

fn asks_again(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    store.count(None)?;
    let (mut last, mut failed) = (None, false);
    Ok(Box::new(std::iter::from_fn(move || {
        if failed {
            return None;
        }
        match next_page(store, walk, last.as_ref(), 1) {
            Ok(mut page) => {
                let next = page.pop()?;
                last = Some(next.clone());
                Some(Ok(next))
            }
            Err(error) => {
                failed = true;
                Some(Err(error))
            }
        }
    })))
}

fn fails_again(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let mut entries = walk.begin(store)?;
    Ok(Box::new(std::iter::from_fn(move || match store.count(None) {
        Ok(_) => entries.next(),
        Err(error) => Some(Err(error)),
    })))
}
