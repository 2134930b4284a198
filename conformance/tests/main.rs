//! The tests of the harness itself.
//!
//! - `bad_input`: factories and stores that fail, panic, hang, or answer garbage.
//! - `linearizability`: the checker of histories, on histories made by hand and at random.
//! - `browser`: a browser, for the tests that have a page drawn.
//! - `engines`: the engines by themselves, and what they print.
//! - `misuse`: wrong uses of the macro, and what the compiler says of them.
//! - `reports`: what the reports say, against their schemas.
//! - `suites`: right uses of the macro, and what a run of a suite shows.
//! - `zoo`: stores with one planted mistake each, and what the harness must say of them.

mod bad_input;
mod browser;
mod engines;
mod linearizability;
mod misuse;
mod reports;
mod suites;
mod zoo;
