//! Programs as text: one action a line, to be kept beside the tests, read, edited and run again.
//!
//! ```text
//! mneme-conformance programs 1
//!
//! program
//! # What begins with # is a remark.
//! open "e5" 4
//! insert {"hash":"h","namespace":"a","ttl":5}
//! update_access #0 12
//! iter_lru_ids max "a"
//! elsewhere delete_by_id #0
//! reopen drop
//! ```
//!
//! Text is in JSON's quotes; a long text that repeats one character may be `{"repeat":"x","times":65535,"then":"y"}`.
//! `#0` is the first id that was given, `#0+2^32` another one beside it, `never` one that was not given, `zero` and `max`
//! are 0 and `u64::MAX`, and `=7` is the id 7 itself. The number of `iter_changed` says which of the versions that were seen is meant.

mod read;
mod write;

pub(crate) use self::{
    read::{read_entry, read_op},
    write::{write_entry, write_op},
};

use self::{read::read, write::write};
use super::program::{Action, Program};
use std::{fmt, str::FromStr};

/// The first line; its number is that of the format.
pub(super) const HEAD: &str = "mneme-conformance programs 1";
/// What stands before each program.
const PROGRAM: &str = "program";

/// Why text is no program: the line, counted from 1, and what is wrong with it.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{NoProgram, Program};
///
/// let error: NoProgram = "get_by_id #0\nfetch #0".parse::<Program>().expect_err("there is no fetch");
/// println!("{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoProgram {
    line: usize,
    reason: String,
}

impl fmt::Display for NoProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for NoProgram {}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write(self))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|action| writeln!(f, "{action}"))
    }
}

impl FromStr for Program {
    type Err = NoProgram;

    /// Reads one action a line; empty lines and those that begin with `#` are passed over.
    fn from_str(text: &str) -> Result<Self, NoProgram> {
        lines_of(text).map(|(at, line)| read_line(at, line)).collect::<Result<_, _>>().map(Self)
    }
}

impl Program {
    /// The program as it is added to a file, with a remark.
    fn to_text(&self, remark: &str) -> String {
        let mut text = format!("\n{PROGRAM}\n");
        for line in remark.lines() {
            text += &format!("# {line}\n");
        }
        for action in &self.0 {
            text += &write(action);
            text.push('\n');
        }
        text
    }
}

/// The text of a file with one more program in it; `text` is what the file has, and empty where there is none.
pub(crate) fn with_program(text: &str, program: &Program, remark: &str) -> String {
    let before = if text.is_empty() { format!("{HEAD}\n") } else { text.to_owned() };
    before + &program.to_text(remark)
}

/// Reads the programs of a file that [`with_program`] wrote, or somebody edited.
pub(crate) fn programs(text: &str) -> Result<Vec<Program>, NoProgram> {
    let first = text.lines().next().unwrap_or("").trim();
    if first != HEAD {
        let reason = match first.strip_prefix(HEAD.trim_end_matches(|c: char| c.is_ascii_digit())) {
            Some(version) => format!(
                "the programs are of version {version:?}, and this version of the harness reads {HEAD:?}"
            ),
            None => {
                format!(
                    "{first:?} is not the first line of a file that this version reads, which is {HEAD:?}"
                )
            }
        };
        return Err(NoProgram { line: 1, reason });
    }
    let mut programs: Vec<Program> = Vec::new();
    for (at, line) in lines_of(text).filter(|(at, _)| *at > 0) {
        if line == PROGRAM {
            programs.push(Program::default());
            continue;
        }
        let before = || NoProgram { line: at + 1, reason: format!("{line:?} comes before `{PROGRAM}`") };
        programs.last_mut().ok_or_else(before)?.0.push(read_line(at, line)?);
    }
    Ok(programs)
}

/// The lines that say something, each with its number from 0 up.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn read_line(at: usize, line: &str) -> Result<Action, NoProgram> {
    read(line).map_err(|reason| NoProgram { line: at + 1, reason: format!("{reason} in {:?}", shown(line)) })
}

/// A line as an error shows it.
fn shown(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        None => line.to_owned(),
        Some((at, _)) => format!("{}…", &line[..at]),
    }
}

/// How much of a line an error shows.
const LINE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{random::nth, subject::Claims};

    #[test]
    fn programs_are_read_as_they_were_written() {
        let claims = Claims { durable: true, ..Claims::default() };
        let written: Vec<Program> = (0..200).map(|number| nth(7, number, claims)).collect();
        let text =
            written.iter().fold(String::new(), |text, program| with_program(&text, program, "a\nremark"));
        assert_eq!(programs(&text), Ok(written));
    }

    #[test]
    fn what_is_no_program_is_named_with_its_line() {
        for (body, reason) in [
            ("insert", "line 3: something is missing"),
            ("insert {\"hash\":1}", "line 3: hash is 1, and no text"),
            ("insert {\"colour\":\"red\"}", "line 3: \"colour\" is no field"),
            ("\n# fine\nget_by_id 7", "line 5: \"7\" is no id: write #0"),
            ("explode", "line 3: \"explode\" is no operation"),
            ("close now", "line 3: \"now\" is too much"),
            ("get_by_hash \"a\" \"b", "line 3: EOF while parsing a string"),
        ] {
            let error = programs(&format!("{HEAD}\n{PROGRAM}\n{body}\n")).expect_err(body).to_string();
            assert!(error.starts_with(reason), "{error}");
        }
        let error = programs("mneme-conformance programs 2\n").expect_err("another format").to_string();
        assert!(
            error.starts_with(
                "line 1: the programs are of version \"2\", and this version of the harness reads"
            ),
            "{error}"
        );
        let error = programs(&format!("{HEAD}\nclose\n")).expect_err("no program yet").to_string();
        assert!(error.starts_with("line 2: \"close\" comes before"), "{error}");
    }
}
