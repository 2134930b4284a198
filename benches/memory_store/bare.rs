use crate::inputs::Key;
use hashbrown::{Equivalent, HashMap};
use mneme::Content;
use parking_lot::{RwLock, RwLockReadGuard};
use std::sync::Arc;

/// The bare map: nothing but a key's way to a shared entry.
#[derive(Default)]
pub(crate) struct Bare(RwLock<HashMap<Key, Arc<Content>>>);

/// The map while nobody writes to it.
pub(crate) struct Locked<'a>(RwLockReadGuard<'a, HashMap<Key, Arc<Content>>>);

/// A key that is looked for, hashed as [`Key`] is.
#[derive(Hash)]
struct Borrowed<'a> {
    namespace: &'a str,
    query_hash: &'a str,
}

impl Equivalent<Key> for Borrowed<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.query_hash == *key.query_hash && *self.namespace == *key.namespace
    }
}

impl Bare {
    pub(crate) fn get(&self, namespace: &str, query_hash: &str) -> Option<Arc<Content>> {
        self.locked().get(namespace, query_hash)
    }

    pub(crate) fn locked(&self) -> Locked<'_> {
        Locked(self.0.read())
    }

    pub(crate) fn insert(&self, key: Key, content: Arc<Content>) -> Option<Arc<Content>> {
        self.0.write().insert(key, content)
    }

    pub(crate) fn remove(&self, namespace: &str, query_hash: &str) -> Option<(Key, Arc<Content>)> {
        self.0.write().remove_entry(&Borrowed { namespace, query_hash })
    }
}

impl Locked<'_> {
    pub(crate) fn get(&self, namespace: &str, query_hash: &str) -> Option<Arc<Content>> {
        self.0.get(&Borrowed { namespace, query_hash }).cloned()
    }
}
