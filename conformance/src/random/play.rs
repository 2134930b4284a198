//! Runs a program on a store, through the probe.

use super::{
    coverage::{self, Coverage},
    program::{Action, Destination, Parting, Program, Ref, filled},
};
use crate::{
    model::Phase,
    operation::{Op, Text, Walk},
    outcome::Outcome,
    probe::{Check, LiveWalk, Probe, There, Verdict},
    sample,
};
use mneme::{Entry, Identity};

/// After how many actions everything is read and compared; at the end it always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks(pub(crate) usize);

impl Looks {
    pub(crate) const AFTER_EACH: Self = Self(1);
    pub(crate) const AT_THE_END: Self = Self(usize::MAX);
}

/// Runs a program on a fresh store, reads everything at the end, and answers how many ids were given.
pub(crate) fn play_on(s: &mut Probe, program: &Program) -> Check<usize> {
    s.pass_over_known_deviations();
    s.make_beside()?;
    let mut player = Player::new(Looks::AT_THE_END);
    player.play(s, &program.0)?;
    Ok(player.given.len())
}

/// Runs a program on a fresh store, and opens what outlives the handle once more at the end.
pub(super) fn play(s: &mut Probe, program: &Program, looks: Looks, coverage: &mut Coverage) -> Verdict {
    s.pass_over_known_deviations();
    s.make_beside()?;
    let mut player = Player::new(looks);
    let outcome = player.play(s, &program.0).and_then(|()| player.look_once_more(s));
    coverage.add(&player.coverage);
    outcome?;
    s.held()
}

/// Runs actions one after the other, and resolves what they name.
pub(super) struct Player {
    /// The place of the next action in what is played.
    at: usize,
    looks: Looks,
    /// How many looks there were.
    looked: usize,
    /// The ids that the store has given, each once.
    given: Vec<u64>,
    /// The versions that the store has shown, each once and ascending.
    versions: Vec<u64>,
    /// The keys that were named last.
    named: Vec<(Text, Text)>,
    /// What the handle was opened with last.
    identity: Identity,
    /// How many entries were filled in.
    filled: u32,
    /// Handles that were closed and are still there.
    kept: Vec<usize>,
    /// A handle on another site.
    stranger: Option<usize>,
    /// The handles that calls may turn to.
    handles: Vec<usize>,
    coverage: Coverage,
}

/// How many walks may be alive at once.
const WALKS: usize = 3;

/// How many of the keys that were named a look may ask for.
const NAMED: usize = 24;

/// What stores keep for themselves under names that are anybody's.
const INTERNALS: [&str; 5] = ["version_counter", "next_id", "count", "quota:a", ""];

impl Player {
    pub(super) fn new(looks: Looks) -> Self {
        Self {
            at: 0,
            looks,
            looked: 0,
            given: Vec::new(),
            versions: Vec::new(),
            named: Vec::new(),
            identity: sample::identity(),
            filled: 0,
            kept: Vec::new(),
            stranger: None,
            handles: Vec::new(),
            coverage: Coverage::default(),
        }
    }

    fn play(&mut self, s: &mut Probe, actions: &[Action]) -> Check {
        self.handles.push(s.current());
        self.go_on(s, actions, None)?;
        self.look(s)
    }

    /// Makes one action, on a handle that was made; a walk that it begins is left at once.
    pub(super) fn act(&mut self, s: &mut Probe, action: &Action) -> Check {
        if self.handles.is_empty() {
            self.handles.push(s.current());
        }
        self.at = 0;
        self.go_on(s, std::slice::from_ref(action), None)
    }

    /// Opens a handle that was never opened, looks whether the store is sound, and, where the data outlive the handle, at them through another one.
    fn look_once_more(&mut self, s: &mut Probe) -> Check {
        if s.model().phase(s.current()) == Some(Phase::Unopened) {
            s.open(&self.identity(s))?;
            self.look(s)?;
        }
        if s.is_open() {
            s.integrity_check()?;
        }
        if s.model().claims().durable {
            let parting = if self.at.is_multiple_of(2) { Parting::Close } else { Parting::Drop };
            self.remake(s, parting)?;
            s.open(&self.identity(s))?;
            self.look(s)?;
            s.integrity_check()?;
        }
        Ok(())
    }

    /// Goes on until the program ends, or the walk that it is inside is left.
    fn go_on(
        &mut self,
        s: &mut Probe,
        actions: &[Action],
        mut walk: Option<(&mut LiveWalk<'_>, usize)>,
    ) -> Check {
        while let Some(action) = actions.get(self.at) {
            self.at += 1;
            let depth = walk.as_ref().map_or(0, |(_, depth)| *depth);
            match action {
                Action::Call(op) => self.call(s, op, Where::Here)?,
                Action::Elsewhere(op) => self.call(s, op, Where::Elsewhere)?,
                Action::Fill(entries, namespaces) => self.fill(s, *entries, *namespaces)?,
                Action::Snapshot(to) => self.snapshot(s, *to)?,
                Action::Begin(begun) if depth < WALKS && s.is_open() => {
                    let begun = self.resolve_walk(begun);
                    s.walking(begun, |s, live| self.go_on(s, actions, Some((live, depth + 1))))?;
                }
                Action::Next(items) => {
                    let Some((live, _)) = &mut walk else { continue };
                    for _ in 0..*items {
                        if live.next(s)?.is_none() {
                            break;
                        }
                    }
                }
                Action::Rest => {
                    let Some((live, _)) = &mut walk else { continue };
                    live.rest(s)?;
                }
                Action::Leave if depth > 0 => {
                    self.coverage.act(action);
                    return Ok(());
                }
                Action::Unwind => {
                    let Some((live, _)) = &mut walk else { continue };
                    live.unwind(s)?;
                    self.coverage.act(action);
                    return Ok(());
                }
                Action::Reopen(parting) if depth == 0 => {
                    self.look(s)?;
                    self.remake(s, *parting)?;
                    s.open(&self.identity(s))?;
                }
                Action::Remake(parting) if depth == 0 => {
                    self.look(s)?;
                    self.remake(s, *parting)?;
                }
                Action::SecondHandle if depth == 0 && s.is_open() => {
                    let identity = self.identity(s);
                    s.try_second_handle(&identity)?;
                }
                Action::Stranger => self.stranger(s)?,
                Action::Turn => self.turn(s)?,
                Action::Begin(_)
                | Action::Leave
                | Action::Reopen(_)
                | Action::Remake(_)
                | Action::SecondHandle => continue,
            }
            self.coverage.act(action);
            if self.at.is_multiple_of(self.looks.0) {
                self.look(s)?;
            }
        }
        Ok(())
    }

    fn call(&mut self, s: &mut Probe, op: &Op<Ref>, on: Where) -> Check {
        let mut op = op.map_ids(|id| id.resolve(&self.given));
        if let Op::Walk(Walk::Changed(version)) = &mut op {
            *version = self.resolve_version(*version);
        }
        // What is there before it goes is to be right too.
        if matches!(op, Op::Close) {
            self.look(s)?;
        }
        self.name(&op);
        self.make_call(s, op, on)
    }

    fn make_call(&mut self, s: &mut Probe, op: Op, on: Where) -> Check {
        let (method, counts_versions) = (op.method(), matches!(op, Op::VersionCounter));
        let situation = coverage::situation(s.model(), s.current(), &op);
        self.coverage.meet(&op);
        let opened = match &op {
            Op::Open(identity) => Some(identity.clone()),
            _ => None,
        };
        let outcome = match on {
            Where::Here => s.call(op)?,
            Where::Elsewhere => s.call_elsewhere(op)?,
        };
        self.coverage.see(method, situation, &outcome);
        match (&outcome, opened) {
            (Outcome::Done, Some(identity)) => self.identity = identity,
            (Outcome::Id(id), _) if self.given.last().is_none_or(|last| last < id) => self.given.push(*id),
            (Outcome::Number(version), _) if counts_versions => self.saw(*version),
            (Outcome::Entry(Some(entry)), _) => self.saw(entry.version),
            _ => {}
        }
        Ok(())
    }

    /// Remembers the key that an operation names.
    fn name(&mut self, op: &Op) {
        let (namespace, hash) = match op {
            Op::Insert(entry) => (&*entry.namespace, &*entry.query_hash),
            Op::GetByHash(namespace, hash) => (&**namespace, &**hash),
            _ => return,
        };
        if !self.named.iter().any(|(a, b)| **a == *namespace && **b == *hash) {
            if self.named.len() == NAMED {
                self.named.remove(0);
            }
            self.named.push((namespace.into(), hash.into()));
        }
    }

    fn saw(&mut self, version: u64) {
        if let Err(at) = self.versions.binary_search(&version) {
            self.versions.insert(at, version);
        }
    }

    /// A version that was seen; 0 where none was.
    fn resolve_version(&self, nth: u64) -> u64 {
        if nth == u64::MAX {
            return nth;
        }
        let at = nth % (self.versions.len().max(1) as u64);
        usize::try_from(at).ok().and_then(|at| self.versions.get(at).copied()).unwrap_or(0)
    }

    fn resolve_walk(&self, walk: &Walk<Ref>) -> Walk {
        match walk.map_ids(|id| id.resolve(&self.given)) {
            Walk::Changed(version) => Walk::Changed(self.resolve_version(version)),
            walk => walk,
        }
    }

    /// The identity that the handle's data have, or that of the handle before.
    fn identity(&self, s: &Probe) -> Identity {
        s.model().data(s.current()).identity.clone().unwrap_or_else(|| self.identity.clone())
    }

    fn fill(&mut self, s: &mut Probe, entries: u32, namespaces: u32) -> Check {
        let dimension = self.identity(s).dimension;
        for _ in 0..entries {
            let n = self.filled;
            self.filled += 1;
            let (namespace, hash) = filled(n, namespaces);
            // Times of which some are equal, some entries are due, and each is of its own response.
            let time = u64::from(n);
            let entry = Entry::new(&*namespace, &*hash)
                .embedding(sample::plain(dimension))
                .response(format!("r{n}"))
                .created_at(time % 7)
                .ttl((n.is_multiple_of(3)).then_some(time % 5))
                .last_accessed_at(time.wrapping_mul(31) % 97);
            self.make_call(s, Op::Insert(entry), Where::Here)?;
        }
        Ok(())
    }

    fn snapshot(&mut self, s: &mut Probe, to: Destination) -> Check {
        const HELD: &[u8] = b"not a snapshot";
        let directory = s.empty_directory();
        let path = match to {
            Destination::Missing => directory.join("missing").join("snapshot"),
            Destination::Free | Destination::Taken => directory.join("snapshot"),
        };
        if to == Destination::Taken && std::fs::write(&path, HELD).is_err() {
            // Without a directory nothing can be said of snapshots; the scenarios do.
            return Ok(());
        }
        let refused = !s.model().claims().snapshots || to != Destination::Free || !s.is_open();
        if s.model().claims().snapshots && to != Destination::Free {
            return Ok(());
        }
        self.make_call(s, Op::SnapshotTo(path.clone()), Where::Here)?;
        match to {
            _ if !refused => Ok(()),
            Destination::Taken => s.look_into(path, &There::File(HELD.to_vec())),
            Destination::Free => s.look_for(path),
            Destination::Missing => s.look_for(directory.join("missing")),
        }
    }

    /// Leaves the handle and makes another one.
    fn remake(&mut self, s: &mut Probe, parting: Parting) -> Check {
        let left = s.current();
        for kept in std::mem::take(&mut self.kept) {
            s.turn_to(kept);
            s.drop_handle()?;
        }
        s.turn_to(left);
        if parting != Parting::Drop {
            s.close()?;
        }
        if parting == Parting::Keep {
            self.kept.push(left);
        } else {
            s.drop_handle()?;
        }
        self.handles.retain(|handle| *handle != left);
        let claims = s.model().claims();
        // What becomes of shared data that are not durable is free once no handle is left.
        let handle = if claims.shared && !claims.durable && self.handles.is_empty() {
            s.make_beside()?
        } else {
            s.make_again()?
        };
        self.handles.push(handle);
        Ok(())
    }

    /// Lets a store on another site do some work, or looks whether it still holds what it should.
    fn stranger(&mut self, s: &mut Probe) -> Check {
        // Beside another site a known deviation would be blamed on that one.
        if s.may_deviate() {
            return Ok(());
        }
        let here = s.current();
        let entry = |hash: &str| sample::entry("a", hash).response("of another store").ttl(2);
        match self.stranger {
            None => {
                let stranger = s.make_beside()?;
                s.open(&sample::identity())?;
                s.insert(entry("h1"))?;
                self.stranger = Some(stranger);
            }
            Some(stranger) => {
                s.turn_to(stranger);
                s.look_everywhere()?;
                s.insert(entry("h2"))?;
            }
        }
        s.turn_to(here);
        Ok(())
    }

    /// Goes on with another handle on the same data.
    fn turn(&mut self, s: &mut Probe) -> Check {
        if !s.model().claims().shared || !s.is_open() {
            return Ok(());
        }
        let current = s.current();
        if let Some(other) = self.handles.iter().copied().find(|handle| *handle != current) {
            s.turn_to(other);
            return Ok(());
        }
        let identity = self.identity(s);
        let handle = s.make_again()?;
        s.open(&identity)?;
        self.handles.push(handle);
        Ok(())
    }

    /// Reads everything, and what is not there.
    pub(super) fn look(&mut self, s: &mut Probe) -> Check {
        if !s.is_open() {
            return Ok(());
        }
        self.looked += 1;
        let (turn, named, versions) = (self.looked, &self.named, &self.versions);
        let mut seen = 0;
        s.look_everywhere_and(|s| {
            seen = s.version_counter()?;
            look_for_what_is_gone(s, named, turn)?;
            look_beside_the_limits(s, versions, turn)
        })?;
        self.saw(seen);
        Ok(())
    }
}

/// Which thread makes a call.
#[derive(Clone, Copy)]
enum Where {
    Here,
    Elsewhere,
}

/// Some of the keys that were named and are not stored, and what their namespaces are without.
fn look_for_what_is_gone(s: &mut Probe, named: &[(Text, Text)], turn: usize) -> Check {
    let data = s.model().data(s.current());
    let gone: Vec<_> = named.iter().filter(|(a, b)| data.id_of(a, b).is_none()).cloned().collect();
    let empty =
        gone.iter().map(|(namespace, _)| namespace).find(|name| !data.keys.contains_key(*name)).cloned();
    let mut unset = data.keys.keys().chain(&empty).filter(|name| !data.quotas.contains_key(*name));
    let unset = unset.nth(turn % data.keys.len().max(1)).cloned();
    let internal = INTERNALS[turn % INTERNALS.len()];
    let unwritten = (!data.meta.contains_key(internal)).then_some(internal);
    for (namespace, hash) in gone.iter().rev().take(2).chain(gone.get(turn % gone.len().max(1))) {
        s.get_by_hash(namespace, hash)?;
    }
    if let Some(namespace) = empty {
        s.count(Some(&namespace))?;
        s.iter_lru_ids(8, Some(&namespace))?;
    }
    if let Some(namespace) = unset {
        s.get_namespace_quota(&namespace)?;
    }
    unwritten.map_or(Ok(()), |key| s.read_meta(key).map(drop))
}

/// Orders and walks cut at their ends: what a look of everything does not cut.
fn look_beside_the_limits(s: &mut Probe, versions: &[u64], turn: usize) -> Check {
    let data = s.model().data(s.current());
    let stored = data.entries.len();
    let first = data.entries.keys().next().copied().unwrap_or(0);
    let last = data.last_id;
    let namespace = data.keys.keys().nth(turn % data.keys.len().max(1)).cloned();
    let version = versions.get(turn % versions.len().max(1)).copied();
    match turn % 4 {
        0 => drop(s.iter_lru_ids(stored, None)?),
        1 => drop(s.iter_lru_ids(stored.saturating_sub(1), None)?),
        2 => drop(s.iter_lru_ids(1, namespace.as_deref())?),
        _ => drop(s.iter_lru_ids(usize::MAX, namespace.as_deref())?),
    }
    s.iter_since(if turn.is_multiple_of(2) { first } else { last })?;
    version.map_or(Ok(()), |version| s.iter_changed(version).map(drop))
}
