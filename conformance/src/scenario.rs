//! One script per clause, in one file per area: what is done to a store to see whether it keeps the clause.

pub(crate) mod access;
pub(crate) mod changed;
pub(crate) mod clear;
pub(crate) mod close;
pub(crate) mod concurrent;
pub(crate) mod count;
pub(crate) mod delete;
pub(crate) mod durable;
pub(crate) mod expiry;
pub(crate) mod fidelity;
pub(crate) mod files;
pub(crate) mod insert;
pub(crate) mod integrity;
pub(crate) mod iterate;
pub(crate) mod key;
pub(crate) mod lookup;
pub(crate) mod lru;
pub(crate) mod meta;
pub(crate) mod namespaces;
pub(crate) mod open;
mod pasts;
pub(crate) mod quota;
pub(crate) mod robust;
pub(crate) mod shared;
pub(crate) mod since;
pub(crate) mod snapshot;
pub(crate) mod version;
