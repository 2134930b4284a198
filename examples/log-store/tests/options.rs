//! The options of the macro, as the guide shows them.

use mneme::MemoryStore as MyStore;

/// Connects to a store on a server.
struct Remote;

impl Remote {
    fn connect(_name: &str) -> mneme::Result<MyStore> {
        Err(mneme::Error::backend("connect", "connection refused"))
    }
}

mneme_conformance::store_conformance!(
    shared,
    |site| Remote::connect(site.name()),
    suite = remote,
    ignore = "needs a server at localhost:6379"
);

mneme_conformance::store_conformance!(
    MyStore::new,
    suite = deviating,
    deviates { concurrent::whole_writes_are_atomic => "the engine clears row by row" }
);
