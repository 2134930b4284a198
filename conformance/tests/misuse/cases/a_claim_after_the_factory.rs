mneme_conformance::store_conformance!(mneme::MemoryStore::new, durable);

fn main() {}
