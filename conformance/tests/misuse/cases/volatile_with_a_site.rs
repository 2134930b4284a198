mneme_conformance::store_conformance!(|_site| mneme::MemoryStore::new());

fn main() {}
