//! The page in a browser: on a phone, on a desk, in light and in dark, and by the keyboard.

use super::report;
use crate::browser::{Scheme, ask, draw};
use serde_json::Value;
use std::fs;

/// Opens everything, and answers what a reader would stumble over.
const LOOK: &str = include_str!("look.js");

fn look(width: u32, scheme: Scheme) -> Value {
    let answer = ask(&report().to_html(), width, scheme, LOOK);
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
#[ignore = "needs a browser: chromium or chrome, in the path"]
fn a_browser_shows_it_whole_at_every_width_in_light_and_dark() {
    for (width, scheme) in [
        (390, Scheme::Light),
        (390, Scheme::Dark),
        (768, Scheme::Light),
        (1280, Scheme::Dark),
        (1280, Scheme::Light),
    ] {
        let seen = look(width, scheme);
        assert_eq!(seen["width"], width, "{seen}");
        assert_eq!(seen["dark"], scheme == Scheme::Dark, "{seen}");
        assert_eq!(seen["wider"], serde_json::json!([]), "{width}: the page is wider than its window");
        assert_eq!(seen["faint"], serde_json::json!([]), "{width}, {scheme:?}: text with little contrast");
        assert!(seen["texts"].as_u64() > Some(500), "{seen}");
    }
}

#[test]
#[ignore = "needs a browser: chromium or chrome, in the path"]
fn a_browser_reaches_everything_by_the_keyboard() {
    let seen = look(1280, Scheme::Light);
    assert_eq!(seen["unreached"], serde_json::json!([]), "these take no focus");
    assert!(seen["reached"].as_u64() > Some(30), "{seen}");
    assert_eq!(seen["opened"], true, "a link to a failure does not open it");
    assert_eq!(seen["hidden"].as_u64(), seen["fine"].as_u64(), "the choice of what is shown does nothing");
}

#[test]
#[ignore = "needs a browser: chromium or chrome, in the path"]
fn a_browser_draws_the_report() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = directory.path().join("report.html");
    fs::write(&page, report().to_html()).expect("the page");
    let picture = directory.path().join("report.png");
    draw(&page, (1280, 2000), &picture);
    let written = fs::metadata(&picture).map_or(0, |file| file.len());
    assert!(written > 50_000, "{written} bytes");
    if let Some(kept) = std::env::var_os("MNEME_TEST_PICTURE") {
        fs::copy(&picture, kept).expect("a place for the picture");
    }
}
