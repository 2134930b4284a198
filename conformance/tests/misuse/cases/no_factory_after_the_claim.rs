mneme_conformance::store_conformance!(durable);

fn main() {}
