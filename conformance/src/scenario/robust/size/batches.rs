//! Batches and pages that are just full.

use super::{Filling, SMALL, counts};
use crate::{
    probe::{Check, Probe},
    sample::{FULL_PAGES, entry},
    settings::SIZE_BUDGET,
};
use mneme::Entry;

/// Lists as many entries as there are, and removes all of them: those that are due, and those of a namespace. Answers why there were
/// no larger batches, if there are.
pub(super) fn full_batches(s: &mut Probe) -> Check<Option<String>> {
    let mut filling = Filling::beside(s.settings());
    let most = s.settings().size().max(SMALL);
    s.start()?;
    for batch in FULL_PAGES.into_iter().filter(|batch| *batch <= most) {
        let before = s.version_counter()?;
        let is_late =
            || Some(format!("no batches of {batch} in the time for them; {SIZE_BUDGET} allows more"));
        if !fill_batch(s, &mut filling, |n| entry("due", &format!("h{n}")).ttl(0), batch)? {
            return Ok(is_late());
        }
        s.iter_changed(before)?;
        s.iter_lru_ids(batch, None)?;
        s.iter_lru_ids(batch + 1, Some("due"))?;
        s.delete_expired(1, None)?;
        counts(s, "due", "due")?;
        if !fill_batch(s, &mut filling, |n| entry("cleared", &format!("h{n}")), batch)? {
            return Ok(is_late());
        }
        s.clear_namespace("cleared")?;
        counts(s, "cleared", "due")?;
    }
    Ok(None)
}

/// Answers whether there was time for all.
fn fill_batch(
    s: &mut Probe,
    filling: &mut Filling,
    entry: impl Fn(usize) -> Entry,
    batch: usize,
) -> Check<bool> {
    for n in 0..batch {
        if !filling.goes_on() {
            return Ok(false);
        }
        s.insert(entry(n))?;
    }
    Ok(true)
}
