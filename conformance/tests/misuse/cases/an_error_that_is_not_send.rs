use mneme_conformance::store_conformance;

fn connect() -> Result<mneme::MemoryStore, Box<dyn std::error::Error>> {
    Ok(mneme::MemoryStore::new())
}

store_conformance!(connect);

fn main() {}
