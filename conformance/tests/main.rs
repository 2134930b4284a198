//! The tests of the harness itself.
//!
//! - `zoo`: stores with one planted mistake each, and what the harness must say of them.

mod zoo;
