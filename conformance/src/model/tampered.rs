//! What is due of data that the harness has tampered with.

use super::{Difference, Judgement, Mismatch, Model, Phase};
use crate::{
    operation::{Op, Step, Tampering},
    outcome::{Ending, Outcome},
};
use mneme::ErrorKind;

/// Whether the store has said that its data are damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noticed {
    NotYet,
    /// `integrity_check` was false: what else is answered is free, as long as it is an answer.
    Yes,
}

impl Model {
    /// What was done to the files of a site, if anything was.
    pub(crate) fn tampering(&self, site: usize) -> Option<Tampering> {
        self.tampered.get(&site).map(|(how, _)| *how)
    }

    /// The kind of error that an open of tampered data must be, where only one is right.
    pub(super) fn refusal(&self, site: usize) -> Option<ErrorKind> {
        match self.tampering(site)? {
            Tampering::Foreign | Tampering::Newer => Some(ErrorKind::Incompatible),
            Tampering::Block => Some(ErrorKind::Backend),
            Tampering::Damage | Tampering::Full | Tampering::Room | Tampering::Unsynced => None,
        }
    }

    /// Judges a factory on tampered data; a factory that fails is an open that is refused.
    pub(super) fn made_of_tampered(&self, site: usize, outcome: &Outcome) -> Judgement {
        if matches!(self.tampering(site), Some(Tampering::Full | Tampering::Room)) {
            return Err(Mismatch::new(Difference::Undue, "a store"));
        }
        let Outcome::Failed(error) = outcome else {
            // An error of another type tells no kind.
            return Ok(());
        };
        match self.refusal(site) {
            Some(kind) if error.kind() != kind => {
                Err(Mismatch::new(Difference::WrongError(kind), super::due::expected(kind)))
            }
            None if !is_notice(error.kind()) => Err(Mismatch::new(Difference::Unnoticed, NOTICED_BY_OPEN)),
            _ => Ok(()),
        }
    }

    /// Judges a call on damaged data.
    pub(super) fn call_on_damaged(&mut self, handle: usize, op: &Op, outcome: &Outcome) -> Judgement {
        let site = self.handles[handle].site;
        let open = self.handles[handle].phase == Phase::Open;
        let told = matches!(self.tampered.get(&site), Some((_, Noticed::Yes)));
        match (op, outcome) {
            (Op::Open(_), Outcome::Failed(error)) if is_notice(error.kind()) => Ok(()),
            (Op::Open(_), Outcome::Failed(_)) => Err(Mismatch::new(Difference::Unnoticed, NOTICED_BY_OPEN)),
            (Op::IntegrityCheck, Outcome::Flag(sound)) if open => {
                if !sound {
                    self.tampered.insert(site, (Tampering::Damage, Noticed::Yes));
                }
                Ok(())
            }
            (Op::IntegrityCheck, _) if open => Err(Mismatch::new(Difference::NoAnswer, "true, or false")),
            (Op::Open(_) | Op::Close, _) => self.call_on_sound(handle, op, outcome),
            _ if open && told => Ok(()),
            (_, Outcome::Failed(error)) if open && error.kind() == ErrorKind::Corrupt => Ok(()),
            (Op::Walk(_), Outcome::Entries(items, Ending::Failed(error)))
                if open && error.kind() == ErrorKind::Corrupt =>
            {
                // What came before the error must be right all the same.
                let data = self.handles[handle].data;
                super::reads::shown_as_stored(&mut self.data[data], items).map_err(unnoticed)
            }
            _ => self.call_on_sound(handle, op, outcome).map_err(unnoticed),
        }
    }

    /// Judges a call where no room is left: a write may fail for want of it, and has then done nothing as far as anybody
    /// knows.
    pub(super) fn call_without_room(&mut self, handle: usize, op: &Op, outcome: &Outcome) -> Judgement {
        match outcome {
            Outcome::Failed(error)
                if error.kind() == ErrorKind::Backend
                    && op.is_write()
                    && self.handles[handle].phase == Phase::Open =>
            {
                if matches!(op, Op::Close) {
                    self.handles[handle].phase = Phase::Closed;
                }
                Ok(())
            }
            _ => self.call_on_sound(handle, op, outcome),
        }
    }

    /// Whether no room is left for the data of a handle.
    pub(super) fn lacks_room(&self, handle: usize) -> bool {
        self.tampering(self.handles[handle].site) == Some(Tampering::Full)
    }

    /// Whether a handle works on damaged data.
    pub(super) fn is_damaged(&self, handle: usize) -> bool {
        self.tampering(self.handles[handle].site) == Some(Tampering::Damage)
    }
}

/// What a panic on tampered data is instead of.
pub(super) fn instead_of_a_panic(step: &Step) -> &'static str {
    match step {
        Step::Call(Op::IntegrityCheck) => "true, or false",
        Step::Call(Op::Open(_)) | Step::Make => NOTICED_BY_OPEN,
        _ => "an answer, or a corrupt error",
    }
}

/// The errors by which an open says that data are damaged.
fn is_notice(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Corrupt
            | ErrorKind::Incompatible
            | ErrorKind::FingerprintMismatch
            | ErrorKind::DimensionMismatch
    )
}

const NOTICED_BY_OPEN: &str = "no error, or a corrupt, an incompatible or a mismatch error";

fn unnoticed(mut mismatch: Mismatch) -> Mismatch {
    mismatch.expected += ", or a corrupt error, or false from integrity_check()";
    mismatch.difference = Difference::Unnoticed;
    mismatch.instead = None;
    mismatch
}
