//! The program of the README, run in a directory of its own.

#[path = "../examples/use_cache.rs"]
#[allow(unreachable_pub, reason = "it is a program")]
mod use_cache;

#[test]
fn the_program_of_the_readme_does_what_it_says() {
    let directory = tempfile::tempdir().expect("a directory");
    // It is the only test of this process, so nobody else is surprised.
    std::env::set_current_dir(directory.path()).expect("a working directory");
    use_cache::main().expect("the program");
    assert!(directory.path().join("backup.tar.gz").exists());
}
