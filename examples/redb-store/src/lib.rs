#![doc = include_str!("../README.md")]

mod codec;
mod engine;
mod entries;
mod fault;
mod file;
mod handle;
mod integrity;
mod iterate;
mod rows;
mod seal;
mod snapshot;
mod store;
mod tables;

pub use crate::store::RedbStore;
