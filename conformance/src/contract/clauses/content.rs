//! The clauses on what an entry is found by and brings back: inserting, keys, fidelity.

#[doc(hidden)]
#[macro_export]
macro_rules! __clauses_of_content {
    ($to:tt $parts:tt $($before:tt)*) => {
        $crate::__contract! { @gather $to $parts $($before)*
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
        }
    };
}
