use crate::doubles::{Outcome, ask, builder, cache, stored};
use mneme::{Answer, CacheError, ErrorKind, Metadata, Sizes, Store, limits::MAX_NUMBER};
use serde_json::{Value, json};

fn metadata(value: &Value) -> Metadata {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn an_entry_holds_what_was_put() -> Outcome {
    let (cache, store) = stored()?;
    let metadata = metadata(&json!({"model": "small", "cost": 0.1}));
    let id =
        cache.put_answer(Answer::new("3 4 Why?", "a").namespace("n").ttl(60).metadata(metadata.clone()))?;
    let entry = store.get_by_id(id)?.expect("it was put");
    assert_eq!(
        (entry.namespace.as_str(), entry.query.as_str(), entry.response.as_str()),
        ("n", "3 4 Why?", "a")
    );
    assert_eq!(entry.embedding, [0.6, 0.8, 0.0], "a vector of length 1");
    assert_eq!((entry.created_at, entry.last_accessed_at, entry.access_count), (1_000, 1_000, 0));
    assert_eq!((entry.ttl, &entry.metadata), (Some(60), &metadata));
    assert_eq!(entry.query_hash.len(), 64);
    assert!(entry.query_hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    Ok(())
}

#[test]
fn a_value_or_a_quota_that_is_set_again_is_listed_once() -> Outcome {
    let (cache, store) = stored()?;
    for value in ["a", "b", "c"] {
        cache.write_meta("key", value)?;
        cache.set_quota("n", value.len() as u64)?;
    }
    // Checkpoints read these lists, which may not grow with every write.
    assert_eq!(store.read_meta("mneme:keys")?.as_deref(), Some("1"));
    assert_eq!(store.read_meta("mneme:quotas")?.as_deref(), Some("1"));
    assert_eq!(cache.read_meta("key")?.as_deref(), Some("c"));
    Ok(())
}

#[test]
fn what_is_too_large_is_refused() -> Outcome {
    let sizes = Sizes { query: 5, response: 3, metadata: 9, namespace: 1 };
    let cache = builder().sizes(sizes).build()?;
    let fits = Answer::new("1 0 é", "é!").namespace("n").metadata(metadata(&json!({"a": 1})));
    assert!(matches!(
        cache.put_answer(fits.clone()),
        Err(CacheError::TooLarge { part: "query", bytes: 6, limit: 5, .. })
    ));
    let cases = [
        ("response", Answer::new("1 0", "four"), 4, 3),
        ("namespace", Answer::new("1 0", "a").namespace("ab"), 2, 1),
        ("metadata", Answer::new("1 0", "a").metadata(metadata(&json!({"ab": 10}))), 9, 9),
        ("metadata", Answer::new("1 0", "a").metadata(metadata(&json!({"ab": 100}))), 10, 9),
    ];
    for (name, answer, size, most) in cases {
        match cache.put_answer(answer) {
            Err(CacheError::TooLarge { part, bytes, limit, .. }) => {
                assert_eq!((part, bytes, limit), (name, size, most));
                assert!(size > most);
            }
            Ok(_) => assert!(size <= most, "{name}"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert_eq!(cache.stats()?.entries, 1);
    Ok(())
}

#[test]
fn metadata_that_is_too_deep_is_refused() -> Outcome {
    let cache = cache()?;
    let nested = |depth: usize| {
        let inner = (2..depth).fold(json!([]), |inner, _| json!([inner]));
        metadata(&json!({ "a": inner }))
    };
    cache.put_answer(Answer::new("1 0", "a").metadata(nested(100)))?;
    let error = cache.put_answer(Answer::new("0 1", "a").metadata(nested(101))).expect_err("too deep");
    assert_eq!(error.to_string(), "invalid argument: metadata: it is 101 deep, and 100 is the most");
    Ok(())
}

#[test]
fn the_default_sizes_are_what_every_store_keeps() -> Outcome {
    let cache = cache()?;
    let longest = "x".repeat(1024 * 1024);
    cache.put_answer(Answer::new("1 0", longest.clone()).namespace("n".repeat(64 * 1024)))?;
    assert!(matches!(
        cache.put("1 0", &(longest + "x")),
        Err(CacheError::TooLarge { part: "response", limit: 1_048_576, .. })
    ));
    Ok(())
}

#[test]
fn a_ttl_out_of_range_is_refused_before_the_embedder_is_asked() -> Outcome {
    let cache = cache()?;
    let error = cache.put_answer(Answer::new("fail", "a").ttl(MAX_NUMBER + 1)).expect_err("too long");
    assert_eq!(error.store_kind(), Some(ErrorKind::InvalidArgument));
    let built = builder().ttl(MAX_NUMBER + 1).build().expect_err("too long");
    assert_eq!(built.store_kind(), Some(ErrorKind::InvalidArgument));
    Ok(())
}

#[test]
fn many_answers_are_stored_in_their_order() -> Outcome {
    let cache = cache()?;
    assert!(cache.put_many([])?.is_empty());
    let ids = cache.put_many([
        Answer::new("1 0", "a"),
        Answer::new("0 1", "b").namespace("n"),
        Answer::new("1 0", "c"),
    ])?;
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0], ids[2], "the last one took the place of the first");
    assert_eq!(ask(&cache, "1 0")?.as_deref(), Some("c"));
    assert_eq!(cache.stats()?.entries, 2);
    assert_eq!(cache.stats()?.puts, 3);
    Ok(())
}

#[test]
fn an_answer_that_is_refused_keeps_out_the_others() -> Outcome {
    let cache = builder().sizes(Sizes { response: 1, ..Sizes::default() }).build()?;
    assert!(cache.put_many([Answer::new("1 0", "a"), Answer::new("0 1", "too long")]).is_err());
    assert!(cache.put_many([Answer::new("1 0", "a"), Answer::new("0 0", "b")]).is_err());
    assert_eq!(cache.stats()?.entries, 0);
    Ok(())
}

#[test]
fn an_embedder_must_give_a_vector_for_each_text() -> Outcome {
    struct Short;
    impl mneme::Embedder for Short {
        fn fingerprint(&self) -> String {
            "short".into()
        }
        fn dimension(&self) -> usize {
            1
        }
        fn embed(&self, _: &str) -> Result<Vec<f32>, mneme::EmbedError> {
            Ok(vec![1.0])
        }
        fn embed_all(&self, _: &[&str]) -> Result<Vec<Vec<f32>>, mneme::EmbedError> {
            Ok(vec![vec![1.0]])
        }
    }
    let cache = mneme::SemanticCache::builder(Short).build()?;
    let error = cache.put_many([Answer::new("a", "a"), Answer::new("b", "b")]).expect_err("one is missing");
    assert_eq!(
        error.to_string(),
        "the embedder gave an unusable vector for 2 texts of 2 bytes: the number of vectors is 1"
    );
    assert_eq!(cache.stats()?.entries, 0);
    Ok(())
}
