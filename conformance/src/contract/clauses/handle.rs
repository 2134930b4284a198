//! The clauses on a handle: opening and closing it.

#[doc(hidden)]
#[macro_export]
macro_rules! __clauses_of_handle {
    ($to:tt $parts:tt $($before:tt)*) => {
        $crate::__contract! { @gather $to $parts $($before)*
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
                    says "Before the first open that is accepted every operation but `open` and `close` is a not-open error, and from then on none is."
                    because "Entries that are stored before the identity is known could come from any embedder."
                    look_at "one method without the check, often `integrity_check`, an iterator that checks at its first item, or an `open` that never says that it opened; get the engine through one checked function";
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
        }
    };
}
