use crate::{
    contract::{Clause, clause},
    probe::{Check, Probe, Verdict},
    sample::{ALIKE, DIGESTS, OWN_NAMES, WORDS, characters, entry, large, noise},
};
use mneme::limits::MAX_KEY_BYTES;

pub(crate) fn namespaces_are_separate(s: &mut Probe) -> Verdict {
    tells_plain_keys_apart(s)?;
    s.note("Equal content too: a store that keeps equal rows once must still keep two entries.");
    for second in [entry("b", "h").response("other"), entry("b", "h").response("of a")] {
        s.start()?;
        let a = s.insert(entry("a", "h").response("of a"))?;
        s.get_by_hash("b", "h")?;
        let b = s.insert(second)?;
        s.get_by_hash("a", "h")?;
        s.get_by_hash("b", "h")?;
        s.count(Some("a"))?;
        s.get_by_id(a)?;
        s.update_access(b, 7)?;
        s.get_by_id(a)?;
        s.insert(entry("b", "h").response("again"))?;
        s.get_by_id(a)?;
        s.get_by_hash("a", "h")?;
        s.delete_by_id(b)?;
        s.get_by_hash("a", "h")?;
        s.get_by_hash("b", "h")?;
    }
    s.note("What is large enough to be kept elsewhere belongs to one of them, too.");
    s.start()?;
    for namespace in ["a", "b"] {
        s.insert(large(namespace, "h"))?;
        s.get_by_hash("a", "h")?;
    }
    s.get_by_hash("b", "h")?;
    s.clear_namespace("b")?;
    s.get_by_hash("a", "h")?;
    s.note("Scoped removals, where only the namespace tells the entries apart.");
    s.start()?;
    let a = s.insert(entry("a", "h").ttl(5))?;
    s.insert(entry("b", "h").ttl(5))?;
    s.iter_lru_ids(usize::MAX, Some("a"))?;
    s.delete_expired(10, Some("b"))?;
    s.get_by_id(a)?;
    s.insert(entry("b", "h"))?;
    s.clear_namespace("b")?;
    s.get_by_hash("a", "h")?;
    s.note("Names that have nothing in common but a digest.");
    for texts in DIGESTS {
        s.start()?;
        each_is_a_namespace(s, texts)?;
    }
    s.held()
}

pub(crate) fn is_compared_by_bytes(s: &mut Probe) -> Verdict {
    tells_plain_keys_apart(s)?;
    for texts in ALIKE {
        s.start()?;
        each_is_a_hash(s, texts)?;
    }
    for texts in ALIKE {
        s.start()?;
        each_is_a_namespace(s, texts)?;
    }
    for texts in ALIKE {
        each_scopes_removals(s, texts)?;
        each_goes_alone(s, Some(&clause::key::is_compared_by_bytes), texts)?;
    }
    for texts in ALIKE {
        s.start()?;
        each_has_a_quota(s, texts)?;
    }
    s.held()
}

/// What a store may put between namespace and hash. A pair for each: joined, the two keys are one text.
const SEPARATORS: [&str; 53] = [
    ":",
    "",
    "/",
    "\0",
    "|",
    "::",
    "\u{1f}",
    "\u{1e}",
    "\n",
    "\t",
    " ",
    "-",
    "_",
    "__",
    ".",
    "..",
    ",",
    ", ",
    ";",
    "#",
    "@",
    "=",
    "&",
    "%",
    "+",
    "*",
    "~",
    "$",
    "!",
    "?",
    "\\",
    "'",
    "\"",
    "\",\"",
    "','",
    "->",
    "||",
    "\u{a7}",
    "\u{b7}",
    "\u{feff}",
    "\u{1}",
    "\u{2}",
    "\u{1c}",
    "\u{1d}",
    "\u{7f}",
    "\u{ff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "^",
    "--",
    "\r\n",
    "%00",
];

pub(crate) fn parts_do_not_run_together(s: &mut Probe) -> Verdict {
    tells_plain_keys_apart(s)?;
    for separator in SEPARATORS {
        let (front, back) = (format!("a{separator}b"), format!("b{separator}c"));
        are_two(s, (&front, "c"), ("a", &back))?;
    }
    s.note("The parts that are empty, and a namespace that ends as the separator begins.");
    are_two(s, ("ab", ""), ("", "ab"))?;
    are_two(s, (":", ""), ("", ":"))?;
    are_two(s, ("a:", ":b"), ("a", "::b"))?;
    s.note("Each in the other's place.");
    are_two(s, ("abc", "xyz"), ("xyz", "abc"))?;
    s.note(
        "An escape that is not escaped itself, in one part or in both; a separator that is doubled for one.",
    );
    for separator in [":", "/", "|", "\0", "\u{1f}", ","] {
        let of = |front: &str, back: &str| format!("{front}{separator}{back}");
        are_two(s, (&of("a", "b"), "c"), ("a\\", &of("b", "c")))?;
        are_two(s, (&of("a", "b\\"), "c"), ("a\\", &of("b", "c")))?;
        are_two(s, (&of("a", ""), "c"), ("a", &of("", "c")))?;
    }
    s.note("The digits of a length that run into the text.");
    let ones = "1".repeat(11);
    are_two(s, (&ones, "h"), ("1", &format!("{ones}h")))?;
    s.note("Lengths that do not fit: 257 is 1 in a byte, and 65,536 is 0 in two.");
    let long = "x".repeat(257);
    are_two(s, (&long, "h"), ("x", &format!("{}h", &long[1..])))?;
    let longest = noise(MAX_KEY_BYTES, '.');
    are_two(s, (&longest, ""), ("", &longest))?;
    s.note("A store that numbers its namespaces: 1 with 0h is 10 with h, where the number has no width of its own.");
    s.start()?;
    for n in 0..12 {
        for hash in ["h", "0h", "1h"] {
            s.insert(entry(&format!("namespace {n}"), hash))?;
        }
    }
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn any_text_is_a_key(s: &mut Probe) -> Verdict {
    tells_plain_keys_apart(s)?;
    s.note("Each group is one that some engine refuses, cuts, or takes for one.");
    let groups: [&[&str]; 8] = [
        &["", "\0", "\0\0", " "],
        // What stands for U+0000 where that ends a part, and for what stands for it.
        &["a\0b", "a\u{1}\u{1}b", "a\u{1}\0b", "a\u{1}\u{2}b"],
        &["a", "a\0", "a\0b", "a\0c", "\0a"],
        &["\u{1f600}", "\u{1f601}", "\u{10ffff}", "\u{fffd}", "\u{ffff}", "?"],
        &["'", "\"", "\\", "`", "%", "_", "*", "';--", "\u{7f}", "\r\n"],
        &["null", "NULL", "None", "undefined", "default", "true", "all"],
        &[".", "..", "/", "a/b", "../a", "C:", "con"],
        // Patterns and lists first, and then what they are about.
        &["[ab]", "[!x]", "{a,b}", "a,b", "a|b", "(a|b)", "^a", "a$", "a.*", "b", "a", "ab"],
    ];
    for texts in groups.into_iter().chain(DIGESTS) {
        s.start()?;
        each_is_a_hash(s, texts)?;
    }
    for texts in groups {
        s.start()?;
        each_is_a_namespace(s, texts)?;
    }
    s.note("Words and names that a store may keep for itself.");
    for texts in [WORDS.as_slice(), &OWN_NAMES] {
        s.start()?;
        for text in texts {
            s.insert(entry(text, text))?;
        }
        for text in texts {
            s.get_by_hash(text, text)?;
            s.count(Some(text))?;
        }
        s.list_namespaces()?;
        s.note("Each is cleared, and what was read before is not there any more.");
        for text in texts {
            s.clear_namespace(text)?;
            s.get_by_hash(text, text)?;
        }
        s.list_namespaces()?;
    }
    s.note(
        "Long ones that differ only in the last byte: a store that cuts or hashes a beginning takes \
         them for one.",
    );
    for bytes in [33, 65, 256, 4_097, MAX_KEY_BYTES] {
        let (x, y) = (noise(bytes, 'x'), noise(bytes, 'y'));
        are_two(s, ("a", &x), ("a", &y))?;
        are_two(s, (&x, "h"), (&y, "h"))?;
        if bytes > 64 {
            s.start()?;
            each_is_a_namespace(s, &[&*x, &*y])?;
            each_scopes_removals(s, &[&*x, &*y])?;
            each_goes_alone(s, None, &[&*x, &*y])?;
        }
        differ_in_the_middle(s, bytes)?;
    }
    s.note("And one that is what the other is cut to.");
    for bytes in [64, 255, 4_096, 32_767] {
        let long = noise(bytes + 9, '.');
        each_scopes_removals(s, &[&long[..bytes], &*long])?;
        each_goes_alone(s, None, &[&long[..bytes], &*long])?;
    }
    s.note("And in the first byte alone.");
    let end = noise(MAX_KEY_BYTES - 1, 'z');
    let [x, y] = ["x", "y"].map(|first| first.to_owned() + &end);
    are_two(s, ("a", &x), ("a", &y))?;
    are_two(s, (&x, "h"), (&y, "h"))?;
    s.start()?;
    each_has_a_quota(s, &[&*x, &*y])?;
    let longest = noise(MAX_KEY_BYTES, 'x');
    are_two(s, (&longest, &longest), (&longest, &noise(MAX_KEY_BYTES, 'y')))?;
    s.list_namespaces()?;
    s.note("Every character of the first plane, and some of each other.");
    s.start()?;
    for text in characters() {
        s.insert(entry(&text, &text))?;
        s.get_by_hash(&text, &text)?;
    }
    s.list_namespaces()?;
    s.note("What the empty one scopes is another clause's.");
    for texts in &groups[1..] {
        each_scopes_removals(s, texts)?;
        each_goes_alone(s, None, texts)?;
    }
    for texts in groups[1..].iter().copied().chain(DIGESTS) {
        s.start()?;
        each_has_a_quota(s, texts)?;
    }
    s.start()?;
    s.set_namespace_quota(&longest, 5)?;
    s.get_namespace_quota(&longest)?;
    s.get_namespace_quota(&noise(MAX_KEY_BYTES, 'y'))?;
    s.held()
}

/// Keys that have the beginning, the end and the length in common.
fn differ_in_the_middle(s: &mut Probe, bytes: usize) -> Check {
    s.note("And in the middle, where the beginning, the end and the length are one.");
    let [x, y] = ['x', 'y'].map(|middle| noise(bytes, middle) + &noise(bytes - 1, 'z'));
    if x.len() <= MAX_KEY_BYTES {
        are_two(s, ("a", &x), ("a", &y))?;
        are_two(s, (&x, "h"), (&y, "h"))?;
        s.start()?;
        each_has_a_quota(s, &[&*x, &*y])?;
        if bytes > 64 {
            each_is_a_namespace(s, &[&*x, &*y])?;
        }
    }
    Ok(())
}

pub(crate) fn empty_namespace_is_a_namespace(s: &mut Probe) -> Verdict {
    tells_plain_keys_apart(s)?;
    s.note("While it has no entry of its own, it shows and removes none.");
    s.start()?;
    let a = s.insert(entry("a", "h").ttl(5))?;
    s.get_by_id(a)?;
    for name in ["another", ""] {
        s.get_by_hash(name, "h")?;
        s.count(Some(name))?;
    }
    s.iter_lru_ids(usize::MAX, Some(""))?;
    s.delete_expired(10, Some(""))?;
    s.get_by_id(a)?;
    s.clear_namespace("")?;
    s.get_by_id(a)?;
    s.note("With one, that is all that it shows and removes, and it is listed.");
    s.start()?;
    let names = ["", "a", "default"];
    for name in names {
        s.insert(entry(name, "h").ttl(5))?;
    }
    for name in names {
        s.get_by_hash(name, "h")?;
        s.count(Some(name))?;
        s.iter_lru_ids(usize::MAX, Some(name))?;
    }
    s.note("Nor does it stand for one that has none.");
    s.get_by_hash("another", "h")?;
    s.count(Some("another"))?;
    s.iter_lru_ids(usize::MAX, Some("another"))?;
    s.count(None)?;
    s.list_namespaces()?;
    s.delete_expired(10, Some(""))?;
    s.get_by_hash("a", "h")?;
    s.get_by_hash("", "h")?;
    s.insert(entry("", "h"))?;
    s.clear_namespace("")?;
    s.get_by_hash("a", "h")?;
    s.get_by_hash("", "h")?;
    s.list_namespaces()?;
    s.note("Its quota is nobody else's, and nobody's is its.");
    s.start()?;
    for unlike in ["a", "b"] {
        s.set_namespace_quota(unlike, 3)?;
        s.get_namespace_quota("another")?;
    }
    s.get_namespace_quota("")?;
    s.set_namespace_quota("", 5)?;
    s.get_namespace_quota("")?;
    s.get_namespace_quota("a")?;
    s.get_namespace_quota("default")?;
    s.held()
}

/// Finds what is stored under keys that nothing could confuse, and nothing beside it: a store that cannot do that
/// breaks another clause than those about keys.
fn tells_plain_keys_apart(s: &mut Probe) -> Check {
    s.start()?;
    for (namespace, hash) in [("m", "n"), ("n", "o")] {
        s.get_by_hash(namespace, hash)?;
        s.insert(entry(namespace, hash))?;
        s.get_by_hash(namespace, hash)?;
        s.insert(entry(namespace, hash).response("again"))?;
        s.get_by_hash(namespace, hash)?;
    }
    for (namespace, hash) in [("m", "a"), ("m", "z"), ("b", "b"), ("y", "y")] {
        s.get_by_hash(namespace, hash)?;
    }
    Ok(())
}

/// Stores two entries on a fresh site, and looks whether the one is left alone by what is done to the other.
fn are_two(s: &mut Probe, a: (&str, &str), b: (&str, &str)) -> Check {
    s.start()?;
    let first = s.insert(entry(a.0, a.1))?;
    s.get_by_hash(b.0, b.1)?;
    s.get_by_hash(a.0, a.1)?;
    let second = s.insert(entry(b.0, b.1).response("second"))?;
    s.get_by_hash(a.0, a.1)?;
    s.get_by_hash(b.0, b.1)?;
    s.get_by_id(first)?;
    s.get_by_id(second)?;
    s.count(None)?;
    s.insert(entry(a.0, a.1).response("again"))?;
    s.get_by_hash(b.0, b.1)?;
    s.delete_by_id(first)?;
    s.get_by_hash(b.0, b.1)?;
    s.get_by_hash(a.0, a.1).map(drop)
}

fn each_is_a_hash(s: &mut Probe, texts: &[&str]) -> Check {
    let mut ids = Vec::new();
    for text in texts {
        s.get_by_hash("a", text)?;
        ids.push(s.insert(entry("a", text))?);
        s.get_by_hash("a", text)?;
    }
    for (text, id) in texts.iter().zip(&ids) {
        s.get_by_hash("a", text)?;
        s.get_by_id(*id)?;
    }
    for text in texts {
        s.insert(entry("a", text).response("again"))?;
    }
    for text in texts {
        s.get_by_hash("a", text)?;
    }
    Ok(())
}

fn each_is_a_namespace(s: &mut Probe, texts: &[&str]) -> Check {
    s.note("A store that forgets namespaces altogether shows it here, where none is like another.");
    s.insert(entry("unlike", "h"))?;
    s.get_by_hash("another", "h")?;
    s.count(Some("another"))?;
    s.count(Some("unlike"))?;
    s.iter_lru_ids(usize::MAX, Some("another"))?;
    if texts.contains(&"") {
        s.note("And one that takes the empty one for all, or for a default.");
        s.insert(entry("", "h"))?;
        s.get_by_hash("another", "h")?;
    }
    for text in texts {
        s.get_by_hash(text, "h")?;
        s.insert(entry(text, "h"))?;
        s.get_by_hash(text, "h")?;
    }
    for text in texts {
        s.get_by_hash(text, "h")?;
    }
    s.note("What the empty one scopes, and whether it is listed, is another clause's.");
    for text in texts.iter().filter(|text| !text.is_empty()) {
        s.count(Some(text))?;
        s.iter_lru_ids(usize::MAX, Some(text))?;
    }
    if !texts.contains(&"") {
        s.list_namespaces()?;
    }
    Ok(())
}

/// Removes from one namespace after the other, in both orders: whatever is taken for another one has its turn while that
/// one is there.
fn each_scopes_removals(s: &mut Probe, texts: &[&str]) -> Check {
    let backwards: Vec<&str> = texts.iter().rev().copied().collect();
    for texts in [texts, &backwards] {
        s.start()?;
        let mut ids = Vec::new();
        for text in texts {
            ids.push(s.insert(entry(text, "h").ttl(5))?);
            s.insert(entry(text, "kept"))?;
            s.get_by_hash(text, "kept")?;
        }
        for (n, text) in texts.iter().enumerate() {
            s.delete_expired(10, Some(text))?;
            for (later, id) in texts.iter().zip(&ids).skip(n + 1) {
                s.get_by_id(*id)?;
                s.get_by_hash(later, "h")?;
            }
        }
        for (n, text) in texts.iter().enumerate() {
            s.clear_namespace(text)?;
            for later in &texts[n + 1..] {
                s.get_by_hash(later, "kept")?;
            }
        }
    }
    Ok(())
}

/// Deletes one entry after the other, in both orders, whose namespaces are alike, and such whose hashes are. What goes wrong
/// with the others then is laid to a clause, if one is given.
fn each_goes_alone(s: &mut Probe, clause: Option<&'static Clause>, texts: &[&str]) -> Check {
    let namespaces = texts.iter().map(|text| (*text, "h"));
    let hashes = texts.iter().map(|text| ("unlike", *text));
    for keys in [
        namespaces.clone().collect(),
        namespaces.rev().collect(),
        hashes.clone().collect::<Vec<_>>(),
        hashes.rev().collect(),
    ] {
        s.start()?;
        let mut ids = Vec::new();
        for (namespace, hash) in &keys {
            ids.push(s.insert(entry(namespace, hash))?);
            s.get_by_hash(namespace, hash)?;
        }
        for (n, id) in ids.into_iter().enumerate() {
            s.delete_by_id(id)?;
            s.lay_to(clause);
            for (namespace, hash) in &keys[n + 1..] {
                s.get_by_hash(namespace, hash)?;
            }
            s.lay_to(None);
        }
    }
    Ok(())
}

fn each_has_a_quota(s: &mut Probe, texts: &[&str]) -> Check {
    s.note("A store that keeps one quota for all shows it here, where no name is like another.");
    for unlike in ["unlike", "different"] {
        s.set_namespace_quota(unlike, 9)?;
        s.get_namespace_quota("another")?;
    }
    for (n, text) in (10..).zip(texts) {
        s.get_namespace_quota(text)?;
        s.set_namespace_quota(text, n)?;
    }
    for text in texts {
        s.get_namespace_quota(text)?;
    }
    Ok(())
}
