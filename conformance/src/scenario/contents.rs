//! Everything that a format of files may cut, round, escape or forget, for what reads a store's data back from there.

use crate::{
    probe::{Check, Probe},
    sample::{self, ALIKE, DIMENSION, OWN_NAMES, WORDS, ascii, characters, documents, entry, full},
};
use mneme::{
    Identity,
    limits::{MAX_KEY_BYTES, MAX_NUMBER, MAX_TEXT_BYTES},
};
use std::collections::BTreeSet;

/// Fingerprints that a format takes for something else: at the beginning, in the middle, at the end, or as a whole.
pub(super) fn identities() -> [Identity; 4] {
    let long = sample::noise(MAX_KEY_BYTES, 'x');
    let odd = " 7%41\\n\"'\0\r\ne\u{301}E,;=\u{2028}#\t ";
    [odd, "\u{feff}007", "007", &long].map(|fingerprint| Identity::new(fingerprint, DIMENSION))
}

/// Stores it in every field that there is, and looks at everything.
pub(super) fn fill(s: &mut Probe) -> Check {
    for entry in sample::extremes() {
        s.insert(entry)?;
    }
    for width in [8, 16, 24, 31, 32, 33, 40, 48] {
        let number = (1_u64 << width) + 1;
        s.insert(numbered(number))?;
        s.set_namespace_quota(&format!("of {width} bits"), number)?;
    }
    s.insert(numbered(MAX_NUMBER))?;
    s.insert(entry("due at 0", "h").ttl(0))?;
    for (name, document) in documents() {
        s.insert(entry("documents", name).metadata(document))?;
    }
    for (n, text) in characters().enumerate() {
        s.insert(entry("characters", &n.to_string()).query(&*text).response(text))?;
    }
    for (text, quota) in texts().iter().zip(0..) {
        s.insert(entry(text, text).query(text).response(text))?;
        s.set_namespace_quota(text, quota)?;
        s.write_meta(text, text)?;
    }
    let longest = sample::noise(MAX_KEY_BYTES, 'x');
    s.set_namespace_quota(&longest, MAX_NUMBER)?;
    s.write_meta(&longest, &sample::noise(MAX_TEXT_BYTES, 'm'))?;
    s.look_everywhere()
}

fn numbered(number: u64) -> mneme::Entry {
    let entry = full("numbers", &number.to_string());
    entry.created_at(number).ttl(number).last_accessed_at(number).access_count(number)
}

/// Texts that something else than a text is written as, and those that some engine takes for equal.
fn texts() -> BTreeSet<String> {
    let alike = ALIKE.into_iter().flatten();
    let words = WORDS.iter().chain(&OWN_NAMES).chain(alike).map(|text| (*text).to_owned());
    words.chain(ascii()).collect()
}
