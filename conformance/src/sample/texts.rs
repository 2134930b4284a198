//! Texts that some format, shell or library takes for something else than text.

/// Whole texts that mean something elsewhere: nothing, a truth, a number, a time, a formula, a mark, an escape, a name of
/// the system's own.
pub(crate) const WORDS: [&str; 104] = [
    "null",
    "NULL",
    "Null",
    "nil",
    "None",
    "undefined",
    "\\N",
    "~",
    "NA",
    "N/A",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "true",
    "True",
    "false",
    "FALSE",
    "yes",
    "no",
    "on",
    "Off",
    "y",
    "t",
    "0",
    "-0",
    "1",
    "007",
    "0123",
    "00000017",
    "0x1F",
    "0o17",
    "0b101",
    "1e3",
    "1e999",
    "1.0",
    ".5",
    "5.",
    "+1",
    "-1",
    "1_000",
    "1,000",
    "12:30:45",
    "190:20:30",
    "9223372036854775808",
    "2020-01-01",
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00.000+00:00",
    "1H",
    "=1+1",
    "@SUM(A1)",
    "+SUM(A1)",
    "-SUM(A1)",
    "\"\"",
    "a\"\"b",
    "''",
    "a''b",
    "\"quoted\"",
    "'quoted'",
    "`a`",
    "b'a'",
    "a\tb",
    "a,b",
    "a;b",
    "a|b",
    "# a",
    "; a",
    "// a",
    "/* a */",
    "-- a",
    "<!-- a -->",
    "<![CDATA[a]]>",
    "<a>b</a>",
    "&lt;",
    "&#65;",
    "&amp;amp;",
    "%41",
    "%%",
    "%s",
    "a+b",
    "\\u0041",
    "\\x41",
    "\\\\",
    "\\\"",
    "${a}",
    "{{a}}",
    "{}",
    "[]",
    "[1, 2]",
    "{\"a\":1}",
    "---",
    "- a",
    "a: b",
    "!!str a",
    "*a",
    "&a b",
    "z:eJwDAAAAAAE=",
    "gz:x",
    "base64:QQ==",
    "data:,a",
    "a~1b",
    "123E4567-E89B-12D3-A456-426614174000",
    "C0FFEE00C0FFEE00C0FFEE00C0FFEE00",
    "b64,QQ",
];

/// Names that a store may keep for itself, or hide.
pub(crate) const OWN_NAMES: [&str; 16] = [
    "__a__", "_a", ".a", "..a", "$a", "#a", "@a", "-a", "~a", ":a", "a:", "sys", "system", "meta",
    "internal", "default",
];

/// Every character of one byte, each by itself.
pub(crate) fn ascii() -> impl Iterator<Item = String> {
    ('\0'..='\x7f').map(String::from)
}

/// Every character of the first plane and some of each other, in long texts: whatever is dropped or replaced by another
/// is in one of them.
pub(crate) fn characters() -> impl Iterator<Item = String> {
    const A_TEXT: u32 = 4_096;
    (0..16).map(|text| {
        let plane = (text + 1) << 16;
        let others = [0, 1, 0x7fff, 0xfffd, 0xfffe, 0xffff].map(|at| plane + at);
        (text * A_TEXT..(text + 1) * A_TEXT).chain(others).filter_map(char::from_u32).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_character_of_the_first_plane_is_there_once() {
        let all: Vec<char> = characters().flat_map(|text| text.chars().collect::<Vec<_>>()).collect();
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(all.iter().filter(|c| **c <= '\u{ffff}').count(), 65_536 - 2_048);
        assert!(distinct.contains(&'\u{10ffff}'));
    }

    #[test]
    fn no_word_is_there_twice() {
        let distinct: BTreeSet<_> = WORDS.iter().chain(&OWN_NAMES).collect();
        assert_eq!(distinct.len(), WORDS.len() + OWN_NAMES.len());
    }
}
