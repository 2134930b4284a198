//! The random programs beside proptest-state-machine: the same operations, judge and store.

use super::figure;
use mneme::{Entry, Identity, MemoryStore};
use mneme_conformance::{Action, Judged, Op, Program, Ref, Subject, Walk, random_program};
use proptest::{prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How many operations a sequence has, and for how long each side runs.
const LENGTH: usize = 100;
const TIME: Duration = Duration::from_secs(2);

/// Prints how many times as many operations a second the random programs make.
pub(crate) fn compare() {
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    for (looks, name) in [(Looks::None, "random_vs_psm"), (Looks::AfterEach, "random_vs_psm_with_looks")] {
        // In turns, so that a disturbance meets both.
        let mut ratios: Vec<f64> = (0..5).map(|_| ours(looks) / psm(looks)).collect();
        ratios.sort_by(f64::total_cmp);
        println!("{name}_{build} {:.1}", ratios[ratios.len() / 2]);
    }
    println!("random_operations_per_second_{build} {:.0}", ours(Looks::None));
    println!("psm_operations_per_second_{build} {:.0}", psm(Looks::None));
}

#[derive(Clone, Copy, PartialEq)]
enum Looks {
    None,
    AfterEach,
}

fn subject() -> Arc<Subject> {
    static SUBJECT: OnceLock<Arc<Subject>> = OnceLock::new();
    Arc::clone(SUBJECT.get_or_init(|| Arc::new(Subject::volatile(MemoryStore::new))))
}

fn judged() -> Judged {
    let mut judged = Judged::new(subject()).expect("a store");
    judged.act(&Action::Call(Op::Open(Identity::new("e", 4)))).expect("it opens");
    judged
}

fn act(judged: &mut Judged, action: &Action, looks: Looks) {
    judged.act(action).expect("the store is right");
    if looks == Looks::AfterEach {
        judged.look().expect("the store is right");
    }
}

fn ours(looks: Looks) -> f64 {
    let (start, mut operations, mut number) = (Instant::now(), 0, 0);
    while start.elapsed() < TIME {
        let Program(actions) = random_program(1, number, LENGTH);
        number += 1;
        let mut judged = judged();
        for action in &actions {
            act(&mut judged, action, looks);
        }
        operations += actions.len();
    }
    figure(operations) / start.elapsed().as_secs_f64()
}

static MADE: AtomicUsize = AtomicUsize::new(0);

fn psm(looks: Looks) -> f64 {
    MADE.store(0, Ordering::Relaxed);
    let strategy = Machine::sequential_strategy(LENGTH);
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let start = Instant::now();
    while start.elapsed() < TIME {
        let tree = strategy.new_tree(&mut runner).expect("nothing is rejected");
        let (state, transitions, seen) = tree.current();
        let config = ProptestConfig { verbose: 0, ..ProptestConfig::default() };
        match looks {
            Looks::None => Plain::test_sequential(config, state, transitions, seen),
            Looks::AfterEach => Looking::test_sequential(config, state, transitions, seen),
        }
    }
    figure(MADE.load(Ordering::Relaxed)) / start.elapsed().as_secs_f64()
}

/// A reference state that is empty: the judge is in the system under test.
#[derive(Clone, Debug)]
struct Machine;

impl ReferenceStateMachine for Machine {
    type State = ();
    type Transition = Action;

    fn init_state() -> BoxedStrategy<()> {
        Just(()).boxed()
    }

    fn transitions((): &()) -> BoxedStrategy<Action> {
        thread_local! {
            static STRATEGY: BoxedStrategy<Action> = transitions();
        }
        STRATEGY.with(Clone::clone)
    }

    fn apply((): (), _: &Action) {}
}

fn text(of: &'static [&'static str]) -> impl Strategy<Value = Arc<str>> {
    select(of).prop_map(Into::into)
}

fn namespace() -> impl Strategy<Value = Arc<str>> {
    text(&["a", "b", "A", "aa", "a%"])
}

fn hash() -> impl Strategy<Value = Arc<str>> {
    text(&["h", "H", "h ", "k1", "k2"])
}

fn id() -> impl Strategy<Value = Ref> {
    (0_u16..40).prop_map(Ref::Nth)
}

fn scope() -> impl Strategy<Value = Option<Arc<str>>> {
    proptest::option::of(namespace())
}

fn entry() -> impl Strategy<Value = Entry> {
    (
        namespace(),
        hash(),
        text(&["", "one", "two"]),
        text(&["", "one", "two"]),
        0_u64..12,
        proptest::option::of(0_u64..12),
        0_u64..12,
        0_u64..12,
    )
        .prop_map(|(namespace, hash, query, response, created, ttl, accessed, count)| {
            Entry::new(&*namespace, &*hash)
                .query(&*query)
                .response(&*response)
                .embedding([1.0, 0.0, 0.0, 0.0])
                .created_at(created)
                .ttl(ttl)
                .last_accessed_at(accessed)
                .access_count(count)
        })
}

fn transitions() -> BoxedStrategy<Action> {
    prop_oneof![
        38 => entry().prop_map(Op::Insert),
        5 => (namespace(), hash()).prop_map(|(a, b)| Op::GetByHash(a, b)),
        4 => id().prop_map(Op::GetById),
        3 => scope().prop_map(Op::Count),
        2 => Just(Op::ListNamespaces),
        5 => (0_usize..10, scope()).prop_map(|(limit, scope)| Op::IterLruIds(limit, scope)),
        2 => Just(Op::Walk(Walk::All)),
        2 => id().prop_map(|id| Op::Walk(Walk::Since(id))),
        3 => (0_u64..40).prop_map(|version| Op::Walk(Walk::Changed(version))),
        10 => (id(), 0_u64..12).prop_map(|(id, now)| Op::UpdateAccess(id, now)),
        7 => id().prop_map(Op::DeleteById),
        7 => (0_u64..24, scope()).prop_map(|(now, scope)| Op::DeleteExpired(now, scope)),
        3 => namespace().prop_map(Op::ClearNamespace),
        3 => (namespace(), 0_u64..12).prop_map(|(a, quota)| Op::SetNamespaceQuota(a, quota)),
        3 => namespace().prop_map(Op::GetNamespaceQuota),
        3 => Just(Op::VersionCounter),
        3 => hash().prop_map(Op::ReadMeta),
        4 => (hash(), text(&["", "one", "two"])).prop_map(|(key, value)| Op::WriteMeta(key, value)),
        1 => Just(Op::IntegrityCheck),
    ]
    .prop_map(Action::Call)
    .boxed()
}

macro_rules! system {
    ($name:ident, $looks:expr) => {
        struct $name;

        impl StateMachineTest for $name {
            type SystemUnderTest = Judged;
            type Reference = Machine;

            fn init_test((): &()) -> Judged {
                judged()
            }

            fn apply(mut judged: Judged, (): &(), action: Action) -> Judged {
                act(&mut judged, &action, $looks);
                MADE.fetch_add(1, Ordering::Relaxed);
                judged
            }
        }
    };
}

system!(Plain, Looks::None);
system!(Looking, Looks::AfterEach);
