//! Which clause about keys is broken where two keys were taken for one.

use crate::contract::{Clause, clause};

/// The clause about keys that is broken when two different keys are one to a store; none where they have nothing in
/// common that would make them one.
pub(super) fn of_keys(a: (&str, &str), b: (&str, &str)) -> Option<&'static Clause> {
    if a.0 != b.0 && a.1 != b.1 {
        let alike = are_alike(a.0, b.0) && are_alike(a.1, b.1);
        return if alike {
            Some(&clause::key::is_compared_by_bytes)
        } else {
            run_together(a, b).then_some(&clause::key::parts_do_not_run_together)
        };
    }
    let (different, other) = if a.0 == b.0 { (a.1, b.1) } else { (a.0, b.0) };
    if are_alike(different, other) {
        return Some(&clause::key::is_compared_by_bytes);
    }
    if are_cut_alike(different, other) {
        return Some(&clause::key::any_text_is_a_key);
    }
    if are_written_alike(different, other) {
        return Some(&clause::key::is_compared_by_bytes);
    }
    (a.0 != b.0).then(|| of_namespaces(a.0, b.0))
}

/// Whether two keys may be one text once their parts are joined: by any separator, by none, or behind a length.
fn run_together(a: (&str, &str), b: (&str, &str)) -> bool {
    let letters = |key: (&str, &str)| {
        [key.0, key.1].into_iter().flat_map(str::chars).filter(|c| c.is_alphanumeric()).collect::<String>()
    };
    let behind_its_length = |key: (&str, &str)| format!("{}{}{}", key.0.len(), key.0, key.1);
    a.0 != b.0
        && a.1 != b.1
        && (joined_alike(a, b)
            || joined_alike(b, a)
            || a.0 == b.1 && a.1 == b.0
            || letters(a) == letters(b)
            || behind_its_length(a) == behind_its_length(b))
}

/// Whether two texts are one number of hexadecimal digits.
fn are_encoded_alike(a: &str, b: &str) -> bool {
    fn digits(text: &str) -> Option<String> {
        let text =
            ["urn:uuid:", "0x"].iter().fold(text, |text, mark| text.strip_prefix(mark).unwrap_or(text));
        let digits = text.replace(['-', '{', '}'], "").to_lowercase();
        (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit())).then_some(digits)
    }
    a != b && digits(a).is_some_and(|a| digits(b) == Some(a))
}

/// Whether there is a separator with which two keys are one text, the first one's namespace being the shorter.
///
/// What the second namespace has more then stands before the separator, and what the first hash has more behind it:
/// the one is the other turned round.
fn joined_alike(a: (&str, &str), b: (&str, &str)) -> bool {
    let more = b.0.strip_prefix(a.0).zip(a.1.strip_suffix(b.1));
    more.is_some_and(|(before, behind)| before.len() == behind.len() && before.repeat(2).contains(behind))
}

/// The clause about keys that is broken if these two were taken for one, where there is anything to confuse.
pub(super) fn suspected(a: (&str, &str), b: (&str, &str)) -> Option<&'static Clause> {
    let joins = run_together(a, b);
    let alike = |a: &str, b: &str| a == b || are_alike(a, b) || are_cut_alike(a, b);
    let one_part = (a.0 == b.0) != (a.1 == b.1);
    let close = alike(a.0, b.0) && alike(a.1, b.1);
    let same_hash = a.1 == b.1;
    (a != b && (joins || close || same_hash || one_part && (a.1.is_empty() || b.1.is_empty())))
        .then(|| of_keys(a, b))
        .flatten()
}

/// The clause that is broken when two different namespaces are one to a store.
pub(super) fn of_namespaces(a: &str, b: &str) -> &'static Clause {
    if are_alike(a, b) || are_written_alike(a, b) {
        &clause::key::is_compared_by_bytes
    } else if are_cut_alike(a, b) {
        &clause::key::any_text_is_a_key
    } else if a.is_empty() || b.is_empty() {
        &clause::key::empty_namespace_is_a_namespace
    } else {
        &clause::key::namespaces_are_separate
    }
}

/// Whether two texts differ only in what a collation, a trim, a normalisation or a conversion to a number forgets.
pub(super) fn are_alike(a: &str, b: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    a != b
        && (are_folded_alike(a, b)
            || number(a).is_some_and(|a| number(b) == Some(a))
            || of_base64(a).eq(of_base64(b)))
}

fn are_folded_alike(a: &str, b: &str) -> bool {
    // Each of thousands of names may be compared with each.
    if a.is_ascii() && b.is_ascii() { a.trim().eq_ignore_ascii_case(b.trim()) } else { fold(a) == fold(b) }
}

/// A text with the letters of one of the two alphabets of base64, and without what fills it up.
fn of_base64(text: &str) -> impl Iterator<Item = char> + '_ {
    text.trim_end_matches('=').chars().map(|c| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    })
}

/// Whether two texts are equal once escapes are read, a path is cleaned, or one of them is taken for a pattern.
fn are_written_alike(a: &str, b: &str) -> bool {
    const MEANS_ANOTHER: [char; 12] = ['+', '%', '\\', '&', '/', '.', '"', '\'', '`', '*', '_', '?'];
    if are_cleaned_alike(a, b) || are_encoded_alike(a, b) {
        return true;
    }
    if !a.contains(MEANS_ANOTHER) && !b.contains(MEANS_ANOTHER) {
        return false;
    }
    let unescaped = |text: &str| {
        let escapes = [
            ("+", " "),
            ("%20", " "),
            ("\\u0020", " "),
            ("&amp;", "&"),
            ("%3a", ":"),
            ("%3A", ":"),
            ("%2f", "/"),
            ("%2F", "/"),
        ];
        escapes.iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
    };
    let path = |text: &str| {
        let mut path = Vec::new();
        for part in text.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => drop(path.pop()),
                part => path.push(part.to_lowercase()),
            }
        }
        path
    };
    // Quotes around a text, doubled or behind a backslash, and the escapes of a string in a program.
    let unquoted = |text: &str| {
        const MARKS: [char; 3] = ['"', '\'', '`'];
        text.trim_matches(|c| c == '\\' || MARKS.contains(&c))
            .replace("\\\"", "\"")
            .replace("''", "'")
            .replace("\"\"", "\"")
    };
    let read = |text: &str| {
        let escapes = [
            ("\\n", "\n"),
            ("\\t", "\t"),
            ("\\r", "\r"),
            ("\\0", "\0"),
            ("\\\"", "\""),
            ("\\'", "'"),
            ("\\\\", "\\"),
        ];
        escapes.iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
    };
    let is_read_as = |a: &str, b: &str| read(a) == b || unquoted(a) == b;
    let patterns = a.len().max(b.len()) < 100 && (matches(a, b) || matches(b, a));
    a != b
        && (unescaped(a) == unescaped(b)
            || path(a) == path(b)
            || is_read_as(a, b)
            || is_read_as(b, a)
            || patterns)
}

/// Whether two texts are equal once each end of a line is written in one way, and each space, and what is no character of a
/// text is dropped.
fn are_cleaned_alike(a: &str, b: &str) -> bool {
    let is_cleaned = |c: char| {
        c != '\0' && c.is_control()
            || matches!(c, '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffd}'..='\u{ffff}')
    };
    if a == b || !a.contains(is_cleaned) && !b.contains(is_cleaned) {
        return false;
    }
    let cleaned = |text: &str| -> String {
        let written = text
            .replace("\r\n", "\n")
            .replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
        let written = written.replace(['\t', '\u{a0}'], " ");
        written.chars().filter(|c| *c == '\n' || !is_cleaned(*c)).collect()
    };
    cleaned(a) == cleaned(b)
}

/// Whether a text matches a pattern with the wildcards of SQL or of a shell.
fn matches(pattern: &str, text: &str) -> bool {
    let mut of_pattern = pattern.chars();
    match of_pattern.next() {
        None => text.is_empty(),
        Some('%' | '*') => {
            let rest = of_pattern.as_str();
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| matches(rest, &text[at..]))
        }
        Some(wanted) => {
            let mut of_text = text.chars();
            of_text.next().is_some_and(|c| c == wanted || matches!(wanted, '_' | '?'))
                && matches(of_pattern.as_str(), of_text.as_str())
        }
    }
}

/// Whether two texts are equal up to where a store may cut, at U+0000 or at a length, or where it loses what it
/// cannot write.
pub(super) fn are_cut_alike(a: &str, b: &str) -> bool {
    fn lossy(text: &str) -> impl Iterator<Item = char> + '_ {
        text.chars().filter(|c| *c != '\0').map(|c| if c > '\u{fffc}' { '?' } else { c })
    }
    fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
        text.chars().map(|c| if c.is_alphanumeric() { c } else { '_' })
    }
    const STANDS_FOR_NUL: [char; 4] = ['\0', '\u{1}', '\u{2}', '\u{ff}'];
    let has_nul = |text: &str| text.contains(STANDS_FOR_NUL);
    let without = |text: &str| text.replace(STANDS_FOR_NUL, "");
    let is_nothing = |text: &str| matches!(text, "" | "null" | "NULL" | "None" | "undefined");
    if a != b
        && (lossy(a).eq(lossy(b))
            || letters(a).eq(letters(b))
            || is_nothing(a) && is_nothing(b)
            || has_nul(a) && has_nul(b) && without(a) == without(b)
            || digests(a).into_iter().zip(digests(b)).any(|(a, b)| a == b))
    {
        return true;
    }
    let until_nul = |text: &str| text.split('\0').next().map(ToOwned::to_owned);
    // Long texts that begin or end alike, or both, and differ where a digest of the ends does not look.
    let front = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let back = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    a != b && ((a.contains('\0') || b.contains('\0')) && until_nul(a) == until_nul(b) || front + back >= 60)
}

/// Short digests that a store may take for a key: times 31, FNV of 32 and of 64 bits, CRC-32.
fn digests(text: &str) -> [u64; 4] {
    let fold = |start: u64, step: fn(u64, u64) -> u64| {
        text.bytes().fold(start, |digest, byte| step(digest, u64::from(byte)))
    };
    [
        fold(0, |digest, byte| (31 * digest + byte) & 0xffff_ffff),
        fold(0x811c_9dc5, |digest, byte| ((digest ^ byte) * 0x0100_0193) & 0xffff_ffff),
        fold(0xcbf2_9ce4_8422_2325, |digest, byte| (digest ^ byte).wrapping_mul(0x0100_0000_01b3)),
        fold(0xffff_ffff, |digest, byte| {
            (0..8).fold(digest ^ byte, |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        }),
    ]
}

/// Case, spaces at the ends, combining marks and width taken away. It need not be all of Unicode: it tells apart the
/// pairs that the harness itself tries.
fn fold(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| {
            !matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}')
                && !matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{200e}' | '\u{200f}')
        })
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            'é' | 'É' | 'è' | 'ê' => 'e',
            'ä' | 'Ä' | 'à' | 'á' | 'å' | 'Å' | '\u{212b}' => 'a',
            'ö' | 'Ö' => 'o',
            'ü' | 'Ü' => 'u',
            'ñ' | 'Ñ' => 'n',
            // Katakana as hiragana; then the voiced ones as the plain one.
            'ハ' | 'バ' | 'パ' | 'ば' | 'ぱ' => 'は',
            'ſ' => 's',
            '\u{2460}' | '\u{b9}' => '1',
            'ı' | 'İ' => 'i',
            '\u{212a}' => 'k',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .replace('ß', "ss")
        .replace('ﬁ', "fi")
        .replace('ς', "σ")
        .replace("\u{1100}\u{1161}", "\u{ac00}")
        .replace("\u{ac00}\u{11a8}", "\u{ac01}")
        .replace("\u{1112}\u{1161}\u{11ab}", "\u{d55c}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confusion_is_named_by_what_was_confused() {
        type Key = (&'static str, &'static str);
        let cases: [(Key, Key, &Clause); 30] = [
            (("a:b", "c"), ("a", "b:c"), &clause::key::parts_do_not_run_together),
            (("ab", "c"), ("a", "bc"), &clause::key::parts_do_not_run_together),
            (("a", "h"), ("b", "h"), &clause::key::namespaces_are_separate),
            (("a", "h"), ("A", "h"), &clause::key::is_compared_by_bytes),
            (("a", "h"), ("a", "h "), &clause::key::is_compared_by_bytes),
            (("a", "caf\u{e9}"), ("a", "cafe\u{301}"), &clause::key::is_compared_by_bytes),
            (("a", "007"), ("a", "7"), &clause::key::is_compared_by_bytes),
            (("a", "1e3"), ("a", "1000"), &clause::key::is_compared_by_bytes),
            (("a", "ａ"), ("a", "a"), &clause::key::is_compared_by_bytes),
            (("a", "x\0y"), ("a", "x\0z"), &clause::key::any_text_is_a_key),
            (("", "h"), ("a", "h"), &clause::key::empty_namespace_is_a_namespace),
            (("a", "😀"), ("a", "😁"), &clause::key::any_text_is_a_key),
            (("😀", "h"), ("?", "h"), &clause::key::any_text_is_a_key),
            (("", "h"), ("\0", "h"), &clause::key::any_text_is_a_key),
            (("a:b", "c"), ("a\\", "b:c"), &clause::key::parts_do_not_run_together),
            (("a", "a+b"), ("a", "a%20b"), &clause::key::is_compared_by_bytes),
            (("a/b", "h"), ("a/./b", "h"), &clause::key::is_compared_by_bytes),
            (("a_b", "h"), ("acb", "h"), &clause::key::is_compared_by_bytes),
            (("a", "q"), ("a", "\"q\""), &clause::key::is_compared_by_bytes),
            (("a", "a\nb"), ("a", "a\\nb"), &clause::key::is_compared_by_bytes),
            (("'a'", "h"), ("a", "h"), &clause::key::is_compared_by_bytes),
            (("a", "\u{ac01}"), ("a", "\u{1100}\u{1161}\u{11a8}"), &clause::key::is_compared_by_bytes),
            (("\u{2764}", "h"), ("\u{2764}\u{fe0f}", "h"), &clause::key::is_compared_by_bytes),
            (("a", "a-_="), ("a", "a+/"), &clause::key::is_compared_by_bytes),
            (("d/e", "h"), ("d%2Fe", "h"), &clause::key::is_compared_by_bytes),
            (("a", "a\"b"), ("a", "a\"\"b"), &clause::key::is_compared_by_bytes),
            (("ab", "h"), ("a\u{fffd}b", "h"), &clause::key::is_compared_by_bytes),
            (("a", "123e4567-e89b"), ("a", "123E4567E89B"), &clause::key::is_compared_by_bytes),
            (("\0", "h"), ("\u{1}\u{1}", "h"), &clause::key::any_text_is_a_key),
            (("abc", "xyz"), ("xyz", "abc"), &clause::key::parts_do_not_run_together),
        ];
        for (a, b, clause) in cases {
            assert_eq!(of_keys(a, b), Some(clause), "{a:?} {b:?}");
            assert_eq!(of_keys(b, a), Some(clause), "{b:?} {a:?}");
        }
    }

    #[test]
    fn keys_that_any_separator_joins_to_one_text_are_a_confusion() {
        for separator in ["", ":", "<>", "%00", "\u{ff}", "aba", "\u{10ffff}\u{1}"] {
            let (namespace, hash) = (format!("a{separator}b"), format!("b{separator}c"));
            let (a, b) = ((&*namespace, "c"), ("a", &*hash));
            assert_eq!(of_keys(a, b), Some(&clause::key::parts_do_not_run_together), "{separator:?}");
            assert_eq!(of_keys(b, a), Some(&clause::key::parts_do_not_run_together), "{separator:?}");
        }
    }

    #[test]
    fn keys_that_have_nothing_in_common_are_no_confusion() {
        for (a, b) in [(("a", "m"), ("a", "z")), (("a", "m"), ("b", "z")), (("a", "yz"), ("ax", "z"))] {
            assert_eq!(of_keys(a, b), None, "{a:?} {b:?}");
        }
    }

    #[test]
    fn keys_with_one_digest_are_a_confusion() {
        let fnv64 = ("8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ");
        for (a, b) in [("plumless", "buckeroo"), ("Aa", "BB"), ("costarring", "liquid"), fnv64] {
            assert_eq!(of_keys(("a", a), ("a", b)), Some(&clause::key::any_text_is_a_key), "{a:?} {b:?}");
        }
    }

    #[test]
    fn long_texts_that_begin_or_end_alike_are_cut_alike() {
        let [x, y] = ["x", "y"].map(|middle| "x".repeat(40) + middle + &"z".repeat(40));
        let (a, b) = ("x".repeat(300) + "1", "x".repeat(300) + "2");
        for (a, b) in [(a, b), (x, y)] {
            assert_eq!(of_keys(("a", &a), ("a", &b)), Some(&clause::key::any_text_is_a_key));
        }
    }
}
