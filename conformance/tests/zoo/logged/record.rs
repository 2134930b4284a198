//! A change as a line of the log.

use mneme::{Entry, Error, Identity, MemoryStore, Result, Store};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Open(Identity),
    Insert(Entry),
    Access(u64, u64),
    Delete(u64),
    Expire(u64, Option<String>),
    Clear(String),
    Quota(String, u64),
    Meta(String, String),
}

impl Change {
    pub(crate) fn to_line(&self) -> String {
        let line = match self {
            Self::Open(identity) => json!(["open", identity.fingerprint, identity.dimension]),
            Self::Insert(entry) => {
                let bits: Vec<u32> = entry.embedding.iter().map(|number| number.to_bits()).collect();
                let texts = [&entry.namespace, &entry.query_hash, &entry.query, &entry.response];
                let numbers =
                    json!([entry.created_at, entry.ttl, entry.last_accessed_at, entry.access_count]);
                json!(["insert", texts, bits, entry.metadata, numbers])
            }
            Self::Access(id, now) => json!(["access", id, now]),
            Self::Delete(id) => json!(["delete", id]),
            Self::Expire(now, namespace) => json!(["expire", now, namespace]),
            Self::Clear(namespace) => json!(["clear", namespace]),
            Self::Quota(namespace, quota) => json!(["quota", namespace, quota]),
            Self::Meta(key, value) => json!(["meta", key, value]),
        };
        format!("{line}\n")
    }

    pub(crate) fn read(line: &str) -> Result<Self> {
        let line: Value = serde_json::from_str(line).map_err(|error| Error::corrupt(error.to_string()))?;
        Self::parse(&line).ok_or_else(|| Error::corrupt(format!("{line} is no change")))
    }

    fn parse(line: &Value) -> Option<Self> {
        let text = |at: usize| line[at].as_str().map(ToOwned::to_owned);
        let number = |at: usize| line[at].as_u64();
        Some(match line[0].as_str()? {
            "open" => Self::Open(Identity::new(text(1)?, usize::try_from(number(2)?).ok()?)),
            "insert" => {
                let bits = line[2].as_array()?.iter();
                let bits: Option<Vec<f32>> =
                    bits.map(|bits| Some(f32::from_bits(u32::try_from(bits.as_u64()?).ok()?))).collect();
                let entry = Entry::new(line[1][0].as_str()?, line[1][1].as_str()?)
                    .query(line[1][2].as_str()?)
                    .response(line[1][3].as_str()?)
                    .embedding(bits?)
                    .metadata(line[3].as_object()?.clone())
                    .created_at(line[4][0].as_u64()?)
                    .ttl(line[4][1].as_u64())
                    .last_accessed_at(line[4][2].as_u64()?)
                    .access_count(line[4][3].as_u64()?);
                Self::Insert(entry)
            }
            "access" => Self::Access(number(1)?, number(2)?),
            "delete" => Self::Delete(number(1)?),
            "expire" => Self::Expire(number(1)?, text(2)),
            "clear" => Self::Clear(text(1)?),
            "quota" => Self::Quota(text(1)?, number(2)?),
            "meta" => Self::Meta(text(1)?, text(2)?),
            _ => return None,
        })
    }

    /// Replays the change. It succeeded once, and so it does again.
    pub(crate) fn apply(self, store: &MemoryStore) {
        let _ = match self {
            Self::Open(identity) => store.open(&identity),
            Self::Insert(entry) => store.insert(entry).map(drop),
            Self::Access(id, now) => store.update_access(id, now),
            Self::Delete(id) => store.delete_by_id(id).map(drop),
            Self::Expire(now, namespace) => store.delete_expired(now, namespace.as_deref()).map(drop),
            Self::Clear(namespace) => store.clear_namespace(&namespace).map(drop),
            Self::Quota(namespace, quota) => store.set_namespace_quota(&namespace, quota),
            Self::Meta(key, value) => store.write_meta(&key, &value),
        };
    }
}
