//! What the lies about the three walks share.

use super::faulty::Lie;
use mneme::{Entries, Result, Store, StoredEntry};
use mneme_conformance::Walk;
use std::{collections::VecDeque, iter};

/// Overrides the three walks by one method.
macro_rules! walks_by {
    ($walk:ident) => {
        fn iter_all<'a>(&'a self, store: &'a dyn Store) -> Result<Entries<'a>> {
            self.$walk(store, Walk::All)
        }
        fn iter_since<'a>(&'a self, store: &'a dyn Store, id: u64) -> Result<Entries<'a>> {
            self.$walk(store, Walk::Since(id))
        }
        fn iter_changed<'a>(&'a self, store: &'a dyn Store, version: u64) -> Result<Entries<'a>> {
            self.$walk(store, Walk::Changed(version))
        }
    };
}

pub(super) use walks_by;

/// Answers all three walks.
pub(super) type Walks = for<'a> fn(&'a dyn Store, Walk) -> Result<Entries<'a>>;

/// A lie about the walks alone that keeps nothing in mind.
pub(super) struct Walking(pub(super) Walks);

impl Lie for Walking {
    walks_by!(walk);
}

impl Walking {
    fn walk<'a>(&self, store: &'a dyn Store, walk: Walk) -> Result<Entries<'a>> {
        (self.0)(store, walk)
    }
}

/// The entries of a walk.
pub(super) fn taken(store: &dyn Store, walk: Walk) -> Result<Vec<StoredEntry>> {
    walk.begin(store)?.collect()
}

/// A walk over entries that are there already.
pub(super) fn over<'a>(entries: Vec<StoredEntry>) -> Entries<'a> {
    Box::new(entries.into_iter().map(Ok))
}

/// A walk that asks for a page when it has used up the one before, and ends with an empty one or an error. A page is
/// asked for with how many items came so far, and the last of them.
pub(super) fn paged<'a>(
    store: &dyn Store,
    mut page: impl FnMut(usize, Option<&StoredEntry>) -> Result<Vec<StoredEntry>> + 'a,
) -> Result<Entries<'a>> {
    // A handle that is not open is found out at the call.
    store.count(None)?;
    let (mut ready, mut came, mut last, mut ended) = (VecDeque::new(), 0, None, false);
    Ok(Box::new(iter::from_fn(move || {
        if ended {
            return None;
        }
        if ready.is_empty() {
            match page(came, last.as_ref()) {
                Ok(entries) => ready.extend(entries),
                Err(error) => {
                    ended = true;
                    return Some(Err(error));
                }
            }
        }
        last = ready.pop_front();
        came += 1;
        ended = last.is_none();
        last.clone().map(Ok)
    })))
}

/// The page that a right store would answer next.
pub(super) fn next_page(
    store: &dyn Store,
    walk: Walk,
    last: Option<&StoredEntry>,
    size: usize,
) -> Result<Vec<StoredEntry>> {
    let from = match (walk, last) {
        (walk, None) => walk,
        (Walk::Changed(_), Some(last)) => Walk::Changed(last.version),
        (_, Some(last)) => Walk::Since(last.id),
    };
    from.begin(store)?.take(size).collect()
}
