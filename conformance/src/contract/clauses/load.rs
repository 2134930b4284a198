//! The clauses on many threads, long lists and odd calls.

#[doc(hidden)]
#[macro_export]
macro_rules! __clauses_of_load {
    ($to:tt $parts:tt $($before:tt)*) => {
        $crate::__contract! { @gather $to $parts $($before)*
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
                    look_at "an SQLITE_BUSY without a busy timeout, a read transaction that becomes a write, a serialisation failure, try_lock, or what is read in one step and written in another (then the error is a constraint, or damage that is none); wait, or retry inside, and look and write in one transaction";
                nothing_deadlocks [every sampled checked]
                    says "Every operation returns within the deadline while others run, iterators alive included."
                    because "All requests that ask the cache would wait without end."
                    look_at "two locks taken in different orders, or a guard or the last pooled connection held by an iterator; fix one order, and hold nothing between items";
            }
            robust "Robustness" {
                fails_only_where_a_clause_says [every exact checked]
                    says "With every argument in range and nothing wrong outside the store, no operation returns an error that no clause names."
                    because "A request would fail where a hit or a miss was due."
                    look_at "an engine's limit passed on (key or packet size, bound variables, open files), a check or a decoder that refuses what the store itself wrote, or one path for all handles, which the engine locks; split the work, choose an encoding without the limit, and put the data into the site";
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
