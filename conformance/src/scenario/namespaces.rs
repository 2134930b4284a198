use crate::{
    operation::Op,
    probe::{Check, Probe, Verdict},
    sample::{self, FULL_PAGES, entry},
};

pub(crate) fn are_sorted_and_distinct(s: &mut Probe) -> Verdict {
    s.start()?;
    s.list_namespaces()?;
    s.note(
        "Two entries of each, in an order that is neither theirs nor the other way round. Upper case \
         is before lower case, what is shorter is not before what is longer, and numbers are text.",
    );
    for namespace in ["b", "aa", "B", "10", "a", "9", ""] {
        s.insert(entry(namespace, "h1"))?;
        s.list_namespaces()?;
    }
    for namespace in ["a", "b", "B", "b"] {
        s.insert(entry(namespace, "h2"))?;
    }
    s.list_namespaces()?;
    s.note(
        "Alike but for spaces, U+0000, forms, accents and signs. The order of UTF-16 is not that of \
         bytes where U+FF5A meets a character past U+FFFF, and a locale puts an accent beside its \
         letter and a sign before all letters.",
    );
    s.start()?;
    let alike = [
        "😀",
        "\u{ff5a}",
        "z",
        "Z",
        "é",
        "e\u{301}",
        "e",
        "f",
        "ß",
        "ss",
        "a b",
        "a",
        "a ",
        "a\0",
        "a\0b",
        "ab",
        "a-b",
        "a,b",
        "a;b",
        "_",
        "%",
        "~",
        "\u{7f}",
        "\u{80}",
        "I",
        "ı",
        "i",
        "a\u{10ffff}",
        "a\u{10ffff}a",
        "a\u{ff}",
        "",
    ];
    for namespace in alike {
        s.insert(entry(namespace, "h"))?;
    }
    s.list_namespaces()?;
    s.note("Alike for as long as an index or a comparison looks.");
    s.start()?;
    for length in [8, 16, 32, 64, 128, 255, 256, 1_024, 4_096] {
        let long = sample::noise(length, 'p');
        for end in ["b", "a", "", "c"] {
            s.insert(entry(&format!("{long}{end}"), "h"))?;
        }
    }
    s.list_namespaces()?;
    s.note("After as many changes as a byte counts, one of which made a namespace.");
    s.start()?;
    s.insert(entry("a", "h"))?;
    for new in ["b", "c"] {
        s.list_namespaces()?;
        s.insert(entry(new, "h"))?;
        for _ in 1..256 {
            s.insert(entry("a", "h"))?;
        }
        s.list_namespaces()?;
    }
    s.note("More than a page.");
    s.start()?;
    for n in (0..MANY).rev() {
        s.insert(entry(&format!("tenant {n}"), "h"))?;
        if FULL_PAGES.contains(&(MANY - n)) {
            s.list_namespaces()?;
        }
    }
    s.list_namespaces()?;
    s.held()
}

const MANY: usize = 1_100;

pub(crate) fn vanish_with_their_last_entry(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note(
        "Two entries, one of them refreshed, so that what is counted or listed for each write \
         outlives the first one.",
    );
    let removals: [fn(&mut Probe, u64) -> Check; 5] = [
        |s, id| s.delete_by_id(id).map(drop),
        |s, _| s.delete_expired(1, None).map(drop),
        |s, _| s.delete_expired(1, Some("gone")).map(drop),
        |s, _| s.clear_namespace("gone").map(drop),
        |s, id| {
            s.update_access(id, 5)?;
            s.delete_by_id(id).map(drop)
        },
    ];
    s.insert(entry("kept", "h"))?;
    for remove in removals {
        let first = s.insert(entry("gone", "h1"))?;
        let second = s.insert(entry("gone", "h2").ttl(1))?;
        s.insert(entry("gone", "h2").response("refreshed").ttl(1))?;
        s.delete_by_id(first)?;
        s.list_namespaces()?;
        remove(s, second)?;
        s.list_namespaces()?;
    }
    s.note("One goes and another comes between two looks, so that there are as many entries and names as before.");
    for (goes, comes) in [("kept", "new"), ("new", "a"), ("a", "kept")] {
        let id = s.get_by_hash(goes, "h")?.map_or(0, |entry| entry.id);
        s.list_namespaces()?;
        s.delete_by_id(id)?;
        s.insert(entry(comes, "h"))?;
        s.list_namespaces()?;
    }
    s.note("Its quota stays, and it goes all the same; and the others stay, whatever they have in common.");
    for namespace in ["", "go", "gone2", "GONE", "gone"] {
        s.insert(entry(namespace, "h"))?;
    }
    s.set_namespace_quota("gone", 5)?;
    s.clear_namespace("gone")?;
    s.list_namespaces()?;
    s.clear_namespace("")?;
    s.list_namespaces()?;
    for namespace in ["go", "gone2", "GONE", "kept"] {
        s.clear_namespace(namespace)?;
    }
    s.list_namespaces()?;
    s.held()
}

pub(crate) fn come_from_entries_alone(s: &mut Probe) -> Verdict {
    s.start()?;
    s.note("Each act alone, so that it is the only suspect: in an empty store, then beside an entry.");
    for _ in 0..2 {
        s.set_namespace_quota("limited", 5)?;
        s.list_namespaces()?;
        s.set_namespace_quota("", 0)?;
        s.list_namespaces()?;
        s.write_meta("ns:key", "value")?;
        s.list_namespaces()?;
        s.refused(Op::Insert(entry("refused", "h").embedding([1.0])))?;
        s.list_namespaces()?;
        s.refused(Op::Insert(entry("refused", "h").ttl(u64::MAX)))?;
        s.list_namespaces()?;
        s.note("Neither does asking for one, nor removing what is not there.");
        s.get_by_hash("asked", "h")?;
        s.count(Some("asked"))?;
        s.iter_lru_ids(5, Some("asked"))?;
        s.get_namespace_quota("asked")?;
        s.list_namespaces()?;
        s.clear_namespace("asked")?;
        s.delete_expired(5, Some("asked"))?;
        s.list_namespaces()?;
        s.insert(entry("stored", "h"))?;
        s.list_namespaces()?;
    }
    s.held()
}
