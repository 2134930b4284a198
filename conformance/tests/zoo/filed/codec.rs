//! The records of the log in bytes: a letter, and numbers and texts behind it.

use mneme::{Entry, Error, Identity, MemoryStore, Metadata, Result, Store as _};

/// A write.
#[derive(Clone)]
pub(crate) enum Record {
    Open(Identity),
    Insert(Entry),
    UpdateAccess(u64, u64),
    DeleteById(u64),
    DeleteExpired(u64, Option<String>),
    Clear(String),
    Quota(String, u64),
    Meta(String, String),
}

pub(crate) fn encode(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    match record {
        Record::Open(identity) => {
            bytes.push(b'o');
            number(&mut bytes, identity.dimension as u64);
            text(&mut bytes, &identity.fingerprint);
        }
        Record::Insert(entry) => {
            bytes.push(b'i');
            for part in [&entry.namespace, &entry.query_hash, &entry.query, &entry.response] {
                text(&mut bytes, part);
            }
            number(&mut bytes, entry.embedding.len() as u64);
            bytes.extend(entry.embedding.iter().flat_map(|number| number.to_bits().to_le_bytes()));
            text(&mut bytes, &serde_json::to_string(&entry.metadata).expect("metadata are JSON"));
            number(&mut bytes, u64::from(entry.ttl.is_some()));
            for part in [entry.ttl.unwrap_or(0), entry.created_at, entry.last_accessed_at, entry.access_count]
            {
                number(&mut bytes, part);
            }
        }
        Record::UpdateAccess(id, now) => {
            bytes.push(b'a');
            number(&mut bytes, *id);
            number(&mut bytes, *now);
        }
        Record::DeleteById(id) => {
            bytes.push(b'd');
            number(&mut bytes, *id);
        }
        Record::DeleteExpired(now, namespace) => {
            bytes.push(b'e');
            number(&mut bytes, *now);
            number(&mut bytes, u64::from(namespace.is_some()));
            text(&mut bytes, namespace.as_deref().unwrap_or_default());
        }
        Record::Clear(namespace) => {
            bytes.push(b'c');
            text(&mut bytes, namespace);
        }
        Record::Quota(namespace, quota) => {
            bytes.push(b'q');
            text(&mut bytes, namespace);
            number(&mut bytes, *quota);
        }
        Record::Meta(key, value) => {
            bytes.push(b'm');
            text(&mut bytes, key);
            text(&mut bytes, value);
        }
    }
    bytes
}

fn number(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

/// The records in framed bytes.
pub(crate) fn records(bytes: &[u8]) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut frames = Reader(bytes);
    while !frames.0.is_empty() {
        let length = frames.length()?;
        records.push(Reader(frames.take(length)?).record()?);
    }
    Ok(records)
}

/// What records together make.
pub(crate) fn replay(records: Vec<Record>) -> Result<MemoryStore> {
    let data = MemoryStore::new();
    for record in records {
        match record {
            Record::Open(identity) => data.open(&identity),
            Record::Insert(entry) => data.insert(entry).map(drop),
            Record::UpdateAccess(id, now) => data.update_access(id, now),
            Record::DeleteById(id) => data.delete_by_id(id).map(drop),
            Record::DeleteExpired(now, namespace) => data.delete_expired(now, namespace.as_deref()).map(drop),
            Record::Clear(namespace) => data.clear_namespace(&namespace).map(drop),
            Record::Quota(namespace, quota) => data.set_namespace_quota(&namespace, quota),
            Record::Meta(key, value) => data.write_meta(&key, &value),
        }
        .map_err(|error| Error::corrupt("a record cannot be done again").because(error))?;
    }
    Ok(data)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or_else(|| Error::corrupt("a record ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn record(&mut self) -> Result<Record> {
        Ok(match self.take(1)? {
            b"o" => {
                let dimension = self.length()?;
                Record::Open(Identity::new(self.text()?, dimension))
            }
            b"i" => Record::Insert(self.entry()?),
            b"a" => Record::UpdateAccess(self.number()?, self.number()?),
            b"d" => Record::DeleteById(self.number()?),
            b"e" => {
                let (now, scoped, namespace) = (self.number()?, self.number()?, self.text()?);
                Record::DeleteExpired(now, (scoped != 0).then_some(namespace))
            }
            b"c" => Record::Clear(self.text()?),
            b"q" => Record::Quota(self.text()?, self.number()?),
            b"m" => Record::Meta(self.text()?, self.text()?),
            _ => return Err(Error::corrupt("a record is of no kind")),
        })
    }

    fn number(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }

    fn length(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| Error::corrupt("a length is impossible"))
    }

    fn text(&mut self) -> Result<String> {
        let length = self.length()?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Error::corrupt("a text is not UTF-8"))
    }

    fn entry(&mut self) -> Result<Entry> {
        let [namespace, hash, query, response] = [self.text()?, self.text()?, self.text()?, self.text()?];
        let count = self.length()?;
        let bytes =
            self.take(count.checked_mul(4).ok_or_else(|| Error::corrupt("a length is impossible"))?)?;
        let embedding: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|bits| f32::from_bits(u32::from_le_bytes(bits.try_into().expect("four bytes"))))
            .collect();
        let metadata: Metadata =
            serde_json::from_str(&self.text()?).map_err(|_| Error::corrupt("metadata are no JSON"))?;
        let has_ttl = self.number()? != 0;
        let entry = Entry::new(namespace, hash).query(query).response(response).embedding(embedding);
        let ttl = self.number()?;
        Ok(entry
            .metadata(metadata)
            .ttl(has_ttl.then_some(ttl))
            .created_at(self.number()?)
            .last_accessed_at(self.number()?)
            .access_count(self.number()?))
    }
}
