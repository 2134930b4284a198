//! Each public item is used in an example of its package's documentation.
//!
//! The lint `unreachable_pub` sees to it that whatever is `pub` in the source can be reached by a user, so the source says
//! which items are public. A type, a trait, a function, a macro or a constant needs an example that has its name. A method of a type
//! needs one that calls it and is of that type: in the documentation of the type or of its methods, or with the type's
//! name in it. That the examples compile and hold is for the tests of the documentation. What is hidden from the documentation
//! needs none.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn each_public_item_is_used_in_an_example() {
    for package in ["src", "conformance/src", "fixtures/src"] {
        let sources: Vec<(PathBuf, String)> =
            files(Path::new(package)).into_iter().map(|path| (path.clone(), read(&path))).collect();
        let examples: Vec<String> = sources.iter().flat_map(|(_, source)| examples(source)).collect();
        let items: Vec<(&Path, Item)> = sources
            .iter()
            .flat_map(|(path, source)| items(source).into_iter().map(|item| (path.as_path(), item)))
            .collect();
        assert!(items.len() > 20, "{package} has {} public items, and so the search is wrong", items.len());
        let missing = without_example(&items, &examples);
        assert!(missing.is_empty(), "no example of the documentation uses these: {missing:#?}");
    }
}

/// A clause by its name, or with its whole area.
#[test]
fn the_notes_for_implementers_name_each_clause() {
    let notes = read(Path::new("src/store.rs"));
    let missing: Vec<_> = mneme_conformance::contract()
        .clauses()
        .filter(|clause| {
            !notes.contains(&format!("`{clause}`")) && !notes.contains(&format!("`{}::`", clause.area()))
        })
        .collect();
    assert!(missing.is_empty(), "src/store.rs does not say where these are to be kept: {missing:?}");
}

/// The items that are used in no example, each after its file.
fn without_example(items: &[(&Path, Item)], examples: &[String]) -> Vec<String> {
    let hidden: BTreeSet<&str> =
        items.iter().filter(|(_, item)| item.is_hidden).map(|(_, item)| &*item.name).collect();
    let is_shown = |item: &Item| match &item.owner {
        None => examples.iter().any(|example| item.is_named_in(example)),
        Some(owner) => {
            let of_the_type =
                |(_, other): &&(&Path, Item)| other.name == *owner || other.owner.as_ref() == Some(owner);
            let mut beside = items.iter().filter(of_the_type).flat_map(|(_, other)| &other.examples);
            let mut elsewhere = examples.iter().filter(|example| has_word(example, owner));
            beside.any(|example| item.is_called_in(example))
                || elsewhere.any(|example| item.is_called_in(example))
        }
    };
    items
        .iter()
        .filter(|(_, item)| !item.is_hidden)
        .filter(|(_, item)| item.owner.as_deref().is_none_or(|owner| !hidden.contains(owner)))
        .filter(|(_, item)| !is_shown(item))
        .map(|(path, item)| {
            let owner = item.owner.as_ref().map(|owner| format!("{owner}::")).unwrap_or_default();
            format!("{}: {owner}{}", path.display(), item.name)
        })
        .collect()
}

#[test]
fn a_method_is_shown_by_an_example_of_its_own_type_alone() {
    let shows = |source: &str| {
        let items: Vec<(&Path, Item)> =
            items(source).into_iter().map(|item| (Path::new("a.rs"), item)).collect();
        without_example(&items, &examples(source))
    };
    let source = |of_one: &str, of_other: &str| {
        let example = |code: &str| format!("/// ```\n/// {code}\n/// ```\n");
        format!(
            "{}pub struct One;\nimpl One {{\n    pub fn name(&self) {{}}\n}}\n{}pub struct Other;\n",
            example(of_one),
            example(of_other)
        )
    };
    let is_missing = ["a.rs: One::name"];
    assert_eq!(shows(&source("one().name(); One", "Other")), [""; 0]);
    assert_eq!(shows(&source("One", "Other, One::default().name()")), [""; 0]);
    assert_eq!(shows(&source("One", "Other.name()")), is_missing);
    assert_eq!(shows(&source("One; let name = 1;", "Other.name()")), is_missing);
    assert_eq!(shows(&source("One.names()", "Other.name()")), is_missing);
    assert_eq!(shows(&source("one.name()", "Other")), ["a.rs: One"]);
}

#[test]
fn code_that_is_text_shows_nothing() {
    let source = "/// ```text\n/// One.name()\n/// ```\npub struct One;\n";
    assert_eq!(examples(source), [""; 0]);
    let source = "//! ```\n//! crate::one();\n//! ```\n//! between\n//! ```no_run\n//! two();\n//! ```\n";
    assert_eq!(examples(source).len(), 2);
}

/// A public item as its source has it.
struct Item {
    name: String,
    /// The type whose function it is.
    owner: Option<String>,
    is_function: bool,
    is_hidden: bool,
    /// Those of its own documentation.
    examples: Vec<String>,
}

impl Item {
    /// Whether an example has the name of an item that is no method; a function's name is not a method's.
    fn is_named_in(&self, example: &str) -> bool {
        words(example, &self.name).any(|(before, _)| !self.is_function || !before.ends_with('.'))
    }

    /// Whether an example calls a method, hands it on by its path, or uses a constant of a type.
    fn is_called_in(&self, example: &str) -> bool {
        words(example, &self.name).any(|(before, after)| {
            before.ends_with("::") || (before.ends_with('.') && after.starts_with(['(', ':']))
        })
    }
}

fn has_word(text: &str, word: &str) -> bool {
    words(text, word).next().is_some()
}

/// What is before and after each place where a text has a word as a whole.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(move |(at, _)| (&text[..at], &text[at + word.len()..]))
        .filter(move |(before, after)| !before.ends_with(is_word) && !after.starts_with(is_word))
}

/// The public items of a file, in their order; a file's unit tests come last and are no items.
fn items(source: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let (mut owner, mut documentation, mut attributes) = (None, String::new(), String::new());
    for line in source.lines().take_while(|line| *line != "mod tests {") {
        let text = line.trim_start();
        if text.starts_with("///") {
            documentation = documentation + text + "\n";
            continue;
        }
        if text.starts_with("#[") {
            attributes += text;
            continue;
        }
        if line.starts_with("impl") {
            owner = implemented(line);
        } else if line.starts_with('}') {
            owner = None;
        }
        if let Some((kind, name)) = declared(text, &attributes) {
            items.push(Item {
                name: name.to_owned(),
                owner: owner.clone().filter(|_| line.starts_with(' ')),
                is_function: kind == "fn",
                is_hidden: attributes.contains("doc(hidden)"),
                examples: examples(&documentation),
            });
        }
        documentation.clear();
        // The arguments of an attribute may go over several lines.
        if text.starts_with([')', ']']) || !text.ends_with([',', '(']) {
            attributes.clear();
        }
    }
    items
}

/// The kind and the name of a public item that begins on a line.
fn declared<'a>(text: &'a str, attributes: &str) -> Option<(&'a str, &'a str)> {
    let name = |text: &'a str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next();
    if let Some(rest) = text.strip_prefix("macro_rules! ") {
        return attributes.contains("macro_export").then(|| name(rest)).flatten().map(|name| ("macro", name));
    }
    let mut rest = text.strip_prefix("pub ")?;
    if let Some(function) = rest.strip_prefix("const ").filter(|rest| rest.starts_with("fn ")) {
        rest = function;
    }
    let (kind, rest) = rest.split_once(' ')?;
    let is_item = ["fn", "struct", "enum", "trait", "type", "const", "static"].contains(&kind);
    name(rest).filter(|_| is_item).map(|name| (kind, name))
}

/// The type that an `impl` is of.
fn implemented(line: &str) -> Option<String> {
    let of = line.split(" for ").last()?.trim_start_matches("impl");
    let of = if of.starts_with('<') { of.split_once("> ")?.1 } else { of };
    of.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)
}

/// The examples of a file's documentation, without what is text only.
fn examples(source: &str) -> Vec<String> {
    let mut examples = Vec::new();
    let mut within = None;
    for line in source.lines() {
        let text = line.trim_start();
        let Some(text) = text.strip_prefix("///").or_else(|| text.strip_prefix("//!")) else {
            within = None;
            continue;
        };
        match (text.trim_start().strip_prefix("```"), within) {
            (Some(language), None) => {
                within = Some(language);
                if language != "text" {
                    examples.push(String::new());
                }
            }
            (Some(_), Some(_)) => within = None,
            (None, Some(language)) if language != "text" => {
                if let Some(example) = examples.last_mut() {
                    *example += text;
                    *example += "\n";
                }
            }
            (None, _) => {}
        }
    }
    examples
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a source file")
}
