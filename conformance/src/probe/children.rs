//! Handles in other processes, and what becomes of them when their process is killed.

use super::{Check, Finding, Probe, Stop};
use crate::{
    child::{Process, Remote},
    operation::Step,
    outcome::Outcome,
};
use mneme::Store;
use std::{
    ffi::{OsStr, OsString},
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The processes that a scenario has started. Whoever watches the scenario can end them too.
#[derive(Clone, Default)]
pub(crate) struct Children {
    all: Arc<Mutex<Vec<Child>>>,
    /// Whether this probe has started any: it is asked at each call.
    any: bool,
}

struct Child {
    process: Arc<Process>,
    /// The handles that were made in it.
    handles: Vec<usize>,
}

/// How long a child may take to listen, at the least: the start of a program is no call of a store.
const STARTING: Duration = Duration::from_secs(60);

impl Children {
    fn all(&self) -> MutexGuard<'_, Vec<Child>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// Kills every child that is left.
    pub(super) fn end(&self) {
        let processes: Vec<_> = self.all().drain(..).map(|child| child.process).collect();
        for process in processes {
            process.kill();
        }
    }
}

impl Probe {
    /// Starts a process that works on the store too, and answers its number. It ends with the scenario.
    pub(crate) fn start_child(&mut self) -> Check<usize> {
        let Some(children) = self.subject.children().cloned() else {
            self.find(Finding::Partly("this program offers no child processes".to_owned()));
            return Err(Stop(()));
        };
        match children.start(self.settings.deadline().max(STARTING)) {
            Ok(process) => Ok(self.note_child(process)),
            Err(reason) => self.not_checked(reason),
        }
    }

    /// Starts a process by a command of the program and its arguments, and answers its number, or why there is none.
    pub(crate) fn start_child_by(
        &mut self,
        run: impl FnOnce(&OsStr, &[OsString]) -> Command,
    ) -> Result<usize, String> {
        let Some(children) = self.subject.children().cloned() else {
            return Err("this program offers no child processes".to_owned());
        };
        let started = children.start_by(self.settings.deadline().max(STARTING), run);
        started.map(|process| self.note_child(process))
    }

    /// As [`start_child`](Self::start_child), where this program offers child processes.
    pub(crate) fn start_child_if_offered(&mut self) -> Option<usize> {
        let children = self.subject.children().cloned()?;
        let process = children.start(self.settings.deadline().max(STARTING)).ok()?;
        Some(self.note_child(process))
    }

    fn note_child(&mut self, process: Arc<Process>) -> usize {
        self.children.any = true;
        let mut all = self.children.all();
        all.push(Child { process, handles: Vec::new() });
        all.len() - 1
    }

    /// Makes another handle on the current handle's site, in a child; calls go to it from now on.
    pub(crate) fn make_again_in_child(&mut self, child: usize) -> Check<usize> {
        let site = self.model.handle(self.current).site;
        self.make_on_in_child(site, child)
    }

    /// Makes a handle on a site that is known, in a child; calls go to it from now on.
    pub(crate) fn make_on_in_child(&mut self, site: usize, child: usize) -> Check<usize> {
        let process = self.process(child);
        let handle = self.handles.len();
        self.children.all()[child].handles.push(handle);
        self.make_by(site, move |place| {
            Remote::make(&process, handle, place).map(|remote| Arc::new(remote) as Arc<dyn Store>)
        })
    }

    /// Kills a child; its handles are gone.
    pub(crate) fn kill(&mut self, child: usize) -> Check {
        self.process(child).kill();
        self.note_killed(child)
    }

    /// Notes that a child was killed.
    pub(crate) fn note_killed(&mut self, child: usize) -> Check {
        let handles = self.children.all()[child].handles.clone();
        for handle in handles {
            // Dropped here, not there: the process is gone.
            if self.handles[handle].take().is_some() {
                self.take_step(handle, &Step::Kill, || Outcome::Done)?;
            }
        }
        Ok(())
    }

    /// The process that a handle is in, where that is a child.
    pub(super) fn process_of(&self, handle: usize) -> Option<Arc<Process>> {
        let all = self.children.all();
        let child = all.iter().find(|child| child.handles.contains(&handle))?;
        Some(Arc::clone(&child.process))
    }

    /// Notes that a handle is in a child.
    pub(super) fn note_handle_of(&mut self, child: usize, handle: usize) {
        self.children.all()[child].handles.push(handle);
    }

    /// Forgets the handles from a number on.
    pub(super) fn forget_handles_from(&mut self, handle: usize) {
        for child in self.children.all().iter_mut() {
            child.handles.retain(|known| *known < handle);
        }
    }

    pub(crate) fn process(&self, child: usize) -> Arc<Process> {
        Arc::clone(&self.children.all()[child].process)
    }

    /// Stops where a child talks nonsense, which says nothing about the store.
    pub(super) fn children_make_sense(&mut self) -> Check {
        if !self.children.any {
            return Ok(());
        }
        let nonsense = self.children.all().iter().find_map(|child| child.process.nonsense());
        nonsense.map_or(Ok(()), |reason| self.not_checked(reason))
    }
}
