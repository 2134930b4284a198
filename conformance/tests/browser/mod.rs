//! A browser without a window, for the tests that have a page drawn.
//!
//! These tests are `#[ignore]`d, since not every machine has one; `.ci/run browser` runs them, and says where it cannot.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// The names under which the one or the other system has it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Which colours the reader of a page prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// Draws a page into a picture.
pub(crate) fn draw(page: &Path, (width, height): (u32, u32), picture: &Path) {
    let screenshot = format!("--screenshot={}", picture.display());
    run(&[&screenshot, &format!("--window-size={width},{height}")], page);
}

/// Has a script look at a page which is shown at a width, and answers the text that it gives back.
///
/// The page is shown in a frame, since a window has a least width that is greater than a phone's. The script is an
/// expression whose value is that text.
pub(crate) fn ask(page: &str, width: u32, scheme: Scheme, script: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("frame.html");
    let inner = page.replace(
        "</body>",
        &format!("<script>parent.document.getElementById('answer').textContent = {script};</script></body>"),
    );
    let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><pre id=\"answer\"></pre>\
         <iframe style=\"border:0\" width=\"{width}\" height=\"900\" srcdoc=\"{inner}\"></iframe>"
    );
    fs::write(&path, frame).expect("the page");
    let preferred = match scheme {
        Scheme::Light => "--blink-settings=preferredColorScheme=1",
        Scheme::Dark => "--blink-settings=preferredColorScheme=0",
    };
    let shown =
        run(&["--dump-dom", "--virtual-time-budget=5000", "--window-size=1600,1000", preferred], &path);
    let shown = String::from_utf8(shown.stdout).expect("text");
    let (_, rest) = shown.split_once("<pre id=\"answer\">").expect("the frame");
    rest.split_once("</pre>")
        .expect("the end of the answer")
        .0
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
}

fn run(arguments: &[&str], page: &Path) -> Output {
    let name = NAMES.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let name = name.unwrap_or_else(|| panic!("none of {NAMES:?} is in the path"));
    let output = Command::new(name)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser runs");
    assert!(output.status.success(), "{output:?}");
    output
}
