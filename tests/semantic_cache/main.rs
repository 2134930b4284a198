//! What `SemanticCache` promises.
//!
//! | module | what it looks at |
//! |---|---|
//! | `checkpoints` | writing and reading checkpoints, hostile ones too |
//! | `doubles` | the embedder, the observer and the store that the tests use |
//! | `answering` | exact and semantic hits, thresholds, namespaces, the best of several |
//! | `refusing` | validators, confidence, failing embedders, unusable vectors |
//! | `putting` | what is stored, limits of sizes, `put_many` |
//! | `expiring` | ttl and the clock |
//! | `evicting` | quotas and the limit of the whole cache |
//! | `removing` | delete, clear, vacuum |
//! | `sharing` | several caches over one store |
//! | `threads` | many threads at once, and locks that nobody holds |
//! | `telling` | stats, health, events, texts |

mod answering;
mod checkpoints;
mod doubles;
mod evicting;
mod expiring;
mod putting;
mod refusing;
mod removing;
mod sharing;
mod telling;
mod threads;
