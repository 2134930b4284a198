mneme_conformance::behaviour!(|| Some(mneme::MemoryStore::new()));

fn main() {}
