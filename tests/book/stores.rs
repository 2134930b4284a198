//! The stores whose behaviour the book tells.

use mneme::{MemoryStore, Restore as _, SqliteStore};
use mneme_conformance::{
    ChildProcesses, Claim, Clause, NoTranscript, Site, Subject, Transcript, serve_if_child,
};
use redb_store::RedbStore;
use std::{fs, path::PathBuf, sync::Arc};

/// The transcript of a clause, from the first store that it binds.
pub(crate) fn transcript(clause: &'static Clause) -> Result<(String, Transcript), NoTranscript> {
    let mut last = NoTranscript::NotApplicable("there is no store".to_owned());
    for subject in subjects() {
        let name = subject.name().to_owned();
        let children = ChildProcesses::named(&*name).of_test("stores::child_processes");
        match Transcript::of(&Arc::new(subject.in_children(children)), clause) {
            Err(NoTranscript::NotApplicable(why)) => last = NoTranscript::NotApplicable(why),
            told => return told.map(|transcript| (name, transcript)),
        }
    }
    Err(last)
}

/// The store in memory shows what every store does. One in a file shows what it claims, and the store that one handle at a
/// time may use shows the rest.
fn subjects() -> [Subject; 3] {
    [
        Subject::volatile(MemoryStore::new),
        Subject::claiming([Claim::Durable, Claim::Shared, Claim::Files], |site| SqliteStore::new(file(site)))
            .restored_by(|snapshot, site| SqliteStore::restore(snapshot, &file(site)))
            .made_newer_by(of_a_newer_build),
        Subject::durable(|site| RedbStore::new(site.path().join("cache.redb"))),
    ]
}

fn file(site: &Site) -> PathBuf {
    site.path().join("cache.db")
}

/// Writes a greater schema version into the header of the database, where SQLite keeps what it calls `user_version`.
fn of_a_newer_build(site: &Site) -> std::io::Result<()> {
    const USER_VERSION: std::ops::Range<usize> = 60..64;
    let mut bytes = fs::read(file(site))?;
    bytes[USER_VERSION].copy_from_slice(&999_u32.to_be_bytes());
    fs::write(file(site), bytes)
}

#[test]
fn child_processes() {
    serve_if_child(|name| subjects().into_iter().find(|subject| subject.name() == name));
}
