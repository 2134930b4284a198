//! Actions and entries from text.

use crate::{
    operation::{Op, Text, Walk},
    random::program::{Action, Destination, Parting, Ref},
    sample,
};
use mneme::{Entry, Identity};
use serde_json::Value;

/// What was read, or why it could not be.
pub(crate) type Read<T> = Result<T, String>;

/// Reads what [`write_op`](super::write_op) wrote.
pub(crate) fn read_op(line: &str) -> Read<Op<Ref>> {
    match read(line)? {
        Action::Call(op) => Ok(op),
        _ => Err(format!("{line:?} is no operation")),
    }
}

pub(super) fn read(line: &str) -> Read<Action> {
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
