mneme_conformance::behaviour!();

fn main() {}
