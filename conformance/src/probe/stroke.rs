//! A run of calls in a process that is killed on the way, and what it may have left.

use super::{Check, Probe, gate, guard};
use crate::{
    child::{Command, Heard, Process},
    image,
    operation::{Op, Step, Tampering},
    outcome::Outcome,
    random::Ref,
    scarcity,
    trace::Row,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

/// One call of a run, on one of the child's threads.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) thread: usize,
    pub(crate) op: Op<Ref>,
}

/// When a child is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// When the factory begins to make its handle.
    AtMake,
    /// When a call, counted from 0, begins, or so long after.
    AtBegin(usize, Duration),
    /// When a call is acknowledged.
    AtEnd(usize),
    /// When the first call, or else one after it, writes to a file past a size. What there is room for is written.
    AtSize { first: bool, size: Size },
    /// Not at all: it does everything, and ends.
    Never,
}

impl Blow {
    /// Whether it falls when this is heard, of a child that was told to make its handle and to make these calls.
    fn falls(&self, heard: &Heard, make: u64, numbers: &BTreeMap<u64, usize>) -> bool {
        match (heard, self) {
            (Heard::Begun(number), Self::AtMake) => *number == make,
            (Heard::Begun(number), Self::AtBegin(at, _)) | (Heard::Ended(number, ..), Self::AtEnd(at)) => {
                numbers.get(number) == Some(at)
            }
            _ => false,
        }
    }

    /// How many of the calls are ordered: a child that is faster than the blow waits for it with its handle open. What it
    /// acknowledged last must not be saved by the next call.
    fn orders(&self, calls: &[Call]) -> usize {
        let ends = |at: usize| calls.get(at).is_some_and(|call| matches!(call.op, Op::Close));
        match self {
            Self::AtEnd(at) => at + 1,
            Self::AtBegin(at, _) if ends(calls.len() - 1) && !ends(*at) => calls.len() - 1,
            _ => calls.len(),
        }
    }

    /// Past which size of its files the child ends, from its first call on or from the next.
    fn size(&self, of_first: bool) -> Option<&Size> {
        match self {
            Self::AtSize { first, size } if *first == of_first => Some(size),
            _ => None,
        }
    }
}

/// A size of files, by what a site holds at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// So many bytes more than a file has, by its path in the site.
    More(PathBuf, u64),
    /// So many percent of what the longest has.
    Part(u64),
}

/// What is lost with a process that is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// What it had in memory: what it wrote is in the cache of the operating system.
    Memory,
    /// What was not synced too, as in a loss of power, by the way that the author gives.
    Unsynced,
}

/// How many calls of a child were under way when it was killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InFlight {
    pub(crate) calls: usize,
    /// Those that write what the data hold: half of an open or of a close is no half of a write.
    pub(crate) writes: usize,
}

impl InFlight {
    fn of(ops: &[Op]) -> Self {
        let is_of_a_life = |op: &Op| matches!(op, Op::Open(_) | Op::Close);
        let writes = ops.iter().filter(|op| op.is_write() && !is_of_a_life(op)).count();
        Self { calls: ops.len(), writes }
    }
}

/// What a child was doing when it was killed.
struct Stricken {
    /// The calls that were acknowledged, in the order in which that was heard.
    done: Vec<(Op, Outcome)>,
    /// The calls that had begun.
    in_flight: Vec<Op>,
}

impl Probe {
    /// Makes a handle in a fresh child on the current site, runs calls on it, and kills it on the way; then opens
    /// another handle here and reads everything. Calls go to that one from now on. Answers what was in
    /// flight.
    ///
    /// The current site's handles must have been left, and of calls on several threads those of one must not depend on
    /// those of another.
    pub(crate) fn strike(&mut self, calls: &[Call], blow: &Blow) -> Check<InFlight> {
        self.strike_and_lose(calls, blow, Loss::Memory)
    }

    /// As [`strike`](Self::strike), and something is lost before the next handle comes.
    pub(crate) fn strike_and_lose(&mut self, calls: &[Call], blow: &Blow, loss: Loss) -> Check<InFlight> {
        let child = self.start_child()?;
        let site = self.model.handle(self.current).site;
        let handle = self.handles.len();
        let many = calls.iter().any(|call| call.thread != 0);
        let stricken = self.run_in(child, handle, site, calls, blow)?;
        let in_flight = InFlight::of(&stricken.in_flight);
        if loss == Loss::Unsynced {
            self.lose_unsynced(site)?;
        }
        if many {
            self.open_and_order(handle, site, stricken, loss)?;
        } else {
            for op in stricken.in_flight.iter().cloned() {
                let row = Row { handle, site, fresh_thread: false, step: Step::Call(op), outcome: None };
                self.record.rows().push(row);
            }
            self.leave_stricken(handle, site, blow)?;
            self.note_loss(site, loss)?;
            self.make_at(site)?;
            if calls.len() == 1 {
                // Whose data they are is all that was written.
                let wrong = mneme::Identity::new("conformance:v2", crate::sample::DIMENSION);
                self.refused(Op::Open(wrong))?;
            }
            self.open(&crate::sample::identity())?;
            for op in stricken.in_flight {
                self.branch(&op);
            }
        }
        self.look_everywhere()?;
        self.alternatives.clear();
        Ok(in_flight)
    }

    /// Runs calls in a child until the blow falls. On one thread each is recorded and judged as it is heard of.
    fn run_in(
        &mut self,
        child: usize,
        handle: usize,
        site: usize,
        calls: &[Call],
        blow: &Blow,
    ) -> Check<Stricken> {
        let process = self.process(child);
        let many = calls.iter().any(|call| call.thread != 0);
        let make = process.order(0, Command::Make { handle, site: self.sites[site].lend() });
        let most = usize::MAX;
        let mut given: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        let mut begun: BTreeMap<u64, Op> = BTreeMap::new();
        let mut done = Vec::new();
        let mut ended = BTreeSet::new();
        let mut numbers = BTreeMap::new();
        let mut struck = false;
        let mut limited = false;
        let mut words: std::collections::VecDeque<Heard> = std::collections::VecDeque::new();
        let order = |at: usize, numbers: &mut BTreeMap<u64, usize>| {
            let Call { thread, op } = &calls[at];
            let number = process.order(*thread, Command::Call { handle, op: op.clone(), most });
            numbers.insert(number, at);
        };
        loop {
            let heard = if struck {
                words.pop_front().unwrap_or(Heard::Gone)
            } else {
                self.record.wait();
                let heard = process.hear();
                self.record.waited();
                heard
            };
            let falls = blow.falls(&heard, make, &numbers);
            if falls && !struck {
                if let Blow::AtBegin(_, after) = blow {
                    // Nothing is right because of it: it spreads the blows over what calls do.
                    std::thread::sleep(*after);
                }
                process.kill();
                struck = true;
                words = process.last_words(self.settings.deadline()).into();
            }
            match heard {
                Heard::Begun(number) => {
                    if let Some(at) = numbers.get(&number) {
                        let Call { thread, op } = &calls[*at];
                        let given = given.entry(*thread).or_default();
                        begun.insert(number, op.map_ids(|id| id.resolve(given)));
                    }
                }
                Heard::Ended(number, outcome, _) if number == make => {
                    self.handles.push(None);
                    self.current = handle;
                    self.witness(handle, site, Step::Make, outcome)?;
                    limited = self.limit_files(&process, site, blow.size(true))?;
                    if !struck {
                        // The first call opens the handle, and is alone.
                        order(0, &mut numbers);
                    }
                }
                // It ignores the signal, and so was told that there is no more room: this one did not end either.
                Heard::Ended(_, Outcome::Failed(_) | Outcome::Panicked { .. }, _) if limited => break,
                Heard::Ended(number, outcome, _) => {
                    let (Some(op), Some(at)) = (begun.remove(&number), numbers.get(&number)) else {
                        return self
                            .not_checked(format!("the child process speaks of order {number} out of turn"));
                    };
                    let first = ended.is_empty();
                    ended.insert(*at);
                    if let Outcome::Id(id) = outcome {
                        let given = given.entry(calls[*at].thread).or_default();
                        if !given.contains(&id) {
                            given.push(id);
                        }
                    }
                    if first || !many {
                        self.witness(handle, site, Step::Call(op), outcome)?;
                    } else {
                        done.push((op, outcome));
                    }
                    limited |= self.limit_files(&process, site, blow.size(false).filter(|_| first))?;
                    if first && !struck {
                        (1..blow.orders(calls)).for_each(|at| order(at, &mut numbers));
                    }
                    if ended.len() == calls.len() && matches!(blow, Blow::Never | Blow::AtSize { .. }) {
                        break;
                    }
                }
                Heard::Nonsense(reason) => return self.not_checked(reason),
                Heard::Gone if struck || limited => break,
                Heard::Gone => {
                    // The store has ended its process.
                    let message = Some(process.ending());
                    let step = begun.values().next().cloned().map_or(Step::Make, Step::Call);
                    if matches!(step, Step::Make) {
                        self.handles.push(None);
                    }
                    self.witness(handle, site, step, Outcome::Panicked { message, location: None })?;
                    return self.not_checked("the child process ended by itself");
                }
            }
        }
        if self.handles.len() == handle {
            // Killed in the factory: there is no handle, and was none.
            self.handles.push(None);
            self.witness(handle, site, Step::Make, Outcome::Done)?;
        }
        process.kill();
        Ok(Stricken { done, in_flight: begun.into_values().collect() })
    }

    /// Lets the files of a child grow no further than to a size, if there is one.
    fn limit_files(&mut self, process: &Process, site: usize, past: Option<&Size>) -> Check<bool> {
        let Some(past) = past else { return Ok(false) };
        let limited = image::lengths(self.sites[site].path()).and_then(|files| {
            let bytes = match past {
                Size::More(path, more) => {
                    let file = files.iter().find(|(name, _)| name == path);
                    file.map_or(0, |(_, length)| *length) + more
                }
                Size::Part(percent) => {
                    files.iter().map(|(_, length)| *length).max().unwrap_or(0) * percent / 100
                }
            };
            scarcity::limit_files(process.id(), Some(bytes))
        });
        match limited {
            Ok(()) => Ok(true),
            Err(error) => self.not_checked(format!("a child's files could not be limited: {error}")),
        }
    }

    /// Notes how the handle in the child went.
    fn leave_stricken(&mut self, handle: usize, site: usize, blow: &Blow) -> Check {
        let step = if *blow == Blow::Never { Step::Drop } else { Step::Kill };
        self.witness(handle, site, step, Outcome::Done).map(drop)
    }

    /// Lets go of what was not synced on a site, as the author says.
    fn lose_unsynced(&mut self, site: usize) -> Check {
        let subject = std::sync::Arc::clone(&self.subject);
        let place = std::sync::Arc::clone(&self.sites[site]);
        match subject.lose_unsynced(&place) {
            Some(Err(error)) => {
                let error = crate::outcome::display::causes(&*error);
                self.not_checked(format!("the author's way to lose what was not synced failed: {error}"))
            }
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Notes that what was not synced is lost, where it is.
    fn note_loss(&mut self, site: usize, loss: Loss) -> Check {
        match loss {
            Loss::Memory => Ok(()),
            Loss::Unsynced => self.tampered(site, Tampering::Unsynced, "what was not synced is lost"),
        }
    }

    /// What calls on several threads have left. Inserts take effect in the order of their ids, so one that was in flight
    /// has its place among those that were acknowledged, which is known when it has been looked for.
    fn open_and_order(&mut self, handle: usize, site: usize, stricken: Stricken, loss: Loss) -> Check {
        let place = std::sync::Arc::clone(&self.sites[site]);
        let subject = std::sync::Arc::clone(&self.subject);
        self.record.wait();
        let passing = gate::pass();
        let mut made = None;
        let made_outcome = guard::calling(|| match subject.make(&place) {
            Ok(store) => {
                made = Some(store);
                Outcome::Done
            }
            Err(error) => Outcome::NotMade(crate::outcome::display::causes(&*error)),
        });
        let open = Op::Open(crate::sample::identity());
        let opened = made.as_ref().map(|store| guard::calling(|| open.call(&**store, 0)));
        drop(passing);
        let mut inserts: BTreeMap<u64, (Op, bool)> = BTreeMap::new();
        let mut others = Vec::new();
        for (op, outcome) in stricken.done {
            match (&op, &outcome) {
                (Op::Insert(_), Outcome::Id(id)) if !inserts.contains_key(id) => {
                    inserts.insert(*id, (op, true));
                }
                _ => others.push((op, outcome)),
            }
        }
        let mut unknown = Vec::new();
        for op in stricken.in_flight {
            let Op::Insert(entry) = &op else {
                unknown.push(op);
                continue;
            };
            let look = Op::GetByHash(entry.namespace.as_str().into(), entry.query_hash.as_str().into());
            let found = made.as_ref().map(|store| guard::calling(|| look.call(&**store, 0)));
            if let Some(Outcome::Entry(Some(found))) = found {
                inserts.insert(found.id, (op, false));
            }
        }
        self.record.waited();
        for (id, (op, acknowledged)) in inserts {
            if acknowledged {
                self.witness(handle, site, Step::Call(op), Outcome::Id(id))?;
            } else if self.model.happened(handle, &op, &Outcome::Id(id)).is_ok() {
                let row = Row { handle, site, fresh_thread: false, step: Step::Call(op), outcome: None };
                self.record.rows().push(row);
            }
        }
        for (op, outcome) in others {
            self.witness(handle, site, Step::Call(op), outcome)?;
        }
        self.witness(handle, site, Step::Kill, Outcome::Done)?;
        self.note_loss(site, loss)?;
        let next = self.handles.len();
        self.handles.push(made);
        self.current = next;
        self.witness(next, site, Step::Make, made_outcome)?;
        if let Some(opened) = opened {
            self.witness(next, site, Step::Call(open), opened)?;
        }
        for op in &unknown {
            self.branch(op);
        }
        Ok(())
    }

    /// Makes a write where there may be no room, and answers whether it failed. It has then happened whole or not at all,
    /// and everything is read to see which.
    pub(crate) fn try_without_room(&mut self, op: &Op) -> Check<bool> {
        let Outcome::Failed(_) = self.call(op.clone())? else { return Ok(false) };
        self.branch(op);
        self.look_everywhere()?;
        self.alternatives.clear();
        Ok(true)
    }

    /// Takes into account that an operation whose outcome was not seen may have happened.
    fn branch(&mut self, op: &Op) {
        let handle = self.current;
        let outcome = match op {
            Op::Open(_) | Op::Close => return,
            Op::Insert(entry) => {
                // Its content is its own, so what is found under its key tells whether it happened, and with which id.
                let look = Op::GetByHash(entry.namespace.as_str().into(), entry.query_hash.as_str().into());
                let store = self.store(handle);
                self.record.wait();
                let found = guard::calling(|| look.call(&*store, 0));
                self.record.waited();
                match found {
                    Outcome::Entry(Some(found)) if found.response == entry.response => {
                        Some(Outcome::Id(found.id))
                    }
                    _ => None,
                }
            }
            op => self.model.outcome_of(handle, op),
        };
        let Some(outcome) = outcome else { return };
        let all: Vec<_> = std::iter::once(&self.model).chain(&self.alternatives).cloned().collect();
        for mut model in all {
            if model.happened(handle, op, &outcome).is_ok() {
                self.alternatives.push(model);
            }
        }
    }

    /// Records a step that was made elsewhere, and judges what it brought.
    #[allow(clippy::needless_pass_by_value, reason = "the callers make it for this call")]
    pub(crate) fn witness(
        &mut self,
        handle: usize,
        site: usize,
        step: Step,
        outcome: Outcome,
    ) -> Check<Outcome> {
        self.record.begin(Row { handle, site, fresh_thread: false, step: step.clone(), outcome: None });
        self.record.end(outcome.clone());
        self.judge(handle, site, &step, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{entry, identity};

    #[test]
    fn neither_a_read_nor_an_open_or_a_close_is_half_a_write() {
        let ops = [Op::Open(identity()), Op::VersionCounter, Op::Insert(entry("a", "h")), Op::Close];
        assert_eq!(InFlight::of(&ops), InFlight { calls: 4, writes: 1 });
        assert_eq!(InFlight::of(&ops[..2]), InFlight { calls: 2, writes: 0 });
    }
}
