mneme_conformance::behaviour!(mneme::MemoryStore::new, suite = mine ignore = "needs a server");

fn main() {}
