use mneme_conformance::linearizability::{
    Call, Checker, History, Verdict,
    specifications::{KeyValue, KeyValueOp, KeyValueOutcome, Register, RegisterOp, RegisterOutcome},
};

type RegisterHistory = History<RegisterOp, RegisterOutcome>;

fn write(thread: usize, number: u64, from: u64, to: u64) -> Call<RegisterOp, RegisterOutcome> {
    Call::new(thread, RegisterOp::Write(number), from).returned(to, RegisterOutcome::Written)
}

fn read(thread: usize, number: u64, from: u64, to: u64) -> Call<RegisterOp, RegisterOutcome> {
    Call::new(thread, RegisterOp::Read, from).returned(to, RegisterOutcome::Read(number))
}

fn check(history: &RegisterHistory) -> Verdict<u64> {
    Checker::default().check(&Register::new(0), history)
}

#[test]
fn nothing_is_explained_by_no_order_at_all() {
    assert_eq!(check(&History::default()), Verdict::Linearizable(vec![]));
}

#[test]
fn a_read_beside_a_write_may_see_it_or_not() {
    for seen in [0, 1] {
        let history = History::from_calls([write(0, 1, 1, 4), read(1, seen, 2, 3)]);
        assert!(check(&history).is_linearizable(), "{seen}");
    }
}

#[test]
fn a_read_after_a_write_must_see_it() {
    let history = History::from_calls([write(0, 1, 1, 2), read(1, 0, 3, 4)]);
    let verdict = check(&history);
    let violation = verdict.violation().expect("a stale read");
    assert_eq!(violation.call, 1);
    let [possible] = &violation.before[..] else { panic!("{violation:?}") };
    assert_eq!((possible.state, &possible.order[..], &possible.ahead[..]), (1, &[0][..], &[][..]));
}

#[test]
fn what_one_read_saw_no_later_one_unsees() {
    let seen_and_unseen = History::from_calls([write(0, 1, 1, 10), read(1, 1, 2, 3), read(2, 0, 4, 5)]);
    let verdict = check(&seen_and_unseen);
    let violation = verdict.violation().expect("the second read is older than the first");
    assert_eq!(violation.call, 2);
    assert_eq!(violation.before.len(), 1);
    assert_eq!(violation.before[0].state, 1);
    assert_eq!(violation.before[0].ahead, [0], "the write has not returned, and took effect");
    let in_order = History::from_calls([write(0, 1, 1, 10), read(1, 0, 2, 3), read(2, 1, 4, 5)]);
    assert_eq!(check(&in_order), Verdict::Linearizable(vec![1, 0, 2]));
}

#[test]
fn two_writes_at_once_take_one_order_for_all_readers() {
    let writes = [write(0, 1, 1, 2), write(1, 2, 1, 2)];
    let agree = History::from_calls(writes.iter().cloned().chain([read(2, 1, 3, 4), read(3, 1, 3, 4)]));
    assert!(check(&agree).is_linearizable());
    let differ = History::from_calls(writes.into_iter().chain([read(2, 1, 3, 4), read(3, 2, 3, 4)]));
    assert_eq!(check(&differ).violation().map(|violation| violation.before.len()), Some(1));
}

#[test]
fn a_call_that_never_returned_happened_or_not() {
    let lost = Call::new(0, RegisterOp::Write(1), 1);
    for seen in [0, 1] {
        let history = History::from_calls([lost.clone(), read(1, seen, 2, 3)]);
        assert!(check(&history).is_linearizable(), "{seen}");
    }
    // It may take effect long after.
    let late = History::from_calls([lost.clone(), read(1, 0, 2, 3), read(1, 1, 4, 5)]);
    assert_eq!(check(&late), Verdict::Linearizable(vec![1, 0, 2]));
    let once = History::from_calls([lost, read(1, 1, 2, 3), write(1, 2, 4, 5), read(1, 1, 6, 7)]);
    assert_eq!(check(&once).violation().map(|violation| violation.call), Some(3));
}

#[test]
fn a_call_that_failed_happened_before_it_returned_or_never() {
    let failed = Call::new(0, RegisterOp::Write(1), 1).failed(2);
    for seen in [0, 1] {
        let history = History::from_calls([failed.clone(), read(1, seen, 3, 4)]);
        assert!(check(&history).is_linearizable(), "{seen}");
    }
    let late = History::from_calls([failed, read(1, 0, 3, 4), read(1, 1, 5, 6)]);
    assert_eq!(check(&late).violation().map(|violation| violation.call), Some(2));
}

#[test]
fn a_call_and_a_return_with_one_stamp_overlap() {
    let history = History::from_calls([write(0, 1, 1, 2), read(1, 0, 2, 3)]);
    assert!(check(&history).is_linearizable());
}

#[test]
fn of_two_swaps_that_both_succeeded_the_later_return_is_named() {
    let swap = |thread, to, from, at| {
        Call::new(thread, RegisterOp::CompareAndSwap(0, to), from)
            .returned(at, RegisterOutcome::Swapped(true))
    };
    let verdict = check(&History::from_calls([swap(0, 1, 1, 5), swap(1, 2, 2, 4)]));
    let violation = verdict.violation().expect("both saw 0").clone();
    assert_eq!(violation.call, 0);
    assert_eq!(violation.before[0].order, [1]);
}

#[test]
fn a_search_without_a_budget_knows_nothing() {
    let history = History::from_calls([write(0, 1, 1, 2), read(1, 0, 3, 4)]);
    let checker = Checker::default().with_nodes(1).with_configurations(1);
    assert_eq!(checker.check(&Register::new(0), &history), Verdict::Unknown);
}

#[test]
fn more_calls_may_be_open_than_a_word_has_bits() {
    let open = (0..100).map(|thread| Call::new(thread, RegisterOp::CompareAndSwap(thread as u64, 1_000), 1));
    let history =
        |seen| History::from_calls(open.clone().chain([read(100, 1_000, 2, 3), read(100, seen, 4, 5)]));
    let checker = Checker::default().with_nodes(0);
    assert!(checker.check(&Register::new(77), &history(1_000)).is_linearizable());
    let verdict = checker.check(&Register::new(77), &history(77));
    assert_eq!(verdict.violation().map(|violation| violation.call), Some(101));
}

#[test]
fn keys_are_checked_apart() {
    let put = |thread, key, value, from, to| {
        Call::new(thread, KeyValueOp::Put(key, value), from).returned(to, KeyValueOutcome::Replaced(None))
    };
    let get = |thread, key, value, from, to| {
        Call::new(thread, KeyValueOp::Get(key), from).returned(to, KeyValueOutcome::Value(value))
    };
    let history = History::from_calls([
        put(0, 1, 10, 1, 2),
        put(1, 2, 20, 3, 4),
        get(0, 1, Some(10), 5, 6),
        get(1, 2, None, 7, 8),
    ]);
    let whole = Checker::default().check(&KeyValue, &history);
    assert_eq!(whole.violation().map(|violation| violation.call), Some(3));
    let parts = history.split_by(KeyValueOp::key);
    let verdicts: Vec<_> = parts.iter().map(|part| Checker::default().check(&KeyValue, part)).collect();
    assert!(verdicts[0].is_linearizable());
    assert_eq!(verdicts[1].violation().map(|violation| violation.call), Some(1));
}

#[test]
fn calls_that_overlap_are_counted() {
    let history =
        History::from_calls([write(0, 1, 1, 4), read(1, 1, 3, 6), read(0, 1, 5, 7), write(1, 2, 8, 9)]);
    assert_eq!(history.overlapping(), 3);
    let one_thread = History::from_calls([write(0, 1, 1, 2), read(0, 1, 3, 4)]);
    assert_eq!(one_thread.overlapping(), 0);
}
