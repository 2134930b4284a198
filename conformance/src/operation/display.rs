//! How operations are written in a trace: the call as one would write it, without what is default.

use super::{Op, Step, Text, Thing, Walk};
use mneme::Entry;
use std::{
    fmt::{self, Display, Formatter},
    path::Path,
};

impl<I: Display> Display for Op<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(identity) => {
                write!(
                    f,
                    "open(fingerprint {}, dimension {})",
                    Quoted(&identity.fingerprint),
                    identity.dimension
                )
            }
            Self::Close => f.write_str("close()"),
            Self::GetByHash(namespace, hash) => {
                write!(f, "get_by_hash({}, {})", Quoted(namespace), Quoted(hash))
            }
            Self::GetById(id) => write!(f, "get_by_id({id})"),
            Self::Count(namespace) => write!(f, "count({})", Scope(namespace)),
            Self::ListNamespaces => f.write_str("list_namespaces()"),
            Self::IterLruIds(limit, namespace) => {
                match *limit {
                    usize::MAX => f.write_str("iter_lru_ids(usize::MAX")?,
                    limit => write!(f, "iter_lru_ids({}", Number(limit as u64))?,
                }
                scoped(f, namespace.as_ref())
            }
            Self::Walk(walk) => walk.fmt(f),
            Self::Insert(entry) => write!(f, "insert({})", Written(entry)),
            Self::UpdateAccess(id, now) => write!(f, "update_access({id}, now {})", Number(*now)),
            Self::DeleteById(id) => write!(f, "delete_by_id({id})"),
            Self::DeleteExpired(now, namespace) => {
                write!(f, "delete_expired(now {}", Number(*now))?;
                scoped(f, namespace.as_ref())
            }
            Self::ClearNamespace(namespace) => write!(f, "clear_namespace({})", Quoted(namespace)),
            Self::SetNamespaceQuota(namespace, quota) => {
                write!(f, "set_namespace_quota({}, {})", Quoted(namespace), Number(*quota))
            }
            Self::GetNamespaceQuota(namespace) => write!(f, "get_namespace_quota({})", Quoted(namespace)),
            Self::VersionCounter => f.write_str("version_counter()"),
            Self::ReadMeta(key) => write!(f, "read_meta({})", Quoted(key)),
            Self::WriteMeta(key, value) => write!(f, "write_meta({}, {})", Quoted(key), Quoted(value)),
            Self::IntegrityCheck => f.write_str("integrity_check()"),
            Self::SnapshotTo(path) => write!(f, "snapshot_to({})", Named(path)),
        }
    }
}

impl<I: Display> Display for Walk<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("iter_all()"),
            Self::Since(id) => write!(f, "iter_since({id})"),
            Self::Changed(version) => write!(f, "iter_changed({})", Number(*version)),
        }
    }
}

impl<I: Display> Display for Step<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make => f.write_str("the factory makes a handle"),
            Self::Call(op) => op.fmt(f),
            Self::Begin(number, walk) => write!(f, "{walk} begins, as walk {number}"),
            Self::Next(number) => write!(f, "next() of walk {number}"),
            Self::Leave(number) => write!(f, "drop of walk {number}"),
            Self::Unwind(number) => write!(f, "a panic of the caller drops walk {number}"),
            Self::Recall(entry) => write!(f, "id {} as it was read, looked at again", entry.id),
            Self::Exists(path) => write!(f, "anything at {}?", Named(path)),
            Self::Look => f.write_str("every read"),
            Self::Altered(path) => write!(f, "is {} altered?", Named(path)),
            Self::Put(path, Thing::Nothing) => write!(f, "there is no directory {}", Named(path)),
            Self::Put(path, thing) => write!(f, "{thing} is put at {}", Named(path)),
            Self::Restore(path) => write!(f, "restore from {}", Named(path)),
            Self::Tamper(_, how) => f.write_str(how),
            Self::Meanwhile => f.write_str("others begin to write"),
            Self::AtOnce => f.write_str("several callers begin at once"),
            Self::Drop => f.write_str("drop of the handle"),
            Self::Kill => f.write_str("the process is killed"),
        }
    }
}

impl Display for Thing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(content) => f.write_str(content),
            Self::Directory => f.write_str("a directory"),
            Self::Link { dangling: false } => f.write_str("a link to a file"),
            Self::Link { dangling: true } => f.write_str("a link to nothing"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

impl Step {
    /// What is done, without what it is done with.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Call(op) => op.name().to_owned(),
            Self::Begin(..) => "begin".to_owned(),
            Self::Next(_) => "next".to_owned(),
            Self::Leave(_) => "leave".to_owned(),
            Self::Recall(_) => "recall".to_owned(),
            step => step.to_string(),
        }
    }
}

/// The last part of a path: what is before it is the harness's own.
struct Named<'a>(&'a Path);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Quoted(&self.0.file_name().unwrap_or_default().to_string_lossy()).fmt(f)
    }
}

/// The methods, by name.
pub(crate) const METHODS: [&str; 22] = [
    "open",
    "close",
    "get_by_hash",
    "get_by_id",
    "count",
    "list_namespaces",
    "iter_lru_ids",
    "iter_all",
    "iter_since",
    "iter_changed",
    "insert",
    "update_access",
    "delete_by_id",
    "delete_expired",
    "clear_namespace",
    "set_namespace_quota",
    "get_namespace_quota",
    "version_counter",
    "read_meta",
    "write_meta",
    "integrity_check",
    "snapshot_to",
];

impl<I> Op<I> {
    /// The method's name.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme_conformance::Op;
    ///
    /// let op: Op = Op::VersionCounter;
    /// assert_eq!(op.name(), "version_counter");
    /// ```
    pub fn name(&self) -> &'static str {
        METHODS[self.method()]
    }

    /// The method's place among [`METHODS`].
    pub(crate) fn method(&self) -> usize {
        match self {
            Self::Open(_) => 0,
            Self::Close => 1,
            Self::GetByHash(..) => 2,
            Self::GetById(_) => 3,
            Self::Count(_) => 4,
            Self::ListNamespaces => 5,
            Self::IterLruIds(..) => 6,
            Self::Walk(Walk::All) => 7,
            Self::Walk(Walk::Since(_)) => 8,
            Self::Walk(Walk::Changed(_)) => 9,
            Self::Insert(_) => 10,
            Self::UpdateAccess(..) => 11,
            Self::DeleteById(_) => 12,
            Self::DeleteExpired(..) => 13,
            Self::ClearNamespace(_) => 14,
            Self::SetNamespaceQuota(..) => 15,
            Self::GetNamespaceQuota(_) => 16,
            Self::VersionCounter => 17,
            Self::ReadMeta(_) => 18,
            Self::WriteMeta(..) => 19,
            Self::IntegrityCheck => 20,
            Self::SnapshotTo(_) => 21,
        }
    }
}

/// Text in quotes with everything invisible escaped, and cut in the middle of a row where it is long.
#[derive(PartialEq)]
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

/// How many characters of a text a trace shows.
const SHOWN: usize = 40;

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let escaped = |text: &str, f: &mut Formatter<'_>| {
            text.chars().try_for_each(|c| match c {
                ' '..='~' if c != '"' && c != '\\' => write!(f, "{c}"),
                '"' | '\\' | '\n' | '\r' | '\t' => write!(f, "{}", c.escape_default()),
                c if c.is_alphanumeric() && !looks_like_another(c) => write!(f, "{c}"),
                c => write!(f, "{}", c.escape_unicode()),
            })
        };
        f.write_str("\"")?;
        if self.0.chars().nth(SHOWN).is_none() {
            escaped(self.0, f)?;
            return f.write_str("\"");
        }
        let half = SHOWN / 2;
        let head = self.0.char_indices().nth(half).map_or(self.0, |(at, _)| &self.0[..at]);
        let tail = self.0.char_indices().nth_back(half / 2).map_or("", |(at, _)| &self.0[at..]);
        escaped(head, f)?;
        f.write_str("…")?;
        escaped(tail, f)?;
        write!(f, "\" ({} bytes)", Number(self.0.len() as u64))
    }
}

/// Whether a letter may look like another one: a sign, a ligature, a letter of another width.
fn looks_like_another(c: char) -> bool {
    matches!(c, '\u{1d00}'..='\u{1dbf}' | '\u{2000}'..='\u{2fff}' | '\u{f900}'..='\u{10ffff}')
}

/// A number, with the two limits by name.
#[derive(PartialEq)]
pub(crate) struct Number(pub(crate) u64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            u64::MAX => f.write_str("u64::MAX"),
            n if n == mneme::limits::MAX_NUMBER => f.write_str("2^53 - 1"),
            n if n == mneme::limits::MAX_NUMBER + 1 => f.write_str("2^53"),
            n => {
                let digits = n.to_string();
                for (at, digit) in digits.chars().enumerate() {
                    if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
                        f.write_str(",")?;
                    }
                    write!(f, "{digit}")?;
                }
                Ok(())
            }
        }
    }
}

/// An entry as `insert` shows it: its key, and each field that is not the default.
struct Written<'a>(&'a Entry);

impl Display for Written<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let entry = self.0;
        write!(f, "{}, {}", Quoted(&entry.namespace), Quoted(&entry.query_hash))?;
        fields(entry, f)
    }
}

/// The fields of an entry that are not the default, each after a comma.
pub(crate) fn fields(entry: &Entry, f: &mut Formatter<'_>) -> fmt::Result {
    if !entry.query.is_empty() {
        write!(f, ", query {}", Quoted(&entry.query))?;
    }
    if !entry.response.is_empty() {
        write!(f, ", response {}", Quoted(&entry.response))?;
    }
    if !crate::sample::is_plain(&entry.embedding) {
        write!(f, ", embedding {}", Vector(&entry.embedding))?;
    }
    if !entry.metadata.is_empty() {
        write!(f, ", metadata {}", Json(&entry.metadata))?;
    }
    if entry.created_at != 0 {
        write!(f, ", created at {}", Number(entry.created_at))?;
    }
    if let Some(ttl) = entry.ttl {
        write!(f, ", ttl {}", Number(ttl))?;
    }
    if entry.last_accessed_at != 0 {
        write!(f, ", last accessed at {}", Number(entry.last_accessed_at))?;
    }
    if entry.access_count != 0 {
        write!(f, ", accessed {} times", Number(entry.access_count))?;
    }
    Ok(())
}

/// A vector by its numbers where it is short, in bits where the number does not tell.
pub(crate) struct Vector<'a>(pub(crate) &'a [f32]);

impl Display for Vector<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, number) in self.0.iter().take(8).enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            if number.is_nan() {
                write!(f, "NaN {:#010x}", number.to_bits())?;
            } else {
                write!(f, "{number:?}")?;
            }
        }
        match self.0.len() {
            0..=8 => f.write_str("]"),
            n => write!(f, ", …] of {}", Number(n as u64)),
        }
    }
}

/// Metadata as JSON text, cut where it is long.
pub(crate) struct Json<'a>(pub(crate) &'a mneme::Metadata);

impl Display for Json<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self.0).unwrap_or_else(|error| error.to_string());
        match text.char_indices().nth(2 * SHOWN) {
            None => f.write_str(&text),
            Some((at, _)) => write!(f, "{}… ({} bytes)", &text[..at], Number(text.len() as u64)),
        }
    }
}

struct Scope<'a>(&'a Option<Text>);

impl Display for Scope<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |namespace| Quoted(namespace).fmt(f))
    }
}

fn scoped(f: &mut Formatter<'_>, namespace: Option<&Text>) -> fmt::Result {
    match namespace {
        None => f.write_str(")"),
        Some(namespace) => write!(f, ", {})", Quoted(namespace)),
    }
}
