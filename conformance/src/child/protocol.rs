//! What a parent and a child write to each other: one line each, in JSON, with operations as programs have them.

use super::span::Span;
use crate::{
    operation::Op,
    outcome::{Ending, Outcome, display::causes},
    random::{
        Ref,
        text::{read_entry, read_op, write_entry, write_op},
    },
    subject::Site,
};
use mneme::{Error, StoredEntry};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a child's lines begin with: whatever runs it, and the store, write to the same place.
const MARK: &str = "mneme-child ";

/// What a child is told to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// The factory makes a handle on a site, under a number.
    Make { handle: usize, site: Site },
    /// A handle makes a call; of a walk not more than so many items.
    Call { handle: usize, op: Op<Ref>, most: usize },
    /// A handle is dropped.
    Drop { handle: usize },
    /// A snapshot becomes the data of a site.
    Restore { snapshot: PathBuf, site: Site },
    /// It waits until something is at a path, where others wait too.
    Meet(PathBuf),
}

/// A command with its number, and the child's thread that follows it.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) thread: usize,
    pub(super) command: Command,
}

/// What a child says.
#[derive(Clone, Debug)]
pub(super) enum Report {
    /// It listens.
    Ready,
    /// It begins to follow an order.
    Begun(u64),
    /// It has followed an order, for so long.
    Ended(u64, Outcome, Span),
    /// It cannot do what it is told.
    Refused(String),
}

type Read<T> = Result<T, String>;

impl Order {
    pub(super) fn to_line(&self) -> String {
        let Self { number, thread, command } = self;
        let command = match command {
            Command::Make { handle, site } => json!({ "make": handle, "site": write_site(site) }),
            // A program has no path that means something elsewhere, and so no text for it.
            Command::Call { handle, op: Op::SnapshotTo(path), .. } => {
                json!({ "snapshot to": path.to_string_lossy(), "on": handle })
            }
            Command::Call { handle, op, most } => json!({ "call": write_op(op), "on": handle, "most": most }),
            Command::Drop { handle } => json!({ "drop": handle }),
            Command::Restore { snapshot, site } => {
                json!({ "restore": snapshot.to_string_lossy(), "site": write_site(site) })
            }
            Command::Meet(path) => json!({ "meet": path.to_string_lossy() }),
        };
        json!([number, thread, command]).to_string()
    }

    pub(super) fn read(line: &str) -> Read<Self> {
        let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let command = &line[2];
        let text = |name: &str| command[name].as_str();
        let command = if let Some(op) = text("call") {
            Command::Call { handle: count(&command["on"])?, op: read_op(op)?, most: count(&command["most"])? }
        } else if let Some(path) = text("snapshot to") {
            Command::Call { handle: count(&command["on"])?, op: Op::SnapshotTo(path.into()), most: 0 }
        } else if let Some(path) = text("meet") {
            Command::Meet(path.into())
        } else if let Some(path) = text("restore") {
            Command::Restore { snapshot: path.into(), site: read_site(&command["site"])? }
        } else if command["make"].is_u64() {
            Command::Make { handle: count(&command["make"])?, site: read_site(&command["site"])? }
        } else if command["drop"].is_u64() {
            Command::Drop { handle: count(&command["drop"])? }
        } else {
            return Err(format!("{command} is no command"));
        };
        Ok(Self { number: number(&line[0])?, thread: count(&line[1])?, command })
    }
}

impl Report {
    pub(super) fn to_line(&self) -> String {
        let report = match self {
            Self::Ready => json!("ready"),
            Self::Begun(number) => json!(number),
            Self::Ended(number, outcome, span) => {
                json!([number, write_outcome(outcome), span.began, span.ended])
            }
            Self::Refused(reason) => json!({ "refused": reason }),
        };
        format!("{MARK}{report}")
    }

    /// Reads a line; none where it is not for the harness.
    pub(super) fn read(line: &str) -> Option<Read<Self>> {
        let report = line.strip_prefix(MARK)?;
        let report = serde_json::from_str(report).map_err(|error| error.to_string());
        Some(report.and_then(|report: Value| match &report {
            Value::String(ready) if ready == "ready" => Ok(Self::Ready),
            Value::Number(_) => Ok(Self::Begun(number(&report)?)),
            Value::Array(parts) if parts.len() == 4 => {
                let span = Span { began: number(&parts[2])?, ended: number(&parts[3])? };
                Ok(Self::Ended(number(&parts[0])?, read_outcome(&parts[1])?, span))
            }
            Value::Object(_) => Ok(Self::Refused(string(&report["refused"])?)),
            other => Err(format!("{other} is no report")),
        }))
    }
}

fn write_site(site: &Site) -> Value {
    json!([site.path().to_string_lossy(), site.name()])
}

fn read_site(value: &Value) -> Read<Site> {
    Ok(Site::lent(Path::new(&string(&value[0])?), string(&value[1])?))
}

fn write_outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Done => json!("done"),
        Outcome::Id(id) => json!({ "id": id }),
        Outcome::Number(number) => json!({ "number": number }),
        Outcome::Flag(flag) => json!({ "flag": flag }),
        Outcome::Entry(entry) => json!({ "entry": entry.as_ref().map(write_stored) }),
        Outcome::Entries(entries, ending) => {
            let ending = match ending {
                Ending::Ended => json!("ended"),
                Ending::Resumed => json!("resumed"),
                Ending::Endless => json!("endless"),
                Ending::Failed(error) => write_error(error),
            };
            json!({ "entries": entries.iter().map(write_stored).collect::<Vec<_>>(), "ending": ending })
        }
        Outcome::Names(names) => json!({ "names": names }),
        Outcome::Ids(ids) => json!({ "ids": ids }),
        Outcome::Quota(quota) => json!({ "quota": quota }),
        Outcome::Value(value) => json!({ "value": value }),
        Outcome::Failed(error) => json!({ "failed": write_error(error) }),
        Outcome::NotMade(why) => json!({ "not made": why }),
        Outcome::Panicked { message, location } => json!({ "panicked": message, "location": location }),
    }
}

fn read_outcome(outcome: &Value) -> Read<Outcome> {
    if outcome == "done" {
        return Ok(Outcome::Done);
    }
    let kind = outcome.as_object().and_then(|fields| {
        let ours = |name: &&String| !["ending", "location"].contains(&name.as_str());
        fields.keys().find(ours)
    });
    let kind = kind.ok_or_else(|| format!("{outcome} is no outcome"))?.as_str();
    let fact = &outcome[kind];
    Ok(match kind {
        "id" => Outcome::Id(number(fact)?),
        "number" => Outcome::Number(number(fact)?),
        "flag" => Outcome::Flag(fact.as_bool().ok_or_else(|| format!("{fact} is neither yes nor no"))?),
        "entry" => Outcome::Entry(optional(fact, read_stored)?),
        "entries" => {
            let ending = match &outcome["ending"] {
                Value::String(ending) if ending == "ended" => Ending::Ended,
                Value::String(ending) if ending == "resumed" => Ending::Resumed,
                Value::String(ending) if ending == "endless" => Ending::Endless,
                error => Ending::Failed(Arc::new(read_error(error)?)),
            };
            Outcome::Entries(list(fact, read_stored)?, ending)
        }
        "names" => Outcome::Names(list(fact, string)?),
        "ids" => Outcome::Ids(list(fact, number)?),
        "quota" => Outcome::Quota(optional(fact, number)?),
        "value" => Outcome::Value(optional(fact, string)?),
        "failed" => Outcome::failed(read_error(fact)?),
        "not made" => Outcome::NotMade(string(fact)?),
        "panicked" => Outcome::Panicked {
            message: optional(fact, string)?,
            location: optional(&outcome["location"], string)?,
        },
        other => return Err(format!("{other:?} is no outcome")),
    })
}

fn write_stored(stored: &StoredEntry) -> Value {
    json!([stored.id, stored.version, write_entry(&stored.entry)])
}

fn read_stored(value: &Value) -> Read<StoredEntry> {
    Ok(StoredEntry::new(number(&value[0])?, number(&value[1])?, read_entry(value[2].clone())?))
}

/// An error with its facts; what an engine said below it becomes a text.
fn write_error(error: &Error) -> Value {
    let cause = std::error::Error::source(error).map(causes);
    match error {
        Error::Closed => json!(["closed"]),
        Error::NotOpen => json!(["not open"]),
        Error::InvalidArgument { argument, reason, .. } => json!(["invalid argument", argument, reason]),
        Error::FingerprintMismatch { stored, supplied } => json!(["fingerprint", stored, supplied]),
        Error::DimensionMismatch { stored, supplied } => json!(["dimension", stored, supplied]),
        Error::Checkpoint { reason, .. } => json!(["checkpoint", reason, cause]),
        Error::Corrupt { reason, .. } => json!(["corrupt", reason, cause]),
        Error::Incompatible { reason, .. } => json!(["incompatible", reason, cause]),
        Error::Backend { action, .. } => json!(["backend", action, cause]),
        // A kind that a later version of the trait has; it has no facts here, and is not taken for another.
        other => json!(["unknown", other.to_string()]),
    }
}

fn read_error(error: &Value) -> Read<Error> {
    let caused = |error: Error, cause: &Value| {
        Ok(match optional(cause, string)? {
            Some(cause) => error.because(cause),
            None => error,
        })
    };
    let kind = error[0].as_str().unwrap_or_default();
    match kind {
        "closed" => Ok(Error::Closed),
        "not open" => Ok(Error::NotOpen),
        // The name of an argument is a static text, and lives as long as the program that reads it.
        "invalid argument" => Ok(Error::invalid_argument(string(&error[1])?.leak(), string(&error[2])?)),
        "fingerprint" => {
            Ok(Error::FingerprintMismatch { stored: string(&error[1])?, supplied: string(&error[2])? })
        }
        "dimension" => {
            Ok(Error::DimensionMismatch { stored: count(&error[1])?, supplied: count(&error[2])? })
        }
        "checkpoint" => caused(Error::checkpoint(string(&error[1])?), &error[2]),
        "corrupt" => caused(Error::corrupt(string(&error[1])?), &error[2]),
        "incompatible" => caused(Error::incompatible(string(&error[1])?), &error[2]),
        "backend" => {
            let cause = optional(&error[2], string)?.unwrap_or_else(|| "no cause was given".to_owned());
            Ok(Error::backend(string(&error[1])?, cause))
        }
        other => Err(format!("{other:?} is no kind of error")),
    }
}

fn number(value: &Value) -> Read<u64> {
    value.as_u64().ok_or_else(|| format!("{value} is no number"))
}

fn count(value: &Value) -> Read<usize> {
    number(value).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
}

fn string(value: &Value) -> Read<String> {
    value.as_str().map(ToOwned::to_owned).ok_or_else(|| format!("{value} is no text"))
}

fn optional<T>(value: &Value, read: fn(&Value) -> Read<T>) -> Read<Option<T>> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

fn list<T>(value: &Value, read: fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    value.as_array().ok_or_else(|| format!("{value} is no list"))?.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{operation::Walk, sample::full};

    fn again(outcome: &Outcome) -> Outcome {
        let span = Span { began: 3, ended: u64::MAX };
        let line = Report::Ended(7, outcome.clone(), span).to_line();
        match Report::read(&line).expect("it is marked") {
            Ok(Report::Ended(7, outcome, read)) if read == span => outcome,
            other => panic!("{line}\n{other:?}"),
        }
    }

    #[test]
    fn outcomes_are_read_as_they_were_written() {
        let odd = full("a\0\n", "\u{1f600}").embedding([f32::from_bits(0x7fa0_0001), -0.0]).response("\n\r");
        let stored = StoredEntry::new(3, 1 << 52, odd);
        let failed = Ending::Failed(Arc::new(Error::corrupt("a page").because("a checksum")));
        let outcomes = [
            Outcome::Done,
            Outcome::Id(u64::MAX),
            Outcome::Number(0),
            Outcome::Flag(true),
            Outcome::Entry(None),
            Outcome::Entry(Some(stored.clone())),
            Outcome::Entries(vec![stored.clone(), stored.clone()], Ending::Resumed),
            Outcome::Entries(vec![stored], failed),
            Outcome::Entries(Vec::new(), Ending::Endless),
            Outcome::Names(vec![String::new(), "b".to_owned()]),
            Outcome::Ids(vec![2, 1]),
            Outcome::Quota(None),
            Outcome::Quota(Some(0)),
            Outcome::Value(Some("mneme-child ".to_owned())),
            Outcome::NotMade("a lock: taken".to_owned()),
            Outcome::Panicked { message: None, location: Some("a.rs:1:2".to_owned()) },
            Outcome::failed(Error::Closed),
            Outcome::failed(Error::NotOpen),
            Outcome::failed(Error::invalid_argument("ttl", "too large")),
            Outcome::failed(Error::FingerprintMismatch { stored: "a".to_owned(), supplied: "b".to_owned() }),
            Outcome::failed(Error::DimensionMismatch { stored: 4, supplied: 8 }),
            Outcome::failed(Error::checkpoint("there")),
            Outcome::failed(Error::incompatible("newer")),
            Outcome::failed(Error::backend("commit", "disk on fire")),
        ];
        for outcome in outcomes {
            assert_eq!(format!("{:?}", again(&outcome)), format!("{outcome:?}"));
        }
    }

    #[test]
    fn orders_are_read_as_they_were_written() {
        let site = || Site::lent(Path::new("/data/a b\n"), "mneme_1".to_owned());
        let call = |op| Command::Call { handle: 2, op, most: usize::MAX };
        let commands = [
            Command::Make { handle: 0, site: site() },
            Command::Drop { handle: 3 },
            Command::Restore { snapshot: "/data/s".into(), site: site() },
            Command::Meet("/data/\"here\"".into()),
            call(Op::Insert(full("a\n", "h"))),
            call(Op::DeleteById(Ref::Exactly(u64::MAX))),
            call(Op::UpdateAccess(Ref::Nth(3), 9)),
            call(Op::Walk(Walk::Since(Ref::Exactly(4)))),
            Command::Call { handle: 1, op: Op::SnapshotTo("/data/x y".into()), most: 0 },
        ];
        for command in commands {
            let order = Order { number: 1 << 60, thread: 5, command };
            let line = order.to_line();
            assert!(!line.contains('\n'), "{line}");
            let read = Order::read(&line).expect(&line);
            assert_eq!(format!("{read:?}"), format!("{order:?}"));
        }
    }

    #[test]
    fn what_is_no_report_is_none_or_says_so() {
        assert!(Report::read("running 1 test").is_none());
        assert!(Report::read("xmneme-child 1").is_none());
        for line in [
            "mneme-child ",
            "mneme-child {}",
            "mneme-child [1]",
            "mneme-child [1,{\"id\":-1},2,3]",
            "mneme-child [1,\"done\",2,-3]",
        ] {
            assert!(Report::read(line).expect("marked").is_err(), "{line}");
        }
        assert!(Order::read("[1,2,{\"explode\":1}]").is_err());
        assert!(Order::read("").is_err());
    }
}
