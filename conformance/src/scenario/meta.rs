use crate::{
    model::STAMPS,
    operation::Op,
    probe::{Probe, Verdict},
    sample::{self, WORDS, ascii, characters, entry, full},
};
use mneme::limits::{MAX_KEY_BYTES, MAX_TEXT_BYTES};

pub(crate) fn unset_is_none(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("Twice each: reading a key does not write it.");
    for key in ["key", "", " ", "key", "", " "] {
        s.read_meta(key)?;
    }
    s.write_meta("key", "value")?;
    for key in ["other", "", "value", "ke", "keys"] {
        s.read_meta(key)?;
    }
    s.insert(full("a", "h"))?;
    for key in ["a", "h", "source"] {
        s.read_meta(key)?;
    }
    s.note("A value that is a document has no keys in it.");
    s.write_meta("a", "{\"b\":\"c\",\"0\":[1]}")?;
    for key in ["a.b", "a/b", "/a/b", "a:b", "a[b]", "a->b", "$.a.b", "b", "a.0"] {
        s.read_meta(key)?;
    }
    s.held()
}

pub(crate) fn is_remembered(s: &mut Probe) -> Verdict {
    s.start()?;
    for value in ["first", "second", "", "second", "second", "sec", "seconds", "2"] {
        s.write_meta("key", value)?;
        s.read_meta("key")?;
    }
    s.note("Under one key each, so that none hides behind the one before.");
    for values in VALUES.chunks(8) {
        s.start()?;
        for (n, value) in values.iter().enumerate() {
            s.write_meta(&format!("key {n}"), value)?;
            s.read_meta(&format!("key {n}"))?;
        }
        s.look_everywhere()?;
    }
    s.note(
        "Whole texts that mean something elsewhere, each character of one byte by itself, and all others.",
    );
    let words: Vec<String> =
        WORDS.map(ToOwned::to_owned).into_iter().chain(ascii()).chain(characters()).collect();
    s.start()?;
    for (n, value) in words.iter().enumerate() {
        s.write_meta(&format!("key {n}"), value)?;
    }
    for n in 0..words.len() {
        s.read_meta(&format!("key {n}"))?;
    }
    s.note("As long as a number of 8 or 16 bits counts, or a buffer holds, one less and one more.");
    s.start()?;
    for width in [128, 256, 1_024, 4_096, 1 << 14, 1 << 15, 1 << 16] {
        for length in [width - 1, width, width + 1] {
            s.write_meta("long", &sample::noise(length, 'y'))?;
            s.read_meta("long")?;
        }
    }
    for length in [256, 70_000, MAX_TEXT_BYTES] {
        s.start()?;
        s.write_meta("long", &("x".repeat(length - 1) + "y"))?;
        s.read_meta("long")?;
    }
    for length in [256, MAX_KEY_BYTES] {
        let key = sample::noise(length, 'x');
        s.write_meta(&key, "of a long key")?;
        s.read_meta(&key)?;
    }
    s.note("Of characters of three bytes, at each place of which a chunk of it may end.");
    for before in 0..3 {
        s.write_meta("wide", &("x".repeat(before) + &"\u{20ac}".repeat(30_000)))?;
        s.read_meta("wide")?;
    }
    s.note("A value after one that some comparison takes for the same is another one.");
    let long = "x".repeat(80);
    let (one, two) = (format!("{long}1"), format!("{long}2"));
    for (old, new) in [
        ("a", "A"),
        ("a", "a "),
        ("a", "a\u{a0}"),
        ("7", "7.0"),
        ("\u{e9}", "e\u{301}"),
        ("abc", "ab"),
        (&*one, &*two),
    ] {
        for value in [old, new] {
            s.write_meta("alike", value)?;
        }
        s.read_meta("alike")?;
    }
    s.note("More of them than a table of a fixed size has.");
    s.start()?;
    for n in 0..sample::MORE_THAN_A_PAGE {
        s.write_meta(&format!("key {n}"), &format!("value {n}"))?;
    }
    for n in 0..sample::MORE_THAN_A_PAGE {
        s.read_meta(&format!("key {n}"))?;
    }
    s.start()?;
    s.write_meta("", "of the empty key")?;
    s.read_meta("")?;
    s.write_meta("", "")?;
    s.read_meta("")?;
    s.write_meta("key", "kept")?;
    s.note("What takes entries away takes no meta.");
    s.insert(full("key", "h"))?;
    s.clear_namespace("key")?;
    s.clear_namespace("")?;
    s.delete_expired(9_999, None)?;
    s.read_meta("key")?;
    s.read_meta("")?;
    s.held()
}

/// Values that a column or a text format may alter.
const VALUES: [&str; 24] = [
    "007",
    "7.0",
    "1e3",
    "+1",
    "0x10",
    "9007199254740993",
    "-0",
    " ",
    " spaces ",
    "line\r\n",
    "\n",
    "a\0b",
    "\0",
    "true",
    "null",
    "{\"b\": 1.0, \"a\":2}",
    "\"quoted\"",
    "it's",
    "back\\slash",
    "%s ${x}",
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{feff}bom",
    "😀",
];

pub(crate) fn keys_are_compared_by_bytes(s: &mut Probe) -> Verdict {
    for group in KEYS.into_iter().chain(sample::ALIKE).chain(sample::DIGESTS) {
        s.start()?;
        s.note("One is written: none of the others is it.");
        for (n, key) in group.iter().enumerate() {
            s.read_meta(key)?;
            s.write_meta(key, &format!("of key {n}"))?;
            s.read_meta(key)?;
        }
        for key in group {
            s.read_meta(key)?;
        }
        s.write_meta(group[0], "again")?;
        for key in group {
            s.read_meta(key)?;
        }
    }
    let long = "x".repeat(MAX_KEY_BYTES - 1);
    s.start()?;
    let ends_apart = [63, 255, 1_023, MAX_KEY_BYTES - 1].map(|length| (length, 0));
    let ends_alike = [(0, 400), (200, 200), (2_000, 2_000)];
    for (before, after) in ends_apart.into_iter().chain(ends_alike) {
        let [one, two] = ["1", "2"].map(|other| format!("{}{other}{}", &long[..before], &long[..after]));
        s.write_meta(&one, "of the first")?;
        s.read_meta(&two)?;
        s.write_meta(&two, "of the second")?;
        s.read_meta(&one)?;
        s.read_meta(&two)?;
    }
    s.held()
}

/// More keys that a store may take for one another, in groups.
const KEYS: [&[&str]; 7] = [
    &["setting", "Setting", "SETTING", "setting ", " setting", "setting\n", "setting\0", "setting\0x"],
    &["a_b", "a%", "a*", "axb", "a.b", "a:b", "a/b"],
    &["", " ", "\0", "null"],
    &["\0", "\u{1}\u{1}", "\u{1}\0", "\0\u{1}", "\u{1}\u{2}", "\0\u{ff}"],
    &["\u{ff41}", "a", "\u{df}", "ss", "😀", "😁"],
    // The stamped keys are those alone that are spelled so.
    &[
        "Embedder_Dim",
        "embedder_dim ",
        "schema-version",
        "schema_version\0",
        "embedder_fingerprint2",
        "schema",
    ],
    &["my_embedder_dim", "my.embedder_fingerprint", "my schema_version", "dim"],
];

pub(crate) fn internals_are_ordinary_keys(s: &mut Probe) -> Verdict {
    for group in INTERNALS {
        s.start()?;
        s.note("An ordinary key first: what goes wrong with each key is no matter of these.");
        s.read_meta("setting")?;
        for value in ["first", "second", ""] {
            s.write_meta("setting", value)?;
            s.read_meta("setting")?;
        }
        let id = s.insert(full("a", "h"))?;
        s.update_access(id, 1_300)?;
        s.set_namespace_quota("a", 7)?;
        s.get_namespace_quota("b")?;
        s.look_everywhere()?;
        for key in group {
            s.read_meta(key)?;
        }
        s.note("Numbers that set a counter back or forward, and text that is none.");
        for value in ["0", "999999", "no number"] {
            for key in group {
                s.write_meta(key, value)?;
            }
            s.look_everywhere()?;
            s.get_namespace_quota("b")?;
            s.insert(entry("a", value))?;
            s.look_everywhere()?;
        }
        s.note("What the store itself counts and keeps overwrites no key.");
        s.set_namespace_quota("a", 8)?;
        s.set_namespace_quota("b", 9)?;
        s.update_access(id, 1_400)?;
        s.delete_by_id(id)?;
        s.insert(entry("b", "h"))?;
        s.clear_namespace("b")?;
        s.integrity_check()?;
        s.open(&sample::identity())?;
        s.look_everywhere()?;
        if s.is_durable() {
            s.reopen()?;
            s.look_everywhere()?;
            s.insert(entry("a", "after"))?;
        }
    }
    s.held()
}

/// Keys under which a store may keep what is its own, in groups.
const INTERNALS: [&[&str]; 10] = [
    &["version_counter", "version", "counter", "user_version", "changes", "generation"],
    &["next_id", "last_id", "max_id", "id", "id_counter", "seq", "sequence", "sqlite_sequence"],
    &[
        "quota:a",
        "quota_a",
        "quota/a",
        "quota.a",
        "quota",
        "quotas",
        "namespace_quota:a",
        "quota:",
        "__quota__a",
    ],
    // Of the namespace that has none.
    &[
        "quota:b",
        "quota_b",
        "quota/b",
        "quota.b",
        "namespace_quota:b",
        "namespace_quota/b",
        "ns:b:quota",
        "b",
    ],
    &["namespaces", "namespace:a", "ns:a", "count", "count:a", "entry_count", "total", "len"],
    &["entry:1", "entry/1", "entries", "e:1", "id:1", "a:h", "key:a:h", "hash:a:h"],
    &["lru", "lru:1", "access:1", "last_accessed_at", "expiry", "ttl:1"],
    &["identity", "fingerprint", "dimension", "dim", "embedder", "schema", "format", "magic", "store_id"],
    &["meta", "meta:setting", "closed", "open", "dirty", "lock", "checksum", "__meta__"],
    // What a store may note of a handle's coming and going.
    &["closed_cleanly", "clean_shutdown", "opened_at", "closed_at", "created_at", "updated_at", "last_open"],
];

/// Whether a key is one that [`internals_are_ordinary_keys`] tries.
pub(crate) fn is_internal(key: &str) -> bool {
    INTERNALS.iter().any(|group| group.contains(&key))
}

pub(crate) fn reserved_keys_are_protected(s: &mut Probe) -> Verdict {
    s.start()?;
    for key in STAMPS {
        let present = s.read_meta(key)?;
        for value in present.as_deref().into_iter().chain(["other", "", "4", "conformance:v1"]) {
            s.refused(Op::WriteMeta(key.into(), value.into()))?;
            s.read_meta(key)?;
        }
    }
    s.open(&sample::identity())?;
    s.note(
        "A write that is refused is one on which nothing hangs: neither the counter nor the dimension \
         in use.",
    );
    s.insert(full("a", "h"))?;
    s.look_everywhere()?;
    if s.is_durable() {
        s.reopen()?;
        STAMPS.iter().try_for_each(|key| s.read_meta(key).map(drop))?;
        s.look_everywhere()?;
        for key in STAMPS {
            s.refused(Op::WriteMeta(key.into(), "other".into()))?;
            s.read_meta(key)?;
        }
        s.look_everywhere()?;
    }
    s.held()
}

pub(crate) fn leaves_entries_alone(s: &mut Probe) -> Verdict {
    s.start()?;
    s.look_everywhere()?;
    for key in ["key", "", "a", "h", "1", "z"] {
        s.write_meta(key, "value")?;
    }
    s.list_namespaces()?;
    s.count(None)?;
    s.iter_all()?;
    s.iter_since(0)?;
    s.iter_changed(0)?;
    s.iter_lru_ids(usize::MAX, None)?;
    for namespace in ["", "meta", "__meta__", "key", "a"] {
        s.count(Some(namespace))?;
        s.iter_lru_ids(usize::MAX, Some(namespace))?;
        s.get_by_hash(namespace, "key")?;
        s.get_by_hash(namespace, "h")?;
    }
    s.get_by_id(1)?;

    s.note("With entries, one of them under the very text of a key, and a key that is written over.");
    let id = s.insert(full("a", "h"))?;
    s.insert(entry("meta", "key"))?;
    s.insert(entry("", "key"))?;
    s.look_everywhere()?;
    s.write_meta("key", "other")?;
    s.write_meta("new", "value")?;
    s.look_everywhere()?;
    s.iter_since(id)?;
    s.note("A removal counts entries alone.");
    s.delete_expired(9_999, None)?;
    s.clear_namespace("meta")?;
    s.clear_namespace("")?;
    s.look_everywhere()?;
    s.held()
}
