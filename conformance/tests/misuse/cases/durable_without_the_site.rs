mneme_conformance::store_conformance!(durable, || mneme::MemoryStore::new());

fn main() {}
