mneme_conformance::store_conformance!(|| Some(mneme::MemoryStore::new()));

fn main() {}
