mneme_conformance::store_conformance!(durable, shared, || mneme::MemoryStore::new());

fn main() {}
