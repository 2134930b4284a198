//! What the tests of one `behaviour!` share.

use crate::{
    child::{ChildProcesses, serve_if_child},
    contract::Clause,
    subject::Subject,
    suite::SuiteFailure,
    transcript::{NoTranscript, Transcript},
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// The store of one `behaviour!`, and how its transcripts are compared with the reviewed ones.
#[doc(hidden)]
pub struct Behaviour {
    subject: fn() -> Subject,
    module: &'static str,
    compare: fn(&Snapshot),
    made: OnceLock<Arc<Subject>>,
}

/// A transcript as it is kept: under a name, with the sentence that it is about.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Snapshot {
    name: String,
    clause: &'static Clause,
    text: String,
}

impl Behaviour {
    /// Makes one: how to make the subject, the module that the tests are in, and what compares a transcript with the one that
    /// was reviewed, and panics where they differ.
    pub const fn new(subject: fn() -> Subject, module: &'static str, compare: fn(&Snapshot)) -> Self {
        Self { subject, module, compare, made: OnceLock::new() }
    }

    /// Runs the check of a clause, and compares its transcript with the reviewed one.
    ///
    /// # Errors
    ///
    /// Where there is no transcript, because the check could not look.
    ///
    /// # Panics
    ///
    /// Where the transcript is another one than was reviewed.
    pub fn check(&self, clause: &'static Clause) -> Result<(), SuiteFailure> {
        let path = self.path();
        let subject = self.made.get_or_init(|| {
            let children = ChildProcesses::named(path).of_test(&format!("{path}::child_processes"));
            Arc::new((self.subject)().in_children(children))
        });
        let text = match Transcript::of(subject, clause) {
            Ok(transcript) => transcript.to_string(),
            Err(NoTranscript::NotApplicable(reason)) => {
                format!("# This says nothing of the store: {reason}.\n")
            }
            Err(none) => return Err(SuiteFailure::Report(format!("{clause} has no transcript: {none}"))),
        };
        let name = format!("{path}::{clause}").replace("::", "__");
        (self.compare)(&Snapshot { name, clause, text });
        Ok(())
    }

    /// Does the work of a child process, where this process is one.
    pub fn serve(&self) {
        let path = self.path();
        serve_if_child(|name| (name == path).then(self.subject));
    }

    /// The path of the tests: their module without the crate's name.
    fn path(&self) -> &'static str {
        self.module.split_once("::").map_or("", |(_, path)| path)
    }
}

impl Snapshot {
    /// The name of the snapshot: the tests' module, the clause's area, and the clause.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sentence that the transcript is about.
    pub fn description(&self) -> &'static str {
        self.clause.says()
    }

    /// The transcript.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("module", &self.module).finish_non_exhaustive()
    }
}
