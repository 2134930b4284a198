mneme_conformance::behaviour!(durable, |_site| mneme::MemoryStore::new(), restore, suite = x);

fn main() {}
