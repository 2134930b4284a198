//! Uses that a log is not told of, as if they changed nothing.

use super::{
    super::{
        fault::Fault,
        logged::{Change, Flaw, Logged},
    },
    lock,
};
use crate::fault;
use std::{collections::BTreeMap, sync::Mutex};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a second use in one second is not logged",
            alone(|site| Logged::alone_with(
                site,
                Unlogged::where_it(|last, id, now| last.insert(id, now) == Some(now))
            )),
            durable::survives_close,
            [],
            "accessed"
        ),
        fault!(
            "a use at time 0 is not logged",
            alone(|site| Logged::alone_with(site, Unlogged::where_it(|_, _, now| now == 0))),
            durable::survives_close,
            [],
            "access count"
        ),
    ]
}

/// When each entry was last used.
type Last = BTreeMap<u64, u64>;

/// Leaves out uses of some kind; whoever wrote them remembers them.
struct Unlogged {
    last: Mutex<Last>,
    is_left_out: fn(&mut Last, u64, u64) -> bool,
}

impl Unlogged {
    fn where_it(is_left_out: fn(&mut Last, u64, u64) -> bool) -> Self {
        Self { last: Mutex::default(), is_left_out }
    }
}

impl Flaw for Unlogged {
    fn written(&self, change: Change) -> Vec<Change> {
        match change {
            Change::Access(id, now) if (self.is_left_out)(&mut lock(&self.last), id, now) => Vec::new(),
            change => vec![change],
        }
    }
}
