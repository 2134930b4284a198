use std::time::{Duration, Instant};

/// How long rounds have taken, and how long they would have on a machine that does nothing else.
///
/// A busy machine makes each round take longer, and is no reason to run fewer. So the time of a round is that of the fastest
/// ones, and only what takes many times as long in all is ended.
#[derive(Debug)]
pub(crate) struct Pace {
    began: Instant,
    rounds: u32,
    fastest: Duration,
}

/// How many times the time that rounds should take they may take.
const BUSY: u32 = 3;

impl Pace {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), rounds: 0, fastest: Duration::MAX }
    }

    /// Notes how long some rounds took together.
    pub(crate) fn note(&mut self, took: Duration, rounds: usize) {
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX).max(1);
        self.fastest = self.fastest.min(took / rounds);
        self.rounds = self.rounds.saturating_add(rounds);
    }

    /// Whether so many rounds take less than a time.
    pub(super) fn is_below(&self, time: Duration, rounds: usize) -> bool {
        self.fastest.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX)) < time
    }

    /// Whether as many rounds would have taken that long, or all took many times as long.
    pub(crate) fn is_over(&self, time: Duration) -> bool {
        self.would_have_taken() >= time || self.began.elapsed() >= time.saturating_mul(BUSY)
    }

    fn would_have_taken(&self) -> Duration {
        if self.rounds == 0 { Duration::ZERO } else { self.fastest.saturating_mul(self.rounds) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn rounds_that_a_busy_machine_slows_down_are_not_fewer() {
        let mut pace = Pace::new();
        pace.note(Duration::from_millis(10), 10);
        // The same ten rounds, beside others' work.
        (0..50).for_each(|_| pace.note(Duration::from_millis(200), 10));
        assert_eq!(pace.would_have_taken(), Duration::from_millis(510));
        assert!(!pace.is_over(SECOND));
        (0..50).for_each(|_| pace.note(Duration::from_millis(200), 10));
        assert!(pace.is_over(SECOND));
    }

    #[test]
    fn slow_rounds_end_when_the_time_is_up() {
        let mut pace = Pace::new();
        (0..9).for_each(|_| pace.note(Duration::from_millis(100), 1));
        assert!(!pace.is_over(SECOND));
        pace.note(Duration::from_millis(100), 1);
        assert!(pace.is_over(SECOND));
    }

    #[test]
    fn nothing_takes_for_ever() {
        let mut pace = Pace::new();
        pace.note(Duration::ZERO, 1);
        assert!(pace.is_over(Duration::ZERO));
        pace.began = Instant::now().checked_sub(SECOND * BUSY).expect("the machine has run longer than that");
        assert!(pace.is_over(SECOND));
    }
}
