//! The tests of the harness itself.
//!
//! - `misuse`: wrong uses of the macro, and what the compiler says of them.
//! - `zoo`: stores with one planted mistake each, and what the harness must say of them.

mod misuse;
mod zoo;
