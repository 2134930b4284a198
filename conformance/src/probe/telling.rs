//! What a scenario tells beside its calls, and what of these it does not tell.

use super::{Check, Probe};
use crate::trace::{Beside, Row};

impl Probe {
    /// Says what the calls that follow are about, to those who read all of them.
    pub(crate) fn note(&mut self, text: &'static str) {
        let after = self.record.rows().len();
        self.record.tell(after, Beside::Note(text));
    }

    /// Does something that leaves no trace where nothing was wrong: every handle that it makes is dropped, and what it
    /// did is taken out of the record and of the model.
    pub(crate) fn aside(&mut self, with: impl FnOnce(&mut Self) -> Check) -> Check {
        self.taken_out(with).map(drop)
    }

    /// As [`aside`](Self::aside), and the sites go with it: of hundreds that stayed a disk would run full.
    pub(crate) fn aside_for_good(&mut self, with: impl FnOnce(&mut Self) -> Check) -> Check {
        let sites = self.sites.len();
        self.aside(with)?;
        self.sites.truncate(sites);
        Ok(())
    }

    /// As [`aside`](Self::aside), but those who read all that was done read of it.
    pub(crate) fn told_aside(&mut self, with: impl FnOnce(&mut Self) -> Check) -> Check {
        let after = self.record.rows().len();
        let rows = self.taken_out(with)?;
        self.record.tell(after, Beside::Aside(rows));
        Ok(())
    }

    /// Does something that depends on luck or on the machine, so that nobody is to expect it again.
    pub(crate) fn untold<T>(&mut self, with: impl FnOnce(&mut Self) -> Check<T>) -> Check<T> {
        let from = self.record.rows().len();
        let done = with(self)?;
        let to = self.record.rows().len();
        self.record.tell(from, Beside::Untold(to));
        Ok(done)
    }

    fn taken_out(&mut self, with: impl FnOnce(&mut Self) -> Check) -> Check<Vec<Row>> {
        let (mark, handles, current) = (self.record.rows().len(), self.handles.len(), self.current);
        let model = self.model.clone();
        with(self)?;
        for handle in handles..self.handles.len() {
            self.current = handle;
            self.drop_handle()?;
        }
        self.handles.truncate(handles);
        self.forget_handles_from(handles);
        self.current = current;
        self.model = model;
        Ok(self.record.take_from(mark))
    }
}
