use super::pasts::pasts;
use crate::{
    probe::{Check, Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, entry},
};
use mneme::{Entry, limits::MAX_NUMBER};

/// More ids than any scenario has that is not about limits, and a number with which no conversion goes wrong.
const ALL: usize = 500;

/// A ttl, in seconds, with which nothing is due by any clock.
const FAR: u64 = 1 << 40;

/// An entry that was last used at a time.
fn used(namespace: &str, hash: &str, time: u64) -> Entry {
    entry(namespace, hash).last_accessed_at(time)
}

pub(crate) fn oldest_access_first(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "The order of ids, of keys, of created_at and of how often they were used is another one \
         each, and two namespaces take turns.",
    );
    for (namespace, hash, time, created, count) in
        [("b", "h1", 30, 1, 5), ("a", "h2", 10, 4, 0), ("b", "h4", 40, 2, 1), ("a", "h3", 20, 3, 7)]
    {
        s.note("The one that was used last was due before the others were made.");
        let ttl = (time == 40).then_some(0);
        let id = s.insert(used(namespace, hash, time).created_at(created).access_count(count).ttl(ttl))?;
        s.get_by_id(id)?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(ALL, Some("a"))?;
    s.note("The beginning is in order too.");
    s.iter_lru_ids(3, None)?;
    s.note("A read is no use.");
    s.get_by_hash("a", "h2")?;
    s.get_by_hash("a", "h3")?;
    s.iter_lru_ids(ALL, None)?;
    s.note(
        "Times whose text, bytes or rounded values stand in another order, the latest first: whatever \
         takes two of them for one then goes by ids, the wrong way.",
    );
    s.start()?;
    let mut times = vec![0, 1, 9, 10, 99, 100, MAX_NUMBER - 1, MAX_NUMBER];
    for bits in [8, 16, 24, 31, 32, 34, 40, 44, 48, 52] {
        times.extend([(1 << bits) - 1, 1 << bits, (1 << bits) + 1]);
    }
    // As decimals of so many digits, a number with one more is before those with one less.
    for digits in 3..=15 {
        times.extend([10_u64.pow(digits) - 1, 10_u64.pow(digits)]);
    }
    // In thousandths of a second or less, floats take some of two that follow one another for one.
    times.extend(MAX_NUMBER - 66..MAX_NUMBER - 1);
    times.sort_unstable();
    for time in times.iter().rev() {
        s.insert(used("a", &format!("at {time}"), *time))?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(ALL, Some("a"))?;
    s.note("The empty namespace is one of all.");
    s.start()?;
    for (namespace, time) in [("a", 30), ("", 10), ("b", 20), ("", 40)] {
        s.insert(used(namespace, &format!("at {time}"), time))?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.note("What is gone is not listed, however it went.");
    s.start()?;
    let gone = s.insert(used("a", "deleted", 1))?;
    s.insert(used("a", "due", 2).ttl(1))?;
    s.insert(used("cleared", "h", 3))?;
    s.insert(used("a", "kept", 4))?;
    let removals: [fn(&mut Probe, u64) -> Check; 3] = [
        |s, gone| s.delete_by_id(gone).map(drop),
        |s, _| s.delete_expired(1, None).map(drop),
        |s, _| s.clear_namespace("cleared").map(drop),
    ];
    for remove in removals {
        s.iter_lru_ids(ALL, None)?;
        s.iter_lru_ids(ALL, Some("a"))?;
        s.iter_lru_ids(ALL, Some("cleared"))?;
        remove(s, gone)?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(ALL, Some("a"))?;
    s.iter_lru_ids(ALL, Some("cleared"))?;
    s.note("Whatever was done to it before.");
    pasts(s)?;
    s.held()
}

pub(crate) fn ties_break_by_id(s: &mut Probe) -> Verdict {
    s.note("A tie of new entries, and a cut through it.");
    s.start()?;
    for n in (0..4).rev() {
        s.insert(used("a", &format!("h{n}"), 50))?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(3, None)?;
    s.note("What an upsert loses or moves without a tie is not the tie's fault.");
    s.start()?;
    for time in [10, 20, 20, 30] {
        s.insert(used("a", &format!("at {time}"), time))?;
        s.iter_lru_ids(ALL, None)?;
    }
    s.start()?;
    s.note("Twelve entries of one time, with hashes the other way round: ids 9 and 10 are no text.");
    let mut ids = Vec::new();
    for n in 0..12 {
        s.note(
            "Every other field has another order than the ids, the latest first; none is due by any \
             clock.",
        );
        let left = 99 - n as u64;
        let entry = used(["b", "a"][n % 2], &format!("h{left}"), 50).created_at(left).access_count(left);
        ids.push(s.insert(
            entry.query(format!("query {left}")).response(format!("response {left}")).ttl(FAR + left),
        )?);
    }
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(ALL, Some("a"))?;
    s.note("A cut goes through the tie.");
    s.iter_lru_ids(3, None)?;
    s.iter_lru_ids(11, None)?;
    s.note("Another time joins the tie by use or by refresh, and takes the place of its id.");
    s.update_access(ids[0], 50)?;
    s.iter_lru_ids(ALL, None)?;
    s.update_access(ids[2], 60)?;
    s.update_access(ids[2], 50)?;
    s.iter_lru_ids(ALL, None)?;
    s.insert(used("a", "h98", 50).response("refreshed"))?;
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(ALL, Some("a"))?;
    s.note("One of the tie goes, and the others stay.");
    s.delete_by_id(ids[4])?;
    s.iter_lru_ids(ALL, None)?;
    s.note("At the ends of time too; and ids of two bytes.");
    s.start()?;
    for n in 0..4 {
        s.insert(used("a", &format!("h{n}"), [MAX_NUMBER, 0][n % 2]))?;
    }
    s.iter_lru_ids(ALL, None)?;
    for n in 4..300 {
        s.insert(used("a", &format!("h{n}"), 50))?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.held()
}

pub(crate) fn limit_is_exact(s: &mut Probe) -> Verdict {
    s.start()?;
    s.iter_lru_ids(0, None)?;
    s.iter_lru_ids(1, None)?;
    s.iter_lru_ids(usize::MAX, None)?;
    s.note("Three in one namespace and two in another: n is 3, 2 or 5.");
    for (n, namespace) in ["a", "b", "a", "b", "a"].into_iter().enumerate() {
        s.insert(used(namespace, &format!("h{n}"), n as u64))?;
    }
    let huge = [1 << 8, 1 << 16, 1 << 31, 1 << 32, MAX_NUMBER, 1 << 63, u64::MAX]
        .into_iter()
        .flat_map(|limit| [limit - 1, limit, limit.saturating_add(1)])
        .filter_map(|limit| usize::try_from(limit).ok());
    for limit in (0..=6).chain(huge) {
        s.iter_lru_ids(limit, None)?;
        s.iter_lru_ids(limit, Some("a"))?;
    }
    s.iter_lru_ids(0, Some("not stored"))?;
    s.iter_lru_ids(usize::MAX, Some("not stored"))?;
    s.note("What is gone takes none of the places, however it went.");
    for ttl in [None, Some(1)] {
        for (n, hash) in (0..).zip(["h5", "h6", "h7"]) {
            s.insert(used("gone", hash, n).created_at(0).ttl(ttl))?;
        }
        match ttl {
            None => s.clear_namespace("gone")?,
            Some(_) => s.delete_expired(1, None)?,
        };
        s.iter_lru_ids(2, None)?;
        s.iter_lru_ids(2, Some("a"))?;
    }
    let gone = s.insert(used("a", "gone", 0))?;
    s.delete_by_id(gone)?;
    s.iter_lru_ids(2, None)?;
    s.iter_lru_ids(2, Some("a"))?;
    s.note("All is all past any page.");
    s.start()?;
    for n in 0..1_100 {
        s.insert(used("a", &format!("h{n}"), n))?;
    }
    for limit in [1_001, 1_100, usize::MAX] {
        s.iter_lru_ids(limit, None)?;
        s.iter_lru_ids(limit, Some("a"))?;
    }
    s.held()
}

pub(crate) fn is_scoped(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("Those of the others are older: a limit that is applied before the namespace leaves too few.");
    s.insert(used("b", "h1", 1))?;
    s.insert(used("b", "h2", 2))?;
    s.insert(used("a", "h1", 3))?;
    s.insert(used("a", "h2", 4))?;
    for namespace in ["a", "b", "not stored", ""] {
        s.iter_lru_ids(1, Some(namespace))?;
        s.iter_lru_ids(ALL, Some(namespace))?;
    }
    s.note("Namespaces that a prefix, a pattern, a fold or a cut takes for one another.");
    s.start()?;
    let alike = ["", "t", "te", "te:1", "T", "t ", "t\0", "%", "_", "*", "t%", "t?", "[t]"];
    for (n, namespace) in alike.into_iter().enumerate() {
        for hash in ["h1", "h2"] {
            s.insert(used(namespace, hash, 50 - n as u64))?;
        }
    }
    for namespace in alike {
        s.iter_lru_ids(1, Some(namespace))?;
        s.iter_lru_ids(ALL, Some(namespace))?;
    }
    s.iter_lru_ids(ALL, None)?;
    s.note("The empty namespace is not all of them, whichever was asked for first.");
    for first in [None, Some("")] {
        s.start()?;
        s.insert(used("a", "h", 1))?;
        s.iter_lru_ids(ALL, first)?;
        for scope in [Some(""), None, Some("a")] {
            s.iter_lru_ids(ALL, scope)?;
        }
    }
    s.held()
}

pub(crate) fn follows_access_and_upsert(s: &mut Probe) -> Verdict {
    s.start()?;
    let mut ids = Vec::new();
    for (hash, time) in [("h1", 10), ("h2", 20), ("h3", 30)] {
        ids.push(s.insert(used("a", hash, time))?);
    }
    let last = s.insert(used("b", "h4", 40))?;
    listed(s)?;
    s.note(
        "To the end, to the beginning, and between: by use, then by refresh. All times have two \
         digits, so that a use is the only thing that can be wrong.",
    );
    for (id, now) in [(ids[0], 50), (ids[2], 11), (ids[2], 22), (last, 12), (last, 12)] {
        s.update_access(id, now)?;
        s.get_by_id(id)?;
        listed(s)?;
    }
    s.note("The entry itself first: what it forgets of its time is not the order's fault.");
    for (hash, time) in [("h2", 60), ("h2", 13), ("h1", 10), ("h3", 22)] {
        let id = s.insert(used("a", hash, time).created_at(99 - time).response("refreshed"))?;
        s.get_by_id(id)?;
        listed(s)?;
    }
    s.note("Whenever an entry was made, before its use or after it.");
    for now in [5, 70, 6] {
        let id = s.insert(used("a", &format!("made later, used at {now}"), 35).created_at(1_000))?;
        s.update_access(id, now)?;
        s.get_by_id(id)?;
        listed(s)?;
    }
    s.note("A use of what is gone brings nothing back; what comes again has its new time alone.");
    s.delete_by_id(ids[1])?;
    listed(s)?;
    s.update_access(ids[1], 70)?;
    listed(s)?;
    s.insert(used("a", "h2", 15))?;
    listed(s)?;
    s.note("More uses than a list of those that are not yet in order holds.");
    s.start()?;
    let mut ids = Vec::new();
    for n in 0..MORE_THAN_A_BYTE {
        ids.push(s.insert(used("a", &format!("h{n}"), n as u64))?);
    }
    for (n, id) in ids.iter().enumerate() {
        // Each gets a place of its own, none of them its old one, and odd ones before even ones.
        s.update_access(*id, if n % 2 == 1 { n } else { 2 * MORE_THAN_A_BYTE - n } as u64 + 1_000)?;
        if n % 50 == 0 {
            listed(s)?;
        }
    }
    listed(s)?;
    s.note("Whatever was done to it before.");
    for (now, past) in (2_000..).zip(pasts(s)?) {
        s.update_access(past.id, now)?;
        listed(s)?;
        s.insert(used(past.namespace, &past.hash, now - 1_900))?;
        listed(s)?;
    }
    s.held()
}

fn listed(s: &mut Probe) -> Check {
    s.iter_lru_ids(ALL, None)?;
    s.iter_lru_ids(ALL, Some("a"))?;
    s.iter_lru_ids(2, None).map(drop)
}
