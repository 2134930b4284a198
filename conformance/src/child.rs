//! Other processes that work on the store under test: this very program, run again.
//!
//! A child process makes handles on the sites that its parent names, and makes the calls that its parent orders, one
//! line each. So it can be killed, and it can share data with its parent as two programs would.
//!
//! - `launch`: how a program is run again, and how it notices that it was.
//! - `protocol`: orders and reports as lines of text.
//! - `serve`: what a child does.
//! - `process`: a child as its parent has it.
//! - `remote`: a handle in a child, as a store.

mod launch;
mod process;
mod protocol;
mod remote;
mod serve;
mod span;

pub use self::launch::{ChildProcesses, serve_if_child};
pub(crate) use self::{
    process::{Heard, Process},
    protocol::Command,
    remote::Remote,
    span::Span,
};
