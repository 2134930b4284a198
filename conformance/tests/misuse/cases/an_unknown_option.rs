mneme_conformance::store_conformance!(mneme::MemoryStore::new, timeout = 30);

fn main() {}
