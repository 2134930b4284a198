//! A quick look for an order of a round's calls: the first that comes to mind is nearly always right.
//!
//! An order that the model accepts, and that respects real time, is a proof whoever found it. Where none is found here, nothing
//! is known, and the search that tries every order has to tell.

use super::{
    lane::Made,
    recording::{Recording, ended, is_answer, on_data},
};
use crate::{model::Data, operation::Op};

/// By what a call is chosen from those that may be next.
#[derive(Clone, Copy)]
enum By {
    Called,
    Returned,
}

/// Whether one of two orders explains the calls: as they began, or as they returned, each with what is not accepted yet put off.
pub(super) fn is_found(recording: &Recording, data: &Data) -> bool {
    let lanes: Vec<Vec<&Made>> =
        recording.threads.iter().chain([&recording.after]).map(|made| calls(made)).collect();
    let is_plain = |made: &&Made| {
        let is_answered = made.outcome().is_some_and(is_answer);
        is_answered && !matches!(made.op(), Some(Op::Close))
    };
    lanes.iter().flatten().all(is_plain)
        && [By::Returned, By::Called].into_iter().any(|by| follow(&lanes, data.clone(), by))
}

/// The calls among what a thread did; what a walk does while it is alive is none.
fn calls(made: &[Made]) -> Vec<&Made> {
    made.iter().filter(|made| on_data(made).is_some()).collect()
}

fn follow(lanes: &[Vec<&Made>], mut data: Data, by: By) -> bool {
    let mut left: Vec<&[&Made]> = lanes.iter().map(Vec::as_slice).collect();
    loop {
        // Of a thread only its first call that is left may be next, and no call that began after another returned.
        let Some(end) = left.iter().filter_map(|calls| calls.first()).map(|call| ended(call)).min() else {
            return true;
        };
        let mut tried = 0;
        loop {
            let heads = left.iter().enumerate().filter_map(|(lane, calls)| Some((lane, *calls.first()?)));
            let next = heads
                .filter(|(_, call)| call.called <= end && place(call, by) > tried)
                .min_by_key(|(_, call)| place(call, by));
            let Some((lane, call)) = next else { return false };
            if is_accepted(&mut data, call) {
                left[lane] = &left[lane][1..];
                break;
            }
            tried = place(call, by);
        }
    }
}

fn place(call: &Made, by: By) -> u64 {
    match by {
        By::Called => call.called,
        By::Returned => ended(call),
    }
}

/// Whether the model accepts a call's answer; it is left as it was where it does not.
fn is_accepted(data: &mut Data, call: &Made) -> bool {
    call.op().zip(call.outcome()).is_some_and(|(op, outcome)| data.answer(op, outcome).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{operation::Step, outcome::Outcome, race::Round, sample};
    use std::sync::Arc;

    fn made(op: Op, called: u64, returned: u64, outcome: Outcome) -> Made {
        Made { step: Step::Call(op), called, returned: Some((returned, outcome)) }
    }

    fn recording(threads: [Vec<Made>; 2], after: Vec<Made>) -> Recording {
        Recording { round: Arc::new(Round::default()), before: Vec::new(), threads: threads.into(), after }
    }

    fn finds(recording: &Recording) -> bool {
        let data = recording.data().expect("nothing was called before");
        is_found(recording, &data)
    }

    fn insert(called: u64, returned: u64, id: u64) -> Made {
        made(Op::Insert(sample::entry("a", &format!("h{id}"))), called, returned, Outcome::Id(id))
    }

    fn count(called: u64, returned: u64, count: u64) -> Made {
        made(Op::Count(None), called, returned, Outcome::Number(count))
    }

    #[test]
    fn a_call_that_ran_beside_another_may_come_before_it_or_after_it() {
        for counted in [0, 1] {
            let beside = recording([vec![insert(1, 4, 1)], vec![count(2, 3, counted)]], vec![count(5, 6, 1)]);
            assert!(finds(&beside), "{counted}");
        }
        let neither = recording([vec![insert(1, 4, 1)], vec![count(2, 3, 2)]], Vec::new());
        assert!(!finds(&neither));
    }

    #[test]
    fn a_call_that_began_when_another_was_over_comes_after_it() {
        let late = recording([vec![insert(1, 2, 1)], vec![count(3, 4, 0)]], Vec::new());
        assert!(!finds(&late));
        let early = recording([vec![count(1, 2, 1)], vec![insert(3, 4, 1)]], Vec::new());
        assert!(!finds(&early), "nothing was stored when it was counted");
        let lost = recording([vec![insert(1, 3, 1)], vec![insert(2, 4, 2)]], vec![count(5, 6, 1)]);
        assert!(!finds(&lost));
    }

    #[test]
    fn inserts_are_taken_as_they_began_or_as_they_returned() {
        let two = |first: (u64, u64), second: (u64, u64)| {
            let inserts = [vec![insert(first.0, first.1, 1)], vec![insert(second.0, second.1, 2)]];
            recording(inserts, vec![count(5, 6, 2)])
        };
        assert!(finds(&two((1, 3), (2, 4))), "both orders are the right one");
        assert!(finds(&two((1, 4), (2, 3))), "it is the order in which they began");
        assert!(finds(&two((2, 3), (1, 4))), "it is the order in which they returned");
        // Neither is, so the search has to tell; and one began when the other was over.
        assert!(!finds(&two((2, 4), (1, 3))) && !finds(&two((3, 4), (1, 2))));
    }

    #[test]
    fn what_has_no_answer_is_left_to_the_search() {
        let mut open = insert(1, 2, 1);
        open.returned = None;
        assert!(!finds(&recording([vec![open], Vec::new()], Vec::new())));
    }
}
