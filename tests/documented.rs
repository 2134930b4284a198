//! Each public item is used in an example of its package's documentation.
//!
//! The lint `unreachable_pub` sees to it that whatever is `pub` in the source can be reached by a user, so the source says
//! which items are public. An item's own documentation may have the example, or that of its type, or any other in the
//! package that uses it; what is hidden from the documentation needs none.

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
        let examples: String = sources.iter().map(|(_, source)| examples(source)).collect();
        let items: Vec<(&Path, Item)> = sources
            .iter()
            .flat_map(|(path, source)| items(source).into_iter().map(|item| (path.as_path(), item)))
            .collect();
        assert!(items.len() > 20, "{package} has {} public items, and so the search is wrong", items.len());
        let hidden: BTreeSet<&str> =
            items.iter().filter(|(_, item)| item.is_hidden).map(|(_, item)| &*item.name).collect();
        let missing: Vec<String> = items
            .iter()
            .filter(|(_, item)| !item.is_hidden && !item.has_example)
            .filter(|(_, item)| item.owner.as_deref().is_none_or(|owner| !hidden.contains(owner)))
            .filter(|(_, item)| !item.is_used_in(&examples))
            .map(|(path, item)| format!("{}: {}", path.display(), item.name))
            .collect();
        assert!(missing.is_empty(), "no example of the documentation uses these: {missing:#?}");
    }
}

/// A public item as its source has it.
struct Item {
    name: String,
    /// The type whose function it is.
    owner: Option<String>,
    is_function: bool,
    is_hidden: bool,
    has_example: bool,
}

impl Item {
    fn is_used_in(&self, examples: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        examples.match_indices(&self.name).any(|(at, name)| {
            let (before, after) = (&examples[..at], &examples[at + name.len()..]);
            let is_called = after.starts_with(['(', ':']) || after.starts_with('!');
            // A function may be named without being called, where it is handed on by its path.
            let is_named = before.ends_with("::");
            !before.ends_with(is_word)
                && !after.starts_with(is_word)
                && (!self.is_function || is_called || is_named)
        })
    }
}

/// The public items of a file, in their order; a file's unit tests come last and are no items.
fn items(source: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let (mut owner, mut documentation, mut attributes) = (None, String::new(), String::new());
    for line in source.lines().take_while(|line| *line != "mod tests {") {
        let text = line.trim_start();
        if text.starts_with("///") {
            documentation += text;
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
                has_example: documentation.contains("```"),
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

/// The code of a file's documentation, without what is text only.
fn examples(source: &str) -> String {
    let mut code = String::new();
    let mut within = None;
    for line in source.lines() {
        let text = line.trim_start();
        let Some(text) = text.strip_prefix("///").or_else(|| text.strip_prefix("//!")) else {
            within = None;
            continue;
        };
        match (text.trim_start().strip_prefix("```"), within) {
            (Some(language), None) => within = Some(language),
            (Some(_), Some(_)) => within = None,
            (None, Some(language)) if language != "text" => code = code + text + "\n",
            (None, _) => {}
        }
    }
    code
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
