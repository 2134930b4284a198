mneme_conformance::store_conformance!(volatile, mneme::MemoryStore::new);

fn main() {}
