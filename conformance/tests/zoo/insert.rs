#![allow(clippy::too_many_lines, reason = "the table is as long as the mistakes are many")]

pub(super) mod lies;

use super::fault::Fault;
use crate::fault;
use lies::{
    AccessUnchecked, AnswersOf, AnswersTheLastNew, AnswersTheRowCount, ChecksTheVectorFirst, ChecksTooLate,
    Clamps, ComparesInAByte, CountsFromZero, CountsInserts, Gives, HasNoTable, Ignores, LeavesTheOldRow,
    LooksForTheIdFirst, Merges, PerNamespace, QuotaFails, RemembersMisses, Renumbers, ReplacesTheRow,
    Resizes, Revives, SwapsTheLengths, TakesNoVector, TakesTheDueForGone, first_free, merge_metadata,
    merge_objects, next_to_the_greatest,
};
use mneme::{Entry, limits};
use std::sync::atomic::AtomicU64;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "the table that inserts go to was never made",
            volatile(|| HasNoTable),
            insert::returns_the_stored_id,
            [robust::fails_only_where_a_clause_says],
            "no such table: entries"
        ),
        fault!(
            "a miss is remembered, and an insert does not forget it",
            volatile(RemembersMisses::default),
            insert::returns_the_stored_id,
            [],
            "get_by_hash(\"a\", \"h2\")"
        ),
        fault!(
            "the id of the row in the text index is answered",
            volatile(AnswersOf::<2>::default),
            insert::returns_the_stored_id,
            [delete::answers_whether_it_was_there, lookup::both_ways_agree],
            "get_by_hash(\"a\", \"h2\")"
        ),
        fault!(
            "an upsert answers the id of the last new row" from "https://github.com/WiseLibs/better-sqlite3/issues/801",
            volatile(AnswersTheLastNew::default),
            insert::upsert_keeps_the_id,
            [],
            "expected id 1"
        ),
        fault!(
            "an upsert deletes the row and inserts another",
            volatile(|| ReplacesTheRow),
            insert::upsert_keeps_the_id,
            [
                insert::other_dimension_is_refused,
                insert::number_out_of_range_is_refused,
                version::stays_without_a_change
            ],
            "expected id 1"
        ),
        fault!(
            "an upsert answers how many inserts there were",
            volatile(|| AnswersTheRowCount(AtomicU64::new(0))),
            insert::upsert_keeps_the_id,
            [],
            "expected id 1"
        ),
        fault!(
            "an entry past its ttl is gone for an upsert",
            volatile(|| TakesTheDueForGone),
            insert::upsert_keeps_the_id,
            [],
            "expected id 1"
        ),
        fault!(
            "ids start at 0",
            volatile(|| CountsFromZero),
            insert::ids_are_positive,
            [robust::answers_are_in_range],
            "expected an id greater than 0"
        ),
        fault!(
            "a counter of ids per namespace",
            volatile(PerNamespace::default),
            insert::ids_ascend,
            [],
            "expected an id greater than 1"
        ),
        fault!(
            "ids are compared as text",
            volatile(|| Renumbers(|id| if id < 10 { id } else { 10_000 - id })),
            insert::ids_ascend,
            [expiry::is_due_at_created_plus_ttl],
            "expected an id greater than 9990"
        ),
        fault!(
            "the id after the greatest stored one",
            volatile(|| Gives::by(next_to_the_greatest)),
            insert::ids_are_never_reused,
            [],
            "expected an id greater than 1"
        ),
        fault!(
            "the slot of an entry that went is the next one's id",
            volatile(|| Gives::by(first_free)),
            insert::ids_are_never_reused,
            [],
            "insert(\"c\", \"newest\")"
        ),
        fault!(
            "an upsert keeps what it is not given a ttl for",
            volatile(|| Merges(|entry, old| Entry::ttl(entry, old.ttl))),
            insert::upsert_replaces_every_field,
            [expiry::upsert_replaces_it],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert merges metadata",
            volatile(|| Merges(merge_metadata)),
            insert::upsert_replaces_every_field,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert merges the objects within the metadata",
            volatile(|| Merges(merge_objects)),
            insert::upsert_replaces_every_field,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert takes a vector of zeros for none, and keeps the old one",
            volatile(|| Merges(|entry, old| if entry.embedding.iter().all(|number| *number == 0.0) {
                entry.embedding(old.embedding.clone())
            } else {
                entry
            })),
            insert::upsert_replaces_every_field,
            [],
            "get_by_"
        ),
        fault!(
            "an upsert leaves what is there as it is" from "https://github.com/langchain-ai/langchain-redis/issues/22",
            volatile(|| Ignores),
            insert::upsert_replaces_every_field,
            [version::advances_on_every_change, expiry::upsert_replaces_it],
            "get_by_"
        ),
        fault!(
            "an upsert sums how often the entry was used",
            volatile(|| Merges(|entry, old| {
                let times = entry.access_count + old.access_count;
                entry.access_count(times.min(limits::MAX_NUMBER))
            })),
            insert::upsert_replaces_every_field,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert keeps the time at which the entry was made",
            volatile(|| Merges(|entry, old| entry.created_at(old.created_at))),
            insert::upsert_replaces_every_field,
            [expiry::upsert_replaces_it],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert keeps the later access",
            volatile(|| Merges(|entry, old| {
                let later = entry.last_accessed_at.max(old.last_accessed_at);
                entry.last_accessed_at(later)
            })),
            insert::upsert_replaces_every_field,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "an upsert with an equal answer writes nothing",
            volatile(|| Merges(|entry, old| if entry.response == old.response {
                old.entry.clone()
            } else {
                entry
            })),
            insert::upsert_replaces_every_field,
            [expiry::upsert_replaces_it],
            "get_by_id(1)"
        ),
        fault!(
            "a count kept aside grows with every insert",
            volatile(CountsInserts::default),
            insert::upsert_adds_no_entry,
            [count::follows_the_data],
            "expected 1"
        ),
        fault!(
            "an upsert leaves the old row of the version index",
            volatile(|| LeavesTheOldRow),
            insert::upsert_adds_no_entry,
            [changed::yields_every_later_write],
            "expected id 1 once"
        ),
        fault!(
            "a deleted key is revived with its id",
            volatile(Revives::default),
            insert::deleted_key_gets_a_new_id,
            [],
            "expected an id greater than 1"
        ),
        fault!(
            "a vector of another length is cut or padded",
            volatile(|| Resizes),
            insert::other_dimension_is_refused,
            [],
            "expected a dimension mismatch error with stored 4 and supplied 3"
        ),
        fault!(
            "an empty vector means that there is none",
            volatile(|| TakesNoVector),
            insert::other_dimension_is_refused,
            [],
            "expected a dimension mismatch error with stored 4 and supplied 0"
        ),
        fault!(
            "the dimension is compared in one byte",
            volatile(|| ComparesInAByte),
            insert::other_dimension_is_refused,
            [],
            "expected a dimension mismatch error with stored 4 and supplied 260"
        ),
        fault!(
            "the two lengths of the error are swapped",
            volatile(|| SwapsTheLengths),
            insert::other_dimension_is_refused,
            [],
            "expected a dimension mismatch error with stored 4 and supplied 3"
        ),
        fault!(
            "the old row goes before the vector is checked",
            volatile(|| ChecksTooLate),
            insert::other_dimension_is_refused,
            [version::stays_without_a_change],
            "expected 1"
        ),
        fault!(
            "a number past the range is clamped",
            volatile(|| Clamps),
            insert::number_out_of_range_is_refused,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "one write of a time is not checked",
            volatile(|| AccessUnchecked),
            insert::number_out_of_range_is_refused,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "a quota past the range fails in the engine",
            volatile(|| QuotaFails),
            insert::number_out_of_range_is_refused,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "the vector is checked before the numbers",
            volatile(|| ChecksTheVectorFirst),
            insert::number_out_of_range_is_refused,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "an unknown id excuses a time past the range",
            volatile(|| LooksForTheIdFirst),
            insert::number_out_of_range_is_refused,
            [],
            "expected an invalid argument error"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}
