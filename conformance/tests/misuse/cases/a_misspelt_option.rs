mneme_conformance::store_conformance!(mneme::MemoryStore::new, suit = mine);

fn main() {}
