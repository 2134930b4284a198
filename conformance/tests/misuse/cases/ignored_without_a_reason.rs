mneme_conformance::store_conformance!(mneme::MemoryStore::new, ignore);

fn main() {}
