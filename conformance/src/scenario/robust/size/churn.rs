//! What shows with use alone: entries that come, change and go many times over.

use super::Filling;
use crate::{
    operation::display::Number,
    probe::{Check, Probe},
    random::Seed,
    sample::entry,
    settings::SIZE_BUDGET,
};
use std::collections::BTreeSet;

/// How often everything is looked at: after each block of writes, which tells the guilty one, or after a round of them,
/// which leaves buffers alone for longer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    AfterEachBlock,
    AfterEachRound,
}

/// Writes blocks of each kind, with keys and ids that no order explains, and looks at everything now and then.
///
/// Engines buffer so many writes, then flush them, merge what was flushed and use its room again; a page is split when it
/// is full and joined when it is empty. Each of these moves entries that nobody has written to at that moment.
///
/// Answers why it ended early, if it did: a slow store has a part of the time for it.
pub(super) fn churn(s: &mut Probe, keys: usize, rounds: usize, looks: Looks) -> Check<Option<String>> {
    s.start()?;
    let mut filling = Filling::beside(s.settings());
    let mut luck = Seed::nth(0, keys as u64);
    let look = |s: &mut Probe| match looks {
        Looks::AfterEachBlock => s.look_everywhere(),
        Looks::AfterEachRound => Ok(()),
    };
    for round in 0..rounds {
        if round > 0 && !filling.goes_on() {
            break;
        }
        let mut given = BTreeSet::new();
        // Two thirds of the keys, some of them twice: so most are upserts from the second round on.
        for n in (0..keys).take_while(|_| filling.goes_on()) {
            given.insert(s.insert(used(luck.below(keys), round, n))?);
        }
        look(s)?;
        let ids: Vec<u64> = given.iter().copied().collect();
        if ids.is_empty() {
            break;
        }
        for _ in (0..keys).take_while(|_| filling.goes_on()) {
            // Few times, so that there are ties, and an entry goes back to a time that it had.
            s.update_access(*luck.pick(&ids), luck.below(40) as u64)?;
        }
        look(s)?;
        // Neighbours, as whoever evicts takes them, and one here and there; some are gone already.
        let neighbours = luck.below(ids.len());
        for id in ids.iter().cycle().skip(neighbours).take(keys / 4).take_while(|_| filling.goes_on()) {
            s.delete_by_id(*id)?;
        }
        for _ in (0..keys / 6).take_while(|_| filling.goes_on()) {
            s.delete_by_id(*luck.pick(&ids))?;
        }
        look(s)?;
        if round == 0 {
            s.note("From ids and versions that are gone, and from others.");
        }
        for _ in 0..6 {
            s.iter_since(*luck.pick(&ids))?;
            if let Some(found) = s.get_by_id(*luck.pick(&ids))? {
                s.iter_changed(found.version)?;
            }
        }
        match round % 3 {
            0 => s.delete_expired(1_050 + round as u64, Some("a"))?,
            1 => s.delete_expired(1_060 + round as u64, None)?,
            _ => s.clear_namespace("c")?,
        };
        s.look_everywhere()?;
    }
    s.integrity_check()?;
    Ok(filling.is_late.then(|| {
        format!(
            "{} keys were written and removed fewer times than is usual, in {} s; {SIZE_BUDGET} allows more",
            Number(keys as u64),
            filling.budget.as_secs_f64()
        )
    }))
}

fn used(key: usize, round: usize, n: usize) -> mneme::Entry {
    let namespace = match key % 16 {
        0 => "c",
        1..4 => "b",
        _ => "a",
    };
    entry(namespace, &format!("h{key}"))
        .response("r".repeat((key * 7 + round * 31) % 90))
        .created_at(1_000)
        .ttl(n.is_multiple_of(3).then_some((n % 90) as u64))
        .last_accessed_at((n * 13 % 40) as u64)
        .access_count(round as u64)
}
