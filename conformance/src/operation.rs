//! Every call of the trait as data: it can be printed, kept, and run on any store.

pub(crate) mod display;

use crate::{
    outcome::{Ending, Outcome},
    probe::guard,
};
use mneme::{Entries, Entry, Identity, Store};
use std::{
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::Arc,
};

/// Text in an operation; a clone copies a pointer.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Op, Text};
///
/// let namespace: Text = "tenant-a".into();
/// let count: Op = Op::Count(Some(namespace.clone()));
/// assert_eq!((count.to_string(), count.is_write()), ("count(\"tenant-a\")".to_owned(), false));
/// ```
pub type Text = Arc<str>;

/// One call of a [`Store`] with its arguments.
///
/// `I` is how an id is written: `u64` for a call that was made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Op<I = u64> {
    /// `open`
    Open(Identity),
    /// `close`
    Close,
    /// `get_by_hash`: namespace, hash
    GetByHash(Text, Text),
    /// `get_by_id`
    GetById(I),
    /// `count`
    Count(Option<Text>),
    /// `list_namespaces`
    ListNamespaces,
    /// `iter_lru_ids`: limit, namespace
    IterLruIds(usize, Option<Text>),
    /// A walk over entries, taken to its end.
    Walk(Walk<I>),
    /// `insert`
    Insert(Entry),
    /// `update_access`: id, now
    UpdateAccess(I, u64),
    /// `delete_by_id`
    DeleteById(I),
    /// `delete_expired`: now, namespace
    DeleteExpired(u64, Option<Text>),
    /// `clear_namespace`
    ClearNamespace(Text),
    /// `set_namespace_quota`: namespace, quota
    SetNamespaceQuota(Text, u64),
    /// `get_namespace_quota`
    GetNamespaceQuota(Text),
    /// `version_counter`
    VersionCounter,
    /// `read_meta`: key
    ReadMeta(Text),
    /// `write_meta`: key, value
    WriteMeta(Text, Text),
    /// `integrity_check`
    IntegrityCheck,
    /// `snapshot_to`
    SnapshotTo(PathBuf),
}

/// One of the three streams of entries.
///
/// # Examples
///
/// ```
/// use mneme::{Identity, MemoryStore, Store};
/// use mneme_conformance::Walk;
///
/// let store = MemoryStore::new();
/// store.open(&Identity::new("letters:v1", 2))?;
/// // An id that is written as text becomes the one that was given.
/// let walk: Walk<u64> = Walk::Since("7").map_ids(|id| id.parse().expect("a number"));
/// assert_eq!(walk.begin(&store)?.count(), 0);
/// # Ok::<(), mneme::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk<I = u64> {
    /// `iter_all`
    All,
    /// `iter_since`: id
    Since(I),
    /// `iter_changed`: version
    Changed(u64),
}

/// What the harness does to a handle: the operations of the trait, and what surrounds them.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Step, Trace};
///
/// /// How often the store was called, whatever else was done to it.
/// fn calls(trace: &Trace) -> usize {
///     trace.rows().iter().filter(|row| matches!(row.step, Step::Call(_))).count()
/// }
/// assert_eq!(calls(&Trace::default()), 0);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step<I = u64> {
    /// The factory makes the handle.
    Make,
    /// An operation.
    Call(Op<I>),
    /// A walk begins and stays alive, under a number.
    Begin(usize, Walk<I>),
    /// The next item of a live walk.
    Next(usize),
    /// A live walk is dropped.
    Leave(usize),
    /// A live walk is dropped by a panic of the caller.
    Unwind(usize),
    /// An entry that was read before is looked at again; this is what it was.
    Recall(Box<mneme::StoredEntry>),
    /// Somebody looks whether anything is at a path.
    Exists(PathBuf),
    /// Everything was read, by every way, and was right.
    Look,
    /// Somebody looks whether a file is another than it was.
    Altered(PathBuf),
    /// The harness puts something at a path, or sees to it that nothing can be there.
    Put(PathBuf, Thing),
    /// The author's way to restore makes the data of the row's site from what is at a path.
    Restore(PathBuf),
    /// The harness does something to the site's files, while no handle has them.
    Tamper(Tampering, Text),
    /// From here on other threads call too; what they did follows, in their order.
    Meanwhile,
    /// From here on several callers of the site's data call at the same moment, through handles of their own or one; what they did follows, in the order in which
    /// it took effect.
    AtOnce,
    /// The handle is dropped.
    Drop,
    /// The process that has the handle is killed.
    Kill,
}

/// What the harness puts at a path.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Step, Thing};
///
/// let put: Step = Step::Put("backup".into(), Thing::Directory);
/// println!("{put}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thing {
    /// A file with content, which the text describes.
    File(Text),
    /// An empty directory.
    Directory,
    /// A symbolic link, and whether what it leads to is there.
    Link {
        /// Nothing is where it leads to.
        dangling: bool,
    },
    /// Nothing: no directory is there, so nothing can be in it.
    Nothing,
}

/// What the harness does to the files of a site.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Step, Tampering};
///
/// let damage: Step = Step::Tamper(Tampering::Damage, "one bit of cache.db".into());
/// println!("{damage}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tampering {
    /// Bytes of the data are changed, or a file is cut.
    Damage,
    /// What another program might have written is in the place of the data.
    Foreign,
    /// The place of the data cannot be read or written.
    Block,
    /// The data are as a newer build of the store writes them.
    Newer,
    /// No room is left on the disk that the data are on.
    Full,
    /// There is room again.
    Room,
    /// What was written and not synced is lost. The data must be what they were.
    Unsynced,
}

impl Op {
    /// Calls the operation on a store, and says what came back.
    ///
    /// A walk is taken to its end, but to no more than `most` items: a walk that yields more is called endless.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Identity, MemoryStore};
    /// use mneme_conformance::{Op, Outcome};
    ///
    /// let store = MemoryStore::new();
    /// let outcome = Op::Open(Identity::new("e5", 4)).call(&store, 0);
    /// assert_eq!(outcome.to_string(), "ok");
    /// assert_eq!(Op::Count(None).call(&store, 0).to_string(), "0");
    /// ```
    pub fn call(&self, store: &dyn Store, most: usize) -> Outcome {
        match self {
            Self::Open(identity) => store.open(identity).into(),
            Self::Close => store.close().into(),
            Self::GetByHash(namespace, hash) => store.get_by_hash(namespace, hash).into(),
            Self::GetById(id) => store.get_by_id(*id).into(),
            Self::Count(namespace) => {
                store.count(namespace.as_deref()).map_or_else(Outcome::failed, Outcome::Number)
            }
            Self::ListNamespaces => store.list_namespaces().map_or_else(Outcome::failed, Outcome::Names),
            Self::IterLruIds(limit, namespace) => {
                store.iter_lru_ids(*limit, namespace.as_deref()).map_or_else(Outcome::failed, Outcome::Ids)
            }
            Self::Walk(walk) => walk.begin(store).map_or_else(Outcome::failed, |entries| take(entries, most)),
            Self::Insert(entry) => store.insert(entry.clone()).map_or_else(Outcome::failed, Outcome::Id),
            Self::UpdateAccess(id, now) => store.update_access(*id, *now).into(),
            Self::DeleteById(id) => store.delete_by_id(*id).map_or_else(Outcome::failed, Outcome::Flag),
            Self::DeleteExpired(now, namespace) => {
                store.delete_expired(*now, namespace.as_deref()).map_or_else(Outcome::failed, Outcome::Number)
            }
            Self::ClearNamespace(namespace) => {
                store.clear_namespace(namespace).map_or_else(Outcome::failed, Outcome::Number)
            }
            Self::SetNamespaceQuota(namespace, quota) => store.set_namespace_quota(namespace, *quota).into(),
            Self::GetNamespaceQuota(namespace) => {
                store.get_namespace_quota(namespace).map_or_else(Outcome::failed, Outcome::Quota)
            }
            Self::VersionCounter => store.version_counter().map_or_else(Outcome::failed, Outcome::Number),
            Self::ReadMeta(key) => store.read_meta(key).map_or_else(Outcome::failed, Outcome::Value),
            Self::WriteMeta(key, value) => store.write_meta(key, value).into(),
            Self::IntegrityCheck => store.integrity_check().map_or_else(Outcome::failed, Outcome::Flag),
            Self::SnapshotTo(path) => store.snapshot_to(path).into(),
        }
    }

    /// Whether the operation may change the store.
    pub fn is_write(&self) -> bool {
        matches!(
            self,
            Self::Open(_)
                | Self::Close
                | Self::Insert(_)
                | Self::UpdateAccess(..)
                | Self::DeleteById(_)
                | Self::DeleteExpired(..)
                | Self::ClearNamespace(_)
                | Self::SetNamespaceQuota(..)
                | Self::WriteMeta(..)
        )
    }
}

impl<I> Op<I> {
    /// The same operation with its ids written in another way.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::Op;
    ///
    /// let ids = [17, 23];
    /// let by_place: Op<usize> = Op::DeleteById(1);
    /// assert_eq!(by_place.map_ids(|place| ids[*place]), Op::DeleteById(23));
    /// ```
    pub fn map_ids<J>(&self, id: impl FnOnce(&I) -> J) -> Op<J> {
        match self {
            Self::Open(identity) => Op::Open(identity.clone()),
            Self::Close => Op::Close,
            Self::GetByHash(namespace, hash) => Op::GetByHash(Arc::clone(namespace), Arc::clone(hash)),
            Self::GetById(of) => Op::GetById(id(of)),
            Self::Count(namespace) => Op::Count(namespace.clone()),
            Self::ListNamespaces => Op::ListNamespaces,
            Self::IterLruIds(limit, namespace) => Op::IterLruIds(*limit, namespace.clone()),
            Self::Walk(walk) => Op::Walk(walk.map_ids(id)),
            Self::Insert(entry) => Op::Insert(entry.clone()),
            Self::UpdateAccess(of, now) => Op::UpdateAccess(id(of), *now),
            Self::DeleteById(of) => Op::DeleteById(id(of)),
            Self::DeleteExpired(now, namespace) => Op::DeleteExpired(*now, namespace.clone()),
            Self::ClearNamespace(namespace) => Op::ClearNamespace(Arc::clone(namespace)),
            Self::SetNamespaceQuota(namespace, quota) => Op::SetNamespaceQuota(Arc::clone(namespace), *quota),
            Self::GetNamespaceQuota(namespace) => Op::GetNamespaceQuota(Arc::clone(namespace)),
            Self::VersionCounter => Op::VersionCounter,
            Self::ReadMeta(key) => Op::ReadMeta(Arc::clone(key)),
            Self::WriteMeta(key, value) => Op::WriteMeta(Arc::clone(key), Arc::clone(value)),
            Self::IntegrityCheck => Op::IntegrityCheck,
            Self::SnapshotTo(path) => Op::SnapshotTo(path.clone()),
        }
    }
}

impl<I> Walk<I> {
    /// The same walk with its id written in another way.
    pub fn map_ids<J>(&self, id: impl FnOnce(&I) -> J) -> Walk<J> {
        match self {
            Self::All => Walk::All,
            Self::Since(of) => Walk::Since(id(of)),
            Self::Changed(version) => Walk::Changed(*version),
        }
    }
}

impl Walk {
    /// Begins the walk on a store.
    ///
    /// # Errors
    ///
    /// What the store answers.
    pub fn begin<'a>(&self, store: &'a dyn Store) -> mneme::Result<Entries<'a>> {
        match self {
            Self::All => store.iter_all(),
            Self::Since(id) => store.iter_since(*id),
            Self::Changed(version) => store.iter_changed(*version),
        }
    }
}

/// How often a walk is asked again after its end, to see that it stays ended.
pub(crate) const ASKED_AFTER_THE_END: usize = 2;

fn take(mut entries: Entries<'_>, most: usize) -> Outcome {
    // What panics is not left to the unwinding: where its drop panicked too, that would end the process.
    match panic::catch_unwind(AssertUnwindSafe(|| take_all(&mut entries, most))) {
        Ok(outcome) => outcome,
        Err(payload) => {
            guard::drop_apart(entries);
            panic::resume_unwind(payload)
        }
    }
}

fn take_all(entries: &mut Entries<'_>, most: usize) -> Outcome {
    let mut taken = Vec::new();
    let ending = loop {
        match entries.next() {
            Some(Ok(_)) if taken.len() == most => return Outcome::Entries(taken, Ending::Endless),
            Some(Ok(entry)) => taken.push(entry),
            Some(Err(error)) => break Ending::failed(error),
            None => break Ending::Ended,
        }
    };
    if (0..ASKED_AFTER_THE_END).any(|_| entries.next().is_some()) {
        return Outcome::Entries(taken, Ending::Resumed);
    }
    Outcome::Entries(taken, ending)
}
