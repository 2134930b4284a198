mneme_conformance::store_conformance!(durable, |_site| mneme::MemoryStore::new(), files);

fn main() {}
