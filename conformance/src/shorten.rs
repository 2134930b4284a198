//! The shortest way to see what a scenario found.
//!
//! A scenario does more than its last wrong answer needs: it fills the store, looks at all that is right, and goes on. What it
//! did is tried again with fewer steps, each time on a fresh site, and what is left is what an author reads. Only what was done
//! and seen is told: the rows are those of the last try that went wrong in the same way.

use crate::{
    contract::{Clause, clause},
    model::Manner,
    operation::{Op, Step, Walk},
    outcome::Outcome,
    probe::{Check, Deadline, Finding, LiveWalk, Probe, Verdict, examine},
    sample::plain,
    settings::Settings,
    subject::Subject,
    trace::Trace,
};
use mneme::Entry;
use std::{
    collections::BTreeMap,
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

/// How many tries there are at most, and how many steps all of them take.
const TRIES: usize = 250;
const STEPS: usize = 20_000;
/// How long a slow store may take for them. On one in memory all of them take half a second, so that a busy machine finds the
/// same steps.
const TIME: Duration = Duration::from_secs(10);
/// The most steps of which fewer are looked for.
const LONGEST: usize = 5_000;
/// How many calls of one kind in a row are cut to as many as it takes, before any is dropped by itself.
const RUN: usize = 16;

/// Answers what a scenario expected of a clause, and fewer rows that show it broken in the same way, where there are such.
pub(crate) fn shorten(
    subject: &Arc<Subject>,
    settings: &Settings,
    deadline: &Deadline,
    clause: &'static Clause,
    found: &Finding,
    trace: &Trace,
) -> Option<(String, Trace)> {
    let Finding::Violated { manner, .. } = *found else { return None };
    let steps = steps(trace, manner)?;
    let mut shortener = Shortener {
        subject,
        settings,
        deadline,
        clause,
        manner,
        kind: trace.rows().last().map_or(String::new(), |row| row.step.kind()),
        lays: false,
        tries: 0,
        taken: 0,
        start: Instant::now(),
        best: None,
    };
    // What the wrong answer is about is mostly enough, and if not, what changes anything. Where not even all of it shows the same
    // again, as where the store counts its calls, nothing is gained by fewer.
    let candidates = [relevant(&steps), changes(&steps), steps];
    let mut left = candidates.iter().find(|steps| shortener.shows(steps));
    if left.is_none() && clause == &clause::durable::survives_close {
        shortener.lays = true;
        left = candidates.iter().find(|steps| shortener.shows(steps));
    }
    if let Some(left) = left.cloned() {
        let left = shortener.drop_chunks(left);
        shortener.make_plainer(left);
    }
    shortener.best
}

/// An id as a step names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// The one that this row was answered.
    Of(usize),
    /// One that no row was answered.
    Exactly(u64),
}

/// A step that can be tried again.
#[derive(Clone, Debug)]
struct Again {
    /// Which row it was.
    row: usize,
    handle: usize,
    fresh_thread: bool,
    step: Tried,
}

#[derive(Clone, Debug)]
enum Tried {
    Make,
    Call(Op<Named>),
    /// A walk begins; one is alive at a time, and the next three are about it.
    Begin(Walk<Named>),
    Next,
    Leave,
    Unwind,
    Look,
    Drop,
}

impl Again {
    /// Whether another step makes the same kind of call.
    fn is_like(&self, other: &Self) -> bool {
        match (&self.step, &other.step) {
            (Tried::Call(one), Tried::Call(other)) => mem::discriminant(one) == mem::discriminant(other),
            _ => false,
        }
    }
}

/// The steps of a trace that can be tried again; none where one of them cannot, or several sites had a part.
fn steps(trace: &Trace, manner: Manner) -> Option<Vec<Again>> {
    let rows = trace.rows();
    let last = rows.last()?;
    // A call that never returns would cost the deadline each time.
    if manner == Manner::HANG || trace.race().is_some() || rows.len() > LONGEST {
        return None;
    }
    let mut given: BTreeMap<u64, usize> = BTreeMap::new();
    let (mut steps, mut alive) = (Vec::new(), None);
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.site == last.site) {
        let named = |id: &u64| given.get(id).map_or(Named::Exactly(*id), |row| Named::Of(*row));
        let step = match &row.step {
            Step::Make => Tried::Make,
            Step::Drop => Tried::Drop,
            Step::Look => Tried::Look,
            Step::Call(Op::SnapshotTo(_)) => return None,
            Step::Call(op) => Tried::Call(op.map_ids(named)),
            Step::Begin(number, walk) if alive.is_none() => {
                alive = Some(*number);
                Tried::Begin(walk.map_ids(named))
            }
            Step::Next(number) if alive == Some(*number) => Tried::Next,
            Step::Leave(number) | Step::Unwind(number) if alive == Some(*number) => {
                alive = None;
                if matches!(row.step, Step::Leave(_)) { Tried::Leave } else { Tried::Unwind }
            }
            _ => return None,
        };
        if let Some(Outcome::Id(id)) = row.outcome {
            given.entry(id).or_insert(at);
        }
        steps.push(Again { row: at, handle: row.handle, fresh_thread: row.fresh_thread, step });
    }
    Some(steps)
}

/// What the last step is about: the handles' coming and going, and the writes to the entry, the meta key or the namespace that it
/// names.
fn relevant(steps: &[Again]) -> Vec<Again> {
    let Some((last, before)) = steps.split_last() else { return Vec::new() };
    let Tried::Call(asked) = &last.step else { return changes(steps) };
    let entry = |id: &Named| {
        before.iter().find_map(|step| match (&step.step, id) {
            (Tried::Call(Op::Insert(entry)), Named::Of(row)) if step.row == *row => {
                Some((entry.namespace.as_str(), entry.query_hash.as_str()))
            }
            _ => None,
        })
    };
    let (key, id) = match asked {
        Op::GetById(id) | Op::UpdateAccess(id, _) | Op::DeleteById(id) => (entry(id), Some(*id)),
        Op::GetByHash(namespace, hash) => (Some((&**namespace, &**hash)), None),
        Op::Insert(entry) => (Some((entry.namespace.as_str(), entry.query_hash.as_str())), None),
        _ => (None, None),
    };
    let is_about = |step: &Again| match (&step.step, asked) {
        (Tried::Make | Tried::Drop | Tried::Call(Op::Open(_) | Op::Close), _) => true,
        (Tried::Call(Op::WriteMeta(key, _)), Op::ReadMeta(read) | Op::WriteMeta(read, _)) => key == read,
        (
            Tried::Call(Op::SetNamespaceQuota(of, _)),
            Op::GetNamespaceQuota(asked) | Op::SetNamespaceQuota(asked, _),
        ) => of == asked,
        (Tried::Call(Op::Insert(written)), _) => {
            key.is_some_and(|key| key == (written.namespace.as_str(), written.query_hash.as_str()))
        }
        (Tried::Call(Op::UpdateAccess(of, _) | Op::DeleteById(of)), _) => {
            id == Some(*of) || key.is_some() && entry(of) == key
        }
        (Tried::Call(Op::ClearNamespace(of)), _) => key.is_some_and(|(namespace, _)| namespace == &**of),
        (Tried::Call(Op::DeleteExpired(..)), _) => key.is_some(),
        _ => false,
    };
    before.iter().filter(|step| is_about(step)).chain([last]).cloned().collect()
}

/// What changes anything, and the last step.
fn changes(steps: &[Again]) -> Vec<Again> {
    let last = steps.len().saturating_sub(1);
    let is_change = |step: &Tried| match step {
        Tried::Make | Tried::Drop | Tried::Begin(_) | Tried::Next | Tried::Leave | Tried::Unwind => true,
        Tried::Call(op) => op.map_ids(|_| 0).is_write(),
        Tried::Look => false,
    };
    let kept = |(at, step): &(usize, &Again)| *at == last || is_change(&step.step);
    steps.iter().enumerate().filter(kept).map(|(_, step)| step.clone()).collect()
}

struct Shortener<'a> {
    subject: &'a Arc<Subject>,
    settings: &'a Settings,
    deadline: &'a Deadline,
    clause: &'static Clause,
    manner: Manner,
    /// What the last step does, without what it is done with.
    kind: String,
    /// Whether what goes wrong after a reopen is laid to it, as the scenario had seen the same go right without one.
    lays: bool,
    tries: usize,
    taken: usize,
    start: Instant,
    /// What the shortest that went wrong in the same way found.
    best: Option<(String, Trace)>,
}

impl Shortener<'_> {
    /// Whether these steps show the same; what they found is kept then.
    fn shows(&mut self, steps: &[Again]) -> bool {
        let is_spent = self.tries >= TRIES || self.taken >= STEPS || self.start.elapsed() >= TIME;
        if is_spent {
            return false;
        }
        self.tries += 1;
        self.taken += steps.len();
        let scenario = {
            let steps = steps.to_vec();
            let reopened = self.lays.then_some(self.clause);
            Box::new(move |s: &mut Probe| replay(s, &steps, reopened))
        };
        let name = self.clause.to_string();
        let (finding, trace) = examine(self.subject, &name, scenario, self.settings, self.deadline);
        let Finding::Violated { clauses, manner, expected, .. } = finding else { return false };
        let kind = trace.rows().last().map(|row| row.step.kind());
        let same = clauses.contains(&self.clause)
            && manner == self.manner
            && kind.is_some_and(|kind| kind == self.kind);
        if same {
            self.best = Some((expected, trace));
        }
        same
    }

    /// Keeps the first of many calls of one kind in a row, as many as it takes: of 258 entries the 256 that are one too many. They
    /// are halved, as if more showed what fewer do; one by one each would cost a try as long as all of them.
    fn cut_runs(&mut self, mut left: Vec<Again>) -> Vec<Again> {
        let mut from = 0;
        while from + 1 < left.len() {
            let before_last = &left[from..left.len() - 1];
            let alike = before_last.iter().take_while(|step| step.is_like(&before_last[0])).count();
            let (mut too_few, mut enough) = (from, from + alike);
            while alike >= RUN && too_few < enough {
                let middle = usize::midpoint(too_few, enough);
                let fewer = [&left[..middle], &left[from + alike..]].concat();
                if self.shows(&fewer) {
                    enough = middle;
                } else {
                    too_few = middle + 1;
                }
            }
            left.drain(enough..from + alike);
            from = enough.max(from + 1);
        }
        left
    }

    /// Drops runs of steps from the back, half as long each time, until none can be dropped.
    fn drop_chunks(&mut self, mut left: Vec<Again>) -> Vec<Again> {
        let mut cut = 0;
        loop {
            let before = left.len();
            let mut size = left.len().div_ceil(2);
            while size > 0 {
                if left.len() != cut {
                    left = self.cut_runs(left);
                    cut = left.len();
                }
                let mut to = left.len().saturating_sub(1);
                while to > 0 {
                    let from = to.saturating_sub(size);
                    let fewer = [&left[..from], &left[to..]].concat();
                    if self.shows(&fewer) {
                        left = fewer;
                    }
                    to = from;
                }
                size /= 2;
            }
            if left.len() == before {
                return left;
            }
        }
    }

    /// Puts an entry with nothing but its key in the place of each that is inserted.
    fn make_plainer(&mut self, mut left: Vec<Again>) {
        for at in 0..left.len() {
            let Tried::Call(Op::Insert(entry)) = &left[at].step else { continue };
            let plain =
                Entry::new(&*entry.namespace, &*entry.query_hash).embedding(plain(entry.embedding.len()));
            if plain == *entry {
                continue;
            }
            let before = mem::replace(&mut left[at].step, Tried::Call(Op::Insert(plain)));
            if !self.shows(&left) {
                left[at].step = before;
            }
        }
    }
}

/// Takes the steps on a fresh site, as far as their handles were made and are still there.
///
/// What goes wrong after another handle was made is laid to `reopened`, if there is one.
fn replay(s: &mut Probe, steps: &[Again], reopened: Option<&'static Clause>) -> Verdict {
    let mut replay = Replay {
        steps,
        reopened,
        at: 0,
        site: s.fresh_site(),
        handles: BTreeMap::new(),
        given: BTreeMap::new(),
        has_called: false,
    };
    replay.go_on(s, None)?;
    if replay.has_called { s.held() } else { s.not_checked("no call is left") }
}

struct Replay<'a> {
    steps: &'a [Again],
    reopened: Option<&'static Clause>,
    at: usize,
    site: usize,
    /// The handles of the trace, as they are made here.
    handles: BTreeMap<usize, usize>,
    /// What the rows of the trace are answered here.
    given: BTreeMap<usize, u64>,
    has_called: bool,
}

impl Replay<'_> {
    /// Goes on until the steps end, or the walk that is alive is left.
    fn go_on(&mut self, s: &mut Probe, mut alive: Option<&mut LiveWalk<'_>>) -> Check {
        let steps = self.steps;
        while let Some(Again { row, handle, fresh_thread, step }) = steps.get(self.at) {
            self.at += 1;
            if matches!(step, Tried::Make) {
                if !self.handles.is_empty() {
                    s.lay_to(self.reopened);
                }
                self.handles.insert(*handle, s.make_on(self.site)?);
                continue;
            }
            let Some(made) = self.handles.get(handle) else { continue };
            s.turn_to(*made);
            match (step, &mut alive) {
                (Tried::Next, Some(walk)) => drop(walk.next(s)?),
                (Tried::Leave, Some(_)) => return Ok(()),
                (Tried::Unwind, Some(walk)) => return walk.unwind(s),
                _ if !s.has_handle() => {}
                (Tried::Begin(walk), None) if s.is_open() => {
                    if let Some(walk) = self.named(|ids| walk.map_ids(ids)) {
                        self.has_called = true;
                        s.walking(walk, |s, alive| self.go_on(s, Some(alive)))?;
                    }
                }
                (Tried::Drop, _) => s.drop_handle()?,
                (Tried::Look, _) if s.is_open() => s.look_everywhere()?,
                (Tried::Call(op), _) => {
                    let Some(op) = self.named(|ids| op.map_ids(ids)) else { continue };
                    self.has_called = true;
                    let outcome = if *fresh_thread { s.call_elsewhere(op)? } else { s.call(op)? };
                    if let Outcome::Id(id) = outcome {
                        self.given.insert(*row, id);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A call with its ids as they are given here; none where the row is gone that was answered one.
    fn named<T>(&self, map: impl FnOnce(&mut dyn FnMut(&Named) -> u64) -> T) -> Option<T> {
        let mut is_gone = false;
        let mut ids = |named: &Named| match named {
            Named::Exactly(id) => *id,
            Named::Of(row) => self.given.get(row).copied().unwrap_or_else(|| {
                is_gone = true;
                0
            }),
        };
        let call = map(&mut ids);
        (!is_gone).then_some(call)
    }
}
