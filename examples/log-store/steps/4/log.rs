//! The file: a line that says whose the data are, and then a line for each write, in order.

use super::data::{Data, Write};
use mneme::{Content, Entry, Error, Identity, Result, limits};
use serde_json::{Value, json};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write as _},
    path::Path,
};

/// The first word of a file of this store, and the version of its format.
const NAME: &str = "log-store";
const FORMAT: u64 = 1;

/// An open log, which no other handle can open meanwhile.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    /// Where the next line goes.
    end: u64,
}

impl Log {
    /// Opens the log at a path for an embedder, and makes the data that it tells of.
    pub(crate) fn open(path: &Path, identity: &Identity) -> Result<(Self, Data)> {
        let failed = |error| Error::backend("open the log", error);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        file.try_lock().map_err(|error| Error::backend("lock the log", error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        // A process that was killed may have left a line without its end, which nobody was told is stored.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
        let mut log = Self { file, end: whole as u64 };
        let Some(head) = lines.next() else {
            let begins = format!("[\"{NAME}\",").into_bytes();
            if !begins.starts_with(&bytes) && !bytes.starts_with(&begins) {
                return Err(Error::incompatible("the file is not a log of this store"));
            }
            log.append(&json!([NAME, FORMAT, identity.fingerprint, identity.dimension]))?;
            return Ok((log, Data::new(identity)));
        };
        let mut data = Data::new(&read_head(head)?);
        data.judge(identity)?;
        for (at, line) in lines.enumerate() {
            let write = serde_json::from_slice(line).ok().and_then(|line| decode(&line));
            data.apply(
                write.ok_or_else(|| Error::corrupt(format!("line {} of the log is no write", at + 2)))?,
            );
        }
        Ok((log, data))
    }

    /// Appends a write. Where that fails, the next line takes the same place.
    pub(crate) fn write(&mut self, write: &Write) -> Result<()> {
        if let Write::Insert(entry) = write {
            limits::check_metadata(&entry.metadata)?;
        }
        self.append(&encode(write))
    }

    fn append(&mut self, line: &Value) -> Result<()> {
        let line = format!("{line}\n");
        let failed = |error| Error::backend("append to the log", error);
        self.file.seek(SeekFrom::Start(self.end)).map_err(failed)?;
        self.file.write_all(line.as_bytes()).map_err(failed)?;
        self.end += line.len() as u64;
        Ok(())
    }
}

fn read_head(line: &[u8]) -> Result<Identity> {
    let foreign = || Error::incompatible("the file is not a log of this store");
    let head: Value = serde_json::from_slice(line).map_err(|error| foreign().because(error))?;
    let identity = || Some(Identity::new(head[2].as_str()?, usize::try_from(head[3].as_u64()?).ok()?));
    match (head[0].as_str(), head[1].as_u64(), identity()) {
        (Some(NAME), Some(FORMAT), Some(identity)) => Ok(identity),
        (Some(NAME), Some(newer), _) => Err(Error::incompatible(format!("the log has format {newer}"))),
        _ => Err(foreign()),
    }
}

fn encode(write: &Write) -> Value {
    match write {
        Write::Insert(entry) => {
            let Entry { content, last_accessed_at, access_count } = entry;
            let Content { namespace, query_hash, query, response, embedding, metadata, created_at, ttl } =
                &**content;
            // JSON has no NaN; its bits are a number like any other.
            let embedding: Vec<u32> = embedding.iter().map(|number| number.to_bits()).collect();
            json!([
                "insert",
                namespace,
                query_hash,
                query,
                response,
                embedding,
                metadata,
                created_at,
                ttl,
                last_accessed_at,
                access_count
            ])
        }
        Write::Access { id, now } => json!(["access", id, now]),
        Write::Delete(id) => json!(["delete", id]),
        Write::Expire { now, namespace } => json!(["expire", now, namespace]),
        Write::Clear(namespace) => json!(["clear", namespace]),
        Write::Quota { namespace, quota } => json!(["quota", namespace, quota]),
        Write::Meta { key, value } => json!(["meta", key, value]),
    }
}

fn decode(line: &Value) -> Option<Write> {
    let text = |at: usize| Some(line[at].as_str()?.to_owned());
    let number = |at: usize| line[at].as_u64();
    Some(match line[0].as_str()? {
        "insert" => {
            let bits = |value: &Value| Some(f32::from_bits(u32::try_from(value.as_u64()?).ok()?));
            let content = Content {
                namespace: text(1)?,
                query_hash: text(2)?,
                query: text(3)?,
                response: text(4)?,
                embedding: line[5].as_array()?.iter().map(bits).collect::<Option<_>>()?,
                metadata: line[6].as_object()?.clone(),
                created_at: number(7)?,
                ttl: if line[8].is_null() { None } else { Some(number(8)?) },
            };
            Write::Insert(Entry::from(content).last_accessed_at(number(9)?).access_count(number(10)?))
        }
        "access" => Write::Access { id: number(1)?, now: number(2)? },
        "delete" => Write::Delete(number(1)?),
        "expire" => Write::Expire { now: number(1)?, namespace: text(2) },
        "clear" => Write::Clear(text(1)?),
        "quota" => Write::Quota { namespace: text(1)?, quota: number(2)? },
        "meta" => Write::Meta { key: text(1)?, value: text(2)? },
        _ => return None,
    })
}
