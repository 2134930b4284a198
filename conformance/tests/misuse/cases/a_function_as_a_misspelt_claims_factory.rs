use mneme_conformance::{Site, store_conformance};

fn at(_site: &Site) -> mneme::MemoryStore {
    mneme::MemoryStore::new()
}

store_conformance!(durabel, at);

fn main() {}
