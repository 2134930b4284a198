mneme_conformance::store_conformance!(durabel, |_site| mneme::MemoryStore::new());

fn main() {}
