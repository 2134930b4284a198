mneme_conformance::store_conformance!(mneme::MemoryStore::new);
mneme_conformance::store_conformance!(mneme::MemoryStore::new);

fn main() {}
