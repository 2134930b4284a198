use mneme_conformance::store_conformance;

struct NoStore;

fn no_store() -> Result<NoStore, std::io::Error> {
    Ok(NoStore)
}

store_conformance!(no_store);

fn main() {}
