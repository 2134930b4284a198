use super::{Action, Looks, failed, play::Player};
use crate::{
    failure::Failure,
    probe::{Check, Probe},
    settings::Settings,
    subject::Subject,
};
use std::{fmt, sync::Arc};

/// A store of a subject whose every answer the model judges, one action after the other.
///
/// It is for tests that draw or choose their actions themselves, such as a state machine of proptest. A panic of the store
/// is a failure like any other; a call that hangs is not noticed, since it runs on the caller's thread. A walk that an
/// action begins is left at once; [`Program::check`](super::Program::check) keeps walks alive, and notices hangs.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Judged, Program, Subject};
///
/// let program: Program = "open \"e5\" 4\nfill 3 1\ncount".parse()?;
/// let mut store = Judged::new(Subject::volatile(MemoryStore::new))?;
/// for action in &program.0 {
///     store.act(action)?;
/// }
/// store.look()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Judged {
    subject: Arc<Subject>,
    probe: Probe,
    player: Player,
}

impl Judged {
    /// Makes a store, which is not open yet.
    ///
    /// # Errors
    ///
    /// What the factory did otherwise than the contract asks.
    pub fn new(subject: impl Into<Arc<Subject>>) -> Result<Self, Failure> {
        let subject = subject.into();
        let probe = Probe::unwatched(Arc::clone(&subject), Settings::default());
        let mut judged = Self { subject, probe, player: Player::new(Looks::AT_THE_END) };
        judged.judge(|probe, _| probe.make_beside().map(drop))?;
        Ok(judged)
    }

    /// Makes an action.
    ///
    /// # Errors
    ///
    /// What the store did otherwise than the contract asks. From then on every action answers the same.
    pub fn act(&mut self, action: &Action) -> Result<(), Failure> {
        self.judge(|probe, player| player.act(probe, action))
    }

    /// Reads everything, by every way.
    ///
    /// # Errors
    ///
    /// As [`act`](Self::act).
    pub fn look(&mut self) -> Result<(), Failure> {
        self.judge(|probe, player| player.look(probe))
    }

    fn judge(&mut self, with: impl FnOnce(&mut Probe, &mut Player) -> Check) -> Result<(), Failure> {
        if with(&mut self.probe, &mut self.player).is_ok() {
            return Ok(());
        }
        match self.probe.so_far() {
            (Some(finding), trace) => failed(&self.subject, finding, trace),
            (None, _) => Ok(()),
        }
    }
}

impl fmt::Debug for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judged").field("subject", &self.subject).finish_non_exhaustive()
    }
}
