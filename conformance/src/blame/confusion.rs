//! Which clause about keys is broken where two keys were taken for one.

use crate::contract::{Clause, clause};

/// What a store may put between the parts of a key when it joins them.
const SEPARATORS: [&str; 16] =
    ["", ":", "::", "/", "|", "\0", "\u{1f}", " ", "-", "_", "__", ".", "#", ",", ";", "\t"];

/// The clause that is broken when two different keys are one to a store.
pub(super) fn of_keys(a: (&str, &str), b: (&str, &str)) -> &'static Clause {
    let joins = |separator: &str| [a.0, separator, a.1].concat() == [b.0, separator, b.1].concat();
    if a.0 != b.0 && a.1 != b.1 && SEPARATORS.iter().any(|separator| joins(separator)) {
        return &clause::key::parts_do_not_run_together;
    }
    let (different, other) = if a.0 == b.0 { (a.1, b.1) } else { (a.0, b.0) };
    if are_cut_alike(different, other) {
        return &clause::key::any_text_is_a_key;
    }
    if are_alike(different, other) {
        return &clause::key::is_compared_by_bytes;
    }
    if a.0 != b.0 {
        return of_namespaces(a.0, b.0);
    }
    &clause::key::any_text_is_a_key
}

/// The clause about keys that is broken if these two were taken for one, where there is anything to confuse.
pub(super) fn suspected(a: (&str, &str), b: (&str, &str)) -> Option<&'static Clause> {
    let joins =
        SEPARATORS.iter().any(|separator| [a.0, separator, a.1].concat() == [b.0, separator, b.1].concat());
    let alike = |a: &str, b: &str| a == b || are_alike(a, b) || are_cut_alike(a, b);
    let one_part = (a.0 == b.0) != (a.1 == b.1);
    let close = alike(a.0, b.0) && alike(a.1, b.1);
    let same_hash = a.1 == b.1;
    (a != b && (joins || close || same_hash || one_part && (a.1.is_empty() || b.1.is_empty())))
        .then(|| of_keys(a, b))
}

/// The clause that is broken when two different namespaces are one to a store.
pub(super) fn of_namespaces(a: &str, b: &str) -> &'static Clause {
    if are_alike(a, b) {
        &clause::key::is_compared_by_bytes
    } else if a.is_empty() || b.is_empty() {
        &clause::key::empty_namespace_is_a_namespace
    } else if are_cut_alike(a, b) {
        &clause::key::any_text_is_a_key
    } else {
        &clause::key::namespaces_are_separate
    }
}

/// Whether two texts differ only in what a collation, a trim, a normalisation or a conversion to a number forgets.
pub(super) fn are_alike(a: &str, b: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    a != b && (fold(a) == fold(b) || number(a).is_some_and(|a| number(b) == Some(a)))
}

/// Whether two texts are equal up to where a store may cut: at U+0000, or at a length.
pub(super) fn are_cut_alike(a: &str, b: &str) -> bool {
    let until_nul = |text: &str| text.split('\0').next().map(ToOwned::to_owned);
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a != b && ((a.contains('\0') || b.contains('\0')) && until_nul(a) == until_nul(b) || common >= 60)
}

/// Case, spaces at the ends, combining marks and width taken away. It need not be all of Unicode: it tells apart the
/// pairs that the harness itself tries.
fn fold(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
        .chars()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}'))
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            'é' | 'É' | 'è' | 'ê' => 'e',
            'ä' | 'Ä' | 'à' | 'á' | 'å' | 'Å' | '\u{212b}' => 'a',
            'ö' | 'Ö' => 'o',
            'ü' | 'Ü' => 'u',
            'ñ' | 'Ñ' => 'n',
            'ſ' => 's',
            'ı' | 'İ' => 'i',
            '\u{212a}' => 'k',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .replace('ß', "ss")
        .replace('ﬁ', "fi")
        .replace('ς', "σ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confusion_is_named_by_what_was_confused() {
        let cases: [((&str, &str), (&str, &str), &Clause); 12] = [
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
        ];
        for (a, b, clause) in cases {
            assert_eq!(of_keys(a, b), clause, "{a:?} {b:?}");
            assert_eq!(of_keys(b, a), clause, "{b:?} {a:?}");
        }
    }

    #[test]
    fn a_long_common_beginning_is_a_cut() {
        let (a, b) = ("x".repeat(300) + "1", "x".repeat(300) + "2");
        assert_eq!(of_keys(("a", &a), ("a", &b)), &clause::key::any_text_is_a_key);
    }
}
