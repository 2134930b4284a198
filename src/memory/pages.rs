use super::MemoryStore;
use crate::{Result, StoredEntry};
use std::vec;

/// The entries between two ids, read a page at a time.
///
/// Between pages no lock is held, so every operation may run, and nothing but one page is kept. The ids that come
/// after the call are out of its range: it ends however fast others insert.
pub(super) struct Pages<'a> {
    store: &'a MemoryStore,
    page: vec::IntoIter<StoredEntry>,
    /// The ids that are not read yet: those after the first number, up to and with the second. None when it has ended.
    rest: Option<(u64, u64)>,
}

/// So many entries are copied under one lock: enough to make taking it cheap, few enough to keep no writer waiting.
const PAGE: usize = 256;

impl<'a> Pages<'a> {
    pub(super) fn new(store: &'a MemoryStore, after: u64, last: u64) -> Self {
        Self { store, page: Vec::new().into_iter(), rest: Some((after, last)) }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<StoredEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.page.next() {
            return Some(Ok(entry));
        }
        let (after, last) = self.rest.take()?;
        let page: Vec<_> = match self.store.read(|data| {
            data.records.after_id(after).take_while(|entry| entry.id <= last).take(PAGE).cloned().collect()
        }) {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        if page.len() == PAGE {
            self.rest = page.last().map(|entry| (entry.id, last)).filter(|(after, last)| after < last);
        }
        self.page = page.into_iter();
        self.page.next().map(Ok)
    }
}
