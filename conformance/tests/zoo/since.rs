use super::{
    fault::Fault,
    walks::{Walking, over, taken},
};
use crate::fault;
use mneme::{Entries, Error, Result, Store};
use mneme_conformance::Walk;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "iter_since begins at its cursor",
            volatile(|| Walking(inclusive)),
            since::is_exclusive,
            [],
            "<- expected only ids greater than 1"
        ),
        fault!(
            "the cursor is taken for an offset",
            volatile(|| Walking(as_offset)),
            since::is_exclusive,
            [since::any_id_is_a_cursor, iterate::keeps_what_stays],
            "among them"
        ),
        fault!(
            "the cursor is compared as text",
            volatile(|| Walking(as_text)),
            since::is_exclusive,
            [since::any_id_is_a_cursor, iterate::keeps_what_stays],
            "among them"
        ),
        fault!(
            "iter_since begins at its cursor and skips one",
            volatile(|| Walking(skips_one)),
            since::any_id_is_a_cursor,
            [iterate::yields_every_entry_once],
            "among them"
        ),
        fault!(
            "a cursor that is gone begins from the first",
            volatile(|| Walking(from_the_first)),
            since::any_id_is_a_cursor,
            [],
            "<- expected only ids greater than"
        ),
        fault!(
            "a cursor that is gone is an error",
            volatile(|| Walking(unknown_cursor)),
            since::any_id_is_a_cursor,
            [robust::fails_only_where_a_clause_says],
            "no entry has id"
        ),
        fault!(
            "a cursor that is gone is the end",
            volatile(|| Walking(nothing_after)),
            since::any_id_is_a_cursor,
            [],
            "among them"
        ),
        fault!(
            "the cursor wraps to a negative number",
            volatile(|| Walking(signed)),
            since::any_id_is_a_cursor,
            [],
            "iter_since(9223372036854775808)"
        ),
        fault!(
            "the cursor is cut to 32 bits",
            volatile(|| Walking(cut)),
            since::any_id_is_a_cursor,
            [],
            "iter_since(4294967296)"
        ),
        fault!(
            "the cursor plus one overflows",
            volatile(|| Walking(overflows)),
            since::any_id_is_a_cursor,
            [robust::nothing_panics],
            "a panic"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}

fn inclusive(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    store.iter_since(id.saturating_sub(1))
}

fn as_offset(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    Ok(Box::new(store.iter_all()?.skip(usize::try_from(id).unwrap_or(usize::MAX))))
}

fn as_text(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    let mut entries = taken(store, Walk::All)?;
    entries.retain(|entry| entry.id.to_string() > id.to_string());
    Ok(over(entries))
}

fn skips_one(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    Ok(Box::new(store.iter_since(id.saturating_sub(1))?.skip(1)))
}

/// Answers a walk from a cursor that is neither 0 nor stored.
fn from_nowhere(store: &dyn Store, walk: Walk) -> Result<bool> {
    let Walk::Since(id) = walk else { return Ok(false) };
    Ok(id > 0 && store.get_by_id(id)?.is_none())
}

fn from_the_first(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    if from_nowhere(store, walk)? { store.iter_all() } else { walk.begin(store) }
}

fn unknown_cursor(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    match walk {
        Walk::Since(id) if from_nowhere(store, walk)? => {
            Err(Error::backend("seek", format!("no entry has id {id}")))
        }
        _ => walk.begin(store),
    }
}

fn nothing_after(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    if from_nowhere(store, walk)? { Ok(over(Vec::new())) } else { walk.begin(store) }
}

fn signed(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    store.iter_since(if id.cast_signed() < 0 { 0 } else { id })
}

fn cut(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    store.iter_since(id & u64::from(u32::MAX))
}

fn overflows(store: &dyn Store, walk: Walk) -> Result<Entries<'_>> {
    let Walk::Since(id) = walk else { return walk.begin(store) };
    store.count(None)?;
    let first = id.checked_add(1).expect("attempt to add with overflow");
    store.iter_since(first - 1)
}
