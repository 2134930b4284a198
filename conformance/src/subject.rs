//! The store under test, and how to get a handle on its data.

use crate::{child::ChildProcesses, contract::Clause};
use mneme::Store;
use std::{
    error::Error,
    fmt,
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;
type Factory = Box<dyn Fn(&Site) -> Result<Arc<dyn Store>, BoxError> + Send + Sync>;
type OnSite = Box<dyn Fn(&Site) -> Result<(), BoxError> + Send + Sync>;
type Restorer = Box<dyn Fn(&Path, &Site) -> mneme::Result<()> + Send + Sync>;

/// Where one store's data live while it is checked: a private directory, and a name that no other site has.
///
/// A factory that is called twice with one site makes two handles on the same data. A store on a server uses the
/// name, as a schema, a key prefix or a database. The directory is empty at first and is removed with everything in
/// it when the site is dropped.
#[derive(Debug)]
pub struct Site {
    /// Made when it is asked for: a store in memory has no use for it.
    directory: OnceLock<Directory>,
    name: String,
}

#[derive(Debug)]
enum Directory {
    /// Removed with everything in it when the site is dropped.
    Own(TempDir),
    /// Another process's, which sees to it.
    Lent(PathBuf),
}

impl Site {
    /// Makes a fresh site.
    pub fn fresh() -> Self {
        static PROCESS: OnceLock<u64> = OnceLock::new();
        static NEXT: AtomicU64 = AtomicU64::new(0);

        // Process ids come again and servers stay, so the name has a random part too, drawn once.
        let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Lower case, ASCII and short: a legal identifier for every engine that is known to fold or cut names.
        Self { directory: OnceLock::new(), name: format!("mneme_{process:016x}_{number}") }
    }

    /// A site of another process, which sees to its directory.
    pub(crate) fn lent(path: &Path, name: String) -> Self {
        Self { directory: Directory::Lent(path.to_owned()).into(), name }
    }

    /// The same site, for another process.
    pub(crate) fn lend(&self) -> Self {
        Self::lent(self.path(), self.name.clone())
    }

    /// The site's own directory.
    ///
    /// # Panics
    ///
    /// Where no temporary directory can be made; the check that asked then says so.
    pub fn path(&self) -> &Path {
        let directory = self.directory.get_or_init(|| {
            let directory = tempfile::Builder::new().prefix("mneme-").tempdir();
            let failed = |error| panic!("no temporary directory could be made: {error}");
            Directory::Own(directory.unwrap_or_else(failed))
        });
        match directory {
            Directory::Own(directory) => directory.path(),
            Directory::Lent(directory) => directory,
        }
    }

    /// A name that no other site has, in this process or another: lower-case ASCII letters, digits and `_`, beginning
    /// with a letter, at most 40 bytes.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Something that a store claims about the data of its site. Each claim is independent of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// The data outlive the handle.
    Durable,
    /// Several handles, in one process or many, work on the same data at once.
    Shared,
    /// The data are files in the site's directory that nobody else serves.
    Files,
}

/// What a store claims beyond being a store.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Claim, Claims};
///
/// let claims: Claims = [Claim::Durable, Claim::Files].into_iter().collect();
/// assert!(claims.durable && claims.files && !claims.shared);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "the claims are independent of one another")]
#[non_exhaustive]
pub struct Claims {
    /// The data outlive the handle.
    pub durable: bool,
    /// Several handles, in one process or many, work on the same data at once.
    pub shared: bool,
    /// The data are files in the site's directory that nobody else serves.
    pub files: bool,
    /// The store can copy itself, and its author says how a copy becomes the data of a site.
    pub snapshots: bool,
}

impl Claims {
    /// Whether the data belong to the site: each handle on a site works on the same ones, one after the other or all
    /// at once. A store without such a claim is volatile: its data belong to the handle.
    pub(crate) fn are_of_the_site(self) -> bool {
        self.durable || self.shared
    }

    /// Whether one handle at a time may use the data.
    pub(crate) fn are_exclusive(self) -> bool {
        self.durable && !self.shared
    }
}

impl FromIterator<Claim> for Claims {
    fn from_iter<I: IntoIterator<Item = Claim>>(listed: I) -> Self {
        let mut claims = Self::default();
        for claim in listed {
            match claim {
                Claim::Durable => claims.durable = true,
                Claim::Shared => claims.shared = true,
                Claim::Files => claims.files = true,
            }
        }
        claims
    }
}

/// A store under test: its name, what it claims, and how to make a handle on a site's data.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::Subject;
///
/// let subject = Subject::volatile(MemoryStore::new);
/// assert_eq!(subject.name(), "MemoryStore");
/// ```
pub struct Subject {
    name: String,
    claims: Claims,
    deviations: Vec<(&'static Clause, &'static str)>,
    factory: Factory,
    restore: Option<Restorer>,
    newer: Option<OnSite>,
    lose_unsynced: Option<OnSite>,
    children: Option<ChildProcesses>,
}

impl Subject {
    /// A store that keeps its data in the handle: each call of the factory makes a store that knows nothing of the
    /// others. The factory answers a store, or a `Result` of one.
    pub fn volatile<R, Kind>(a_factory_takes_nothing: impl Fn() -> R + Send + Sync + 'static) -> Self
    where
        R: IntoStore<Kind>,
    {
        Self::over_sites::<R, Kind>(Claims::default(), move |_| a_factory_takes_nothing())
    }

    /// A store whose data outlive the handle: calling the factory again with one site makes another handle on the
    /// same data. The factory answers a store, or a `Result` of one.
    ///
    /// It is [`claiming`](Self::claiming) with [`Claim::Durable`] alone.
    pub fn durable<R, Kind>(
        a_durable_factory_takes_the_site: impl Fn(&Site) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: IntoStore<Kind>,
    {
        Self::claiming([Claim::Durable], a_durable_factory_takes_the_site)
    }

    /// A store that claims something of the data of its site: calling the factory again with one site makes another
    /// handle there. The factory answers a store, or a `Result` of one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mneme::MemoryStore as ServedStore;
    /// # fn connect(_server: &str, _database: &str) -> Result<ServedStore, std::io::Error> { Ok(ServedStore::new()) }
    /// use mneme_conformance::{Claim, Subject};
    ///
    /// // A store on a server: many processes work on it at once, and it keeps its data when they end.
    /// let subject = Subject::claiming([Claim::Durable, Claim::Shared], |site| {
    ///     connect("localhost:5432", site.name())
    /// });
    /// assert!(subject.claims().shared && !subject.claims().files);
    /// ```
    pub fn claiming<R, Kind>(
        claims: impl IntoIterator<Item = Claim>,
        a_factory_after_claims_takes_the_site: impl Fn(&Site) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: IntoStore<Kind>,
    {
        Self::over_sites::<R, Kind>(claims.into_iter().collect(), a_factory_after_claims_takes_the_site)
    }

    fn over_sites<R, Kind>(claims: Claims, factory: impl Fn(&Site) -> R + Send + Sync + 'static) -> Self
    where
        R: IntoStore<Kind>,
    {
        Self {
            name: short_name(std::any::type_name::<R::Store>()),
            claims,
            deviations: Vec::new(),
            factory: Box::new(move |site| Ok(Arc::new(factory(site).into_store()?))),
            restore: None,
            newer: None,
            lose_unsynced: None,
            children: None,
        }
    }

    /// Claims snapshots, by saying how one becomes the data of a site that holds none.
    ///
    /// `restore` gets the path of a snapshot and the site; a handle that the factory makes there afterwards works on
    /// what it restored. The destination is what the factory uses, such as a file in the site's directory. The errors
    /// are those of [`mneme::Restore::restore`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use mneme_conformance::{Site, Subject};
    /// # fn subject<S: mneme::Store + mneme::Restore + 'static>(at: fn(std::path::PathBuf) -> S) -> Subject {
    /// Subject::durable(move |site| at(site.path().join("cache.db")))
    ///     .restored_by(|snapshot, site| S::restore(snapshot, &site.path().join("cache.db")))
    /// # }
    /// ```
    #[must_use]
    pub fn restored_by(
        mut self,
        restore_takes_a_snapshot_and_the_site: impl Fn(&Path, &Site) -> mneme::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.claims.snapshots = true;
        self.restore = Some(Box::new(restore_takes_a_snapshot_and_the_site));
        self
    }

    /// Says how the data of a site become those of a newer build of the store, such as by a greater schema version.
    ///
    /// It gets a site that a handle has been closed on. Without it `files::newer_schema_is_refused` is not checked.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use mneme_conformance::{Claim, Site, Subject};
    /// # fn subject<S: mneme::Store + 'static>(at: fn(std::path::PathBuf) -> S) -> Subject {
    /// Subject::claiming([Claim::Durable, Claim::Files], move |site| at(site.path().join("cache.bin")))
    ///     .made_newer_by(|site| std::fs::write(site.path().join("cache.bin.schema"), "999"))
    /// # }
    /// ```
    #[must_use]
    pub fn made_newer_by<E: Into<BoxError>>(
        mut self,
        newer_takes_the_site: impl Fn(&Site) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.newer = Some(Box::new(move |site| newer_takes_the_site(site).map_err(Into::into)));
        self
    }

    /// Says how what a store has written to a site and not synced is lost, as a loss of power would lose it.
    ///
    /// A process that is killed leaves what it wrote in the cache of the operating system, so a kill alone does not show
    /// that a write was acknowledged before it was forced to the disk. An author whose files are on something that can
    /// forget, such as a file system made for such tests or a layer of the store's own, says here how: it is called in the
    /// process of the test, for every second process that `durable::survives_kill` kills, when that is gone and before
    /// another handle is made. What was acknowledged must be there all the same.
    ///
    /// # Examples
    ///
    /// [LazyFS](https://github.com/dsrhaslab/lazyfs) keeps what was not synced in a cache of its own, and forgets it
    /// when it is told to:
    ///
    /// ```no_run
    /// # use mneme_conformance::{Site, Subject};
    /// # fn subject<S: mneme::Store + 'static>(at: fn(std::path::PathBuf) -> S) -> Subject {
    /// Subject::durable(move |site| at(std::path::Path::new("/mnt/lazyfs").join(site.name())))
    ///     .losing_unsynced_by(|_| std::fs::write("/run/lazyfs.fifo", "lazyfs::clear-cache\n"))
    /// # }
    /// ```
    #[must_use]
    pub fn losing_unsynced_by<E: Into<BoxError>>(
        mut self,
        losing_takes_the_site: impl Fn(&Site) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.lose_unsynced = Some(Box::new(move |site| losing_takes_the_site(site).map_err(Into::into)));
        self
    }

    /// Says how this program is run again as a process that works on the store too.
    #[must_use]
    pub fn in_children(mut self, children: ChildProcesses) -> Self {
        self.children = Some(children);
        self
    }

    /// Gives the subject another name than its type's, for reports.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Says that the store breaks a clause, and why. An exact clause that it keeps after all is then a failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Subject, clause};
    ///
    /// let subject = Subject::volatile(MemoryStore::new)
    ///     .deviates(&clause::lru::ties_break_by_id, "the engine orders equal times by hash");
    /// ```
    #[must_use]
    pub fn deviates(mut self, clause: &'static Clause, why: &'static str) -> Self {
        self.deviations.push((clause, why));
        self
    }

    /// The name that failures and reports call it by: its type's, without paths.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it claims.
    pub fn claims(&self) -> Claims {
        self.claims
    }

    /// Whether its author lists any deviation.
    pub(crate) fn has_deviations(&self) -> bool {
        !self.deviations.is_empty()
    }

    /// Why the store may break a clause, if its author says so.
    pub(crate) fn deviation(&self, clause: &Clause) -> Option<&'static str> {
        self.deviations.iter().find(|(listed, _)| *listed == clause).map(|(_, why)| *why)
    }

    /// The deviation that accounts for a violation of these clauses, the narrowest first, if its author knows of one.
    ///
    /// Nearly every violation breaks a clause of `robust::` too, so a deviation from one of those accounts for nothing
    /// that has a narrower name.
    pub(crate) fn excuse(&self, clauses: &[&'static Clause]) -> Option<&'static Clause> {
        let narrow = |at: usize, clause: &Clause| at == 0 || clause.area() != "robust";
        clauses
            .iter()
            .enumerate()
            .find(|(at, clause)| narrow(*at, clause) && self.deviation(clause).is_some())
            .map(|(_, clause)| *clause)
    }

    /// A handle on a site's data, as the factory makes it: not open yet.
    ///
    /// # Errors
    ///
    /// The factory's own error.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::{Identity, MemoryStore};
    /// use mneme_conformance::{Site, Subject};
    ///
    /// let store = Subject::volatile(MemoryStore::new).handle(&Site::fresh())?;
    /// store.open(&Identity::new("e5", 4))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle(&self, site: &Site) -> Result<Arc<dyn Store>, Box<dyn Error>> {
        self.make(site).map_err(|error| error as Box<dyn Error>)
    }

    /// How this program is run again, where it can be.
    pub(crate) fn children(&self) -> Option<&ChildProcesses> {
        self.children.as_ref()
    }

    /// Makes the data of a site from a snapshot.
    pub(crate) fn restore(&self, snapshot: &Path, site: &Site) -> mneme::Result<()> {
        let unclaimed = || Err(mneme::Error::checkpoint("the store does not claim snapshots"));
        self.restore.as_ref().map_or_else(unclaimed, |restore| restore(snapshot, site))
    }

    /// Makes the data of a site those of a newer build; none where the author does not say how.
    pub(crate) fn make_newer(&self, site: &Site) -> Option<Result<(), BoxError>> {
        self.newer.as_ref().map(|newer| newer(site))
    }

    /// Whether its author says how what was not synced is lost.
    pub(crate) fn loses_unsynced(&self) -> bool {
        self.lose_unsynced.is_some()
    }

    /// Lets go of what was not synced on a site; none where the author does not say how.
    pub(crate) fn lose_unsynced(&self, site: &Site) -> Option<Result<(), BoxError>> {
        self.lose_unsynced.as_ref().map(|lose| lose(site))
    }

    pub(crate) fn make(&self, site: &Site) -> Result<Arc<dyn Store>, BoxError> {
        (self.factory)(site)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("name", &self.name)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

/// What a factory may answer: a store, or a `Result` with one.
///
/// `Kind` tells the two apart for the compiler, and is always inferred.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Fallible, IntoStore, Plain, Subject};
///
/// /// A subject with a name, of whatever a factory answers.
/// fn named<R, Kind>(name: &str, factory: impl Fn() -> R + Send + Sync + 'static) -> Subject
/// where
///     R: IntoStore<Kind>,
/// {
///     Subject::volatile(factory).named(name)
/// }
/// assert_eq!(named("fast", MemoryStore::new).name(), "fast");
/// assert_eq!(named("sure", || Ok::<_, std::io::Error>(MemoryStore::new())).name(), "sure");
///
/// // Where it is asked which of the two a factory's answer is:
/// fn is_a_store<R: IntoStore<Plain>>(_: &R) {}
/// fn may_be_none<R: IntoStore<Fallible>>(_: &R) {}
/// is_a_store(&MemoryStore::new());
/// may_be_none(&Ok::<_, std::io::Error>(MemoryStore::new()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a store nor a `Result` with a store and an error",
    label = "a factory for `store_conformance!` answers a `mneme::Store`, or a `Result<impl mneme::Store, E>`",
    note = "implement `mneme::Store` for it; where it is implemented, the crate `mneme` may be there twice: call the macro from `tests/`, and check `cargo tree -d`",
    note = "an error `E` is one that becomes a `Box<dyn std::error::Error + Send + Sync>`: a type that implements `std::error::Error` and is `Send` and `Sync`, such a box itself, or a text"
)]
pub trait IntoStore<Kind> {
    /// The store's type.
    type Store: Store + 'static;

    /// The store, or what kept it from being made.
    ///
    /// # Errors
    ///
    /// The factory's own error.
    fn into_store(self) -> Result<Self::Store, BoxError>;
}

/// The [`IntoStore`] kind of a factory that answers a store.
#[derive(Debug)]
pub enum Plain {}

/// The [`IntoStore`] kind of a factory that answers a `Result`.
#[derive(Debug)]
pub enum Fallible {}

impl<S: Store + 'static> IntoStore<Plain> for S {
    type Store = S;

    fn into_store(self) -> Result<S, BoxError> {
        Ok(self)
    }
}

impl<S: Store + 'static, E: Into<BoxError>> IntoStore<Fallible> for Result<S, E> {
    type Store = S;

    fn into_store(self) -> Result<S, BoxError> {
        self.map_err(Into::into)
    }
}

/// `my::path::Wrapped<my::path::MyStore>` becomes `Wrapped<MyStore>`.
fn short_name(full: &str) -> String {
    let mut short = String::with_capacity(full.len());
    let mut word = String::new();
    for c in full.chars() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else if c == ':' {
            word.clear();
        } else {
            short.push_str(&word);
            word.clear();
            short.push(c);
        }
    }
    short + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_has_no_paths() {
        assert_eq!(short_name("MyStore"), "MyStore");
        assert_eq!(short_name("a::b::MyStore"), "MyStore");
        assert_eq!(short_name("a::Logged<b::c::MyStore, &'static d::E>"), "Logged<MyStore, &'static E>");
        assert_eq!(short_name("alloc::sync::Arc<dyn mneme::store::Store>"), "Arc<dyn Store>");
    }

    #[test]
    fn a_deviation_from_a_broad_clause_accounts_for_nothing_narrower() {
        use crate::contract::clause::{lru::ties_break_by_id, meta::is_remembered, robust::nothing_panics};
        let subject = Subject::volatile(mneme::MemoryStore::new)
            .deviates(&nothing_panics, "it panics at times")
            .deviates(&ties_break_by_id, "they do not");
        assert_eq!(subject.excuse(&[&is_remembered, &nothing_panics]), None);
        assert_eq!(subject.excuse(&[&nothing_panics, &is_remembered]), Some(&nothing_panics));
        assert_eq!(subject.excuse(&[&is_remembered, &ties_break_by_id]), Some(&ties_break_by_id));
    }

    #[test]
    fn sites_are_fresh_and_their_names_are_legal_identifiers() {
        let (a, b) = (Site::fresh(), Site::fresh());
        assert_ne!(a.name(), b.name());
        assert_ne!(a.path(), b.path());
        assert_eq!(std::fs::read_dir(a.path()).expect("its directory").count(), 0);
        assert!(a.name().starts_with(|c: char| c.is_ascii_lowercase()), "{}", a.name());
        assert!(
            a.name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{}",
            a.name()
        );
        assert!(a.name().len() <= 40, "{}", a.name());
    }
}
