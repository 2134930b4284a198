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

use super::program::{Action, Destination, Parting, Program, Ref};
use crate::{
    operation::{Op, Text, Walk},
    sample,
};
use mneme::{Entry, Identity, Metadata};
use serde_json::{Value, json};
use std::{fmt, str::FromStr};

/// The first line; its number is that of the format.
pub(super) const HEAD: &str = "mneme-conformance programs 1";
/// What stands before each program.
const PROGRAM: &str = "program";

/// Why text is no program: the line, counted from 1, and what is wrong with it.
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

/// An operation in one line, for another process; it is read by [`read_op`].
pub(crate) fn write_op(op: &Op<Ref>) -> String {
    write(&Action::Call(op.clone()))
}

/// Reads what [`write_op`] wrote.
pub(crate) fn read_op(line: &str) -> Read<Op<Ref>> {
    match read(line)? {
        Action::Call(op) => Ok(op),
        _ => Err(format!("{line:?} is no operation")),
    }
}

fn write(action: &Action) -> String {
    let op = match action {
        Action::Call(op) => op,
        Action::Elsewhere(op) => return format!("elsewhere {}", write(&Action::Call(op.clone()))),
        Action::Fill(entries, namespaces) => return format!("fill {entries} {namespaces}"),
        Action::Snapshot(to) => return format!("snapshot_to {}", destination(*to)),
        Action::Begin(walk) => return format!("begin {}", write_walk(walk)),
        Action::Next(items) => return format!("next {items}"),
        Action::Reopen(parting) | Action::Remake(parting) => {
            return format!("{} {}", action.name(), manner(*parting));
        }
        Action::Rest
        | Action::Leave
        | Action::Unwind
        | Action::SecondHandle
        | Action::Stranger
        | Action::Turn => {
            return action.name().to_owned();
        }
    };
    let name = action.name();
    let scoped =
        |scope: &Option<Text>| scope.as_ref().map_or(String::new(), |scope| format!(" {}", quoted(scope)));
    match op {
        Op::Open(identity) => format!("{name} {} {}", quoted(&identity.fingerprint), identity.dimension),
        Op::GetByHash(a, b) | Op::WriteMeta(a, b) => format!("{name} {} {}", quoted(a), quoted(b)),
        Op::GetById(id) | Op::DeleteById(id) => format!("{name} {id}"),
        Op::Count(scope) => format!("{name}{}", scoped(scope)),
        Op::IterLruIds(usize::MAX, scope) => format!("{name} max{}", scoped(scope)),
        Op::IterLruIds(limit, scope) => format!("{name} {limit}{}", scoped(scope)),
        Op::Walk(walk) => write_walk(walk),
        Op::Insert(entry) => format!("{name} {}", write_entry(entry)),
        Op::UpdateAccess(id, now) => format!("{name} {id} {now}"),
        Op::DeleteExpired(now, scope) => format!("{name} {now}{}", scoped(scope)),
        Op::ClearNamespace(text) | Op::GetNamespaceQuota(text) | Op::ReadMeta(text) => {
            format!("{name} {}", quoted(text))
        }
        Op::SetNamespaceQuota(namespace, quota) => format!("{name} {} {quota}", quoted(namespace)),
        Op::Close | Op::ListNamespaces | Op::VersionCounter | Op::IntegrityCheck | Op::SnapshotTo(_) => {
            name.to_owned()
        }
    }
}

fn manner(parting: Parting) -> &'static str {
    match parting {
        Parting::Close => "close",
        Parting::Drop => "drop",
        Parting::Keep => "keep",
    }
}

fn destination(to: Destination) -> &'static str {
    match to {
        Destination::Free => "free",
        Destination::Taken => "taken",
        Destination::Missing => "missing",
    }
}

fn write_walk(walk: &Walk<Ref>) -> String {
    match walk {
        Walk::All => "iter_all".to_owned(),
        Walk::Since(id) => format!("iter_since {id}"),
        Walk::Changed(u64::MAX) => "iter_changed max".to_owned(),
        Walk::Changed(version) => format!("iter_changed {version}"),
    }
}

/// An entry's key, and each field that is not the default.
pub(crate) fn write_entry(entry: &Entry) -> Value {
    let mut fields = Metadata::new();
    let mut field = |name: &str, differs: bool, value: Value| {
        if differs {
            fields.insert(name.to_owned(), value);
        }
    };
    field("namespace", true, quoted(&entry.namespace));
    field("hash", true, quoted(&entry.query_hash));
    field("query", !entry.query.is_empty(), quoted(&entry.query));
    field("response", !entry.response.is_empty(), quoted(&entry.response));
    let dimension = entry.embedding.len();
    if sample::is_plain_of(&entry.embedding, dimension) {
        field("dimension", dimension != sample::DIMENSION, dimension.into());
    } else if entry.embedding.iter().all(|number| number.is_finite()) {
        // A wider number says the same.
        field("embedding", true, entry.embedding.iter().map(|number| f64::from(*number)).collect());
    } else {
        // In bits, as no number of JSON is a NaN.
        let bits = entry.embedding.iter().map(|number| format!("{:08x}", number.to_bits()));
        field("embedding_bits", true, bits.collect());
    }
    field("metadata", !entry.metadata.is_empty(), Value::Object(entry.metadata.clone()));
    field("created_at", entry.created_at != 0, entry.created_at.into());
    field("ttl", entry.ttl.is_some(), entry.ttl.into());
    field("last_accessed_at", entry.last_accessed_at != 0, entry.last_accessed_at.into());
    field("access_count", entry.access_count != 0, entry.access_count.into());
    Value::Object(fields)
}

/// Text in quotes, or, where it is long, how often a character is repeated before its end.
fn quoted(text: &str) -> Value {
    let Some(first) = text.chars().next() else { return text.into() };
    let times = text.chars().take_while(|c| *c == first).count();
    if times < REPEATED {
        return text.into();
    }
    json!({ "repeat": first, "times": times, "then": &text[times * first.len_utf8()..] })
}

/// How often a character is repeated where its number stands for it.
const REPEATED: usize = 60;

/// What was read, or why it could not be.
pub(crate) type Read<T> = Result<T, String>;

fn read(line: &str) -> Read<Action> {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut words = Words(rest.trim());
    let action = match name {
        "begin" => {
            let name = words.bare()?;
            Action::Begin(read_walk(name, &mut words)?)
        }
        "next" => Action::Next(words.small()?),
        "rest" => Action::Rest,
        "leave" => Action::Leave,
        "unwind" => Action::Unwind,
        "reopen" => Action::Reopen(words.parting()?),
        "remake" => Action::Remake(words.parting()?),
        "second_handle" => Action::SecondHandle,
        "stranger" => Action::Stranger,
        "turn" => Action::Turn,
        "fill" => Action::Fill(words.small()?, words.small()?),
        "snapshot_to" => Action::Snapshot(match words.bare()? {
            "free" => Destination::Free,
            "taken" => Destination::Taken,
            "missing" => Destination::Missing,
            other => return Err(format!("{other:?} is none of free, taken and missing")),
        }),
        "elsewhere" => match read(words.0)? {
            Action::Call(op) => return Ok(Action::Elsewhere(op)),
            _ => return Err("only an operation is called elsewhere".to_owned()),
        },
        "iter_all" | "iter_since" | "iter_changed" => Action::Call(Op::Walk(read_walk(name, &mut words)?)),
        _ => Action::Call(read_call(name, &mut words)?),
    };
    match words.0 {
        "" => Ok(action),
        rest => Err(format!("{rest:?} is too much")),
    }
}

fn read_walk(name: &str, words: &mut Words<'_>) -> Read<Walk<Ref>> {
    Ok(match name {
        "iter_all" => Walk::All,
        "iter_since" => Walk::Since(words.id()?),
        "iter_changed" => Walk::Changed(words.number()?),
        other => return Err(format!("{other:?} is no walk")),
    })
}

fn read_call(name: &str, words: &mut Words<'_>) -> Read<Op<Ref>> {
    Ok(match name {
        "open" => {
            let fingerprint = words.text()?;
            Op::Open(Identity::new(&*fingerprint, usize::try_from(words.number()?).unwrap_or(usize::MAX)))
        }
        "close" => Op::Close,
        "get_by_hash" => Op::GetByHash(words.text()?, words.text()?),
        "get_by_id" => Op::GetById(words.id()?),
        "count" => Op::Count(words.scope()?),
        "list_namespaces" => Op::ListNamespaces,
        "iter_lru_ids" => {
            Op::IterLruIds(usize::try_from(words.number()?).unwrap_or(usize::MAX), words.scope()?)
        }
        "insert" => Op::Insert(read_entry(words.value()?)?),
        "update_access" => Op::UpdateAccess(words.id()?, words.number()?),
        "delete_by_id" => Op::DeleteById(words.id()?),
        "delete_expired" => Op::DeleteExpired(words.number()?, words.scope()?),
        "clear_namespace" => Op::ClearNamespace(words.text()?),
        "set_namespace_quota" => Op::SetNamespaceQuota(words.text()?, words.number()?),
        "get_namespace_quota" => Op::GetNamespaceQuota(words.text()?),
        "version_counter" => Op::VersionCounter,
        "read_meta" => Op::ReadMeta(words.text()?),
        "write_meta" => Op::WriteMeta(words.text()?, words.text()?),
        "integrity_check" => Op::IntegrityCheck,
        other => return Err(format!("{other:?} is no operation")),
    })
}

pub(crate) fn read_entry(value: Value) -> Read<Entry> {
    let Value::Object(fields) = value else { return Err("an entry is an object".to_owned()) };
    let text = |name: &str| match fields.get(name) {
        None => Ok(String::new()),
        Some(value) => unquoted(value).ok_or_else(|| format!("{name} is {value}, and no text")),
    };
    let number = |name: &str| match fields.get(name) {
        None => Ok(None),
        Some(value) => {
            value.as_u64().map(Some).ok_or_else(|| format!("{name} is {value}, and no whole number"))
        }
    };
    let known = [
        "namespace",
        "hash",
        "query",
        "response",
        "dimension",
        "embedding",
        "embedding_bits",
        "metadata",
        "created_at",
        "ttl",
        "last_accessed_at",
        "access_count",
    ];
    if let Some(other) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("{other:?} is no field of an entry"));
    }
    let mut entry = sample::entry(&text("namespace")?, &text("hash")?)
        .query(text("query")?)
        .response(text("response")?)
        .created_at(number("created_at")?.unwrap_or(0))
        .ttl(number("ttl")?)
        .last_accessed_at(number("last_accessed_at")?.unwrap_or(0))
        .access_count(number("access_count")?.unwrap_or(0));
    if let Some(dimension) = number("dimension")? {
        let dimension = usize::try_from(dimension).ok().filter(|n| *n <= MOST_NUMBERS);
        let dimension =
            dimension.ok_or_else(|| format!("an embedding has at most {MOST_NUMBERS} numbers here"))?;
        entry = entry.embedding(sample::plain(dimension));
    }
    if let Some(numbers) = fields.get("embedding") {
        #[allow(clippy::cast_possible_truncation, reason = "it was written from a number of that width")]
        let read = |numbers: &Value| {
            numbers
                .as_array()?
                .iter()
                .map(|number| Some(number.as_f64()? as f32))
                .collect::<Option<Vec<f32>>>()
        };
        entry = entry.embedding(
            read(numbers).ok_or_else(|| format!("embedding is {numbers}, and no list of numbers"))?,
        );
    }
    if let Some(bits) = fields.get("embedding_bits") {
        let numbers: Option<Vec<f32>> =
            bits.as_array().and_then(|bits| bits.iter().map(|bits| from_bits(bits.as_str()?)).collect());
        entry = entry.embedding(
            numbers.ok_or_else(|| format!("embedding_bits is {bits}, and no list of 8 hex digits each"))?,
        );
    }
    match fields.get("metadata") {
        None => Ok(entry),
        Some(Value::Object(metadata)) => Ok(entry.metadata(metadata.clone())),
        Some(other) => Err(format!("metadata is {other}, and no object")),
    }
}

/// How many numbers an embedding may have that is not written out.
const MOST_NUMBERS: usize = 1 << 20;

/// How long a text may be that is not written out.
const MOST_TIMES: u64 = 1 << 24;

fn unquoted(value: &Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    let [repeat, then] = ["repeat", "then"].map(|name| value.get(name).and_then(Value::as_str));
    let times = value.get("times")?.as_u64().filter(|times| *times <= MOST_TIMES)?;
    Some(repeat?.repeat(usize::try_from(times).ok()?) + then.unwrap_or(""))
}

fn from_bits(text: &str) -> Option<f32> {
    (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok().map(f32::from_bits)).flatten()
}

/// What is left of a line, read word by word.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn bare(&mut self) -> Read<&'a str> {
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest.trim_start();
        if word.is_empty() { Err("something is missing".to_owned()) } else { Ok(word) }
    }

    fn value(&mut self) -> Read<Value> {
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter::<Value>();
        let value = values.next().ok_or("something is missing")?.map_err(|error| error.to_string())?;
        self.0 = self.0[values.byte_offset()..].trim_start();
        Ok(value)
    }

    fn text(&mut self) -> Read<Text> {
        let value = self.value()?;
        unquoted(&value).map(Into::into).ok_or_else(|| format!("{value} is no text in quotes"))
    }

    fn scope(&mut self) -> Read<Option<Text>> {
        if self.0.is_empty() { Ok(None) } else { self.text().map(Some) }
    }

    fn number(&mut self) -> Read<u64> {
        match self.bare()? {
            "max" => Ok(u64::MAX),
            word => word.parse().map_err(|_| format!("{word:?} is no number")),
        }
    }

    fn small(&mut self) -> Read<u32> {
        let number = self.number()?;
        u32::try_from(number).map_err(|_| format!("{number} is too large here"))
    }

    fn parting(&mut self) -> Read<Parting> {
        match self.bare()? {
            "close" => Ok(Parting::Close),
            "drop" => Ok(Parting::Drop),
            "keep" => Ok(Parting::Keep),
            other => Err(format!("{other:?} is none of close, drop and keep")),
        }
    }

    fn id(&mut self) -> Read<Ref> {
        Ok(match self.bare()? {
            "never" => Ref::Never,
            "zero" => Ref::Zero,
            "max" => Ref::Max,
            word => {
                let no_id = || format!("{word:?} is no id: write #0, #0+2^32, never, zero, max or =7");
                if let Some(id) = word.strip_prefix('=') {
                    return id.parse().map(Ref::Exactly).map_err(|_| no_id());
                }
                let nth = word.strip_prefix('#').ok_or_else(no_id)?;
                match nth.split_once("+2^") {
                    None => nth.parse().ok().map(Ref::Nth),
                    Some((nth, power)) => nth
                        .parse()
                        .ok()
                        .zip(power.parse().ok().filter(|power| *power < 64))
                        .map(|(nth, power)| Ref::Past(nth, power)),
                }
                .ok_or_else(no_id)?
            }
        })
    }
}

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
