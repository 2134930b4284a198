use std::time::SystemTime;

/// When a call began and when it was over, by the clock that the processes of a machine share.
///
/// It only counts how many calls were under way at the same time. What is right follows from nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(super) began: u64,
    pub(super) ended: u64,
}

impl Span {
    pub(crate) fn of<T>(run: impl FnOnce() -> T) -> (T, Self) {
        let began = now();
        let done = run();
        (done, Self { began, ended: now() })
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.began < other.ended && other.began < self.ended
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_overlap_that_were_under_way_at_the_same_time() {
        let span = |began, ended| Span { began, ended };
        for (other, overlaps) in
            [((1, 2), false), ((1, 5), true), ((5, 6), true), ((1, 9), true), ((8, 9), false)]
        {
            let other = span(other.0, other.1);
            assert_eq!((span(4, 8).overlaps(other), other.overlaps(span(4, 8))), (overlaps, overlaps));
        }
    }
}
