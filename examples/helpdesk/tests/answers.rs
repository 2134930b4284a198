//! The application's tests, on caches that are ready.

use helpdesk::{HelpDesk, Source};
use mneme::{MemoryStore, SemanticCache};
use mneme_fixtures::{ConceptEmbedder, Corpus, FailingEmbedder, assert_hit, empty_cache, fixture_cache};
use rstest::rstest;
use std::{cell::Cell, sync::Arc};

/// Looks nothing up, since the cache is to know it.
fn nobody(question: &str) -> Option<String> {
    panic!("{question:?} was looked up")
}

#[rstest]
fn what_was_asked_before_is_not_looked_up(fixture_cache: SemanticCache) {
    let desk = HelpDesk::new(fixture_cache, nobody);
    for question in Corpus::help_desk().questions() {
        let reply = desk.answer(&question.query).expect("it works").expect("the cache knows it");
        assert_eq!((reply.source, &reply.text), (Source::SameQuestion, &question.response));
        for paraphrase in &question.paraphrases {
            let reply = desk.answer(paraphrase).expect("it works").expect("the cache knows it");
            assert_eq!(
                (reply.source, &reply.text),
                (Source::SimilarQuestion, &question.response),
                "{paraphrase}"
            );
        }
    }
}

#[rstest]
fn a_new_question_is_looked_up_once(empty_cache: SemanticCache) {
    let looked_up = Cell::new(0);
    let desk = HelpDesk::new(empty_cache, |_: &str| {
        looked_up.set(looked_up.get() + 1);
        Some("Under Orders.".to_owned())
    });
    let sources = ["Where is my order?", "Where is my order?", "How can I track a purchase?"]
        .map(|question| desk.answer(question).expect("it works").expect("somebody knows").source);
    assert_eq!(sources, [Source::LookedUp, Source::SameQuestion, Source::SimilarQuestion]);
    assert_eq!(looked_up.get(), 1);
    assert_hit!(desk.cache(), "Where is my order?", "Under Orders.");
}

#[rstest]
fn what_nobody_knows_is_not_kept(empty_cache: SemanticCache) {
    let desk = HelpDesk::new(empty_cache, |_: &str| None);
    assert_eq!(desk.answer("Do you sell bicycles?").expect("it works"), None);
    assert_eq!(desk.cache().stats().expect("its figures").entries, 0);
}

#[test]
fn an_embedder_that_fails_costs_a_look_up_and_no_answer() {
    let embedder = Arc::new(FailingEmbedder::new(ConceptEmbedder));
    let cache =
        SemanticCache::builder(Arc::clone(&embedder)).store(MemoryStore::new()).build().expect("a cache");
    let desk = HelpDesk::new(cache, |_: &str| Some("Until six.".to_owned()));
    embedder.fail();
    let reply = desk.answer("Are you open?").expect("it works").expect("somebody knows");
    assert_eq!(reply.source, Source::LookedUp);
    embedder.work();
    assert_eq!(desk.cache().stats().expect("its figures").entries, 0);
}
