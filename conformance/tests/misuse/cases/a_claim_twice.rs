mneme_conformance::store_conformance!(durable, durable, |_site| mneme::MemoryStore::new());

fn main() {}
