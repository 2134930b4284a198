mneme_conformance::behaviour!(durabel, |_site| mneme::MemoryStore::new());

fn main() {}
