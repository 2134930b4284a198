mneme_conformance::store_conformance!(mneme::MemoryStore::new, deviates {});

fn main() {}
