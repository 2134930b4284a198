//! The random programs beside proptest-state-machine: the same operations, judge and store.

use super::figure;
use mneme::{Entry, Identity, MemoryStore, Metadata, limits::MAX_NUMBER};
use mneme_conformance::{Action, Judged, Op, Program, Ref, Subject, Walk, random_program};
use proptest::{
    collection::{btree_map, vec},
    option::weighted,
    prelude::*,
    sample::select,
    strategy::ValueTree as _,
    test_runner::TestRunner,
};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use serde_json::Value;
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
        let Program(actions) = random_program(1, drawn(number), LENGTH);
        number += 1;
        let mut judged = judged();
        for action in &actions {
            act(&mut judged, action, looks);
        }
        operations += actions.len();
    }
    figure(operations) / start.elapsed().as_secs_f64()
}

/// The number of the n-th program of short texts. Of every sixteen numbers the last six begin programs of texts up to a
/// megabyte, and of dimensions up to the greatest: what they cost is the copying, on both sides.
fn drawn(n: usize) -> usize {
    n / 10 * 16 + n % 10
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

/// Keys as a program of ours has them: a family that a wrong store confuses.
const KEYS: &[&str] = &["a", "A", "a ", "aa", "a%", "a_", "*", "a:b", "a\0b", "caf\u{e9}", "cafe\u{301}", ""];
const TEXTS: &[&str] = &[
    "",
    "one",
    "two",
    " two ",
    "t\0wo",
    "\0",
    "l\r\nine\r",
    "{\"a\":1,'b'}\\u0000\\n",
    "&lt;b&gt; %20",
    "007",
    "1.0",
    "null",
    "a line\n",
    "\u{feff}begins with a mark",
];
const BITS: &[u32] = &[0, 1 << 31, 1, 0x007f_ffff, 0x7f7f_ffff, 0x7f80_0000, 0x7fc0_0001, 0x3dcc_cccd];
const NUMBERS: &[u64] = &[0, 1, 2, 3, 5, 10, 11, 12, 1_000, 1 << 31, 1 << 32, MAX_NUMBER - 1, MAX_NUMBER];

fn namespace() -> impl Strategy<Value = Arc<str>> {
    text(KEYS)
}

fn hash() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![
        7 => text(KEYS),
        3 => (0_u32..200).prop_map(|n| format!("w{n}").into()),
    ]
}

fn id() -> impl Strategy<Value = Ref> {
    prop_oneof![
        16 => (0_u16..40).prop_map(Ref::Nth),
        1 => (0_u16..40, select(&[8_u8, 16, 32][..])).prop_map(|(nth, power)| Ref::Past(nth, power)),
        1 => Just(Ref::Never),
        1 => Just(Ref::Zero),
        1 => Just(Ref::Max),
    ]
}

fn scope() -> impl Strategy<Value = Option<Arc<str>>> {
    proptest::option::of(namespace())
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0_u64..12, 1 => select(NUMBERS)]
}

fn embedding() -> impl Strategy<Value = Vec<f32>> {
    let bits = prop_oneof![select(BITS), any::<u32>()].prop_map(f32::from_bits);
    prop_oneof![
        8 => Just(vec![1.0, 0.0, 0.0, 0.0]),
        3 => vec(bits, 4),
        1 => select(&[0_usize, 1, 3, 5, 8][..]).prop_map(|length| vec![1.0; length]),
    ]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text(TEXTS).prop_map(|text| Value::from(&*text)),
    ];
    let nested = value.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(KEYS), inner, 0..3)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_string(), value)).collect()),
        ]
    });
    btree_map(text(KEYS), nested, 0..4)
        .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
}

/// An entry as ours are: each field that is often left out is left out as often.
fn entry() -> impl Strategy<Value = Entry> {
    (
        namespace(),
        hash(),
        weighted(0.3, text(TEXTS)),
        text(TEXTS),
        embedding(),
        weighted(0.25, metadata()),
        weighted(0.7, number()),
        weighted(0.6, number()),
        weighted(0.7, number()),
        weighted(0.2, number()),
    )
        .prop_map(
            |(namespace, hash, query, response, embedding, metadata, created, ttl, accessed, count)| {
                Entry::new(&*namespace, &*hash)
                    .query(query.as_deref().unwrap_or(""))
                    .response(&*response)
                    .embedding(embedding)
                    .metadata(metadata.unwrap_or_default())
                    .created_at(created.unwrap_or(0))
                    .ttl(ttl)
                    .last_accessed_at(accessed.unwrap_or(0))
                    .access_count(count.unwrap_or(0))
            },
        )
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
        10 => (id(), number()).prop_map(|(id, now)| Op::UpdateAccess(id, now)),
        7 => id().prop_map(Op::DeleteById),
        7 => (number(), scope()).prop_map(|(now, scope)| Op::DeleteExpired(now, scope)),
        3 => namespace().prop_map(Op::ClearNamespace),
        3 => (namespace(), number()).prop_map(|(a, quota)| Op::SetNamespaceQuota(a, quota)),
        3 => namespace().prop_map(Op::GetNamespaceQuota),
        3 => Just(Op::VersionCounter),
        3 => hash().prop_map(Op::ReadMeta),
        4 => (hash(), text(TEXTS)).prop_map(|(key, value)| Op::WriteMeta(key, value)),
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
