//! The clauses on reading.

#[doc(hidden)]
#[macro_export]
macro_rules! __clauses_of_reading {
    ($to:tt $parts:tt $($before:tt)*) => {
        $crate::__contract! { @gather $to $parts $($before)*
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
        }
    };
}
