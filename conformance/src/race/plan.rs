use std::time::Duration;

/// How much a race is looked for: until so many calls ran beside a call of another thread.
///
/// Rounds alone would say nothing: on a busy machine threads hardly ever run at the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many calls must run beside another thread's.
    pub(crate) overlapping: usize,
    /// A planted race of the kind that is looked for shows once in so many of them.
    pub(crate) shows_in: u32,
    /// So many calls are made at the most.
    pub(crate) calls: usize,
    /// After so long no further round is begun, on a machine that does nothing else.
    pub(crate) time: Duration,
}

/// Of so many calls one at least is to run beside another thread's; where fewer do, as on one processor, it is not waited for.
const CALLS_TO_AN_OVERLAP: usize = 20;

impl Plan {
    /// As many overlapping calls as a race that shows in one of `shows_in` needs, to be missed with no more than the
    /// given chance.
    pub(crate) fn for_a_race(shows_in: u32, miss: f64, time: Duration) -> Self {
        let keeps_hidden = 1.0 - 1.0 / f64::from(shows_in);
        let overlapping = (miss.ln() / keeps_hidden.ln()).ceil();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a small number, and positive"
        )]
        let overlapping = overlapping as usize;
        Self { overlapping, shows_in, calls: overlapping * CALLS_TO_AN_OVERLAP, time }
    }

    /// The same where a race can show in every other round only.
    pub(crate) fn in_every_other_round(self) -> Self {
        Self {
            overlapping: self.overlapping * 2,
            shows_in: self.shows_in * 2,
            calls: self.calls.saturating_mul(2),
            ..self
        }
    }

    /// The chance that such a race is missed in as many overlapping calls.
    pub(crate) fn miss_after(&self, overlapping: usize) -> f64 {
        let overlapping = i32::try_from(overlapping).unwrap_or(i32::MAX);
        (1.0 - 1.0 / f64::from(self.shows_in)).powi(overlapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_calls_follows_from_the_rate_and_the_chance() {
        let plan = Plan::for_a_race(50, 1e-3, Duration::ZERO);
        assert_eq!(plan.overlapping, 342);
        assert!(plan.miss_after(342) <= 1e-3 && plan.miss_after(341) > 1e-3);
        let half = plan.in_every_other_round();
        assert_eq!(half.overlapping, 684);
        // One in a hundred is missed a little less often by twice as many as one in fifty by as many.
        assert!((half.miss_after(684) - 1e-3).abs() < 1e-4, "{}", half.miss_after(684));
    }
}
