//! More threads in one handle's calls than any machine runs: of connections, permits and places for readers a handle has only
//! so many, and only who waits for one is right.

use super::{Check, Finding, Probe};
use crate::{
    contract::{Clause, clause},
    model::Data,
    operation::{Op, Step, Text},
    outcome::Outcome,
    race::{Floor, Lane, Made, Picture, ended, is_answer, panicked},
    sample,
    trace::Row,
};
use mneme::Store;
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Pools have ten connections where nobody says how many, or one or two a core.
const THREADS: usize = 20;
/// Which part of the time for which a race is looked for the crowd calls. A thread that has called for some milliseconds
/// gives way in the middle of a call, and the next one comes: that is how so many are in it on two cores.
const PART: u32 = 25;
/// With how many threads it is tried again where it went wrong, until it does: few are read more easily.
const FEWER: [usize; 8] = [2, 3, 4, 5, 6, 8, 10, 14];
/// How many different calls a thread makes in turn.
const TURN: usize = 8;
/// How many of a thread's last calls are kept, for those that ran beside another's wrong one.
const KEPT: usize = 16;
/// How many calls of one thread are shown where one of them is wrong, and tried with fewer.
const SHOWN_WHOLE: usize = 2_000;
/// In so many calls at the same time a store must have been seen: as many as most pools have connections.
const WANTED: usize = 10;

/// All who call, and what they have in common.
struct Crowd {
    store: Arc<dyn Store>,
    clock: AtomicU64,
    /// Nobody begins before all are there.
    gate: RwLock<()>,
    is_over: AtomicBool,
    time: Duration,
    in_calls: AtomicUsize,
    /// The most that were in calls at one time.
    most: AtomicUsize,
}

/// One who calls: of its namespace, which no other has, it knows everything.
struct Member {
    namespace: Text,
    data: Data,
    /// The id of its entry, as long as there is one.
    id: u64,
    calls: usize,
}

/// What a crowd came to.
struct Gathered {
    /// By thread, its last calls.
    made: Vec<Vec<Made>>,
    /// The thread that was answered wrongly beside the fewest others, and what was expected.
    wrong: Option<(usize, String)>,
    /// How many calls all of them made.
    calls: usize,
    /// How many calls were in the handle at one time, at most.
    most: usize,
}

impl Probe {
    /// Lets many threads call one handle, each for a namespace of its own: what they see there is what each of them wrote.
    pub(crate) fn crowd(&mut self) -> Check {
        // That something was looked at in part is in nobody's way.
        let so_far = self.found().take();
        let mut in_part = match so_far {
            Some(Finding::Partly(reason)) => vec![reason],
            _ => Vec::new(),
        };
        if self.is_right_alone()? {
            let many = self.gather(THREADS)?;
            if many.wrong.is_some() {
                return self.disturbed(many);
            }
            self.restart()?;
            if many.most < WANTED {
                in_part.push(format!(
                    "no more than {} calls of {THREADS} threads were in one handle at the same time",
                    many.most
                ));
            }
        } else {
            in_part.push(format!("a known deviation is in the way of {THREADS} threads at once"));
        }
        if !in_part.is_empty() {
            self.find(Finding::Partly(in_part.join("; ")));
        }
        Ok(())
    }

    /// Whether the calls are right where nobody else calls, or a known deviation is in their way.
    fn is_right_alone(&mut self) -> Check<bool> {
        let played = self.in_turn(1, TURN);
        self.unless_forgiven(played)
    }

    /// Lets so many threads call a fresh store.
    fn gather(&mut self, threads: usize) -> Check<Gathered> {
        self.restart()?;
        self.start()?;
        let lanes: Vec<Arc<Lane>> = (0..threads).map(|_| Arc::default()).collect();
        self.record.watch(&lanes);
        self.record.hold(Some(Floor::take()));
        self.is_waited_for()?;
        let crowd = Crowd {
            store: self.store(self.current),
            // 0 is the stamp of a call that has not returned.
            clock: AtomicU64::new(1),
            gate: RwLock::default(),
            is_over: AtomicBool::new(false),
            time: self.settings().race_budget() / PART,
            in_calls: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        };
        let ran = crowd.run(&lanes, &self.name);
        let most = crowd.most.load(Ordering::Acquire);
        drop(crowd);
        self.record.hold(None);
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) => return self.not_checked(format!("no more threads could be started: {error}")),
        };
        let calls = ran.iter().map(|(calls, _)| calls).sum();
        let made: Vec<Vec<Made>> = lanes.iter().map(|lane| lane.made().clone()).collect();
        let wrong =
            ran.into_iter().enumerate().filter_map(|(thread, (_, expected))| Some((thread, expected?)));
        let wrong = wrong.min_by_key(|(thread, _)| beside(&made, *thread).len());
        Ok(Gathered { made, wrong, calls, most })
    }

    /// A thread of a crowd was answered wrongly; what is found is that, unless one thread alone is too.
    fn disturbed(&mut self, many: Gathered) -> Check {
        self.is_right_for_one(many.calls)?;
        let is_known = self.is_known(&clause::concurrent::contention_is_not_an_error);
        let mut least = many;
        for threads in FEWER {
            let fewer = self.gather(threads)?;
            if fewer.clauses(is_known).first() == least.clauses(is_known).first() {
                // What goes wrong with so few may be wrong by its number alone.
                self.is_right_for_one(fewer.calls)?;
                least = fewer;
                break;
            }
        }
        let clauses = least.clauses(is_known);
        let Gathered { made, wrong: Some((thread, expected)), calls, .. } = least else { return Ok(()) };
        let Some(wrong) = made[thread].last() else { return Ok(()) };
        let mut threads = vec![vec![wrong.clone()]];
        threads.extend(beside(&made, thread));
        let words = "Each thread has a namespace of its own, and the answers before these were right. Shown are the calls \
            that ran beside the wrong one.";
        let picture = Picture::of_made(&threads, &[], wrong.called, vec![words.to_owned()]);
        let seen = format!(
            "when {} threads had made {calls} calls on one handle; one thread that makes as many is answered rightly",
            made.len()
        );
        self.record.picture(picture.seen(seen));
        self.found_wrong(clauses, expected)
    }

    /// Looks whether one thread that makes as many calls is answered rightly; what is found is what is wrong then.
    fn is_right_for_one(&mut self, calls: usize) -> Check {
        self.restart()?;
        self.start()?;
        let handle = self.current;
        let mut members: Vec<Member> = (0..THREADS).map(Member::nth).collect();
        for call in 0..calls {
            let member = &mut members[call % THREADS];
            let op = member.next();
            let outcome = self.peek(handle, &op);
            if let Err(expected) = member.judge(&op, &outcome) {
                if call < SHOWN_WHOLE {
                    self.in_turn(THREADS, call + 1)?;
                    // What is right at a second time is not shown.
                    self.restart()?;
                    self.start()?;
                }
                let step = Step::Call(op);
                self.record.begin(Row { handle, site: 0, fresh_thread: false, step, outcome: None });
                self.record.end(outcome);
                let expected = format!(
                    "{expected}; this is call {} of one thread, for {THREADS} namespaces in turn",
                    call + 1
                );
                return self.found_wrong(vec![&clause::robust::fails_only_where_a_clause_says], expected);
            }
        }
        Ok(())
    }

    /// Makes so many calls on a fresh store, for the namespaces of so many in turn: each is seen and judged.
    fn in_turn(&mut self, members: usize, calls: usize) -> Check {
        self.restart()?;
        self.start()?;
        let mut members: Vec<Member> = (0..members).map(Member::nth).collect();
        let all = members.len();
        for call in 0..calls {
            let member = &mut members[call % all];
            let op = member.next();
            let outcome = self.call(op.clone())?;
            // The model of the probe has judged it.
            let _ = member.judge(&op, &outcome);
        }
        Ok(())
    }
}

impl Gathered {
    /// The clauses that the wrong answer breaks, the narrowest first; none where no answer is wrong.
    fn clauses(&self, errors_are_known: bool) -> Vec<&'static Clause> {
        let Some(wrong) = self.wrong.as_ref().and_then(|(thread, _)| self.made[*thread].last()) else {
            return Vec::new();
        };
        match (wrong.outcome(), wrong.op()) {
            (Some(Outcome::Panicked { .. }), _) => panicked(errors_are_known),
            (Some(Outcome::Failed(_)), _) => vec![
                &clause::concurrent::contention_is_not_an_error,
                &clause::robust::fails_only_where_a_clause_says,
            ],
            (_, Some(Op::Count(_) | Op::IterLruIds(..))) => vec![&clause::concurrent::whole_reads_are_atomic],
            _ => vec![&clause::concurrent::single_operations_are_linearizable],
        }
    }
}

/// By thread, the calls that ran at the same time as the last one of a thread.
fn beside(made: &[Vec<Made>], thread: usize) -> Vec<Vec<Made>> {
    let Some(one) = made[thread].last() else { return Vec::new() };
    let others = made.iter().enumerate().filter(|(other, _)| *other != thread);
    let is_beside = |made: &&Made| made.called < ended(one) && ended(made) > one.called;
    let beside = others.map(|(_, made)| made.iter().filter(is_beside).cloned().collect::<Vec<_>>());
    beside.filter(|made| !made.is_empty()).collect()
}

impl Crowd {
    /// By thread, how many calls it made, and what was expected of the last one if it is wrong.
    ///
    /// # Errors
    ///
    /// The operating system's, where it starts no more threads.
    fn run(&self, lanes: &[Arc<Lane>], name: &str) -> std::io::Result<Vec<(usize, Option<String>)>> {
        thread::scope(|scope| {
            let closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            let start = |(thread, lane): (usize, &Arc<Lane>)| {
                let lane = Arc::clone(lane);
                let named = thread::Builder::new().name(format!("{name} {thread}"));
                named.spawn_scoped(scope, move || self.serve(thread, &lane))
            };
            let started: std::io::Result<Vec<_>> = lanes.iter().enumerate().map(start).collect();
            if started.is_err() {
                self.is_over.store(true, Ordering::Release);
            }
            drop(closed);
            let ended = started?.into_iter().map(thread::ScopedJoinHandle::join);
            Ok(ended.map(|ran| ran.expect("a guarded call does not unwind")).collect())
        })
    }

    fn serve(&self, thread: usize, lane: &Lane) -> (usize, Option<String>) {
        drop(self.gate.read());
        let began = Instant::now();
        let mut member = Member::nth(thread);
        // Who comes late, as where each call waits for a disk, makes each of its calls all the same.
        while member.calls < TURN || began.elapsed() < self.time {
            let op = member.next();
            lane.keep_last(KEPT);
            self.most.fetch_max(self.in_calls.fetch_add(1, Ordering::AcqRel) + 1, Ordering::AcqRel);
            lane.call(op.clone(), &*self.store, &self.clock, &mut Vec::new());
            self.in_calls.fetch_sub(1, Ordering::AcqRel);
            let judged = lane.made().last().and_then(Made::outcome).map(|outcome| member.judge(&op, outcome));
            if let Some(Err(expected)) = judged {
                self.is_over.store(true, Ordering::Release);
                return (member.calls, Some(expected));
            }
            if self.is_over.load(Ordering::Acquire) {
                break;
            }
        }
        (member.calls, None)
    }
}

impl Member {
    fn nth(thread: usize) -> Self {
        Self { namespace: format!("of {thread}").into(), data: Data::default(), id: 0, calls: 0 }
    }

    fn next(&self) -> Op {
        let namespace = Text::clone(&self.namespace);
        let number = self.calls as u64;
        match self.calls % TURN {
            0 => Op::Insert(sample::entry(&self.namespace, "h").response(number.to_string())),
            1 => Op::GetByHash(namespace, "h".into()),
            2 => Op::UpdateAccess(self.id, 1_000 + number),
            3 => Op::GetById(self.id),
            4 => Op::IterLruIds(10, Some(namespace)),
            5 => Op::Count(Some(namespace)),
            6 => Op::DeleteById(self.id),
            _ => Op::SetNamespaceQuota(namespace, number),
        }
    }

    /// Judges the answer to what came next.
    ///
    /// # Errors
    ///
    /// What was expected instead.
    fn judge(&mut self, op: &Op, outcome: &Outcome) -> Result<(), String> {
        self.calls += 1;
        if !is_answer(outcome) {
            return Err("an answer, as when no other thread calls".to_owned());
        }
        if let Outcome::Id(id) = outcome {
            self.id = *id;
        }
        self.data.answer(op, outcome).map(drop).map_err(|mismatch| mismatch.expected)
    }
}
