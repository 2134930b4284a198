mneme_conformance::store_conformance!(suite = mine);

fn main() {}
