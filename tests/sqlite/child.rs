//! This test binary as another process, started again for the very test that needs it.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// What a child is to do, and on which file.
const ROLE: &str = "MNEME_SQLITE_TEST_ROLE";
const PATH: &str = "MNEME_SQLITE_TEST_PATH";

/// Begins every line that a child says: the test harness writes to the same pipe.
const MARK: &str = "child: ";

/// A process of this test, which is killed and reaped on every way out.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(test: &str, role: &str, path: &Path) -> Self {
        Self::start_by(Command::new(env::current_exe().expect("this binary")), test, role, path)
    }

    /// As [`start`](Self::start), where every file that is made may be read and written by anybody, if nobody says otherwise.
    #[cfg(unix)]
    pub(crate) fn start_without_umask(test: &str, role: &str, path: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(env::current_exe().expect("this binary"));
        Self::start_by(shell, test, role, path)
    }

    fn start_by(mut command: Command, test: &str, role: &str, path: &Path) -> Self {
        let mut child = command
            .args([test, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(PATH, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let input = child.stdin.take().expect("its input");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, input, output }
    }

    /// The next line that it says; none once it has ended.
    pub(crate) fn says(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.output.read_line(&mut line).expect("its output") > 0 {
            if let Some(said) = line.trim_end().strip_prefix(MARK) {
                return Some(said.to_owned());
            }
            line.clear();
        }
        None
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a kill");
    }

    pub(crate) fn tell(&mut self, word: &str) {
        writeln!(self.input, "{word}").expect("its input");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What this process is to do if it is a child.
pub(crate) fn role() -> Option<(String, PathBuf)> {
    Some((env::var(ROLE).ok()?, env::var_os(PATH)?.into()))
}

#[allow(clippy::print_stdout, reason = "it is how a child speaks")]
pub(crate) fn say(what: &str) {
    // The first line end is for what the test harness has written.
    print!("\n{MARK}{what}\n");
    std::io::stdout().flush().expect("an output");
}

pub(crate) fn hear() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("an input");
}

pub(crate) fn file() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("cache.db");
    (directory, path)
}
