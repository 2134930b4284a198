//! What a store does, clause by clause: a page for each area of the contract.
//!
//! Each clause is one sentence that a store keeps or breaks. With it stand the reason for it, what its check did to a store and
//! what the store answered, the likely mistake, and the planted mistakes that the check finds. The pages are made from
//! what happened when the checks ran, and a test compares them with what happens now.
//!
//! In a transcript a line has a call and, beside it, the answer. `open()` stands for an open with the fingerprint
//! `conformance:v1` and the dimension 4; *every field* for an entry with a question, an answer, an embedding, metadata, times
//! and a count; *everything is read, in every way* for a lookup of each entry by id and by key, each stream, all counts and
//! orders, which were compared with what they must be. `# ..` says what the next calls are about, and after an empty line a
//! fresh store is at work.

macro_rules! pages {
    ($($area:ident $page:literal)*) => {$(
        #[allow(
            rustdoc::broken_intra_doc_links,
            rustdoc::invalid_html_tags,
            reason = "the page is written for every renderer of Markdown"
        )]
        #[doc = include_str!($page)]
        pub mod $area {}
    )*};
}

pages! {
    open "../../docs/book/open.md"
    close "../../docs/book/close.md"
    insert "../../docs/book/insert.md"
    key "../../docs/book/key.md"
    fidelity "../../docs/book/fidelity.md"
    lookup "../../docs/book/lookup.md"
    count "../../docs/book/count.md"
    namespaces "../../docs/book/namespaces.md"
    iterate "../../docs/book/iterate.md"
    since "../../docs/book/since.md"
    changed "../../docs/book/changed.md"
    lru "../../docs/book/lru.md"
    access "../../docs/book/access.md"
    delete "../../docs/book/delete.md"
    expiry "../../docs/book/expiry.md"
    clear "../../docs/book/clear.md"
    quota "../../docs/book/quota.md"
    version "../../docs/book/version.md"
    meta "../../docs/book/meta.md"
    integrity "../../docs/book/integrity.md"
    snapshot "../../docs/book/snapshot.md"
    durable "../../docs/book/durable.md"
    files "../../docs/book/files.md"
    shared "../../docs/book/shared.md"
    concurrent "../../docs/book/concurrent.md"
    robust "../../docs/book/robust.md"
}
