//! The behaviour book: what each clause's check does to a store and what the store answers, as reviewed snapshots, and the
//! pages of `docs/book/` that are made from them.
//!
//! A transcript that changes fails the test of its area. It is reviewed with `cargo insta review`; `just book` then writes
//! the pages anew.
//!
//! - `stores`: whose behaviour is told.
//! - `transcripts`: the snapshots, one for each clause whose check does the same at each run.
//! - `faults`: the mistakes of the fault zoo, by the clause that names them.
//! - `prose`: what is said of an area, and of a check that has no transcript.
//! - `pages`: the pages as text.
//! - `written`: whether the pages in the repository are these, and whether their links lead somewhere.

mod faults;
mod pages;
mod prose;
mod stores;
mod transcripts;
mod written;
