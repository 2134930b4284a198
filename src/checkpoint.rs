//! Checkpoints: the entries, quotas and meta of a cache in one file.
//!
#![doc = include_str!("checkpoint/FORMAT.md")]

mod archive;
mod dump;
mod format;
mod load;
mod part;
mod seal;

pub(crate) use dump::{Extras, dump};
pub(crate) use load::{Checkpoint, Insert, Loaded};

use crate::Error;
use std::io;

/// A reader's or writer's error, as a checkpoint error that says what was being done.
fn failed(action: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    let action = action.into();
    move |error| Error::checkpoint(format!("could not {action}")).because(error)
}
