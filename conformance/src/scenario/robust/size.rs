//! What shows with size alone.

mod batches;
mod churn;
mod names;

use crate::{
    operation::{Walk, display::Number},
    probe::{Check, Probe, Verdict},
    sample::entry,
    settings::{FULL_SIZE, SIZE, SIZE_BUDGET, Settings},
};
use std::time::{Duration, Instant};

/// How many entries or changes are tried where fewer are asked for: enough for numbers of 8 bits.
pub(crate) const SMALL: usize = 300;

/// How many keys are written again and again where at least as many entries are asked for: more than a buffer holds.
const LARGE_CHURN: usize = 2_000;

/// What is done beside the greatest size may take one part in so many of its time.
const SHARE: u32 = 5;

/// How many entries pages have: where the last one is full, none follows.
const PAGES: [usize; 10] = [64, 100, 128, 256, 500, 512, 1_000, 1_024, 2_048, 4_096];

/// After how many entries it is asked whether all is sound; of all of them it would take long.
const CHECKED_AT: [usize; 3] = [300, 1_100, 5_100];

/// After how many entries one is deleted under a walk: more than the largest page has. A trace has a row for each item.
const YIELDED_AT: usize = 4_200;

/// Where numbers of 8, 15 and 16 bits end, and pages.
const PLACES: [usize; 14] =
    [0, 1, 254, 255, 256, 998, 999, 1_000, 1_001, 32_767, 32_768, 65_534, 65_535, 65_536];

/// A store that is being filled, for as long as the settings allow.
pub(crate) struct Filling {
    wanted: usize,
    budget: Duration,
    until: Option<Instant>,
    is_late: bool,
}

impl Filling {
    pub(crate) fn begin(settings: &Settings, least: usize) -> Self {
        let budget = settings.size_budget();
        Self {
            wanted: settings.size().max(least),
            budget,
            // A budget past every instant is none.
            until: Instant::now().checked_add(budget),
            is_late: false,
        }
    }

    /// For what is done beside the greatest size, with a part of its time.
    fn beside(settings: &Settings) -> Self {
        let budget = settings.size_budget() / SHARE;
        Self { wanted: 0, budget, until: Instant::now().checked_add(budget), is_late: false }
    }

    /// How many the settings ask for.
    pub(crate) fn wanted(&self) -> usize {
        self.wanted
    }

    /// Whether there is time for another one.
    pub(crate) fn goes_on(&mut self) -> bool {
        self.is_late = self.until.is_some_and(|until| Instant::now() >= until);
        !self.is_late
    }

    /// Why it ended with fewer than were wanted.
    pub(crate) fn reason(&self, done: usize) -> String {
        let [done, full] = [done, FULL_SIZE].map(|number| Number(number as u64));
        if self.is_late {
            format!("size {done} of {full} in {} s; {SIZE_BUDGET} allows more", self.budget.as_secs_f64())
        } else {
            format!("size {done} of {full}, as {SIZE} says")
        }
    }
}

pub(crate) fn size_changes_nothing(s: &mut Probe) -> Verdict {
    s.note("What is wrong with a few entries already is not for the size to explain.");
    let mut few = Filling::begin(s.settings(), 0);
    few.wanted = 14;
    fill(s, &mut few, 5)?;
    let mut many = Filling::begin(s.settings(), 2 * SMALL);
    let namespaces = (many.wanted / 2).min(1_000);
    let done = fill(s, &mut many, namespaces)?;
    let in_part = (done < FULL_SIZE).then(|| many.reason(done));
    let is_small = many.wanted < LARGE_CHURN;
    let mut names = None;
    if !is_small {
        s.note("As many namespaces as entries.");
        names = names::own_namespaces(s, many.wanted)?;
    }
    s.note("Fewer entries, of which most were written and removed many times.");
    let mut unfinished = churn::churn(s, 200, if is_small { 2 } else { 6 }, churn::Looks::AfterEachBlock)?;
    if !is_small {
        let larger = churn::churn(s, LARGE_CHURN, 2, churn::Looks::AfterEachRound)?;
        unfinished = unfinished.or(larger);
    }
    s.note("As many as fill a batch or a page, and no more.");
    let batches = batches::full_batches(s)?;
    let reasons: Vec<_> = in_part.into_iter().chain(names).chain(unfinished).chain(batches).collect();
    if reasons.is_empty() { s.held() } else { s.held_in_part(reasons.join("; ")) }
}

/// Fills a fresh store and judges every kind of read and removal on it; answers how many entries each of them met.
///
/// Each namespace gets one entry, and the first all others: so there are many names, and many entries under one.
fn fill(s: &mut Probe, filling: &mut Filling, namespaces: usize) -> Check<usize> {
    s.start()?;
    let name = |n: usize| format!("n{n:03}");
    let place = |n: usize| name(if n < namespaces { n } else { 0 });
    let of = |n: usize| {
        // Every other one is due at one time, and of all a few at another; what they were used at is in another order
        // than the ids, and each is the time of two entries.
        let ttl = match n {
            n if n % 21 == 6 => Some(900),
            n => (n % 2 == 1).then_some(500),
        };
        entry(&place(n), &format!("h{n}"))
            .response("the same for all")
            .created_at(1_000)
            .ttl(ttl)
            .last_accessed_at((n / 2 * 31 % 97) as u64)
    };
    let mut ids = Vec::new();
    // One at least, however little time there is.
    while ids.len() < filling.wanted.max(1) && (filling.goes_on() || ids.is_empty()) {
        ids.push(s.insert(of(ids.len()))?);
        if PAGES.contains(&ids.len()) {
            s.iter_all()?;
        }
        if CHECKED_AT.contains(&ids.len()) {
            s.integrity_check()?;
        }
        if ids.len() == YIELDED_AT {
            yielded_goes(s, &ids, 1)?;
        }
    }
    let all = ids.len();
    let (first, middle, last) = (ids[0], ids[all / 2], ids[all - 1]);
    counts(s, &name(0), &name(1))?;
    orders(s, &name(0), &name(1))?;
    s.note("All of it, once: a cap shows only past it.");
    s.iter_lru_ids(usize::MAX, None)?;
    s.iter_lru_ids(usize::MAX, Some(&name(0)))?;
    for n in PLACES.into_iter().chain([all / 2, all - 1]) {
        if n < all {
            s.get_by_id(ids[n])?;
            s.get_by_hash(&place(n), &format!("h{n}"))?;
        }
    }
    s.get_by_id(last + 1)?;
    s.list_namespaces()?;
    s.iter_since(ids[all.saturating_sub(3)])?;
    s.iter_since(last)?;
    s.iter_since(first)?;
    if all < YIELDED_AT {
        // Among few the one whose id others begin with: whoever goes by that is wrong with few already.
        yielded_goes(s, &ids, usize::from(all >= SMALL))?;
    }
    s.iter_all()?;
    for back in [3, 5_001, all] {
        if let Some(late) = s.get_by_id(ids[all.saturating_sub(back)])? {
            s.iter_changed(late.version)?;
        }
    }
    s.iter_changed(0)?;

    s.note("What is written into it changes what it should, and nothing else.");
    s.version_counter()?;
    s.update_access(last, 0)?;
    s.update_access(middle, 9_000)?;
    s.version_counter()?;
    s.insert(entry(&name(0), "h0").last_accessed_at(9_000))?;
    for id in [first, middle, last] {
        s.get_by_id(id)?;
    }
    s.delete_by_id(middle)?;
    s.get_by_id(middle)?;
    s.insert(of(all / 2))?;
    s.get_by_hash(&place(all / 2), &format!("h{}", all / 2))?;
    s.note(
        "One that is due goes in another way, one that is its namespace's last, and one is no longer due.",
    );
    for n in [(all / 2 + 1) | 1, namespaces.saturating_sub(1)] {
        s.delete_by_id(ids.get(n).copied().unwrap_or(last))?;
    }
    s.insert(of(all - 1).ttl(None))?;
    s.get_by_id(last)?;
    s.list_namespaces()?;
    counts(s, &name(0), &name(1))?;
    orders(s, &name(0), &name(1))?;

    if s.is_durable() {
        found_again(s, [first, last], name)?;
    }
    uses(s, last, all)?;
    due_go(s, name)?;
    // What shows with few is not for the size to explain.
    let cleared = if all < SMALL { all } else { refill(s, filling, &name(0), all)? };
    first_goes(s, name)?;
    s.get_by_hash(&name(0), "h0")?;
    s.note("What comes again is new, and goes again.");
    for n in [all / 2, all.saturating_sub(2), all - 1] {
        let new = s.insert(of(n))?;
        s.get_by_hash(&place(n), &format!("h{n}"))?;
        s.delete_by_id(new)?;
    }
    s.note("Behind all those that went.");
    s.insert(of(0))?;
    s.iter_all()?;
    s.iter_changed(0)?;
    s.integrity_check()?;
    Ok(cleared)
}

/// Deletes an entry when a walk has yielded it.
fn yielded_goes(s: &mut Probe, ids: &[u64], at: usize) -> Check {
    s.note("One that was yielded goes, and those behind it do not move up.");
    s.walking(Walk::All, |s, live| {
        if let Some(yielded) = ids.get(at) {
            for _ in 0..=at {
                live.next(s)?;
            }
            s.delete_by_id(*yielded)?;
        }
        live.rest(s)
    })
}

fn found_again(s: &mut Probe, ids: [u64; 2], name: impl Fn(usize) -> String) -> Check {
    s.note("The next handle finds all of it.");
    s.reopen()?;
    counts(s, &name(0), &name(1))?;
    for id in ids {
        s.get_by_id(id)?;
    }
    s.list_namespaces().map(drop)
}

/// Uses one entry as often as there are entries: more often than a number of 16 bits counts, at the full size.
fn uses(s: &mut Probe, id: u64, all: usize) -> Check {
    let mut filling = Filling::beside(s.settings());
    for now in (0..20).cycle().take(all).take_while(|_| filling.goes_on()) {
        s.update_access(id, now)?;
    }
    s.get_by_id(id)?;
    s.update_access(id, 0)
}

fn due_go(s: &mut Probe, name: impl Fn(usize) -> String) -> Check {
    s.note("Removals of many at once.");
    s.delete_expired(1_499, None)?;
    s.delete_expired(1_500, Some(&name(1)))?;
    s.delete_expired(1_500, Some(&name(0)))?;
    s.delete_expired(5_000, None)?;
    counts(s, &name(0), &name(2))?;
    s.list_namespaces().map(drop)
}

/// Inserts into a namespace until it has as many entries as the store had, for its clear to remove as many: more than a
/// number of 16 bits counts, at the full size. Answers how many it has.
fn refill(s: &mut Probe, filling: &mut Filling, namespace: &str, all: usize) -> Check<usize> {
    let left = s.count(Some(namespace))?;
    let mut left = usize::try_from(left).unwrap_or(all).min(all);
    while left < all && filling.goes_on() {
        s.insert(entry(namespace, &format!("again {left}")))?;
        left += 1;
    }
    Ok(left)
}

fn first_goes(s: &mut Probe, name: impl Fn(usize) -> String) -> Check {
    s.clear_namespace(&name(0))?;
    counts(s, &name(0), &name(2))?;
    orders(s, &name(0), &name(2))?;
    s.iter_changed(0)?;
    s.iter_all().map(drop)
}

fn counts(s: &mut Probe, large: &str, small: &str) -> Check {
    s.count(None)?;
    s.count(Some(large))?;
    s.count(Some(small))?;
    s.version_counter().map(drop)
}

/// The beginning of every order.
fn orders(s: &mut Probe, large: &str, small: &str) -> Check {
    s.iter_lru_ids(3, None)?;
    s.iter_lru_ids(3, Some(large))?;
    s.iter_lru_ids(3, Some(small)).map(drop)
}
