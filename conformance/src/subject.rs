//! The store under test, and how to get a handle on its data.

mod claims;
mod factory;
mod site;

pub(crate) use factory::BoxError;

pub use claims::{Claim, Claims};
pub use factory::{Fallible, IntoStore, Plain};
pub use site::Site;

use crate::{child::ChildProcesses, contract::Clause};
use mneme::Store;
use std::{error::Error, fmt, path::Path, sync::Arc};

type Factory = Box<dyn Fn(&Site) -> Result<Arc<dyn Store>, BoxError> + Send + Sync>;
type OnSite = Box<dyn Fn(&Site) -> Result<(), BoxError> + Send + Sync>;
type Restorer = Box<dyn Fn(&Path, &Site) -> mneme::Result<()> + Send + Sync>;

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

    /// Says that the store breaks a clause, and why. An exact clause that it keeps after all is then a failure. Of a clause that
    /// is named again the last reason counts.
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
        self.deviations.retain(|(listed, _)| *listed != clause);
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
}
