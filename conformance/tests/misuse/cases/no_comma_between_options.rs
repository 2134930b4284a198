mneme_conformance::store_conformance!(mneme::MemoryStore::new, suite = mine ignore = "needs a server");

fn main() {}
