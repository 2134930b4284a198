//! Whether the pages in `docs/book/` are those that the code makes, and hold together.

use crate::pages::pages;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The variable that has the test write the pages.
const BOOK: &str = "MNEME_BOOK";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/book")
}

fn written(name: &str) -> String {
    fs::read_to_string(directory().join(name)).unwrap_or_default()
}

#[test]
fn the_pages_are_what_the_code_makes() {
    let write = std::env::var(BOOK).as_deref() == Ok("write");
    for (name, page) in pages() {
        let file = written(&name);
        if write && file != page {
            fs::write(directory().join(&name), &page).expect("the page");
            continue;
        }
        let differs = file.lines().zip(page.lines()).find(|(is, due)| is != due);
        let differs = differs.map_or(String::new(), |(is, due)| format!(":\n{is}\nand must be\n{due}"));
        assert!(file == page, "docs/book/{name} is out of date, `just book` renews it{differs}");
    }
}

#[test]
fn the_directory_holds_the_pages_and_nothing_else() {
    let mut expected: BTreeSet<String> = pages().into_iter().map(|(name, _)| name).collect();
    expected.insert("book.toml".to_owned());
    let files = fs::read_dir(directory()).expect("docs/book");
    let files = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    assert_eq!(files.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn the_summary_lists_each_page_once() {
    let summary = written("SUMMARY.md");
    let mut listed: Vec<&str> = links(&summary).collect();
    let pages = pages();
    let mut all: Vec<&str> =
        pages.iter().map(|(name, _)| &**name).filter(|name| *name != "SUMMARY.md").collect();
    listed.sort_unstable();
    all.sort_unstable();
    assert_eq!(listed, all);
}

#[test]
fn every_link_leads_to_a_page_and_a_heading() {
    let mut seen = 0;
    for (name, page) in pages() {
        for link in links(&page).filter(|link| !link.starts_with("https://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = written(file);
            assert!(!target.is_empty(), "{name} links to {file}, which is no page");
            let headings: Vec<String> =
                target.lines().filter_map(|line| line.strip_prefix("## ")).map(slug).collect();
            assert!(
                anchor.is_empty() || headings.contains(&anchor.to_owned()),
                "{name} links to {link}: {headings:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} links are too few");
}

#[test]
fn the_documentation_has_each_area_and_its_package_the_pages() {
    let documentation = include_str!("../../src/_documentation/book.rs");
    for area in mneme_conformance::contract().areas() {
        let name = area.name();
        let module = format!("{name} \"../../docs/book/{name}.md\"");
        assert!(documentation.contains(&module), "src/_documentation/book.rs has no `{module}`");
    }
    assert!(
        include_str!("../../Cargo.toml").contains("\"docs/book/*.md\""),
        "the package leaves the pages out"
    );
}

#[test]
fn a_page_is_told_alike_by_every_renderer() {
    for (name, page) in pages() {
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count(), "{name}");
        assert!(page.matches("```").count().is_multiple_of(2), "{name}");
        // What mdBook would take for a command of its own.
        assert!(!page.contains("{{#"), "{name}");
    }
}

/// The targets of Markdown's links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose
        .flat_map(|part| part.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
}

/// A heading's anchor as GitHub, mdBook and rustdoc make it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
