//! A reader of the markup that the reports are written in, which accepts nothing else.

/// An element with the names of those that it is in, its attributes, and all text in it.
pub(crate) struct Element {
    pub(crate) path: String,
    attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| &**value)
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| &**name)
    }
}

/// Reads elements, attributes in double quotes, and escaped text, in the order in which the elements begin.
///
/// # Panics
///
/// On everything else.
pub(crate) fn elements(markup: &str) -> Vec<Element> {
    let mut rest = markup;
    let (mut open, mut elements): (Vec<usize>, Vec<Element>) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        for element in &open {
            elements[*element].text += &unescaped(&rest[..at]);
        }
        let end = rest[at..].find('>').expect("the end of a tag") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        let is_in =
            |open: &[usize], elements: &[Element]| open.last().map(|last| elements[*last].path.clone());
        if let Some(name) = tag.strip_prefix('/') {
            let path = is_in(&open, &elements).unwrap_or_default();
            assert_eq!(path.rsplit('/').next(), Some(name), "</{name}> does not end <{path}>");
            open.pop();
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "<{name}> is no element");
        let path = is_in(&open, &elements).map_or(String::new(), |path| path + "/") + name;
        if !is_empty {
            open.push(elements.len());
        }
        elements.push(Element { path, attributes: read_attributes(attributes), text: String::new() });
    }
    unescaped(rest);
    assert!(open.is_empty(), "{:?} is not closed", open.last().map(|last| &elements[*last].path));
    elements
}

fn read_attributes(mut text: &str) -> Vec<(String, String)> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = text.trim_start().split_once("=\"").expect("an attribute");
        let (value, rest) = rest.split_once('"').expect("the end of an attribute");
        assert!(attributes.iter().all(|(other, _)| other != name), "{name} is there twice");
        attributes.push((name.to_owned(), unescaped(value)));
        text = rest;
    }
    attributes
}

/// The text that markup stands for.
///
/// # Panics
///
/// Where an `&` begins no escape, and at a character that XML 1.0 may not hold.
fn unescaped(text: &str) -> String {
    for (at, _) in text.match_indices('&') {
        assert!(
            ["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|escape| text[at..].starts_with(escape)),
            "{text}"
        );
    }
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(legal), "{text:?}");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[test]
fn what_is_not_well_formed_is_not_read() {
    for wrong in
        ["<a>", "<a></b>", "</a>", "<a b=c/>", "<a b=\"1\" b=\"2\"/>", "a & b", "\u{1}", "<a b=\"&\"/>"]
    {
        assert!(std::panic::catch_unwind(|| elements(wrong)).is_err(), "{wrong}");
    }
    let read = elements("<a b=\"&lt;\">1<c/><d>&amp;2</d></a>");
    let read: Vec<_> = read.iter().map(|element| (&*element.path, &*element.text)).collect();
    assert_eq!(read, [("a", "1&2"), ("a/c", ""), ("a/d", "&2")]);
}
