//! The clauses on data that outlive a handle: integrity, snapshots, durability, files and sharing.

#[doc(hidden)]
#[macro_export]
macro_rules! __clauses_of_keeping {
    ($to:tt $parts:tt $($before:tt)*) => {
        $crate::__contract! { @gather $to $parts $($before)*
            integrity "Integrity" {
                is_true_when_sound [every exact checked]
                    says "`integrity_check` is true when fresh, after any work, and while others write; it repairs nothing."
                    because "A monitor would throw a sound cache away, and every answer would be paid for again."
                    look_at "counts compared across several transactions, counters out of step, or a repair on the way; check in one read transaction, and write nothing. Or the check is right, and a write before it left a row in an index or a total";
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
                    look_at "`Ok(())`, `unimplemented!()`, a backend error, or a file made before the refusal; answer `Error::checkpoint` and touch no path, or claim what works with `restore = |snapshot, site| ..`";
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
                    says "Taking or restoring a snapshot that failed or was killed leaves nothing that restore or open accepts, unless it is whole, and nothing that is in the way of the next."
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
                    look_at "a CREATE TABLE IF NOT EXISTS in any SQLite file, a bad header that is written anew, or `Path::exists`, which is false of what cannot be read; check magic bytes or application_id before the first write";
                full_disk_loses_nothing [files exact checked]
                    says "A write that finds no room is a backend error; everything acknowledged stays readable, and writing works again when there is room."
                    because "A full disk would cost the answers that are already there, or need a restart."
                    look_at "memory, a counter or a cache that changes before the file does, an error that is dropped, a file cut and rewritten in place, an unwrap on ENOSPC, or a handle that fails ever after; write the files first and in one step, roll back, and let the next write try again";
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
        }
    };
}
