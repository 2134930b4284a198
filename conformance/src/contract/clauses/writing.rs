//! The clauses on what changes entries and what is kept beside them.

#[doc(hidden)]
#[macro_export]
macro_rules! __clauses_of_writing {
    ($to:tt $parts:tt $($before:tt)*) => {
        $crate::__contract! { @gather $to $parts $($before)*
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
        }
    };
}
