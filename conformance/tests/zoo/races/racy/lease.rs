//! What an iterator keeps while it is alive.

use super::table::lock;
use std::{
    collections::HashMap,
    sync::{Condvar, Mutex, PoisonError},
    thread::{self, ThreadId},
};

/// A lock for readers that each thread's own writes pass.
#[derive(Default)]
pub(super) struct Lease {
    readers: Mutex<HashMap<ThreadId, usize>>,
    free: Condvar,
}

pub(super) struct Leased<'a>(&'a Lease);

impl Lease {
    pub(super) fn read(&self) -> Leased<'_> {
        *lock(&self.readers).entry(thread::current().id()).or_default() += 1;
        Leased(self)
    }

    /// Waits until no other thread reads.
    pub(super) fn write(&self) {
        let own = thread::current().id();
        let mut readers = lock(&self.readers);
        while readers.keys().any(|reader| *reader != own) {
            readers = self.free.wait(readers).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Leased<'_> {
    fn drop(&mut self) {
        let own = thread::current().id();
        let mut readers = lock(&self.0.readers);
        if let Some(times) = readers.get_mut(&own) {
            *times -= 1;
            if *times == 0 {
                readers.remove(&own);
                self.0.free.notify_all();
            }
        }
    }
}
