mneme_conformance::store_conformance!(mneme::MemoryStore::new suite = mine);

fn main() {}
