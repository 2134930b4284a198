//! | module | what it looks at |
//! |---|---|
//! | `forge` | takes checkpoints apart and makes wrong ones, by the text of the format alone |
//! | `mutants` | archives that were changed at random, and those that are kept |
//! | `round_trip` | what goes through a checkpoint, and the file itself |
//! | `hostile` | archives that no cache wrote |

mod forge;
mod hostile;
mod mutants;

mod round_trip;
