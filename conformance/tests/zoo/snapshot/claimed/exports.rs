//! Exports that damage one kind of content.

use super::exporting;
use crate::zoo::filed::codec::Record;
use mneme::Entry;
use mneme_conformance::Subject;

/// With what is said of each.
pub(in crate::zoo::snapshot) fn damaged() -> [(&'static str, Subject); 3] {
    fn change(records: &mut [Record], written: fn(&Entry) -> Entry) {
        for record in records {
            if let Record::Insert(entry) = record {
                *entry = written(entry);
            }
        }
    }
    [
        (
            "expected response",
            exporting(|records| {
                change(records, |entry| entry.clone().response(entry.response.replace("\\n", "\n")));
            }),
        ),
        (
            "expected metadata",
            exporting(|records| {
                change(records, |entry| {
                    let mut metadata = entry.metadata.clone();
                    metadata.remove("k2");
                    entry.clone().metadata(metadata)
                });
            }),
        ),
        (
            "expected created at",
            exporting(|records| {
                change(records, |entry| entry.clone().created_at(entry.created_at & 0xffff_ffff));
            }),
        ),
    ]
}
