mneme_conformance::behaviour!(durable);

fn main() {}
