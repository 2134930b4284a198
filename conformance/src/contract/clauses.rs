//! The contract as one list.
//!
//! Everything that names clauses is made from this list: the table that a program can read, the tests that the macro
//! expands to, the rows of a report, the behaviour docs. A clause is added here and nowhere else.
//!
//! A clause's name is `area::name`. A row reads
//!
//! ```text
//! ties_break_by_id [every exact checked]
//!     says "the sentence that a store keeps or breaks"
//!     because "what goes wrong for an application where it is broken"
//!     look_at "the likely mistake in a store's code, and the way to put it right";
//! ```
//!
//! The first word in brackets says whom the clause binds:
//!
//! | word | the stores that it binds |
//! |---|---|
//! | `every` | all |
//! | `durable` | those whose data outlive the handle |
//! | `volatile` | those that claim neither `durable` nor `shared` |
//! | `exclusive` | those that claim `durable` and not `shared` |
//! | `shared` | those whose handles, in one process or many, work on the same data at once |
//! | `files` | those whose data are files in their site that nobody else serves |
//! | `snapshots` | those that can copy themselves |
//! | `no_snapshots` | those that cannot |
//!
//! The second word is `exact`, or `sampled` where the clause speaks of every instant or every interleaving, of which a
//! check can only try many. The third is `checked`, or `later` where no check exists yet.
//!
//! In the texts, *refused* means that the operation answered the error that the clause names and changed nothing.

/// Hands every clause of the contract to a callback macro, which is passed as tokens, with one extra group.
///
/// The callback receives the group and then one block for each area.
#[doc(hidden)]
#[macro_export]
macro_rules! __contract {
    ([$($callback:tt)+] $extra:tt) => {
        $($callback)+! { $extra
            open "Opening" {
                stamps_the_identity [every exact checked]
                    says "The first open records fingerprint, dimension (decimal digits) and schema version (any text but the empty one); they read back as the meta keys `embedder_fingerprint`, `embedder_dim`, `schema_version`."
                    because "Nobody could tell which embedder made the vectors, so none could be compared safely again."
                    look_at "an open that keeps the identity in a field only, or formats the dimension as 384.0; write the three stamps in the transaction that creates the data";
                same_identity_is_accepted [every exact checked]
                    says "Opening again with the same identity succeeds and changes nothing."
                    because "A service that opens its cache at every start would fail, or start with an empty cache each time."
                    look_at "an INSERT of the stamps that fails the second time, or set-up code that resets tables or counters; read the stamps first, and write only where there are none";
                other_fingerprint_is_refused [every exact checked]
                    says "Opening with another fingerprint is a fingerprint-mismatch error that carries both."
                    because "Vectors of two embedders in one index make scores meaningless, and wrong answers are served."
                    look_at "an open that overwrites the stamps instead of comparing them, or an error with stored and supplied swapped; compare before anything is written";
                other_dimension_is_refused [every exact checked]
                    says "Opening with the same fingerprint and another dimension is a dimension-mismatch error that carries both."
                    because "The index is built for one length of vector, and searches with another length fail or give nonsense."
                    look_at "an open that compares the fingerprint alone, or joins both into one stamp with one error; compare the dimension second, as a number";
                dimension_out_of_range_is_refused [every exact checked]
                    says "A dimension of 0 or past 65,536 is an invalid-argument error, also where the fingerprint differs, and refused."
                    because "A wrong setting would be stamped on a fresh cache, and the right embedder would be refused from then on."
                    look_at "the range checked after the stamps are compared or written, or a cast to u16; call `limits::check_identity` right after the closed check";
                fingerprint_is_judged_first [every exact checked]
                    says "Where both fingerprint and dimension differ, the error is the fingerprint's."
                    because "An operator who is told of the dimension alone would correct a number where the embedder is another one."
                    look_at "the dimension compared first because it is the cheaper one; compare the fingerprint, then the dimension";
                fingerprint_is_opaque [every exact checked]
                    says "Fingerprints are compared byte for byte: case, spaces and Unicode forms count, and the empty one is one too."
                    because "`e5-large` and `E5-large` may be two models, and their vectors cannot be compared."
                    look_at "trim, lower case, a NOCASE column or normalisation on the way in, or empty text read as \"not stamped yet\"; compare the bytes, and absence apart";
                refusal_changes_nothing [every exact checked]
                    says "After a refused open the stamps and the data are as before, a second wrong try is refused too, and the right identity still opens."
                    because "One start with a wrong setting would destroy the cache, or let the wrong embedder in at the next try."
                    look_at "stamps written before they are compared, or a transaction left open on the error path; compare first, write last, roll back on every error";
                refused_handle_stays_unopened [every exact checked]
                    says "After a refused first open every operation on that handle but `open` and `close` is still a not-open error."
                    because "A service that overlooks the error would fill the cache with vectors of the wrong embedder."
                    look_at "the open flag or the connection set before the identity is checked; set it as the last step of an open that succeeds";
                refusal_keeps_an_open_handle_usable [every exact checked]
                    says "A refused second open on an open handle leaves it working."
                    because "One component with a wrong setting would take the cache away from all others that use the handle."
                    look_at "an open that resets its state or drops its connection first; check against the state that is there, and replace it only on success";
                comes_first [every exact checked]
                    says "Before the first open every operation but `open` and `close` is a not-open error."
                    because "Entries that are stored before the identity is known could come from any embedder."
                    look_at "one method without the check, often `integrity_check`, or an iterator that checks at its first item; get the engine through one checked function";
                sites_are_separate [every exact checked]
                    says "Stores on different sites, and any two volatile stores, share nothing: entries, ids, quotas, meta, versions."
                    because "Tests that run side by side, and tenants with a cache each, would read each other's answers."
                    look_at "a static map, a fixed file, table or key prefix, or SQLite's shared in-memory database; derive every name from the site";
            }
            close "Closing" {
                ends_every_operation [every exact checked]
                    says "After close every operation but `close` itself, `open` included, is a closed error; each one of them."
                    because "A late task would go on writing to data that another process has taken over."
                    look_at "one method without the check, or an argument that is checked before it, or an `open` that revives the handle; get the engine through one checked function";
                is_idempotent [every exact checked]
                    says "Closing twice is no error; neither is closing a handle that was never opened."
                    because "Shutdown code that runs twice, or after a failed start, would report an error where nothing is wrong."
                    look_at "`take().unwrap()` on the connection, or the closed check of the other methods used in close too; answer ok where nothing is left to close";
            }
            insert "Inserting" {
                returns_the_stored_id [every exact checked]
                    says "The returned id finds the entry by id, and the key finds it by hash."
                    because "The index maps vectors to this id, so a wrong one leads every hit to another answer or to none."
                    look_at "`last_insert_rowid()` after an upsert that updated, or after an insert into another table; use RETURNING id, or look the id up in the same transaction";
                ids_are_positive [every exact checked]
                    says "No id is 0."
                    because "`iter_since(0)` means everything after 0, so an entry with id 0 would never reach the index."
                    look_at "a counter that starts at 0 and hands out its value before it grows; start at 1";
                ids_ascend [every exact checked]
                    says "A new entry's id is greater than every id given before, in any namespace, in the order in which inserts take effect (also among threads)."
                    because "A poller that continues after its last id would never see an entry that appears below it."
                    look_at "an id drawn before the lock or the transaction, a counter per namespace or shard, or random ids; draw it from one counter inside the write";
                ids_are_never_reused [every exact checked]
                    says "An id is never given again: not after delete, expiry or clear, not even the newest one's."
                    because "An index that still holds the old id would serve another question's answer."
                    look_at "`max(id) + 1`, a rowid without AUTOINCREMENT, or a free list; keep the last id in a row of its own that no delete touches";
                upsert_keeps_the_id [every exact checked]
                    says "Inserting under a stored key replaces that entry and returns its id."
                    because "The index still points at the old id, and a hit on it would find nothing."
                    look_at "an INSERT OR REPLACE, which deletes the row and inserts one with a new id; use ON CONFLICT DO UPDATE with RETURNING id";
                upsert_replaces_every_field [every exact checked]
                    says "An upsert replaces every field by the new one, an absent ttl and empty metadata included; nothing is merged, summed or kept."
                    because "A refreshed answer would keep the old vector, expiry or usage, and be found or removed wrongly."
                    look_at "a column missing in the DO UPDATE list, COALESCE(excluded.ttl, ttl), merged JSON, or an old access_count; set every column from the new entry";
                upsert_adds_no_entry [every exact checked]
                    says "After an upsert, counts and iteration show one entry under its key."
                    because "Quotas count entries: one that is counted twice pushes out an answer that is in use."
                    look_at "a count kept aside that grows on every insert, or old rows left in a secondary index; grow it only where the key is new, and remove the old rows";
                deleted_key_gets_a_new_id [every exact checked]
                    says "Inserting under a key whose entry was deleted makes a new entry, with a new id."
                    because "Other processes took the old id out of their index, and pollers by id are long past it."
                    look_at "a soft-deleted row or a left-over key-to-id mapping that the insert revives; delete the mapping in the transaction that deletes the entry";
                other_dimension_is_refused [every exact checked]
                    says "Inserting an embedding of another length is a dimension-mismatch error, and refused."
                    because "One vector of another length makes the index fail or give nonsense at every search."
                    look_at "no check, a padded or cut vector, or a check after the id was drawn or the old row removed; call `limits::check_entry` before the first write";
                number_out_of_range_is_refused [every exact checked]
                    says "A number past 2^53 - 1 in an entry, a time or a quota, of any write, is an invalid-argument error, and refused."
                    because "Stored as another or a negative number, it would expire or evict the wrong entries."
                    look_at "an `as i64` that wraps, a clamp, or one write without the check; call `limits::check_number` on each number before the first write";
            }
            key "Keys" {
                namespaces_are_separate [every exact checked]
                    says "The same hash in two namespaces is two entries, also with equal content."
                    because "One tenant would be served another tenant's answer, or overwrite it."
                    look_at "a UNIQUE index or a map over the hash alone, or rows shared by equal content; make the key (namespace, query_hash)";
                is_compared_by_bytes [every exact checked]
                    says "Keys are compared by bytes: case, spaces at the ends, Unicode forms and width all count, in namespaces, hashes and quotas' namespaces; `007`, `7`, `7.0` and `1e3` are text."
                    because "Two questions that differ by one byte would share one answer, and two tenants one quota."
                    look_at "a NOCASE or locale collation, padded CHAR columns, NUMERIC affinity, trim or normalisation; use a binary collation on TEXT or BLOB";
                parts_do_not_run_together [every exact checked]
                    says "The keys `(\"a:b\",\"c\")` and `(\"a\",\"b:c\")` differ, with every separator in place of the colon."
                    because "A tenant could choose a name that reaches the entries of another tenant."
                    look_at "namespace and hash joined by a separator, U+0000 included; write the namespace's length before it, or use a tuple key or two columns";
                any_text_is_a_key [every exact checked]
                    says "Any text is its own key, as namespace and as hash: empty, U+0000, non-BMP, 64 KiB that do not compress."
                    because "Some tenants or questions could never be cached, or would share one entry."
                    look_at "text cut at U+0000, VARCHAR(255), empty text stored as NULL, or the engine's limit on key size; key long text by its digest and compare it whole";
                empty_namespace_is_a_namespace [every exact checked]
                    says "The namespace `\"\"` is scoped like any other, and is neither \"all\" nor a default."
                    because "Clearing the namespace without a name would clear every tenant."
                    look_at "no namespace and the empty one mixed up, as in `unwrap_or(\"\")` or an `is_empty()` branch; keep the Option down to the query";
            }
            fidelity "Fidelity" {
                text [every exact checked]
                    says "Query and response come back byte for byte: empty, U+0000, CRLF, spaces at the ends, any plane."
                    because "The stored answer is what users get, and altered code, JSON or translations break for them."
                    look_at "text as C strings, trim, newline translation, a three-byte utf8 column, or empty text stored as NULL; bind the text as a parameter, unchanged";
                large_values [every exact checked]
                    says "A 1 MiB response, a 4,096-dimension embedding and 64 KiB of metadata come back whole."
                    because "The longest answers are the dearest ones to compute, and they would be lost."
                    look_at "a column, page or packet limit, or a u16 length prefix; use an unlimited TEXT or BLOB, or chunks, and u32 lengths";
                longer_text_is_kept_or_refused [every exact checked]
                    says "Text longer than a store must keep, and metadata past its bounds, is kept whole or refused as an invalid argument, never cut."
                    because "A cut answer looks like a whole one, and would be served again and again."
                    look_at "a column type that cuts without an error, a `truncate`, or an engine error passed on as backend; check lengths and depth before the first write";
                embedding_bits [every exact checked]
                    says "Every f32 comes back bit for bit: NaN payloads, -0.0, subnormals, infinities."
                    because "Scores would change after a reload, and hits near the threshold would come and go."
                    look_at "vectors as JSON or decimal text, quantised, normalised or passed through f64; store `to_bits().to_le_bytes()` of each number as a BLOB";
                metadata [every exact checked]
                    says "Metadata comes back equal as `serde_json::Value`, every f64 bit for bit: 1 and 1.0 differ, i64 and u64 limits hold, null, nesting, empty keys and U+0000 survive. The order of keys is free."
                    because "Applications keep costs, sources and permissions there, and would act on altered ones."
                    look_at "`serde_json` without `float_roundtrip`, a JSONB, BSON or map-of-text column, or dropped nulls; store the JSON text as it is";
                numbers [every exact checked]
                    says "0 and 2^53 - 1 come back exactly in every number field that the caller sets; no ttl and ttl 0 stay different."
                    because "Entries would expire at a wrong time, and one that is meant to stay would be removed."
                    look_at "a 32-bit or floating column, or a ttl of 0 or -1 that stands for none; use 64-bit integers, and NULL for no ttl";
            }
            lookup "Looking up" {
                hash_not_stored_is_none [every exact checked]
                    says "Looking up a key that is not stored is none, not an error."
                    because "A miss is the normal case, and as an error it would fail the request instead of asking the model."
                    look_at "`query_row` whose \"no rows\" error goes up with `?`, or an error for an unknown namespace; turn both into None";
                id_not_stored_is_none [every exact checked]
                    says "Looking up an id that is not stored is none, not an error: 0, deleted, never given, 2^53 - 1, `u64::MAX`."
                    because "An index holds ids that another process has deleted, and a search would fail instead of missing."
                    look_at "`i64::try_from(id)?`, an `as i64` that wraps, or `slots[id - 1]`; answer None where the id does not fit or the row is missing";
                both_ways_agree [every exact checked]
                    says "Looking up an entry by hash and by id gives the same whole entry."
                    because "An exact hit and a similar one would serve two different answers to one question."
                    look_at "a copy per access path of which upsert or `update_access` writes one; keep the entry once under its id, and map the key to the id";
                entries_are_values [every exact checked]
                    says "An entry that was read does not change afterwards."
                    because "An answer would change while it is being sent or scored."
                    look_at "a shared entry with atomics or a lock inside, or a buffer that is used again; write a changed copy (`Arc::make_mut`) and swap it in";
                reading_changes_nothing [every exact checked]
                    says "No read changes an entry, an order, a count or the version counter."
                    because "Backups and statistics would decide what is evicted, and each read would wake the pollers."
                    look_at "an LRU map whose `get` promotes, a read that counts as access, or removal of old entries on read; peek, and let `update_access` alone count";
            }
            count "Counting" {
                follows_the_data [every exact checked]
                    says "The total and each namespace's count are exact after insert, upsert, delete, expiry and clear."
                    because "Quotas go by the count, so a wrong one evicts good answers or lets a tenant grow without limit."
                    look_at "a counter kept aside that expiry, clear or upsert forgets, or the engine's estimate; change it in the same transaction, or count the rows";
                namespace_not_stored_is_zero [every exact checked]
                    says "Counting a namespace that has no entries is 0, and no error."
                    because "A new tenant's first request would fail when its quota is checked."
                    look_at "a table, tree or map entry per namespace that must exist; answer 0 where it does not, and create nothing";
            }
            namespaces "Namespaces" {
                are_sorted_and_distinct [every exact checked]
                    says "`list_namespaces` is ascending by bytes, each namespace once."
                    because "Maintenance would visit a tenant twice, and two processes could not compare their lists."
                    look_at "hash map order, a locale or NOCASE collation, or a SELECT without DISTINCT; order by bytes, and drop doubles";
                vanish_with_their_last_entry [every exact checked]
                    says "A namespace is no longer listed when its last entry is gone, however that went."
                    because "Maintenance would go on visiting every tenant that there ever was."
                    look_at "a set of names that only clear shrinks, or an empty map left behind by delete and expiry; derive the list from the entries";
                come_from_entries_alone [every exact checked]
                    says "Only entries make a namespace: a quota, a meta key or a refused insert makes none."
                    because "Tenants that hold nothing would be listed, cleaned and reported as if they did."
                    look_at "a row per namespace made by setting a quota or before an insert is checked, or `entry().or_default()` in a read; derive the list from the entries";
            }
            iterate "Iterating" {
                ascends_by_id [every exact checked]
                    says "`iter_all` and `iter_since` ascend by id."
                    because "A poller keeps the last id as its cursor, and out of order it skips the entries that come later."
                    look_at "no ORDER BY, hash map order, or ids as text or little-endian keys (10 before 9); use ORDER BY id, or big-endian keys";
                yields_every_entry_once [every exact checked]
                    says "Iteration is complete past any page size (2,500 entries), with no entry twice, each equal to its lookup."
                    because "The index is built from it: a missing entry is never found, and a double one takes two places."
                    look_at "only the first page or SCAN batch, LIMIT with OFFSET, or the next page from the last id on; page with `id > last` until a page is empty";
                allows_writes_meanwhile [every exact checked]
                    says "With iterators alive, on this handle or another, the same thread may write, and drop them half-way: no deadlock, no error."
                    because "Maintenance deletes and refreshes entries while it walks over them, and would hang or fail."
                    look_at "a lock guard, cursor or transaction held between items, or the only connection lent out; read a page, release, then yield from it";
                keeps_what_stays [every exact checked]
                    says "For each iteration there is a moment after the call and not later than the first item, in one order with all other operations, from which on an entry that is stored to the end is yielded exactly once. (Whoever read the version counter first finds every change that it counted.)"
                    because "An index that is built while others write would lack entries that were there all the time."
                    look_at "paging by OFFSET, which shifts with a delete, a page read before the call, or upserts that move rows; page by id, or keep one snapshot from the call on";
                yields_only_what_was [every exact checked]
                    says "Each yielded entry is, whole, one state that it had between the call and its yielding; one that comes or goes meanwhile is yielded once or not at all."
                    because "A new vector with an old answer is a wrong hit that nothing corrects later."
                    look_at "row, vector and metadata read in separate statements, or ids first and entries later; read each entry in one statement or one transaction";
                never_ends_early [every exact checked]
                    says "An iterator that cannot go on (close, a backend error) yields an error, never a silent end; after an error or the end it yields nothing."
                    because "A silent end looks like the whole: an index or an export would lack entries, and nobody would know."
                    look_at "`while let Ok(..)`, `.ok()` or `flatten()` over the rows, or a next page that is empty once closed; yield the error once, then None";
            }
            since "Iterating since an id" {
                is_exclusive [every exact checked]
                    says "`iter_since(id)` starts after id."
                    because "A poller would load its last entry again at every round."
                    look_at "`WHERE id >= ?`, a range `id..`, or a seek that includes its start; use `id > ?` or `Bound::Excluded`";
                any_id_is_a_cursor [every exact checked]
                    says "`iter_since` takes any id: 0 is everything; a deleted id works; past the last, and `u64::MAX`, is empty."
                    because "A cursor outlives the entry that it names, and a poller would fail or start again from the beginning."
                    look_at "a lookup of the cursor's entry, `id + 1` that overflows, or an `as i64` that wraps to -1 and gives everything; only compare, and clamp large ids";
            }
            changed "Iterating changes" {
                yields_every_later_write [every exact checked]
                    says "`iter_changed(v)` yields, ascending by version, every stored entry whose version is greater than v, new and upserted alike; one that is upserted meanwhile may come again with its new version."
                    because "Other processes refresh their index from it, and would keep the old vector of a refreshed answer."
                    look_at "a filter or order by id, `>=` for `>`, or an upsert that leaves the row at its old version; index the version, and rewrite it on every upsert";
                access_is_no_change [every exact checked]
                    says "Neither access, quota nor meta makes an entry appear in `iter_changed`."
                    because "Each hit would make every other process load the entry into its index again."
                    look_at "an ON UPDATE trigger, or one save function that stamps a version on every write of the row; stamp it in insert alone";
            }
            lru "Order of last access" {
                oldest_access_first [every exact checked]
                    says "`iter_lru_ids` goes by last_accessed_at ascending as numbers, never by created_at; each stored id once, no other."
                    because "Eviction would remove the answers in use and keep those that nobody asks for."
                    look_at "times as text or little-endian keys, order by created_at or insertion, or index rows left by a delete; key the order by big-endian (time, id)";
                ties_break_by_id [every exact checked]
                    says "In `iter_lru_ids`, equal times ascend by id, as numbers."
                    because "Times are whole seconds, so ties are common, and each run would evict other entries."
                    look_at "an order by the time alone, a heap or unstable sort on it, or ids compared as text; add `, id` to the order";
                limit_is_exact [every exact checked]
                    says "`iter_lru_ids` answers the first `limit` ids of the order, no more and no fewer; 0 is none; past the count, and `usize::MAX`, is all."
                    because "Eviction deletes what it is given: one id too many is a good answer lost."
                    look_at "`limit as i64` that turns negative, `with_capacity(limit)`, `limit + 1`, or 0 read as no limit; clamp the limit before it is used";
                is_scoped [every exact checked]
                    says "With a namespace, `iter_lru_ids` answers only its ids."
                    because "A tenant past its quota would evict the answers of other tenants."
                    look_at "no filter, or one applied after the limit so that too few come; put the namespace into the WHERE, or first in the order's key";
                follows_access_and_upsert [every exact checked]
                    says "`update_access` and upsert move an entry in the order of `iter_lru_ids`."
                    because "An answer that was just used or refreshed would be the next one to be evicted."
                    look_at "an order index written at the first insert only, or a new row without removing the old; replace (time, id) in the same transaction";
            }
            access "Recording access" {
                sets_the_time [every exact checked]
                    says "`update_access` sets last_accessed_at to the given time, even an earlier one."
                    because "After a clock was set back, an entry with a future time would not be evicted for years."
                    look_at "`max(old, now)`, a skip where the time is not later, or the engine's own clock; write the argument";
                counts_each [every exact checked]
                    says "`update_access` makes access_count grow by one each time, and it stays at 2^53 - 1."
                    because "A policy or a report that goes by use would rank the answers wrongly."
                    look_at "read, add and write in separate steps, updates dropped within one second, or `+ 1` without a limit; use `SET n = min(n + 1, 9007199254740991)`";
                touches_nothing_else [every exact checked]
                    says "`update_access` changes no other field, no other entry, not the version counter, not the expiry."
                    because "Each hit would wake all pollers, or make an old answer live longer."
                    look_at "the whole entry saved again, a trigger on UPDATE, or a version step in a shared write function; update the two columns by id";
                id_not_stored_is_ignored [every exact checked]
                    says "`update_access` of an id that is not stored is no error, and nothing is created or revived."
                    because "A hit may meet an entry that was just evicted, and the request would fail or half an entry come back."
                    look_at "an error where no row changed, `entry().or_default()`, or a hash field set under a missing key; update only where the row exists, and answer ok";
            }
            delete "Deleting" {
                removes_from_every_view [every exact checked]
                    says "After `delete_by_id`, lookups, counts, iteration, LRU order and namespaces are without the entry at once."
                    because "An answer that was deleted as wrong or private would still be served."
                    look_at "a secondary index, read cache or tombstone that is cleaned up later; remove all rows of the entry in one transaction";
                answers_whether_it_was_there [every exact checked]
                    says "`delete_by_id` is true once, then false; false for an id never given."
                    because "Eviction counts what it freed, and would stop too early or never."
                    look_at "true wherever the statement succeeded, or a blind key-value delete; answer whether a row was removed, from the same statement";
                leaves_the_others [every exact checked]
                    says "When an entry is deleted, nothing else changes but the version counter."
                    because "Evicting one answer would lose others that are in use."
                    look_at "a delete by hash alone or by a prefix (1 takes 10 too), or `swap_remove` without the moved slot's index; delete by the exact id and its own key";
            }
            expiry "Expiring" {
                is_due_at_created_plus_ttl [every exact checked]
                    says "`delete_expired` removes an entry at exactly `created_at + ttl`; one second before that it does not."
                    because "An answer would stay past its time, or be computed again too soon."
                    look_at "`<` for `<=`, `now - created_at` that underflows, or milliseconds for seconds; test `created_at + ttl <= now`";
                no_ttl_never_expires [every exact checked]
                    says "An entry without a ttl expires at no time."
                    because "Answers that are meant to stay would vanish at the first clean-up."
                    look_at "`ttl.unwrap_or(0)`, a default ttl, or a sentinel date that is reached; leave entries without a ttl out of the query with `ttl IS NOT NULL`";
                zero_ttl_is_due_at_once [every exact checked]
                    says "An entry with ttl 0 is due at once, at time 0 too: ttl 0 is not \"no ttl\"."
                    because "An answer that must not be kept would stay without end."
                    look_at "`ttl > 0` in the test, or 0 as the mark for none; keep the Option, store NULL for none, and treat 0 as a number";
                access_does_not_extend [every exact checked]
                    says "Only created_at counts for expiry: an access does not extend it."
                    because "A popular answer would never expire, however old its facts are."
                    look_at "a due time that `update_access` writes again, last_accessed_at in the test, or an engine's idle expiry; compute it from created_at alone";
                upsert_replaces_it [every exact checked]
                    says "After an upsert only the new created_at and ttl count: an entry whose ttl was taken away never expires."
                    because "A refreshed answer would be removed at the time of the old one."
                    look_at "the old row left in an expiry index or heap; remove it in the upsert, or compare with the stored entry before removing";
                large_ttl_does_not_wrap [every exact checked]
                    says "An entry whose `created_at + ttl` is past 2^53 - 1 is never due at any time in range."
                    because "An answer that is meant to stay for all time would be removed at the first clean-up."
                    look_at "the sum in 32 bits or in f64, or clamped to 2^53 - 1 so that it is due there; add in 64-bit integers and keep the whole sum";
                is_scoped [every exact checked]
                    says "With a namespace, `delete_expired` removes only its entries; without, those of all."
                    because "Cleaning up for one tenant would remove another's entries, or leave its own."
                    look_at "an expiry index walked without a filter, or None passed as empty text; compare each due entry's namespace, and branch on the Option";
                counts_what_it_removed [every exact checked]
                    says "`delete_expired` answers the exact number of entries that it removed."
                    because "The cache takes 0 for \"nothing gone\", and would keep dead vectors in its index."
                    look_at "the number of due rows found, of rows in several tables, or of the last batch; add up the entry rows that were deleted";
                only_when_asked [every exact checked]
                    says "An entry past its ttl is returned by every read until `delete_expired` removes it."
                    because "The cache decides whether an old answer may still be served, and could not if the store hid it."
                    look_at "a filter on the time in reads, or an engine's own TTL or compaction filter; a store has no clock, so switch them off";
            }
            clear "Clearing a namespace" {
                removes_that_namespace_only [every exact checked]
                    says "`clear_namespace` removes that namespace only: not one with a common prefix, nor one that a wildcard in the name (`%`, `_`, `*`, `?`, `[`) would match, nor one in another case."
                    because "Clearing tenant `a` would also delete the answers of tenant `ab` or `A`."
                    look_at "a LIKE, GLOB or key pattern, or a prefix scan without an end mark; compare the whole name for equality, by bytes";
                counts_what_it_removed [every exact checked]
                    says "`clear_namespace` answers the exact number of entries that it removed; 0 where nothing is stored."
                    because "Whoever removes a tenant relies on this number as the proof that its data are gone."
                    look_at "a DROP or truncate, which reports nothing, a count taken outside the transaction, or rows of several tables; count the entry rows deleted";
                keeps_quota_and_meta [every exact checked]
                    says "`clear_namespace` keeps quotas and meta, which are not entries; ids and the counter go on."
                    because "A tenant would lose its limit, and ids that an index still holds would be given again."
                    look_at "the namespace's whole tree dropped with quota and counters in it, or TRUNCATE with RESTART IDENTITY; keep them in tables of their own";
            }
            quota "Quotas" {
                unset_is_none [every exact checked]
                    says "A namespace's quota is none until it is set."
                    because "A default of 0 would evict everything that a new tenant stores."
                    look_at "`unwrap_or(0)`, a NOT NULL DEFAULT 0 column, or an error for a missing row; answer None where there is no row";
                is_remembered_per_namespace [every exact checked]
                    says "A quota is set, replaced (also by a smaller one) and read: each namespace has its own, compared by bytes."
                    because "A tenant would be held to another's limit, or to one that was changed long ago."
                    look_at "an INSERT OR IGNORE, `max(old, new)`, a NOCASE key or one value for all; upsert the row of the exact namespace";
                zero_is_a_quota [every exact checked]
                    says "A quota of 0 is a quota, and reads back as 0, not as none."
                    because "A tenant that may store nothing would be allowed to store without limit."
                    look_at "a 0 as the mark for unset, a `quota > 0` filter, or a row removed on 0; keep absence and 0 apart";
                limits_nothing_by_itself [every exact checked]
                    says "Inserting past a quota succeeds: eviction is the cache's."
                    because "The cache inserts and then evicts, and a store that refuses or evicts too loses the new answer."
                    look_at "an insert that counts and refuses, a CHECK or trigger, or an engine with its own eviction; only remember the number";
            }
            version "The version counter" {
                starts_at_zero [every exact checked]
                    says "The version counter of a fresh store is 0."
                    because "A poller that starts at 0 would reload although nothing was ever stored."
                    look_at "a counter that starts at 1, or that the stamps or the schema step at open; step it in inserts and removals alone";
                advances_on_every_change [every exact checked]
                    says "The version counter grows strictly on insert, upsert (of equal content too), and on delete, expiry and clear that removed something; past 65,536 changes as well."
                    because "Other processes poll it, and a change that it does not show leaves their index out of date."
                    look_at "one removal path without a step, an early return for equal content, a 16-bit counter, or a clock; step in each write's own transaction";
                stays_without_a_change [every exact checked]
                    says "Reads, removals that removed nothing, refusals, access, quota and meta leave the version counter as it is."
                    because "Every hit and every empty clean-up would make all other processes reload for nothing."
                    look_at "a step before the check, in a shared write function, or an engine's commit number; step only after a row was inserted, replaced or removed";
                is_stamped_on_what_it_wrote [every exact checked]
                    says "An entry's version is the version counter's value right after the insert or upsert that wrote it."
                    because "A poller that remembers the counter would skip the entry, or load it again at each round."
                    look_at "the value from before the step, or read in another transaction; step the counter first, and write that value in the same transaction";
            }
            meta "Meta keys" {
                unset_is_none [every exact checked]
                    says "A meta key, other than the three stamped ones, is none until it is written."
                    because "An application would take a default for a value that it had saved."
                    look_at "empty text or an error for a missing row, or `unwrap_or_default()`; answer None where there is no row";
                is_remembered [every exact checked]
                    says "A meta value is written, replaced and read byte for byte; an empty key is a key, an empty value a value, `007` stays `007`."
                    because "Cursors and settings that an application saves there would come back altered."
                    look_at "a column with NUMERIC affinity, empty text stored as NULL, trim, or INSERT OR IGNORE; use TEXT or BLOB, and an upsert";
                keys_are_compared_by_bytes [every exact checked]
                    says "Meta keys are compared by bytes, as entry keys are: case, spaces at the ends, Unicode forms and width all count; `007`, `7`, `7.0` and `1e3` are text."
                    because "Two settings whose names differ by case or by a space would overwrite each other."
                    look_at "a NOCASE column, NUMERIC affinity, trim or normalisation of the key; use the same binary column type as for entry keys";
                internals_are_ordinary_keys [every exact checked]
                    says "`version_counter`, `next_id`, `quota:a` and the like are meta keys like any other: they show nothing and change nothing of the store's own."
                    because "An application that writes such a key would set ids back or change a tenant's limit."
                    look_at "the store's counters and quotas kept in the meta table under such names; keep them in a table or under a prefix that no meta key reaches";
                reserved_keys_are_protected [every exact checked]
                    says "Writing one of the three stamped keys (`embedder_fingerprint`, `embedder_dim`, `schema_version`) is an invalid-argument error, and refused."
                    because "One such write would let a wrong embedder in, or refuse the right one from then on."
                    look_at "no check, or one that forgets `schema_version`; compare the key with all three before the write, and stamp through another function";
                leaves_entries_alone [every exact checked]
                    says "Meta shows in no count, namespace or iteration."
                    because "Settings would count against a tenant's quota, or be loaded into the index as answers."
                    look_at "meta rows in the entries' table or key space, where a full scan meets them; use a table, tree or key prefix of their own";
            }
            integrity "Integrity" {
                is_true_when_sound [every exact checked]
                    says "`integrity_check` is true when fresh, after any work, and while others write; it repairs nothing."
                    because "A monitor would throw a sound cache away, and every answer would be paid for again."
                    look_at "counts compared across several transactions, counters out of step, or a repair on the way; check in one read transaction, and write nothing";
                is_an_answer [every exact checked]
                    says "On an open handle damage makes `integrity_check` false, never an error or a panic, whatever other operations answer."
                    because "A monitor would take damaged data for a passing fault, and leave them in use."
                    look_at "`?` on the engine's own check, or an unwrap while rows are decoded; turn every failed read or decode into `Ok(false)`";
                damage_is_noticed [files sampled checked]
                    says "After a clean close, with bytes of one file changed, or a file cut but not to nothing: open fails (as corrupt, incompatible or a mismatch), or every operation answers as before or with a corrupt error, or `integrity_check` is false. Nothing else happens: no panic, no hang, no signal."
                    because "A failing disk would turn into wrong answers that are served as good ones."
                    look_at "values without a checksum, a length that is trusted and allocated, unchecked UTF-8, or mmap past the end; checksum each row, and check it on reading";
            }
            snapshot "Snapshots" {
                unsupported_says_so [no_snapshots exact checked]
                    says "On a store without snapshots `snapshot_to` is a checkpoint error, and nothing is written."
                    because "A nightly backup would be believed in until the day that it is needed."
                    look_at "`Ok(())`, `unimplemented!()`, a backend error, or a file made before the refusal; answer `Error::checkpoint` and touch no path";
                restores_everything [snapshots exact checked]
                    says "A restored snapshot holds all that the store held: entries with ids and versions, quotas, meta, version counter, identity; the next id is still fresh."
                    because "After a restore an index would lead to other answers, and tenants would have lost their limits."
                    look_at "an export that inserts again, with new ids and versions, or leaves out quotas or the last id; copy every table, counters included";
                is_a_point_in_time [snapshots sampled checked]
                    says "A snapshot that is taken under concurrent writes equals one state that the store was in between the call and its return."
                    because "A backup that mixes two moments restores counters and entries that never were together."
                    look_at "`fs::copy` of a live file without its log, or one transaction per table; use the engine's backup, VACUUM INTO or one read transaction";
                leaves_both_sides_alone [snapshots exact checked]
                    says "Taking a snapshot changes nothing in the store; later writes to the store, or to a restored one, change neither the snapshot nor each other."
                    because "A backup that changes with the store cannot bring the old answers back."
                    look_at "hard links to files that are written in place, a restore that opens the snapshot itself, or a version step on taking one; copy the bytes";
                existing_destination_is_refused [snapshots exact checked]
                    says "Where anything is at the path of a snapshot or at the destination of a restore, an empty file too, the answer is a checkpoint error, and what is there is untouched. A missing parent directory is a checkpoint error too."
                    because "A wrong path would overwrite the last good backup, or the data of a live cache."
                    look_at "`File::create`, a rename over the path, `create_dir_all`, or the engine's own overwrite; use `create_new`, and make no directories";
                foreign_source_is_refused [snapshots exact checked]
                    says "Restoring from a missing, empty, cut or foreign source is a checkpoint error, and the destination stays absent."
                    because "A service would start on an empty or broken cache and take it for the backup."
                    look_at "an engine that creates a missing file, or a copy checked after it is in place; check header, length and checksum, then rename into place";
                killed_leaves_none [snapshots sampled checked]
                    says "Taking or restoring a snapshot that failed or was killed leaves nothing that restore or open accepts, unless it is whole."
                    because "Half a backup that looks whole would replace the last good one."
                    look_at "writing straight to the final path; write to a temporary name beside it, sync, and rename as the last step";
            }
            durable "Durability" {
                unclaimed_keeps_nothing [volatile exact checked]
                    says "On a store that claims neither durable nor shared (a volatile store), a new handle on the site knows nothing of another. (A store that does keep its data is told to claim it.)"
                    because "Answers would turn up in the next test, or stay on a disk where nobody expects them."
                    look_at "a static map, a fixed path or a named in-memory database; make the data in the constructor, or claim `durable`";
                survives_close [durable exact checked]
                    says "After close another handle finds entries, ids, versions, quotas, meta, version counter and identity as they were. A closed handle has released the site: another opens while the closed value still exists."
                    because "Each restart would ask the model again for all that was already paid for."
                    look_at "buffers, quotas or counters held in memory, or a connection or lock freed only in Drop; flush, and drop the engine itself in close";
                survives_drop [durable exact checked]
                    says "After a drop without close another handle opens, and finds entries, ids, versions, quotas, meta, version counter and identity as they were."
                    because "Services often end without a close, and would lose what they stored last."
                    look_at "a flush in close only, or a writer thread or Arc cycle that outlives the handle and its lock; commit in each write, and let drop end the thread";
                identity_is_checked_on_reopen [durable exact checked]
                    says "On reopening, another fingerprint and another dimension are refused as on an open handle, again and again."
                    because "A deployment with a new model would compare its vectors with those of the old one."
                    look_at "stamps that each new handle writes, or an identity kept in memory only; read the stamps from the data, and compare before anything is written";
                ids_stay_fresh [durable exact checked]
                    says "After reopening, no id that was ever given is given again, the newest deleted one's included."
                    because "An index saved beside the store would lead from an old id to another question's answer."
                    look_at "`max(id) + 1` at open, or a rowid without AUTOINCREMENT; store the last id in the transaction that inserts the entry";
                survives_kill [durable sampled checked]
                    says "A process that holds a handle, killed at any instant (a server behind it lives on), loses no acknowledged write, access, quota and meta included; each one in flight is there whole, with its step of the version counter, or not at all; integrity is true, and the next open needs no repair by hand."
                    because "Deployments kill processes, and paid answers would be lost or half an entry served."
                    look_at "an answer before the commit (or the sync, where what was not synced is lost), several transactions for one write, or a lock file that stays; use one transaction per write, and OS locks";
                second_handle_is_refused [exclusive exact checked]
                    says "While a handle is open, opening another on the same data is a backend error, and the first keeps working. (A factory that fails counts as an open that fails with a backend error.)"
                    because "Two processes that each believe they own the data would overwrite each other's answers."
                    look_at "no lock, a lock that one process may take twice, or a wait without end; `try_lock` a file in open and hold it until close, or claim `shared`";
            }
            files "Files" {
                newer_schema_is_refused [files exact checked]
                    says "Opening data that a newer build wrote is an incompatible error that says so, and leaves them untouched."
                    because "Going back to the last release would damage the cache that the new one wrote."
                    look_at "a migration wherever the version differs, or the stamp rewritten at open; compare it as the first read, and refuse a greater one";
                foreign_file_is_refused [files exact checked]
                    says "Opening a file that is not this store's is an incompatible error, and leaves it untouched; a directory in its place, and a place that cannot be read or written, are backend errors."
                    because "A wrong path in the settings would overwrite another program's data."
                    look_at "a CREATE TABLE IF NOT EXISTS in any SQLite file, or a bad header that is written anew; check magic bytes or application_id before the first write";
                full_disk_loses_nothing [files exact checked]
                    says "A write that finds no room is a backend error; everything acknowledged stays readable, and writing works again when there is room."
                    because "A full disk would cost the answers that are already there, or need a restart."
                    look_at "a file cut and rewritten in place, an unwrap on ENOSPC, or a handle that fails ever after; roll back, and let the next write try again";
            }
            shared "Sharing" {
                handles_agree [shared sampled checked]
                    says "A write acknowledged on one handle (counter, quota and meta included) is seen by the next read on another, in another process too."
                    because "One worker would ask the model for an answer that another worker has just stored."
                    look_at "entries or counters cached in the handle, a read transaction kept open, or a replica; read the shared data, or compare its version first";
                ids_never_collide [shared sampled checked]
                    says "Ids never collide across handles and processes; and they ascend in the order in which entries appear."
                    because "Two workers would give one id to two answers, and pollers would skip those that appear late."
                    look_at "a counter read at open, or blocks of ids reserved per process; draw each id from the shared data, inside the write transaction";
                identity_binds_every_handle [shared exact checked]
                    says "A second handle with another identity is refused."
                    because "Two deployments with different models would mix their vectors in one cache."
                    look_at "stamps that every open writes, or an identity compared per process; read the stamps from the shared data in each open";
                first_opens_may_race [shared sampled checked]
                    says "Of handles that open fresh data at the same moment, all with one identity succeed; with two identities exactly one wins and the others are refused."
                    because "Workers that start together on an empty cache would fail, or stamp it with two models."
                    look_at "a read and a stamp in two steps, or CREATE that fails for the second; use one immediate transaction, then compare with what is stored";
                closing_one_leaves_the_others [shared exact checked]
                    says "Closing, dropping or killing one handle changes nothing for another."
                    because "One worker that ends would take the cache away from all the others."
                    look_at "shared state torn down by the first to close, fcntl locks lost when any descriptor closes, or locks that a kill leaves; count handles, use OS locks";
            }
            concurrent "Concurrency" {
                single_operations_are_linearizable [every sampled checked]
                    says "Every recorded history of insert, get_by_hash, get_by_id, update_access, delete_by_id, quota, meta and version_counter is explained by one order of them that respects real time, an operation with an unknown outcome counting as done or not."
                    because "A request could get an older answer than one that was already stored or seen."
                    look_at "a check and a write under two locks, or a read cache that is updated later; use one lock or one immediate transaction per operation";
                whole_reads_are_atomic [every sampled checked]
                    says "Every recorded history of single operations with `count`, `list_namespaces` and `iter_lru_ids` among them is explained by one order of them that respects real time, an operation with an unknown outcome counting as done or not."
                    because "Eviction would go by a count that never was, and remove too much or too little."
                    look_at "shards or pages read under one lock after another, or a counter beside the rows; read under one lock or in one transaction";
                whole_writes_are_atomic [every sampled checked]
                    says "Every recorded history of single operations with `delete_expired` and `clear_namespace` among them is explained by one order of them that respects real time, an operation with an unknown outcome counting as done or not."
                    because "A clean-up would delete an answer that was refreshed meanwhile, or show a tenant half cleared."
                    look_at "ids selected first and deleted later, or one transaction per batch; select and delete in one transaction or under one lock";
                loses_nothing [every sampled checked]
                    says "Of N racing inserts all N are stored under N ids; every access is counted; racing upserts leave one entry that one of them wrote whole."
                    because "Answers that were paid for would vanish under load, when the cache is needed most."
                    look_at "read, change and write without a lock, or SELECT then INSERT; use one atomic statement on a UNIQUE key, or hold the lock over all of it";
                versions_appear_in_order [every sampled checked]
                    says "When a version counter of v was read, no entry with a version of v or less appears later: whoever polls `iter_changed` misses nothing."
                    because "A poller that goes on from v would never load an entry that appears below it later."
                    look_at "a version drawn before the commit, as from a SQL sequence, so that a later one commits first; draw it under the lock that orders the commits";
                version_never_goes_back [every sampled checked]
                    says "No reader sees the version counter go back."
                    because "A poller would take a fall for a change, and reload, or wait for changes that it has passed."
                    look_at "reads from replicas or from pooled connections with old snapshots, or a plain atomic store of a computed value; use the write's lock or `fetch_max`";
                contention_is_not_an_error [every sampled checked]
                    says "No operation fails because others run: it waits, up to the deadline in force."
                    because "Under load, hits would turn into failed requests."
                    look_at "an SQLITE_BUSY without a busy timeout, a read transaction that becomes a write, a serialisation failure, or try_lock; wait, or retry inside";
                nothing_deadlocks [every sampled checked]
                    says "Every operation returns within the deadline while others run, iterators alive included."
                    because "All requests that ask the cache would wait without end."
                    look_at "two locks taken in different orders, or a guard or the last pooled connection held by an iterator; fix one order, and hold nothing between items";
            }
            robust "Robustness" {
                fails_only_where_a_clause_says [every exact checked]
                    says "With every argument in range and nothing wrong outside the store, no operation returns an error that no clause names."
                    because "A request would fail where a hit or a miss was due."
                    look_at "an engine's limit passed on (key or packet size, bound variables, open files), or one path for all handles, which the engine locks; split the work, choose an encoding without the limit, and put the data into the site";
                answers_are_in_range [every exact checked]
                    says "No number in an answer is greater than 2^53 - 1, and no id in one is 0."
                    because "Clients that read JSON round larger numbers, and would ask for another entry's id."
                    look_at "a -1 cast to u64, hashes, random numbers or snowflakes as ids, or a clock in nanoseconds as the version; count up from 1";
                nothing_panics [every exact checked]
                    says "No operation panics on any argument."
                    because "One odd argument would end a worker, or poison the lock that all requests use."
                    look_at "`unwrap` on a conversion, `id - 1`, `a + b` past the range, `with_capacity(limit)`, or a slice inside a character; use try_from and checked arithmetic";
                every_call_returns [every exact checked]
                    says "Every operation, the factory and the drop of a handle included, returns within the deadline."
                    because "A request that waits for the cache without end is worse than a miss."
                    look_at "a lock taken twice on one thread, a retry without a limit, or a drop that joins a thread which waits for it; close the channel first, then join";
                survives_a_callers_panic [every exact checked]
                    says "A caller's own panic while an iterator is alive leaves the store usable."
                    because "One request that panics would make the cache fail for all later ones."
                    look_at "a guard inside the iterator that unwinding poisons, met by `lock().unwrap()`, or a transaction left open; hold nothing between items, roll back in Drop";
                any_thread_may_call [every exact checked]
                    says "Any operation works on any thread, also when the thread that opened the store has ended."
                    because "Servers run each request on any worker, and the one that opened the store may be gone."
                    look_at "a thread-local connection or state, or an engine handle bound to the thread that opened it; keep it behind a mutex or in a pool";
                size_changes_nothing [every exact checked]
                    says "With 70,000 entries and 1,000 namespaces (a setting for slow stores; the report then says up to which size) every answer is as exact as with three."
                    because "What works in a test with three entries would lose answers in production."
                    look_at "numbers of 16 bits, one page or batch only, an IN list past the bound variables, or estimated counts; page by key, and count exactly";
            }
        }
    };
}
