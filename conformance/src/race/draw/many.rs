//! Rounds with more entries than a batch or a page has: what is removed in batches, or read in pages, is torn only where there
//! are several.

use super::{CALLS, FEW_CALLS, Kind, NOW};
use crate::{
    operation::{Op, Text},
    race::round::{Act, Round},
    random::{Ref, Seed},
    sample,
};
use mneme::Entry;

/// With how many entries a round begins, in turn: more than the batches and pages that people choose, and few, as those take less.
const SIZES: [usize; 8] = [12, 130, 12, 40, 12, 300, 12, 1_030];
/// How many of the sizes are taken where writing so many takes its time.
const SLOW: usize = 2;
/// As many ids as any order has.
const ALL: usize = 10_000;

/// Draws the n-th of these rounds: one thread reads everything or removes it, and another writes, or looks at what is removed.
pub(super) fn draw(kind: Kind, mut seed: Seed, nth: usize, is_slow: bool) -> Round {
    let size = SIZES[nth % if is_slow { SLOW } else { SIZES.len() }];
    let drawing = Drawing {
        size,
        has_many_namespaces: kind == Kind::WholeReads && seed.percent(50),
        is_counted: seed.percent(50),
    };
    let whole = if kind == Kind::WholeReads { FEW_CALLS / 2 } else { 1 };
    let call = |op| Act::Call(op);
    Round {
        before: (0..size).map(|n| call(Op::Insert(drawing.entry(n, "before", 100)))).collect(),
        threads: vec![
            (0..whole).map(|_| call(drawing.whole(kind, &mut seed))).collect(),
            (0..CALLS).map(|n| call(drawing.beside(kind, n, &mut seed))).collect(),
        ],
        after: vec![call(Op::Count(None)), call(Op::VersionCounter)],
        ..Round::default()
    }
}

struct Drawing {
    size: usize,
    has_many_namespaces: bool,
    /// Whether what is removed is counted meanwhile, in place of looking up entries.
    is_counted: bool,
}

impl Drawing {
    fn namespace(&self, n: usize) -> String {
        if self.has_many_namespaces { format!("n{n:04}") } else { "a".to_owned() }
    }

    fn entry(&self, n: usize, content: &str, created_at: u64) -> Entry {
        let entry = sample::entry(&self.namespace(n), &format!("h{n}")).response(content);
        entry.created_at(created_at).ttl(50)
    }

    fn whole(&self, kind: Kind, seed: &mut Seed) -> Op<Ref> {
        let scope: Option<Text> = (!self.has_many_namespaces && seed.percent(50)).then(|| "a".into());
        match kind {
            Kind::WholeReads if self.has_many_namespaces && seed.percent(50) => Op::ListNamespaces,
            Kind::WholeReads if seed.percent(50) => Op::Count(scope),
            Kind::WholeReads => Op::IterLruIds(ALL, scope),
            _ if seed.percent(50) => Op::ClearNamespace("a".into()),
            _ => Op::DeleteExpired(NOW, scope),
        }
    }

    fn beside(&self, kind: Kind, n: usize, seed: &mut Seed) -> Op<Ref> {
        let one = seed.below(self.size);
        // Past the thousandth it counts back from the last, which are the others.
        let id = Ref::Nth(u16::try_from(one).unwrap_or(0));
        let content = format!("B{n}");
        match kind {
            Kind::WholeReads if seed.percent(30) => Op::Insert(self.entry(self.size + n, &content, 900)),
            Kind::WholeReads if seed.percent(30) => Op::UpdateAccess(id, 1_000 + n as u64),
            Kind::WholeReads => Op::DeleteById(id),
            _ if self.is_counted => Op::Count(Some("a".into())),
            _ if seed.percent(25) => Op::Insert(self.entry(self.size + n, &content, 100)),
            // What was due is not removed any more where it is renewed.
            _ if seed.percent(20) => Op::Insert(self.entry(one, &content, 900)),
            _ if seed.percent(25) => Op::DeleteById(id),
            _ => Op::GetById(id),
        }
    }
}
