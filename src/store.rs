mod forward;

use crate::{Entry, Error, Identity, Result, StoredEntry};
use std::path::Path;

/// A stream of entries that a store answers: each item is an entry or the error that ended it.
///
/// After an error or the end it yields nothing more.
///
/// # Examples
///
/// ```
/// use mneme::{Entries, Result, StoredEntry};
///
/// /// A copy of the entries, made at the call: it may live as long as it likes, and nobody waits for it.
/// fn iterate(copy: Vec<StoredEntry>) -> Entries<'static> {
///     Box::new(copy.into_iter().map(Ok))
/// }
/// assert_eq!(iterate(Vec::new()).collect::<Result<Vec<_>>>()?, []);
/// # Ok::<(), mneme::Error>(())
/// ```
pub type Entries<'a> = Box<dyn Iterator<Item = Result<StoredEntry>> + 'a>;

/// Where a cache's data live.
///
/// One value of a store's type is a *handle*; the place that the data live in is its *site*. A handle is made by the
/// store's own constructor, and must be [opened](Self::open) before anything else. Any thread may call any operation.
///
/// A store has no clock: time comes in only as an argument, in whole Unix seconds. A store has no policy: it evicts
/// nothing and expires nothing by itself.
///
/// A *refused* operation answers the error that a clause names, and changes nothing at all. An operation that answers
/// a [backend](Error::Backend) error happened whole or not at all.
///
/// No method has a default: a wrapper that forgets one does not compile. Each sentence of the contract is a clause
/// with a name, such as `insert::upsert_keeps_the_id`; the implementer notes below name the clauses that each method
/// must keep. The crate `mneme-conformance` holds their texts and checks them.
///
/// # Errors
///
/// Every method answers [`Error::Closed`] after [`close`](Self::close), and [`Error::NotOpen`] before the first
/// successful [`open`](Self::open); `close` itself does neither. Where several errors apply, the first of these is
/// given: closed, not open, invalid argument, the operation's own. Any method may answer [`Error::Backend`] when the
/// engine fails, and [`Error::Corrupt`] when it meets damaged data. Methods that answer a stream answer these errors
/// from the call itself, not as the stream's first item.
///
/// # Implementer notes
///
/// - `close::ends_every_operation`, `open::comes_first`, `open::refused_handle_stays_unopened`: the two errors above,
///   in every method.
/// - `open::sites_are_separate`: stores on two sites, and any two stores that keep nothing, share nothing.
/// - `key::is_compared_by_bytes`, `key::parts_do_not_run_together`, `key::any_text_is_a_key`,
///   `key::namespaces_are_separate`, `key::empty_namespace_is_a_namespace`: wherever a namespace or a hash is taken.
/// - `lookup::reading_changes_nothing`: no read changes an entry, an order, a count or the version counter.
/// - `robust::nothing_panics`, `robust::fails_only_where_a_clause_says`, `robust::every_call_returns`,
///   `robust::any_thread_may_call`, `robust::size_changes_nothing`, `robust::answers_are_in_range`,
///   `robust::survives_a_callers_panic`: everywhere.
/// - `concurrent::single_operations_are_linearizable`, `concurrent::whole_reads_are_atomic`,
///   `concurrent::whole_writes_are_atomic`, `concurrent::loses_nothing`, `concurrent::versions_appear_in_order`,
///   `concurrent::version_never_goes_back`, `concurrent::contention_is_not_an_error`,
///   `concurrent::nothing_deadlocks`: everywhere.
/// - `durable::unclaimed_keeps_nothing`: data that do not outlive the handle are gone with it. Of those that do,
///   `durable::survives_drop`, `durable::survives_kill`, `durable::ids_stay_fresh`: whatever ends the handle; and where
///   they are files, `files::full_disk_loses_nothing`: in every write.
/// - `shared::handles_agree`, `shared::ids_never_collide`: wherever several handles have the same data.
///
/// # Examples
///
/// A function that works with any store:
///
/// ```
/// use mneme::{Identity, MemoryStore, Result, Store};
///
/// fn oldest(store: &dyn Store) -> Result<Option<u64>> {
///     Ok(store.iter_lru_ids(1, None)?.first().copied())
/// }
///
/// # fn main() -> Result<()> {
/// let store = MemoryStore::new();
/// store.open(&Identity::new("my-embedder@3", 4))?;
/// assert_eq!(oldest(&store)?, None);
/// # Ok(())
/// # }
/// ```
pub trait Store: Send + Sync {
    /// Opens the handle for an embedder, and on a fresh site records its identity.
    ///
    /// The first open of a site's data writes the meta keys `embedder_fingerprint`, `embedder_dim` (decimal digits)
    /// and `schema_version` (any text but the empty one). Opening an open handle again with the same identity changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidArgument`] for a dimension outside 1 to [`MAX_DIMENSION`](crate::limits::MAX_DIMENSION).
    /// - [`Error::FingerprintMismatch`] when the data belong to another fingerprint.
    /// - [`Error::DimensionMismatch`] when only the dimension differs.
    /// - [`Error::Incompatible`] when the data are a newer build's, or not this store's.
    ///
    /// A refused open leaves the handle as it was: unopened, or open and working.
    ///
    /// # Implementer notes
    ///
    /// `open::stamps_the_identity`, `open::same_identity_is_accepted`, `open::other_fingerprint_is_refused`,
    /// `open::other_dimension_is_refused`, `open::dimension_out_of_range_is_refused`,
    /// `open::fingerprint_is_judged_first`, `open::fingerprint_is_opaque`,
    /// `open::refusal_changes_nothing`, `open::refused_handle_stays_unopened`,
    /// `open::refusal_keeps_an_open_handle_usable`. For data that outlive the handle:
    /// `durable::identity_is_checked_on_reopen`, `durable::second_handle_is_refused`. For data that handles share:
    /// `shared::identity_binds_every_handle`, `shared::first_opens_may_race`. For files:
    /// `files::newer_schema_is_refused`, `files::foreign_file_is_refused`.
    fn open(&self, identity: &Identity) -> Result<()>;

    /// Closes the handle, open or not, and releases its site. Closing again is no error.
    ///
    /// It returns even while iterators are alive; they then go on from what they hold, or yield an error.
    ///
    /// # Errors
    ///
    /// Never [`Error::Closed`] or [`Error::NotOpen`]. A `close` that answers a backend error has closed the handle
    /// all the same.
    ///
    /// # Implementer notes
    ///
    /// `close::ends_every_operation`, `close::is_idempotent`, `durable::survives_close`,
    /// `shared::closing_one_leaves_the_others`.
    fn close(&self) -> Result<()>;

    /// The entry that is stored under a key, if any.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer. A key longer than the store keeps is none, or an invalid argument.
    ///
    /// # Implementer notes
    ///
    /// `lookup::hash_not_stored_is_none`, `lookup::both_ways_agree`, `lookup::entries_are_values`,
    /// `insert::returns_the_stored_id`, `expiry::only_when_asked`, and all of `fidelity::`.
    fn get_by_hash(&self, namespace: &str, query_hash: &str) -> Result<Option<StoredEntry>>;

    /// The entry that has an id, if any. 0, an id past 2^53 - 1 and an id never given are simply not stored.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// `lookup::id_not_stored_is_none`, `lookup::both_ways_agree`, `lookup::entries_are_values`.
    fn get_by_id(&self, id: u64) -> Result<Option<StoredEntry>>;

    /// How many entries there are, in one namespace or in all.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// `count::follows_the_data`, `count::namespace_not_stored_is_zero`, `meta::leaves_entries_alone`.
    fn count(&self, namespace: Option<&str>) -> Result<u64>;

    /// The namespaces that have entries, ascending by bytes, each once.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// `namespaces::are_sorted_and_distinct`, `namespaces::vanish_with_their_last_entry`,
    /// `namespaces::come_from_entries_alone`.
    fn list_namespaces(&self) -> Result<Vec<String>>;

    /// Every entry, ascending by id.
    ///
    /// While the stream is alive, on any thread, every operation may be called. An entry that is stored from the call
    /// to the end is yielded exactly once, whole, in a state that it had meanwhile.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer; the stream yields an error when it cannot go on, never a silent end.
    ///
    /// # Implementer notes
    ///
    /// `iterate::ascends_by_id`, `iterate::yields_every_entry_once`, `iterate::allows_writes_meanwhile`,
    /// `iterate::keeps_what_stays`, `iterate::yields_only_what_was`, `iterate::never_ends_early`.
    fn iter_all(&self) -> Result<Entries<'_>>;

    /// Every entry whose id is greater than `id`, ascending by id. Any number is a cursor: 0 is everything, a deleted
    /// id works, past the last is empty.
    ///
    /// # Errors
    ///
    /// As [`iter_all`](Self::iter_all).
    ///
    /// # Implementer notes
    ///
    /// `since::is_exclusive`, `since::any_id_is_a_cursor`, and all of `iterate::`.
    fn iter_since(&self, id: u64) -> Result<Entries<'_>>;

    /// Every entry whose version is greater than `version`, ascending by version.
    ///
    /// An entry that is upserted while the stream is alive may come again with its new version.
    ///
    /// # Errors
    ///
    /// As [`iter_all`](Self::iter_all).
    ///
    /// # Implementer notes
    ///
    /// `changed::yields_every_later_write`, `changed::access_is_no_change`, and `iterate::` but for
    /// `iterate::ascends_by_id`.
    fn iter_changed(&self, version: u64) -> Result<Entries<'_>>;

    /// The ids of the entries that were used the longest ago, ascending by `last_accessed_at` and then by id, at most
    /// `limit` of them, in one namespace or in all.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer. Any `limit` is in range: 0 is none, past the count is all.
    ///
    /// # Implementer notes
    ///
    /// `lru::oldest_access_first`, `lru::ties_break_by_id`, `lru::limit_is_exact`, `lru::is_scoped`,
    /// `lru::follows_access_and_upsert`.
    fn iter_lru_ids(&self, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>>;

    /// Stores an entry under its key and answers its id: a new one, greater than every id given before, or the id of
    /// the entry that had the key, which is replaced whole: `access_count` and `last_accessed_at` too, so in the order of use
    /// the entry moves to the time that it is given, an earlier one than it had included.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidArgument`] for a number past 2^53 - 1, or for text that is longer than the store keeps.
    /// - [`Error::DimensionMismatch`] for an embedding of another length than the store's.
    ///
    /// [`limits::check_entry`](crate::limits::check_entry) answers both.
    ///
    /// # Implementer notes
    ///
    /// All of `insert::` and `fidelity::`; `version::advances_on_every_change`, `version::is_stamped_on_what_it_wrote`,
    /// `quota::limits_nothing_by_itself`, `expiry::upsert_replaces_it`, `lru::follows_access_and_upsert`.
    fn insert(&self, entry: Entry) -> Result<u64>;

    /// Notes that an entry was used: `last_accessed_at` becomes `now`, even an earlier time, and `access_count` grows
    /// by one, up to 2^53 - 1. An id that is not stored is ignored.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a time past 2^53 - 1.
    ///
    /// # Implementer notes
    ///
    /// `access::sets_the_time`, `access::counts_each`, `access::touches_nothing_else`,
    /// `access::id_not_stored_is_ignored`, `changed::access_is_no_change`, `expiry::access_does_not_extend`.
    fn update_access(&self, id: u64, now: u64) -> Result<()>;

    /// Deletes an entry, and answers whether it was there.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// `delete::removes_from_every_view`, `delete::answers_whether_it_was_there`, `delete::leaves_the_others`,
    /// `insert::ids_are_never_reused`, `insert::deleted_key_gets_a_new_id`, `version::stays_without_a_change`.
    fn delete_by_id(&self, id: u64) -> Result<bool>;

    /// Removes every entry that is due, `created_at + ttl <= now`, in one namespace or in all, and answers how many
    /// there were.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a time past 2^53 - 1.
    ///
    /// # Implementer notes
    ///
    /// All of `expiry::`; `version::advances_on_every_change`, `version::stays_without_a_change`.
    fn delete_expired(&self, now: u64, namespace: Option<&str>) -> Result<u64>;

    /// Removes every entry of a namespace, and answers how many there were. Its quota stays.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// All of `clear::`; `version::advances_on_every_change`, `version::stays_without_a_change`.
    fn clear_namespace(&self, namespace: &str) -> Result<u64>;

    /// Remembers a namespace's quota, in entries. It limits nothing by itself: evicting is the cache's work.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a quota past 2^53 - 1.
    ///
    /// # Implementer notes
    ///
    /// All of `quota::`; `namespaces::come_from_entries_alone`, `version::stays_without_a_change`.
    fn set_namespace_quota(&self, namespace: &str, quota: u64) -> Result<()>;

    /// The namespace's quota, in entries; none until one was set.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// `quota::unset_is_none`, `quota::is_remembered_per_namespace`, `quota::zero_is_a_quota`.
    fn get_namespace_quota(&self, namespace: &str) -> Result<Option<u64>>;

    /// The number by which another reader notices that entries changed. It starts at 0 and grows, by any step, with
    /// every insert and every removal that removed something.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// All of `version::`.
    fn version_counter(&self) -> Result<u64>;

    /// The value of a meta key; none until it was written.
    ///
    /// # Errors
    ///
    /// Only those that every method may answer.
    ///
    /// # Implementer notes
    ///
    /// `meta::unset_is_none`, `meta::is_remembered`, `meta::keys_are_compared_by_bytes`, `open::stamps_the_identity`.
    fn read_meta(&self, key: &str) -> Result<Option<String>>;

    /// Writes a meta key, in place of what it held.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for `embedder_fingerprint`, `embedder_dim` and `schema_version`, which only
    /// [`open`](Self::open) writes, and for text that is longer than the store keeps.
    ///
    /// # Implementer notes
    ///
    /// All of `meta::`; `version::stays_without_a_change`.
    fn write_meta(&self, key: &str, value: &str) -> Result<()>;

    /// Whether the stored data are whole. It repairs nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] and [`Error::NotOpen`] only: on an open handle damage is `false`.
    ///
    /// # Implementer notes
    ///
    /// `integrity::is_true_when_sound`, `integrity::is_an_answer`, `integrity::damage_is_noticed`.
    fn integrity_check(&self) -> Result<bool>;

    /// Copies the store, as it is at one moment, to a path where nothing is yet.
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] when the store cannot copy itself, when something is at `path`, and when its parent
    /// directory is missing. Nothing is left at `path` then.
    ///
    /// # Implementer notes
    ///
    /// All of `snapshot::`; a store without snapshots keeps `snapshot::unsupported_says_so`.
    fn snapshot_to(&self, path: &Path) -> Result<()>;
}

/// A store whose snapshots become the data of another site.
///
/// It is a trait of its own because restoring needs no handle: it makes the data that a handle is then opened on.
///
/// # Examples
///
/// ```
/// use mneme::{Restore, Result};
/// use std::path::Path;
///
/// /// Moves a cache's data to another place, whatever its store is.
/// fn copy<S: Restore>(store: &S, snapshot: &Path, destination: &Path) -> Result<()> {
///     store.snapshot_to(snapshot)?;
///     S::restore(snapshot, destination)
/// }
/// ```
pub trait Restore: Store {
    /// Makes, from a snapshot that [`snapshot_to`](Store::snapshot_to) wrote, the data at `destination`, where
    /// nothing is yet.
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] for a missing, empty, cut or foreign snapshot, and for a destination where something is;
    /// the destination stays as it was.
    ///
    /// # Implementer notes
    ///
    /// `snapshot::restores_everything`, `snapshot::leaves_both_sides_alone`,
    /// `snapshot::existing_destination_is_refused`, `snapshot::foreign_source_is_refused`,
    /// `snapshot::killed_leaves_none`.
    fn restore(snapshot: &Path, destination: &Path) -> Result<(), Error>
    where
        Self: Sized;
}
