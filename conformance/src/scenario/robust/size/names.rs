//! What shows with the number of namespaces alone.

use super::Filling;
use crate::{
    operation::display::Number,
    probe::{Check, Probe},
    sample::entry,
    settings::SIZE_BUDGET,
};

/// When all of them are due, as they were made at 0.
const DUE: u64 = 500;

/// Fills a fresh store in which each entry has a namespace of its own, all of them under one hash: a store that numbers
/// its namespaces takes two for one where the numbers are too narrow.
///
/// Answers why there were fewer than asked for, if there were: a slow store has a part of the time for it.
pub(super) fn own_namespaces(s: &mut Probe, wanted: usize) -> Check<Option<String>> {
    s.start()?;
    let mut filling = Filling::beside(s.settings());
    let name = |n: usize| format!("own {n}");
    let mut all = 0;
    while all < wanted && (filling.goes_on() || all == 0) {
        s.insert(entry(&name(all), "h").query(name(all)).ttl(DUE))?;
        all += 1;
    }
    s.count(None)?;
    s.list_namespaces()?;
    for n in [0, 1, 254, 255, 256, 32_767, 32_768, 65_534, 65_535, 65_536, all - 1] {
        if n < all {
            s.get_by_hash(&name(n), "h")?;
            s.count(Some(&name(n)))?;
            s.iter_lru_ids(3, Some(&name(n)))?;
        }
    }
    s.clear_namespace(&name(0))?;
    for n in [0, 256, 65_536] {
        s.get_by_hash(&name(n), "h")?;
    }
    s.count(None)?;
    s.note("All that is left goes at once, whatever namespace it is in.");
    s.delete_expired(DUE - 1, None)?;
    s.delete_expired(DUE, None)?;
    s.count(None)?;
    s.list_namespaces()?;
    Ok(filling.is_late.then(|| {
        let [all, wanted] = [all, wanted].map(|number| Number(number as u64));
        format!(
            "{all} of {wanted} namespaces in {} s; {SIZE_BUDGET} allows more",
            filling.budget.as_secs_f64()
        )
    }))
}
