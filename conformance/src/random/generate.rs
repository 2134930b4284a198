//! Draws programs.

use super::{
    pools::{self, Pools},
    program::{Action, Parting, Program, Ref},
    seed::Seed,
};
use crate::{
    operation::{Op, Text, Walk},
    sample,
    subject::Claims,
};
use mneme::{Entry, Identity};
use serde_json::json;

/// How often each kind of action is drawn, out of the sum.
const WEIGHTS: [(Kind, usize); 26] = [
    (Kind::Insert, 26),
    (Kind::Again, 8),
    (Kind::GetByHash, 5),
    (Kind::GetById, 4),
    (Kind::Count, 3),
    (Kind::ListNamespaces, 2),
    (Kind::IterLruIds, 5),
    (Kind::IterAll, 2),
    (Kind::IterSince, 2),
    (Kind::IterChanged, 2),
    (Kind::UpdateAccess, 10),
    (Kind::DeleteById, 8),
    (Kind::DeleteExpired, 8),
    (Kind::ClearNamespace, 4),
    (Kind::SetNamespaceQuota, 3),
    (Kind::GetNamespaceQuota, 3),
    (Kind::VersionCounter, 3),
    (Kind::ReadMeta, 2),
    (Kind::WriteMeta, 3),
    (Kind::IntegrityCheck, 1),
    (Kind::Open, 2),
    (Kind::Begin, 3),
    (Kind::Next, 9),
    (Kind::Leave, 2),
    (Kind::Reopen, 2),
    (Kind::Close, 1),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    GetByHash,
    GetById,
    Count,
    ListNamespaces,
    IterLruIds,
    IterAll,
    IterSince,
    IterChanged,
    Insert,
    /// Inserts, accesses or reads what the program named last.
    Again,
    UpdateAccess,
    DeleteById,
    DeleteExpired,
    ClearNamespace,
    SetNamespaceQuota,
    GetNamespaceQuota,
    VersionCounter,
    ReadMeta,
    WriteMeta,
    IntegrityCheck,
    Begin,
    Next,
    Leave,
    Reopen,
}

/// Draws one program.
pub(super) struct Generator {
    seed: Seed,
    pools: Pools,
    claims: Claims,
    weights: Vec<(Kind, usize)>,
    last: Option<Entry>,
}

impl Generator {
    /// The generator of the n-th program. Uniform programs and swarm ones take turns: a swarm program leaves some
    /// kinds of actions out, and so reaches states that the others undo all the time.
    pub(super) fn new(mut seed: Seed, number: usize, claims: Claims) -> Self {
        let pools = Pools::draw(&mut seed);
        let mut weights = WEIGHTS.to_vec();
        if number % 2 == 1 {
            weights.retain(|(kind, _)| matches!(kind, Kind::Insert | Kind::Next) || seed.percent(55));
        }
        Self { seed, pools, claims, weights, last: None }
    }

    pub(super) fn program(&mut self, length: usize) -> Program {
        Program((0..length).map(|_| self.action()).collect())
    }

    fn action(&mut self) -> Action {
        let all: usize = self.weights.iter().map(|(_, weight)| weight).sum();
        let mut at = self.seed.below(all);
        let kind = self.weights.iter().find_map(|(kind, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here.then_some(*kind)
        });
        self.of_kind(kind.unwrap_or(Kind::Insert))
    }

    fn of_kind(&mut self, kind: Kind) -> Action {
        let Self { seed, pools, .. } = self;
        Action::Call(match kind {
            Kind::Open => Op::Open(self.identity()),
            Kind::Close => Op::Close,
            Kind::GetByHash => {
                let (namespace, hash) = pools.key(seed);
                Op::GetByHash(namespace, hash)
            }
            Kind::GetById => Op::GetById(id(seed)),
            Kind::Count => Op::Count(pools.scope(seed)),
            Kind::ListNamespaces => Op::ListNamespaces,
            Kind::IterLruIds => Op::IterLruIds(pools::limit(seed), pools.scope(seed)),
            Kind::IterAll => Op::Walk(Walk::All),
            Kind::IterSince => Op::Walk(Walk::Since(id(seed))),
            Kind::IterChanged => Op::Walk(changed(seed)),
            Kind::Insert => Op::Insert(self.entry()),
            Kind::Again => return self.again(),
            Kind::UpdateAccess => Op::UpdateAccess(id(seed), pools::argument(seed)),
            Kind::DeleteById => Op::DeleteById(id(seed)),
            Kind::DeleteExpired => Op::DeleteExpired(pools::argument(seed), pools.scope(seed)),
            Kind::ClearNamespace => Op::ClearNamespace(pools.namespace(seed)),
            Kind::SetNamespaceQuota => Op::SetNamespaceQuota(pools.namespace(seed), pools::argument(seed)),
            Kind::GetNamespaceQuota => Op::GetNamespaceQuota(pools.namespace(seed)),
            Kind::VersionCounter => Op::VersionCounter,
            Kind::ReadMeta => Op::ReadMeta(Text::clone(seed.pick(&pools.meta))),
            Kind::WriteMeta => Op::WriteMeta(Text::clone(seed.pick(&pools.meta)), pools::text(seed).into()),
            Kind::IntegrityCheck => Op::IntegrityCheck,
            Kind::Begin => {
                return Action::Begin(match seed.below(3) {
                    0 => Walk::All,
                    1 => Walk::Since(id(seed)),
                    _ => changed(seed),
                });
            }
            Kind::Next => return Action::Next,
            Kind::Leave => return Action::Leave,
            // What becomes of shared data that are not durable is free once no handle is left.
            Kind::Reopen if self.claims.shared && !self.claims.durable => return Action::SecondHandle,
            Kind::Reopen if self.claims.durable && seed.percent(25) => return Action::SecondHandle,
            Kind::Reopen => {
                return Action::Reopen(if seed.percent(50) { Parting::Close } else { Parting::Drop });
            }
        })
    }

    /// The right identity mostly, or one that differs a little.
    fn identity(&mut self) -> Identity {
        let mut identity = sample::identity();
        match self.seed.below(8) {
            0 => identity.fingerprint.push(' '),
            1 => identity.fingerprint = identity.fingerprint.to_uppercase(),
            2 => identity.dimension += 1,
            3 => identity.dimension = 0,
            4 => {
                identity.fingerprint.clear();
                identity.dimension = 8;
            }
            _ => {}
        }
        identity
    }

    fn entry(&mut self) -> Entry {
        let seed = &mut self.seed;
        let (namespace, hash) = self.pools.key(seed);
        let mut entry = Entry::new(&*namespace, &*hash).response(pools::text(seed));
        entry = entry.embedding(match seed.below(12) {
            0 => vec![f32::from_bits(0x7fc0_0001), -0.0, f32::MIN_POSITIVE / 2.0, f32::NEG_INFINITY],
            1 => vec![1.0; seed.below(6)],
            _ => vec![1.0, 0.0, 0.0, 0.0],
        });
        if seed.percent(30) {
            entry = entry.query(pools::text(seed));
        }
        if seed.percent(25) {
            let metadata = match seed.below(4) {
                0 => json!({ "a": 1, "b": null }),
                1 => json!({ "a": 1.0, "": [-0.0, 0.1, { "n": 9_007_199_254_740_993_u64 }] }),
                2 => json!({ "b": 5e-324, "k\0": "v\0" }),
                _ => json!({ "c": i64::MIN, "d": u64::MAX, "e": {} }),
            };
            entry = entry.metadata(metadata.as_object().cloned().unwrap_or_default());
        }
        if seed.percent(70) {
            entry = entry.created_at(pools::argument(seed));
        }
        if seed.percent(60) {
            entry = entry.ttl(pools::argument(seed));
        }
        if seed.percent(70) {
            entry = entry.last_accessed_at(pools::argument(seed));
        }
        if seed.percent(20) {
            entry = entry.access_count(pools::argument(seed));
        }
        self.last = Some(entry.clone());
        entry
    }

    /// A read or a write of the key that was written last.
    fn again(&mut self) -> Action {
        let Some(last) = self.last.clone() else { return self.of_kind(Kind::Insert) };
        let seed = &mut self.seed;
        Action::Call(match seed.below(4) {
            0 => Op::GetByHash(last.namespace.as_str().into(), last.query_hash.as_str().into()),
            1 => Op::Insert(last),
            2 => Op::Insert(last.ttl(None).metadata(mneme::Metadata::new())),
            _ => Op::Insert(last.response(pools::text(seed)).last_accessed_at(pools::number(seed))),
        })
    }
}

fn id(seed: &mut Seed) -> Ref {
    match seed.below(20) {
        0 => Ref::Never,
        1 => Ref::Zero,
        2 => Ref::Max,
        _ => Ref::Nth(u8::try_from(seed.below(24)).unwrap_or(0)),
    }
}

/// Versions are the store's choice, but small where it counts by one.
fn changed(seed: &mut Seed) -> Walk<Ref> {
    Walk::Changed(if seed.percent(5) { u64::MAX } else { seed.below(16) as u64 })
}
