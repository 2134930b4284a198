//! Draws rounds: few keys, so that threads meet, and no content twice, so that a read names the write that it saw.

mod many;

use super::{
    opening::STAMP,
    recording::letter,
    round::{Act, LAST, Round},
};
use crate::{
    operation::{Op, Text, Walk},
    random::{Ref, Seed},
    sample,
};
use mneme::{Entry, Identity};

/// Which operations a round is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those that are about one entry, a quota, a meta value or the version counter.
    Single,
    /// The same, and reads of many entries.
    WholeReads,
    /// The same as single ones, and removals of many entries.
    WholeWrites,
    /// Every operation of an open handle, and walks that stay alive.
    Everything,
    /// Any operation, and one thread closes its handle.
    Ending,
    /// Two threads open a fresh store, each with another identity.
    Opening,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Insert,
    GetByHash,
    GetById,
    Access,
    Delete,
    Version,
    Quota,
    Meta,
    Count,
    Names,
    Lru,
    Expire,
    Clear,
    Walk,
    LiveWalk,
    Integrity,
}

use Verb::{
    Access, Clear, Count, Delete, Expire, GetByHash, GetById, Insert, Integrity, LiveWalk, Lru, Meta, Names,
    Quota, Version,
};

/// Which verbs may be together; one that is listed twice comes twice as often.
const SINGLE: &[Verb] = &[
    Insert, Insert, Insert, GetByHash, GetByHash, GetById, Access, Access, Delete, Delete, Version, Quota,
    Meta,
];
const READS: &[Verb] = &[Count, Count, Names, Lru, Lru];
const WRITES: &[Verb] = &[Expire, Expire, Clear];
const MORE: &[Verb] = &[Verb::Walk, LiveWalk, LiveWalk, LiveWalk, Integrity];

/// How many calls each of two threads makes where one order is asked of all. A store is made for each round, so long ones see more
/// calls in the same time; and the longer a round that is wrong, the longer it takes to leave out what it does not need.
const CALLS: usize = 32;
/// How many where a handle is opened or closed, or every operation is made: what happens once in a round is to happen often.
const FEW_CALLS: usize = 10;
/// Of eight rounds the one in which the threads open the handle themselves.
const OPENS_AT: usize = 3;
/// Of four rounds the one in which two threads read the one entry that the third writes, and nothing else is done.
const HOT_AT: usize = 1;
/// Of so many rounds of whole reads one begins with many entries.
const MANY_READS: usize = 16;
/// Of so many rounds of whole writes.
const MANY_WRITES: usize = 4;
/// Which of them it is.
const MANY_AT: usize = 2;
/// At which time entries expire in a round; half of them are due.
const NOW: u64 = 500;
/// Two meta keys: a store that keeps all of them in one document loses one when it writes the other.
const META: [&str; 2] = ["key", "other"];
const KEYS: [(&str, &str); 6] = [("a", "h"), ("b", "h"), ("a", "h2"), ("a", "h3"), ("a", "h4"), ("b", "h2")];
/// With so many keys threads meet.
const FEW_KEYS: usize = 3;

/// Draws the n-th round of a kind, with fewer entries where writing them is slow.
pub(crate) fn draw(kind: Kind, seed: u64, number: usize, is_slow: bool) -> Round {
    if kind == Kind::Opening {
        return opening();
    }
    let seed = Seed::nth(seed, number as u64);
    let many = match kind {
        Kind::WholeReads => Some(MANY_READS),
        Kind::WholeWrites => Some(MANY_WRITES),
        _ => None,
    };
    if let Some(many) = many.filter(|many| number % many == MANY_AT) {
        return many::draw(kind, seed, number / many, is_slow);
    }
    Drawing::new(kind, seed, number).round()
}

fn opening() -> Round {
    let other = Identity::new(format!("{}, another", sample::identity().fingerprint), sample::DIMENSION);
    let open = |identity| vec![Act::Call(Op::Open(identity)), Act::Call(Op::ReadMeta(STAMP.into()))];
    Round { threads: [sample::identity(), other].map(open).into(), ..Round::default() }
}

struct Drawing {
    seed: Seed,
    threads: usize,
    /// How many each of them makes.
    calls: usize,
    keys: usize,
    verbs: Vec<Verb>,
    /// What the first thread does instead, where the threads have different work.
    first: Option<Vec<Verb>>,
    kind: Kind,
    /// Whether all threads but one read what that one writes.
    is_hot: bool,
    /// Whether each thread opens the handle first, as whoever comes to a fresh store at the same moment does.
    opens: bool,
}

impl Drawing {
    fn new(kind: Kind, mut seed: Seed, number: usize) -> Self {
        let whole = match kind {
            Kind::Single | Kind::Ending | Kind::Opening => &[],
            Kind::WholeReads => READS,
            Kind::WholeWrites => WRITES,
            Kind::Everything => MORE,
        };
        let mut verbs = Vec::new();
        if number.is_multiple_of(4) {
            verbs.extend_from_slice(SINGLE);
        } else {
            // A few kinds of calls alone meet more often than all of them.
            match kind {
                Kind::Single => verbs.push(*seed.pick(&[Insert, Insert, Access, Delete, Quota, Meta])),
                // What comes and goes is what a read of many entries or a removal of many can be wrong about.
                _ => verbs.extend([Insert, *seed.pick(&[Delete, Delete, Insert, Access])]),
            }
            (0..=seed.below(3)).for_each(|_| verbs.push(*seed.pick(SINGLE)));
        }
        if !whole.is_empty() {
            let half = verbs.len().div_ceil(2);
            (0..half).for_each(|_| verbs.push(*seed.pick(whole)));
        }
        if kind == Kind::Everything {
            verbs.extend_from_slice(&[*seed.pick(READS), *seed.pick(WRITES)]);
        }
        if kind == Kind::Ending {
            verbs.extend_from_slice(READS);
            verbs.extend([Integrity, Verb::Walk]);
        }
        let mut keys = 1 + seed.below(FEW_KEYS);
        // One looks at everything, or removes it, while entries come and go: what is torn by two writes needs both of them
        // in one of its calls.
        let is_torn = number % if kind == Kind::WholeWrites { 2 } else { 4 } == 1;
        let mut first = (!whole.is_empty() && is_torn).then(|| vec![*seed.pick(whole)]);
        if let Some(first) = &mut first {
            verbs = vec![Insert, Insert, Delete, *seed.pick(SINGLE)];
            // A walk turns pages, and a removal has batches, only where there is more than one.
            if kind == Kind::Everything || seed.percent(50) {
                keys = KEYS.len();
            }
            // What is removed must be there again, and be looked at.
            if kind == Kind::WholeWrites && keys == KEYS.len() {
                first.extend([Insert, Insert]);
                verbs.extend([GetByHash, GetByHash, GetById]);
            }
        }
        // What a reader loads before a write and keeps after it is asked for again by the same key.
        let is_hot = kind == Kind::Single && number % 4 == HOT_AT;
        let first = if is_hot { Some(vec![GetByHash, GetById]) } else { first };
        if is_hot {
            (verbs, keys) = (vec![*seed.pick(&[Insert, Access])], 1);
        }
        // Of three threads on two cores one waits, so most rounds have two.
        let threads = if number % 8 == 7 || is_hot { 3 } else { 2 };
        let opens = matches!(kind, Kind::Single | Kind::Everything) && number % 8 == OPENS_AT;
        let is_short = opens || matches!(kind, Kind::Everything | Kind::Ending);
        let most = if is_short { FEW_CALLS } else { CALLS };
        // Who reads only a little meets few writes.
        let calls = if threads == 2 || is_hot { most } else { most * 2 / 3 };
        Self { seed, threads, calls, keys, verbs, first, kind, is_hot, opens }
    }

    fn round(mut self) -> Round {
        let mut round = Round::default();
        let before = match self.keys {
            _ if self.opens => 0,
            _ if self.is_hot => 1,
            keys if keys > FEW_KEYS => KEYS.len(),
            _ => self.seed.below(3),
        };
        for n in 0..before {
            let entry = self.entry(&format!("0{n}"));
            round.before.push(Act::Call(Op::Insert(entry)));
        }
        let calls = self.calls;
        for thread in 0..self.threads {
            let mut actions = Vec::with_capacity(calls + 1);
            if self.opens {
                actions.push(Act::Call(Op::Open(sample::identity())));
            }
            for n in 0..calls {
                self.action(thread, n, &mut actions);
            }
            round.threads.push(actions);
        }
        if self.kind == Kind::Ending {
            let at = self.seed.below(calls);
            round.threads[0].insert(at, Act::Call(Op::Close));
            round.after = vec![Act::Call(Op::VersionCounter)];
            return round;
        }
        round.after = self.after(&round);
        round
    }

    fn action(&mut self, thread: usize, n: usize, actions: &mut Vec<Act>) {
        let namespaces: &[&str] = if self.keys > 1 { &["a", "b"] } else { &["a"] };
        let is_first = thread == 0 || self.is_hot && thread + 1 < self.threads;
        let verbs = self.first.as_ref().filter(|_| is_first).unwrap_or(&self.verbs);
        let verb = *self.seed.pick(verbs);
        let namespace = *self.seed.pick(namespaces);
        let is_scoped = self.seed.percent(50);
        let scope = || is_scoped.then(|| Text::from(namespace));
        let unique = (thread * 100 + n + 1) as u64;
        let nth = u16::try_from(self.seed.below(4)).unwrap_or(0);
        let nth = if self.seed.percent(50) { nth } else { LAST + nth / 2 };
        let id = Ref::Nth(if self.is_hot { 0 } else { nth });
        let meta = *self.seed.pick(&META);
        let op = match verb {
            Insert => Op::Insert(self.entry(&format!("{}{n}", letter(thread)))),
            GetByHash => {
                let (namespace, hash) = self.key();
                Op::GetByHash(namespace.into(), hash.into())
            }
            GetById => Op::GetById(id),
            Access => Op::UpdateAccess(id, 1_000 + unique),
            Delete => Op::DeleteById(id),
            Version => Op::VersionCounter,
            Quota if self.seed.percent(50) => Op::GetNamespaceQuota(namespace.into()),
            Quota => Op::SetNamespaceQuota(namespace.into(), unique),
            Meta if self.seed.percent(50) => Op::ReadMeta(meta.into()),
            Meta => Op::WriteMeta(meta.into(), format!("{}{n}", letter(thread)).into()),
            Count => Op::Count(scope()),
            Names => Op::ListNamespaces,
            Lru => Op::IterLruIds(if self.seed.percent(30) { 1 } else { 10 }, scope()),
            Expire => Op::DeleteExpired(NOW, scope()),
            Clear => Op::ClearNamespace(namespace.into()),
            Verb::Walk => Op::Walk(self.walk()),
            Integrity => Op::IntegrityCheck,
            LiveWalk => {
                let begin = Act::Begin(self.walk());
                // Most walks are alive while their own thread writes.
                actions.extend([begin, Act::Next]);
                if self.seed.percent(80) {
                    let entry = self.entry(&format!("{}{n}", letter(thread)));
                    actions.push(Act::Call(Op::Insert(entry)));
                }
                actions.push(Act::Next);
                if self.seed.percent(70) {
                    actions.push(Act::Leave);
                }
                return;
            }
        };
        actions.push(Act::Call(op));
    }

    fn walk(&mut self) -> Walk<Ref> {
        match self.seed.below(3) {
            0 => Walk::All,
            1 => Walk::Since(Ref::Zero),
            _ => Walk::Changed(0),
        }
    }

    fn key(&mut self) -> (&'static str, &'static str) {
        KEYS[self.seed.below(self.keys)]
    }

    fn entry(&mut self, content: &str) -> Entry {
        let (namespace, hash) = self.key();
        let entry = sample::entry(namespace, hash).response(content);
        if self.kind == Kind::WholeWrites || self.kind == Kind::Everything {
            // Half of the entries are due, so an upsert may keep one from being removed.
            let created_at = if self.seed.percent(50) { 100 } else { 900 };
            return entry.created_at(created_at).ttl(50);
        }
        entry.last_accessed_at(self.seed.below(3) as u64)
    }

    /// What is asked when all threads are done: everything that this kind of round may have changed.
    fn after(&self, round: &Round) -> Vec<Act> {
        let has = |verb| self.verbs.contains(&verb);
        let mut after: Vec<Op<Ref>> = Vec::new();
        after.extend(
            KEYS[..self.keys]
                .iter()
                .map(|(namespace, hash)| Op::GetByHash((*namespace).into(), (*hash).into())),
        );
        after.extend(round.ids().map(Op::GetById));
        if has(Quota) {
            after.extend(["a", "b"].map(|namespace| Op::GetNamespaceQuota(namespace.into())));
        }
        if has(Meta) {
            after.extend(META.map(|key| Op::ReadMeta(key.into())));
        }
        if self.kind == Kind::WholeReads {
            after.extend([
                Op::Count(None),
                Op::Count(Some("a".into())),
                Op::ListNamespaces,
                Op::IterLruIds(10, None),
            ]);
        }
        after.push(Op::VersionCounter);
        after.into_iter().map(Act::Call).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_in_which_the_handle_is_opened_or_closed_are_short() {
        let (mut opened, mut long) = (0, 0);
        for number in 0..32 {
            let round = draw(Kind::Single, 0, number, false);
            let lengths: Vec<usize> = round.threads.iter().map(Vec::len).collect();
            if round.opens_itself() {
                assert_eq!(lengths, [1 + FEW_CALLS; 2], "{number}");
                opened += 1;
            } else {
                assert!(lengths.iter().all(|length| *length >= 2 * FEW_CALLS), "{number}: {lengths:?}");
                long += 1;
            }
        }
        assert_eq!((opened, long), (4, 28));
        let closed = draw(Kind::Ending, 0, 0, false);
        let lengths: Vec<usize> = closed.threads.iter().map(Vec::len).collect();
        assert!(closed.closes());
        assert_eq!(lengths, [FEW_CALLS + 1, FEW_CALLS]);
    }
}
