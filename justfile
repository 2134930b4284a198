# The routine, step by step. Each recipe calls the step of the same name in .ci/run.

# Lists the recipes.
default:
    @just --list

# Whether the code is formatted.
fmt:
    .ci/run fmt

# Clippy, with every warning an error.
lint:
    .ci/run lint

# Every test of the workspace.
test:
    .ci/run test

# The harness on stores with a planted race, which need the machine for themselves.
races:
    .ci/run races

# The documentation, with every warning an error.
doc:
    .ci/run doc

# What is stated as the least Rust version builds it.
msrv:
    .ci/run msrv

# The packages, without tests and benches and with all that their source takes in.
package:
    .ci/run package

# Licences, duplicate crates and sources; installs cargo-deny where it is missing.
deny:
    .ci/run deny

# What MemoryStore costs beside a bare map.
bench:
    .ci/run bench

# What SqliteStore costs as it grows, beside a bare table.
bench-sqlite:
    .ci/run bench-sqlite

# What the cache, its checkpoints and the ready caches of the fixtures cost.
bench-cache:
    .ci/run bench-cache

# Checkpoints that are changed at random, for ten minutes.
fuzz:
    .ci/run fuzz

# The suites of SqliteStore and redb-store a hundred times, or MNEME_RUNS times; stops at the first that is not green.
again:
    .ci/run again

# What the harness costs a store's author.
weight:
    .ci/run weight

# How fast the engines are, and how much of the zoo each finds alone.
bench-engines:
    .ci/run bench-engines

# How many calls a second are recorded and checked, and how soon each planted race is found.
bench-races:
    .ci/run bench-races

# The checker of histories beside todc-utils and stateright.
bench-histories:
    .ci/run bench-histories

# The harness on stores with one planted mistake each; writes and prints the kill matrix.
zoo:
    .ci/run zoo

# The behaviour book: writes its pages from the reviewed transcripts, and checks both.
book:
    .ci/run book

# The behaviour book as pages in HTML, with its links checked; installs mdbook where it is missing.
site:
    .ci/run site

# The report and the picture of a race, as a browser shows them.
browser:
    .ci/run browser

# Mutants of MemoryStore, with the conformance tests alone to notice them.
mutants:
    .ci/run mutants

# The whole routine.
check:
    .ci/run
