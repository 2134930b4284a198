//! What differs from run to run, written as what it is.

use super::lines::Line;
use std::path::Path;

/// Where a site's directory stood in a text.
const SITE: &str = "[site]";

/// A text without the paths of temporary directories: what is in a site keeps its place in it.
pub(super) fn without_paths(text: &str) -> String {
    let temporary = std::env::temp_dir();
    let real = temporary.canonicalize().unwrap_or_else(|_| temporary.clone());
    [real, temporary].iter().fold(text.to_owned(), |text, directory| without(&text, directory))
}

fn without(text: &str, directory: &Path) -> String {
    let Some(directory) = directory.to_str().map(|path| path.trim_end_matches(['/', '\\'])) else {
        return text.to_owned();
    };
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(directory).filter(|_| !directory.is_empty()) {
        let end = at + directory.len();
        if rest[end..].starts_with(is_of_a_name) {
            clean.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        clean.push_str(&rest[..at]);
        clean.push_str(SITE);
        rest = &rest[end..];
        // The next part of the path is the site's own directory.
        if let Some(inside) = rest.strip_prefix(['/', '\\']) {
            let end = inside.find(|c| !is_of_a_name(c));
            rest = end.map_or("", |end| &inside[end..]);
        }
    }
    clean + rest
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || "-_.".contains(c)
}

/// A text with its long words cut in the middle: it is the word that was given, whatever it says.
pub(super) fn without_long_words(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let length = word.chars().count();
        if length <= LONG_WORD {
            return word.to_owned();
        }
        let head: String = word.chars().take(LONG_WORD / 2).collect();
        let tail: String = word.chars().skip(length - LONG_WORD / 4).collect();
        format!("{head}…{tail}")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// How many characters of a word are told.
const LONG_WORD: usize = 40;

/// The lines of two runs as one, with each word that differs written as what it is.
pub(super) fn named(first: &[Line], second: &[Line]) -> Vec<Line> {
    let kind = std::mem::discriminant::<Line>;
    let same = first.iter().zip(second).take_while(|(a, b)| kind(a) == kind(b)).count();
    let mut lines: Vec<Line> = first.iter().zip(second).take(same).map(|(a, b)| one(a, b)).collect();
    if same < first.len().max(second.len()) {
        lines.push(Line::Note("What follows differs from run to run.".to_owned()));
    }
    lines
}

fn one(a: &Line, b: &Line) -> Line {
    match (a, b) {
        (Line::Step { step, answer }, Line::Step { step: again, answer: then }) => {
            Line::Step { step: common(step, again), answer: common(answer, then) }
        }
        (Line::Note(text), Line::Note(again)) => Line::Note(common(text, again)),
        (a, _) => a.clone(),
    }
}

/// What two texts have in common.
fn common(a: &str, b: &str) -> String {
    let (x, y) = (words(a), words(b));
    if x.len() != y.len() {
        return if a == b { a.to_owned() } else { "[text]".to_owned() };
    }
    x.iter().zip(y).map(|(x, y)| if *x == y { x } else { kind(x, y) }).collect()
}

/// Letters and digits together, and every other character by itself.
fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

fn kind(a: &str, b: &str) -> &'static str {
    let both = |is: fn(char) -> bool| a.chars().chain(b.chars()).all(is);
    match () {
        () if both(|c| c.is_ascii_digit()) => "[number]",
        () if both(|c| c.is_ascii_hexdigit()) => "[hex]",
        () => "[text]",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_what_is_in_the_site() {
        let text = "could not open \"/here/mneme-Ab1/cache.db\": no /here/mneme-Ab1, or /hereafter";
        let clean = "could not open \"[site]/cache.db\": no [site], or /hereafter";
        assert_eq!(without(text, Path::new("/here/")), clean);
        assert_eq!(without(text, Path::new("/there")), text);
    }

    #[test]
    fn what_differs_is_written_as_what_it_is() {
        assert_eq!(common("row 12 of 3", "row 17 of 3"), "row [number] of 3");
        assert_eq!(common("page 0af3 is bad", "page 9bc1 is bad"), "page [hex] is bad");
        assert_eq!(common("host alpha", "host beta"), "host [text]");
        assert_eq!(common("one", "one or two"), "[text]");
    }

    #[test]
    fn runs_of_unlike_shape_are_told_up_to_where_they_part() {
        let step = |step: &str| Line::Step { step: step.to_owned(), answer: "ok".to_owned() };
        let lines = named(&[step("a"), step("b")], &[step("a")]);
        assert_eq!(lines[0], step("a"));
        assert_eq!(lines[1], Line::Note("What follows differs from run to run.".to_owned()));
        assert_eq!(named(&[step("a")], &[step("a")]), [step("a")]);
    }
}
