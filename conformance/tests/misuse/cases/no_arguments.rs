mneme_conformance::store_conformance!();

fn main() {}
