//! Draws programs.

mod kind;
mod shape;

use self::{
    kind::{Kind, WEIGHTS},
    shape::Shape,
};
use super::{
    entries,
    pools::{self, Pools},
    program::{Action, Destination, Parting, Program, Ref},
    roll::{ROLL, roll_call},
    seed::Seed,
};
use crate::{
    operation::{Op, Text, Walk},
    sample,
    subject::Claims,
};
use mneme::{Entry, Identity, limits::MAX_DIMENSION};

/// Where the handle of the program is in its life, as far as the program tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Unopened,
    Open,
    Closed,
}

/// Draws one program.
pub(super) struct Generator {
    seed: Seed,
    /// Which program of a run it is.
    number: usize,
    shape: Shape,
    pools: Pools,
    claims: Claims,
    weights: Vec<(Kind, usize)>,
    identity: Identity,
    phase: Phase,
    /// Whether the data have an identity, in a store whose data outlive the handle.
    stamped: bool,
    /// For how many more actions the handle stays as it is, where it is not open.
    patience: usize,
    last: Option<Entry>,
    /// When entries are due that the program has inserted.
    dues: Vec<u64>,
    /// How many ids the program can have been given.
    given: usize,
}

/// The fingerprints of programs; the first is that of most.
const FINGERPRINTS: [&str; 7] = ["", "7", "e5 ", "m\0x", "caf\u{e9}", "m1", "a'b\"\\"];

/// Lengths of fingerprints at which a column ends.
const FINGERPRINT_LENGTHS: [usize; 5] = [64, 128, 255, 256, 1_024];

impl Generator {
    /// The generator of the n-th program.
    pub(super) fn new(mut seed: Seed, number: usize, claims: Claims) -> Self {
        let shape = Shape::of(number, &mut seed);
        let pools = Pools::draw(&mut seed, number, shape.sizes());
        let mut weights = WEIGHTS.to_vec();
        if matches!(shape, Shape::Swarm | Shape::Wordy(_)) {
            weights.retain(|(kind, _)| matches!(kind, Kind::Insert | Kind::Next) || seed.percent(55));
        }
        // A volatile store is empty after each of these, and another handle knows nothing of it.
        if !seed.percent(if claims.are_of_the_site() { 75 } else { 15 }) {
            let ends = [Kind::Reopen, Kind::Remake, Kind::Close, Kind::SecondHandle];
            weights.retain(|(kind, _)| !ends.contains(kind));
        }
        if !claims.are_of_the_site() {
            weights.retain(|(kind, _)| *kind != Kind::SecondHandle);
        }
        let mut identity = sample::identity();
        if seed.percent(25) {
            identity.fingerprint = match seed.below(4) {
                0 => "f".repeat(*seed.pick(&FINGERPRINT_LENGTHS)),
                _ => (*seed.pick(&FINGERPRINTS)).into(),
            };
            identity.dimension = *seed.pick(&[1, 2, 3, 4, 7, 8, 16, 23]);
        }
        if let Shape::Wide(dimension) = shape {
            identity.dimension = dimension;
        }
        Self {
            seed,
            number,
            shape,
            pools,
            claims,
            weights,
            identity,
            phase: Phase::Unopened,
            stamped: false,
            patience: 0,
            last: None,
            dues: vec![0],
            given: 0,
        }
    }

    pub(super) fn program(mut self) -> Program {
        let length = self.shape.length();
        let mut actions = Vec::with_capacity(length + 4);
        if self.number == 0 {
            for action in roll_call(&self.identity, self.claims) {
                self.note(&action);
                actions.push(action);
            }
            self.given = usize::from(ROLL);
        } else if self.seed.percent(25) {
            self.patience = 1 + self.seed.below(4);
        }
        while actions.len() < length {
            let action = self.action();
            self.note(&action);
            let opened = matches!(action, Action::Call(Op::Open(_)));
            actions.push(action);
            if let (true, Phase::Open, Shape::Filled(entries, namespaces)) = (opened, self.phase, self.shape)
                && self.given == 0
            {
                actions.push(Action::Fill(entries, namespaces));
                self.given = entries as usize;
            }
        }
        Program(actions)
    }

    /// Operations of an open handle alone, whatever the shape.
    pub(super) fn operations(mut self, length: usize) -> Program {
        self.identity = Identity::new("e", sample::DIMENSION);
        self.phase = Phase::Open;
        let mut actions = Vec::with_capacity(length);
        while actions.len() < length {
            let action = self.action();
            if matches!(&action, Action::Call(op) if !matches!(op, Op::Open(_) | Op::Close)) {
                self.note(&action);
                actions.push(action);
            }
        }
        Program(actions)
    }

    /// Follows what an action does to the handle.
    fn note(&mut self, action: &Action) {
        let seed = &mut self.seed;
        match action {
            Action::Call(Op::Open(identity)) if *identity == self.identity && self.phase != Phase::Closed => {
                self.phase = Phase::Open;
                self.stamped = true;
            }
            Action::Call(Op::Close) => {
                self.phase = Phase::Closed;
                self.patience = 1 + seed.below(3);
            }
            Action::Reopen(_) => {
                self.phase = Phase::Open;
                self.stamped = true;
            }
            Action::Remake(_) => {
                self.phase = Phase::Unopened;
                self.patience = seed.below(4);
            }
            Action::Call(Op::Insert(entry)) => {
                self.given += 1;
                self.dues.extend(entry.expires_at());
                self.last = Some(entry.clone());
            }
            _ => {}
        }
    }

    fn action(&mut self) -> Action {
        match self.phase {
            Phase::Open => {}
            Phase::Unopened if self.patience == 0 => {
                return Action::Call(Op::Open(self.identity.clone()));
            }
            Phase::Closed if self.patience == 0 => {
                let parting = self.parting();
                return if self.seed.percent(60) { Action::Reopen(parting) } else { Action::Remake(parting) };
            }
            Phase::Unopened if self.seed.percent(25) => {
                self.patience -= 1;
                return Action::Call(Op::Open(self.refused_identity()));
            }
            // Each operation must say that the handle is not open, so each is as likely as the others.
            Phase::Unopened | Phase::Closed => {
                self.patience -= 1;
                let (kind, _) = *self.seed.pick(&WEIGHTS);
                let kind = if self.seed.percent(15) { Kind::Close } else { kind };
                return self.of_kind(kind);
            }
        }
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
        match kind {
            Kind::Again => self.again(),
            Kind::Snapshot => Action::Snapshot(*self.seed.pick(&[
                Destination::Free,
                Destination::Free,
                Destination::Taken,
                Destination::Missing,
            ])),
            Kind::Stranger => Action::Stranger,
            Kind::Elsewhere => match self.action() {
                Action::Call(op) if !matches!(op, Op::Open(_) | Op::Close) => Action::Elsewhere(op),
                other => other,
            },
            Kind::Begin => Action::Begin(match self.seed.below(3) {
                0 => Walk::All,
                1 => Walk::Since(self.id()),
                _ => self.changed(),
            }),
            Kind::Next => Action::Next(*self.seed.pick(&self.steps())),
            Kind::Rest => Action::Rest,
            Kind::Leave => Action::Leave,
            Kind::Unwind => Action::Unwind,
            // These are for handles that are open.
            Kind::Reopen | Kind::Remake | Kind::SecondHandle if self.phase != Phase::Open => {
                Action::Call(Op::IntegrityCheck)
            }
            Kind::SecondHandle if self.claims.shared && self.seed.percent(80) => Action::Turn,
            Kind::SecondHandle => Action::SecondHandle,
            Kind::Reopen => Action::Reopen(self.parting()),
            Kind::Remake => Action::Remake(self.parting()),
            _ => Action::Call(self.operation(kind)),
        }
    }

    fn operation(&mut self, kind: Kind) -> Op<Ref> {
        let Self { seed, pools, .. } = self;
        match kind {
            Kind::Open if seed.percent(40) => Op::Open(self.identity.clone()),
            Kind::Open => Op::Open(self.other_identity()),
            Kind::Close => Op::Close,
            Kind::GetByHash => {
                let (namespace, hash) = pools.key(seed);
                Op::GetByHash(namespace, hash)
            }
            Kind::GetById => Op::GetById(self.id()),
            Kind::Count => Op::Count(pools.scope(seed)),
            Kind::ListNamespaces => Op::ListNamespaces,
            Kind::IterLruIds => Op::IterLruIds(pools::limit(seed), pools.scope(seed)),
            Kind::IterAll => Op::Walk(Walk::All),
            Kind::IterSince => Op::Walk(Walk::Since(self.id())),
            Kind::IterChanged => Op::Walk(self.changed()),
            Kind::UpdateAccess => {
                let now = pools.time(seed);
                let now = pools::or_out_of_range(seed, now);
                Op::UpdateAccess(self.id(), now)
            }
            Kind::DeleteById => Op::DeleteById(self.id()),
            Kind::DeleteExpired => {
                let now = self.now();
                Op::DeleteExpired(now, self.scope())
            }
            Kind::ClearNamespace => Op::ClearNamespace(self.namespace()),
            Kind::SetNamespaceQuota => {
                let quota = pools::number(seed);
                Op::SetNamespaceQuota(pools.namespace(seed), pools::or_out_of_range(seed, quota))
            }
            Kind::GetNamespaceQuota => Op::GetNamespaceQuota(pools.namespace(seed)),
            Kind::VersionCounter => Op::VersionCounter,
            Kind::ReadMeta => Op::ReadMeta(Text::clone(seed.pick(&pools.meta))),
            Kind::WriteMeta => Op::WriteMeta(Text::clone(seed.pick(&pools.meta)), pools.text(seed)),
            Kind::IntegrityCheck => Op::IntegrityCheck,
            _ => Op::Insert(entries::entry(seed, pools, self.identity.dimension, self.shape.sizes())),
        }
    }

    /// A scope, among which those of a fill are.
    fn scope(&mut self) -> Option<Text> {
        self.seed.percent(50).then(|| self.namespace())
    }

    fn namespace(&mut self) -> Text {
        match self.shape {
            Shape::Filled(_, namespaces) if self.seed.percent(50) => {
                format!("n{}", self.seed.below(namespaces as usize)).into()
            }
            _ => self.pools.namespace(&mut self.seed),
        }
    }

    /// A time for an expiry: often when something is due, or a second beside it.
    fn now(&mut self) -> u64 {
        if self.seed.percent(50) {
            let due = *self.seed.pick(&self.dues);
            return match self.seed.below(4) {
                0 => due.saturating_sub(1),
                1 => due + 1,
                _ => due,
            };
        }
        let now = self.pools.time(&mut self.seed);
        pools::or_out_of_range(&mut self.seed, now)
    }

    /// An identity that differs a little from the program's own.
    fn other_identity(&mut self) -> Identity {
        let mut identity = self.identity.clone();
        let text = &mut identity.fingerprint;
        match self.seed.below(16) {
            0 => text.push(' '),
            1 => text.insert(0, ' '),
            2 if *text != text.to_uppercase() => *text = text.to_uppercase(),
            3 => text.push('\0'),
            4 => text.insert(0, '0'),
            5 => drop(text.pop()),
            6 => text.push_str(".0"),
            7 => *text = text.repeat(2) + "x",
            8 => identity.dimension += 1,
            9 => identity.dimension += 256,
            10 => identity.dimension = MAX_DIMENSION,
            11 => identity.dimension = 0,
            12 => identity.dimension += MAX_DIMENSION,
            13 => {
                // Both differ, and one of them is out of range.
                text.push('x');
                identity.dimension = 0;
            }
            14 => {
                let digits = identity.dimension.to_string();
                text.push_str(&digits[..1]);
                identity.dimension = digits[1..].parse().unwrap_or(1);
            }
            _ => {
                text.push('2');
                identity.dimension += 1;
            }
        }
        identity
    }

    /// An identity that an unopened handle refuses.
    fn refused_identity(&mut self) -> Identity {
        if self.stamped && self.claims.durable {
            return self.other_identity();
        }
        // Fresh data take any identity that is one.
        let mut identity = self.identity.clone();
        identity.dimension = *self.seed.pick(&[0, MAX_DIMENSION + 1, MAX_DIMENSION + identity.dimension]);
        identity
    }

    /// How a handle may be left.
    fn parting(&mut self) -> Parting {
        *self.seed.pick(&[Parting::Close, Parting::Drop, Parting::Keep])
    }

    /// A read or a write of the key that was written last.
    fn again(&mut self) -> Action {
        let Some(last) = self.last.clone() else { return self.of_kind(Kind::Insert) };
        let Self { seed, pools, .. } = self;
        Action::Call(match seed.below(8) {
            0 | 1 => Op::GetByHash(last.namespace.as_str().into(), last.query_hash.as_str().into()),
            2 => Op::Insert(last),
            3 => Op::Insert(last.ttl(None).metadata(mneme::Metadata::new())),
            4 => Op::ClearNamespace(last.namespace.as_str().into()),
            _ => Op::Insert(entries::one_field_changed(seed, pools, last, self.shape.sizes())),
        })
    }

    fn id(&mut self) -> Ref {
        let given = self.given.max(1) + 1;
        let nth = u16::try_from(self.seed.below(given)).unwrap_or(0);
        match self.seed.below(40) {
            0 => Ref::Never,
            1 => Ref::Zero,
            2 => Ref::Max,
            3 => Ref::Past(nth, *self.seed.pick(&[0, 0, 0, 7, 8, 15, 16, 31, 32, 52, 53, 63])),
            // One of the last mostly, as those before are gone more often.
            4..=20 => Ref::Nth(u16::try_from(self.given.saturating_sub(1 + self.seed.below(4))).unwrap_or(0)),
            _ => Ref::Nth(nth),
        }
    }

    fn changed(&mut self) -> Walk<Ref> {
        Walk::Changed(if self.seed.percent(5) { u64::MAX } else { self.seed.below(40) as u64 })
    }

    /// By how many items a walk may go on.
    fn steps(&self) -> [u32; 5] {
        match self.shape {
            Shape::Filled(entries, _) => [1, 10, 100, 256, entries - entries / 10],
            Shape::Long => [1, 1, 2, 5, 10],
            _ => [1, 1, 1, 2, 3],
        }
    }
}
