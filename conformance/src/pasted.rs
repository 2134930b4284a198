//! A failure as a Rust test that an author can paste beside the call of the macro.

mod values;

use self::values::{entry, identity, number, optional, text};
use crate::{
    contract::Clause,
    model::{Model, Right},
    operation::{Op, Step, Walk},
    outcome::Outcome,
    random::Program,
    subject::Claims,
    trace::{Row, Trace},
};
use mneme::{Entry, limits::MAX_NUMBER};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Writes the calls of a trace as a test, the last with what the contract asks of it.
///
/// `subject` is the expression that makes the subject. What no plain call can say, such as a call that never returned or
/// an item of a live walk that is wrong, is left to the harness, which runs the program.
pub(crate) fn test(
    trace: &Trace,
    clause: &Clause,
    claims: Claims,
    subject: &str,
    program: &Program,
) -> String {
    let name = clause.to_string().replace("::", "_");
    let says = clause.says();
    let body = Writer::new(trace.rows(), claims).body().unwrap_or_else(|| judged(program));
    format!(
        "/// {clause}: {says}\n#[test]\nfn {name}() -> Result<(), Box<dyn std::error::Error>> {{\n    let subject = {subject};\n{body}    Ok(())\n}}\n"
    )
}

/// The program, run by the harness.
fn judged(program: &Program) -> String {
    let mut body = "    let program: mneme_conformance::Program = r##\"\n".to_owned();
    for action in &program.0 {
        body += &format!("        {action}\n");
    }
    body + "    \"##\n    .parse()?;\n    program.check(subject, &mneme_conformance::Settings::default())?;\n"
}

struct Writer<'a> {
    rows: &'a [Row],
    model: Model,
    body: String,
    /// Sites that have a name already.
    sites: BTreeSet<usize>,
    /// The ids that have a name, which is `id_` and the number.
    ids: BTreeSet<u64>,
    /// Directories that snapshots go to, by the path of the snapshot.
    places: BTreeMap<PathBuf, usize>,
}

impl<'a> Writer<'a> {
    fn new(rows: &'a [Row], claims: Claims) -> Self {
        Self {
            rows,
            model: Model::new(claims),
            body: String::new(),
            sites: BTreeSet::new(),
            ids: BTreeSet::new(),
            places: BTreeMap::new(),
        }
    }

    /// The lines of the test; none where plain calls cannot say it.
    fn body(mut self) -> Option<String> {
        let (last, before) = self.rows.split_last()?;
        // A test of hundreds of lines is no help.
        if before.len() > 60 || self.rows.iter().any(names_no_text) {
            return None;
        }
        for row in before {
            self.row(row)?;
            self.follow(row);
        }
        self.wrong(last)?;
        for id in &self.ids {
            if names(&self.body, &format!("id_{id}")) == 1 {
                self.body = self.body.replacen(&format!("let id_{id} = "), "", 1);
            }
        }
        Some(self.body)
    }

    fn line(&mut self, line: &str) {
        self.body += "    ";
        self.body += line;
        self.body += "\n";
    }

    /// Moves the model on, as far as the answer lets it.
    fn follow(&mut self, row: &Row) {
        let Some(outcome) = &row.outcome else { return };
        if let Err(mismatch) = self.model.step(row.handle, row.site, &row.step, outcome)
            && let Some(instead) = mismatch.instead
        {
            let _ = self.model.step(row.handle, row.site, &row.step, &instead);
        }
    }

    /// A step that was right.
    fn row(&mut self, row: &Row) -> Option<()> {
        let handle = handle(row.handle);
        match &row.step {
            Step::Make => {
                let site = self.site(row.site);
                match row.outcome {
                    Some(Outcome::Done) => self.line(&format!("let {handle} = subject.handle(&{site})?;")),
                    _ => self.line(&format!("assert!(subject.handle(&{site}).is_err());")),
                }
            }
            Step::Call(op) => {
                let call = self.call(row, op);
                match (&row.outcome, op) {
                    (Some(Outcome::Id(id)), Op::Insert(_)) if !self.ids.contains(id) => {
                        self.ids.insert(*id);
                        self.line(&format!("let id_{id} = {call}?;"));
                    }
                    (Some(Outcome::Failed(error)), _) => {
                        let kind = error.kind();
                        self.line(&format!(
                            "assert!({call}.is_err_and(|error| error.kind() == mneme::ErrorKind::{kind:?}));"
                        ));
                    }
                    _ => self.line(&format!("{call}?;")),
                }
            }
            Step::Begin(number, walk) => {
                let walk = self.walk(walk);
                self.line(&format!("let mut walk_{number} = {handle}.{walk}?;"));
            }
            Step::Next(number) => self.line(&format!("walk_{number}.next().transpose()?;")),
            Step::Leave(number) => self.line(&format!("drop(walk_{number});")),
            Step::Drop => self.line(&format!("drop({handle});")),
            Step::Look => {}
            Step::Exists(path) => {
                let path = self.place(path)?;
                self.line(&format!("assert!(!{path}.exists());"));
            }
            Step::Altered(path) => {
                let path = self.place(path)?;
                self.line(&format!("assert_eq!(std::fs::read({path})?, b\"not a snapshot\");"));
            }
            Step::Unwind(_)
            | Step::Recall(_)
            | Step::Put(..)
            | Step::Restore(_)
            | Step::Tamper(..)
            | Step::Kill
            | Step::Meanwhile
            | Step::AtOnce => return None,
        }
        Some(())
    }

    /// The step that was wrong, with what is right.
    fn wrong(&mut self, row: &Row) -> Option<()> {
        row.outcome.as_ref()?;
        let Step::Call(op) = &row.step else {
            return match row.step {
                // A factory may refuse nothing by itself, so what is wrong is that it failed.
                Step::Make => {
                    let site = self.site(row.site);
                    self.line(&format!("subject.handle(&{site})?;"));
                    Some(())
                }
                Step::Begin(..) | Step::Exists(_) | Step::Altered(_) => self.row(row),
                _ => None,
            };
        };
        let right = self.model.right(row.handle, op);
        let call = self.call(row, op);
        match right {
            Right::Error(kind) => {
                self.line(&format!("let answer = {call}.map(drop);"));
                self.line(&format!(
                    "assert_eq!(answer.map_err(|error| error.kind()), Err(mneme::ErrorKind::{kind:?}));"
                ));
            }
            Right::Mismatch(text) => {
                // The facts count too, and their text has them all.
                self.line(&format!("let answer = {call}.map(drop);"));
                let right = values::text(&text);
                self.line(&format!(
                    "assert_eq!(answer.map_err(|error| error.to_string()), Err({right}.to_owned()));"
                ));
            }
            Right::Done => self.line(&format!("{call}?;")),
            Right::Number(right) => self.line(&format!("assert_eq!({call}?, {});", number(right))),
            Right::Flag(right) => self.line(&format!("assert_eq!({call}?, {right});")),
            Right::Names(names) => {
                let names: Vec<String> = names.iter().map(|name| text(name)).collect();
                self.line(&format!("let right: &[&str] = &[{}];", names.join(", ")));
                self.line(&format!("assert_eq!({call}?, right);"));
            }
            Right::Ids(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| self.id(*id)).collect();
                self.line(&format!("let right: &[u64] = &[{}];", ids.join(", ")));
                self.line(&format!("assert_eq!({call}?, right);"));
            }
            Right::Quota(right) => {
                self.line(&format!("assert_eq!({call}?, {});", optional(right.map(number))));
            }
            Right::Value(right) => {
                let right = optional(right.map(|value| text(&value)));
                self.line(&format!("assert_eq!({call}?.as_deref(), {right});"));
            }
            Right::SomeText => {
                self.line(&format!("assert!({call}?.is_some_and(|value| !value.is_empty()));"));
            }
            Right::Between(low, high) => {
                let event = self.model.data(row.handle).versions.now();
                if !is_counted(event, low, high) {
                    return None;
                }
                self.line(&format!("let found = {call}?;"));
                self.line(&range("found", low, high));
            }
            Right::Id(id) => {
                let id = self.id(id);
                self.line(&format!("assert_eq!({call}?, {id});"));
            }
            Right::NewId(last) => {
                self.line(&format!("let id = {call}?;"));
                let last = self.id(last);
                self.line(&format!(
                    "assert!(id > {last} && id <= mneme::limits::MAX_NUMBER, \"id {{id}}\");"
                ));
            }
            Right::NoEntry => self.line(&format!("assert_eq!({call}?, None);")),
            Right::Entry(id, right, low, high) => self.entry(row, &call, (id, &right, low, high))?,
            Right::Walk(entries) => self.walked(row, op, &entries)?,
            Right::Unknown => return None,
        }
        Some(())
    }

    /// The call answers this entry.
    fn entry(
        &mut self,
        row: &Row,
        call: &str,
        (id, right, low, high): (u64, &Entry, u64, u64),
    ) -> Option<()> {
        let is_right = matches!(&row.outcome, Some(Outcome::Entry(Some(found))) if found.entry == *right);
        let name = self.id(id);
        self.line(&format!("let found = {call}?.expect(\"it is stored\");"));
        self.line(&format!("assert_eq!(found.id, {name});"));
        self.line(&format!("assert_eq!(found.entry, {});", entry(right)));
        self.version(row, "found.version", (id, low, high), is_right)
    }

    /// The walk yields these entries, and ends.
    fn walked(&mut self, row: &Row, op: &Op, entries: &[(u64, Entry, u64, u64)]) -> Option<()> {
        let ids: Vec<String> = entries.iter().map(|(id, ..)| self.id(*id)).collect();
        let Op::Walk(walk) = op else { return None };
        let (walk, handle) = (self.walk(walk), handle(row.handle));
        // More than there are, where it never ends.
        let most = entries.len() + 3;
        self.line(&format!("let mut walk = {handle}.{walk}?;"));
        self.line(&format!("let found = walk.by_ref().take({most}).collect::<mneme::Result<Vec<_>>>()?;"));
        self.line(&format!("let right: &[u64] = &[{}];", ids.join(", ")));
        self.line("assert_eq!(found.iter().map(|entry| entry.id).collect::<Vec<_>>(), right);");
        if let Some(Outcome::Entries(found, _)) = &row.outcome {
            let differs = found.iter().zip(entries).position(|(found, (id, right, low, high))| {
                found.id == *id && (found.entry != *right || !(*low..=*high).contains(&found.version))
            });
            if let Some(at) = differs {
                let (id, right, low, high) = &entries[at];
                self.line(&format!("assert_eq!(found[{at}].entry, {});", entry(right)));
                let is_right = found[at].entry == *right;
                self.version(row, &format!("found[{at}].version"), (*id, *low, *high), is_right)?;
            }
        }
        self.line("assert!(walk.next().is_none() && walk.next().is_none());");
        Some(())
    }

    /// The version of an entry is in these bounds, where a test can say so; none where that is what the test is for, and cannot.
    fn version(
        &mut self,
        row: &Row,
        what: &str,
        (id, low, high): (u64, u64, u64),
        is_needed: bool,
    ) -> Option<()> {
        if is_counted(self.model.data(row.handle).entries[&id].event, low, high) {
            self.line(&range(what, low, high));
            return Some(());
        }
        (!is_needed).then_some(())
    }

    /// A call, whose value is a `Result`.
    fn call(&mut self, row: &Row, op: &Op) -> String {
        let call = self.plain_call(row.handle, op);
        if row.fresh_thread {
            return format!("std::thread::scope(|scope| scope.spawn(|| {call}).join()).expect(\"no panic\")");
        }
        call
    }

    fn plain_call(&mut self, at: usize, op: &Op) -> String {
        let name = op.name();
        let handle = handle(at);
        let arguments = match op {
            Op::Open(supplied) => format!("&{}", identity(supplied)),
            Op::Close | Op::ListNamespaces | Op::VersionCounter | Op::IntegrityCheck => String::new(),
            Op::GetByHash(a, b) | Op::WriteMeta(a, b) => format!("{}, {}", text(a), text(b)),
            Op::GetById(id) | Op::DeleteById(id) => self.id(*id),
            Op::Count(scope) => optional(scope.as_deref().map(text)),
            Op::IterLruIds(limit, scope) => {
                let limit =
                    if *limit == usize::MAX { "usize::MAX".to_owned() } else { number(*limit as u64) };
                format!("{limit}, {}", optional(scope.as_deref().map(text)))
            }
            Op::Walk(walk) => {
                let walk = self.walk(walk);
                return format!("{handle}.{walk}.and_then(|walk| walk.collect::<mneme::Result<Vec<_>>>())");
            }
            Op::Insert(inserted) => entry(inserted),
            Op::UpdateAccess(id, now) => format!("{}, {}", self.id(*id), number(*now)),
            Op::DeleteExpired(now, scope) => {
                format!("{}, {}", number(*now), optional(scope.as_deref().map(text)))
            }
            Op::ClearNamespace(a) | Op::GetNamespaceQuota(a) | Op::ReadMeta(a) => text(a),
            Op::SetNamespaceQuota(a, quota) => format!("{}, {}", text(a), number(*quota)),
            Op::SnapshotTo(path) => self.snapshot(path),
        };
        format!("{handle}.{name}({arguments})")
    }

    fn walk(&self, walk: &Walk) -> String {
        match walk {
            Walk::All => "iter_all()".to_owned(),
            Walk::Since(id) => format!("iter_since({})", self.id(*id)),
            Walk::Changed(version) => format!("iter_changed({})", number(*version)),
        }
    }

    /// An id by its name, where it has one.
    fn id(&self, id: u64) -> String {
        if self.ids.contains(&id) { format!("id_{id}") } else { number(id) }
    }

    fn site(&mut self, site: usize) -> String {
        let name = format!("site_{site}");
        if self.sites.insert(site) {
            self.line(&format!("let {name} = mneme_conformance::Site::fresh();"));
        }
        name
    }

    /// The path of a snapshot, whose directory is made before.
    fn snapshot(&mut self, path: &Path) -> String {
        let at = self.places.len();
        let is_taken =
            self.rows.iter().any(|row| matches!(&row.step, Step::Altered(other) if *other == *path));
        self.places.entry(path.to_owned()).or_insert(at);
        self.line(&format!("let place_{at} = mneme_conformance::Site::fresh();"));
        let place = self.place(path).unwrap_or_default();
        if is_taken {
            self.line(&format!("std::fs::write({place}, \"not a snapshot\")?;"));
        }
        format!("&{place}")
    }

    /// The path that a refused snapshot may have left something at.
    fn place(&self, path: &Path) -> Option<String> {
        let is_missing = |path: &Path| path.ends_with("missing/snapshot");
        let (known, at) = self
            .places
            .iter()
            .find(|(known, _)| *known == path || (is_missing(known) && known.parent() == Some(path)))?;
        let place = format!("place_{at}.path()");
        Some(match (is_missing(known), known == path) {
            (true, true) => format!("{place}.join(\"missing\").join(\"snapshot\")"),
            (true, false) => format!("{place}.join(\"missing\")"),
            (false, _) => format!("{place}.join(\"snapshot\")"),
        })
    }
}

/// Whether a path is no Unicode, which no literal says.
fn names_no_text(row: &Row) -> bool {
    matches!(&row.step, Step::Call(Op::SnapshotTo(path)) if path.to_str().is_none())
}

/// How often a text has a name in it, and not the beginning of a longer one.
fn names(text: &str, name: &str) -> usize {
    text.match_indices(name)
        .filter(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_ascii_digit()))
        .count()
}

/// The name of a handle.
fn handle(number: usize) -> String {
    if number == 0 { "store".to_owned() } else { format!("store_{number}") }
}

/// Whether the bounds of a version are those of every store that counts by one. Others follow from what this store answered before,
/// and a right one answers something else.
fn is_counted(event: u64, low: u64, high: u64) -> bool {
    low == event && (high == event || high == MAX_NUMBER)
}

fn range(what: &str, low: u64, high: u64) -> String {
    if low == high {
        return format!("assert_eq!({what}, {});", number(low));
    }
    format!("assert!(({}..={}).contains(&{what}), \"{{}}\", {what});", number(low), number(high))
}
