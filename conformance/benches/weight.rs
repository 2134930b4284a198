//! What the harness costs a store's author: how many crates it adds to the tests, how many seconds to a build from
//! nothing, and how many to building a test file again.
//!
//! It makes two crates in a temporary directory: one whose tests are empty, and one whose tests are one call of
//! `store_conformance!`. Both depend on `mneme-cache`, so the difference is the harness alone. Every build has two
//! jobs, takes its dependencies from what is downloaded already, and takes turns with the other crate's, so that a
//! disturbance meets both. A figure is a median; the difference is the median of the rounds' differences. On Linux the
//! processor's seconds are shown too: they say what a build needs where other work keeps it waiting.
//!
//! Run it with `cargo bench -p mneme-conformance --bench weight`, on a machine that does nothing else. It takes two
//! to three minutes. Without cargo's `--bench` it does nothing.

#![allow(clippy::print_stdout, reason = "the figures are what the bench is for")]

use serde_json::Value;
use std::{
    collections::BTreeSet,
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Instant,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const COLD_ROUNDS: usize = 3;
const WARM_ROUNDS: usize = 9;

const MOST_CRATES: usize = 25;
const MOST_COLD_SECONDS: f64 = 8.0;
const MOST_WARM_SECONDS: f64 = 0.5;

fn main() -> Result<()> {
    if !env::args().any(|argument| argument == "--bench") {
        println!("nothing was measured: run it with `cargo bench -p mneme-conformance --bench weight`");
        return Ok(());
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate is in a workspace")?;
    let temporary = tempfile::tempdir()?;
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        println!("load of the machine before: {}", load.trim());
    }

    // As the guide has it: a store's author needs no store that is there already.
    let cache = format!("mneme-cache = {{ path = '{}', default-features = false }}", workspace.display());
    let conformance = format!("mneme-conformance = {{ path = '{}/conformance' }}", workspace.display());
    let plain = Author::new(temporary.path(), workspace, "plain", &cache, "", EMPTY)?;
    let checked = Author::new(temporary.path(), workspace, "checked", &cache, &conformance, CALL)?;

    let (without, with) = (plain.crates()?, checked.crates()?);
    let added: Vec<_> =
        with.difference(&without).map(String::as_str).filter(|name| *name != "checked").collect();
    println!("crates that the harness adds: {} (at most {MOST_CRATES}): {}", added.len(), added.join(", "));

    compare("build from nothing", COLD_ROUNDS, MOST_COLD_SECONDS, [&plain, &checked], Author::build_cold)?;
    compare(
        "build of the test file",
        WARM_ROUNDS,
        MOST_WARM_SECONDS,
        [&plain, &checked],
        Author::build_again,
    )?;

    println!();
    println!("each dependency by itself, built from nothing");
    for package in ["mneme-cache", "mneme-conformance"] {
        for (name, line) in dependencies(workspace, package)? {
            let author = Author::new(temporary.path(), workspace, &format!("only-{name}"), &line, "", EMPTY)?;
            let crates = author.crates()?.len() - 1;
            let mut seconds = Vec::new();
            for _ in 0..COLD_ROUNDS {
                seconds.push(author.build_cold()?.seconds);
            }
            println!("{package:<20}{name:<14}{crates:>3} crates {:>6.2} s", median(seconds));
        }
    }
    Ok(())
}

/// Times a build of both crates in turns, and prints the medians.
fn compare(
    what: &str,
    rounds: usize,
    most: f64,
    authors: [&Author; 2],
    build: impl Fn(&Author) -> Result<Cost>,
) -> Result<()> {
    let (mut without, mut with, mut added, mut processor) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let [a, b] = [build(authors[0])?, build(authors[1])?];
        without.push(a.seconds);
        with.push(b.seconds);
        added.push(b.seconds - a.seconds);
        processor.extend(b.processor.zip(a.processor).map(|(b, a)| b - a));
    }
    let [without, with, added] = [without, with, added].map(median);
    print!(
        "{what}: {without:.2} s without the harness, {with:.2} s with it; it adds {added:.2} s (at most {most} s)"
    );
    match processor.len() {
        0 => println!(),
        _ => println!(", {:.2} s of processor time", median(processor)),
    }
    Ok(())
}

/// What a build took.
struct Cost {
    seconds: f64,
    /// The processor's seconds, where the system tells them.
    processor: Option<f64>,
}

/// The processor's seconds of all processes that this one has waited for.
fn processor_of_children() -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name is in brackets and may hold spaces; what follows is numbers from the third field on.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<f64> = fields.split(' ').skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    Some(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// A crate as a store's author would have it.
struct Author {
    directory: PathBuf,
    /// What is in its test file.
    tests: &'static str,
}

const EMPTY: &str = "";
const CALL: &str = "mneme_conformance::store_conformance!(mneme::MemoryStore::new);\n";

impl Author {
    fn new(
        within: &Path,
        workspace: &Path,
        name: &str,
        dependency: &str,
        dev_dependency: &str,
        tests: &'static str,
    ) -> Result<Self> {
        let directory = within.join(name);
        fs::create_dir_all(directory.join("src"))?;
        fs::create_dir_all(directory.join("tests"))?;
        let manifest = format!(
            "[workspace]\n\n[package]\nname = \"{name}\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependency}\n\n[dev-dependencies]\n{dev_dependency}\n"
        );
        fs::write(directory.join("Cargo.toml"), manifest)?;
        fs::write(directory.join("src/lib.rs"), "")?;
        fs::write(directory.join("tests/conformance.rs"), tests)?;
        // The versions that this workspace is built with.
        fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock"))?;
        Ok(Self { directory, tests })
    }

    /// The crates that its tests are built of on this machine, itself included.
    fn crates(&self) -> Result<BTreeSet<String>> {
        let tree = self.cargo(&["tree", "--edges", "normal,build,dev", "--prefix", "none"], &[])?;
        let tree = String::from_utf8(tree.stdout)?;
        Ok(tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
    }

    /// What a build with an empty target directory takes.
    fn build_cold(&self) -> Result<Cost> {
        if self.target().exists() {
            fs::remove_dir_all(self.target())?;
        }
        // Cargo builds what comes from a registry in one go, but a dependency by its path in pieces that can be built
        // again one by one. An author takes the harness from the registry.
        self.build(&[("CARGO_INCREMENTAL", "0")])
    }

    /// What a build takes after the test file alone was written again.
    fn build_again(&self) -> Result<Cost> {
        if !self.target().exists() {
            self.build(&[])?;
        }
        fs::write(self.directory.join("tests/conformance.rs"), self.tests)?;
        self.build(&[])
    }

    fn build(&self, settings: &[(&str, &str)]) -> Result<Cost> {
        let (start, before) = (Instant::now(), processor_of_children());
        self.cargo(&["test", "--no-run", "--quiet", "--jobs", "2"], settings)?;
        let seconds = start.elapsed().as_secs_f64();
        let processor = processor_of_children().zip(before).map(|(after, before)| after - before);
        Ok(Cost { seconds, processor })
    }

    fn cargo(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Result<Output> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).arg("--offline").current_dir(&self.directory).envs(settings.iter().copied());
        cargo.env("CARGO_TARGET_DIR", self.target());
        let output = cargo.output()?;
        if !output.status.success() {
            return Err(format!("cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(output)
    }

    fn target(&self) -> PathBuf {
        self.directory.join("target")
    }
}

/// The names and manifest lines of what a package of the workspace takes from the registry for its users.
fn dependencies(workspace: &Path, package: &str) -> Result<Vec<(String, String)>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output =
        cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(workspace).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists packages")?;
    let found =
        packages.iter().find(|found| found["name"] == package).ok_or("the package is in the workspace")?;
    let dependencies = found["dependencies"].as_array().ok_or("a package lists its dependencies")?;
    let of_users = dependencies.iter().filter(|found| found["kind"].is_null() && found["path"].is_null());
    Ok(of_users
        .map(|found| {
            let name = found["name"].as_str().unwrap_or_default();
            let line = format!(
                "{name} = {{ version = {}, default-features = {}, features = {} }}",
                found["req"], found["uses_default_features"], found["features"]
            );
            (name.to_owned(), line)
        })
        .collect())
}
