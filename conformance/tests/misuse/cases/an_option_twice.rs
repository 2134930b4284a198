mneme_conformance::store_conformance!(mneme::MemoryStore::new, suite = mine, suite = yours);

fn main() {}
