use crate::doubles::{Outcome, ask, builder, cache, stored};
use mneme::{Answer, CacheError, Layer, Normalisation, Precision, Question, Store};

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::F16, Precision::I8];

#[test]
fn the_question_itself_is_an_exact_hit() -> Outcome {
    let cache = cache()?;
    let id = cache.put("How much is 1 0?", "a")?;
    for question in ["How much is 1 0?", "  how MUCH\tis 1 0? "] {
        let hit = cache.get(question)?.expect("it was put");
        assert_eq!((hit.id, hit.layer, hit.score), (id, Layer::Exact, 1.0));
        assert_eq!((hit.query.as_str(), hit.response.as_str()), ("How much is 1 0?", "a"));
    }
    Ok(())
}

#[test]
fn an_exact_hit_does_not_call_the_embedder() -> Outcome {
    let cache = cache()?;
    cache.put("1 0", "a")?;
    // The embedder would fail on this one, and its case-folded form is the same.
    assert_eq!(ask(&cache, Question::new("fail").exact_only())?, None);
    assert_eq!(cache.stats()?.embedder_failures, 0);
    Ok(())
}

#[test]
fn without_normalising_every_byte_counts() -> Outcome {
    let cache = builder().normalisation(Normalisation::Off).build()?;
    cache.put("1 0 x", "a")?;
    assert_eq!(cache.get("1 0 x")?.map(|hit| hit.layer), Some(Layer::Exact));
    assert_eq!(cache.get("1 0 X")?.map(|hit| hit.layer), Some(Layer::Semantic));
    Ok(())
}

#[test]
fn a_question_that_means_the_same_is_a_semantic_hit() -> Outcome {
    for precision in PRECISIONS {
        let cache = builder().precision(precision).build()?;
        cache.put("1 0", "a")?;
        let hit = cache.get("0.95 0.31")?.expect("it is near");
        assert_eq!((hit.layer, hit.response.as_str()), (Layer::Semantic, "a"), "{precision}");
        // By hand: 0.95 / sqrt(0.95^2 + 0.31^2).
        assert!((hit.score - 0.950_665_7).abs() < 1e-6, "{precision}: {}", hit.score);
        assert_eq!(ask(&cache, "0 1")?, None, "{precision}");
    }
    Ok(())
}

#[test]
fn the_threshold_itself_is_near_enough() -> Outcome {
    for precision in PRECISIONS {
        let cache = builder().precision(precision).threshold(0.6).build()?;
        cache.put("1 0", "a")?;
        assert_eq!(ask(&cache, "0.6 0.8")?.as_deref(), Some("a"), "{precision}: a cosine of 0.6");
        assert_eq!(ask(&cache, Question::new("0.6 0.8").threshold(0.600_001))?, None, "{precision}");
        assert_eq!(ask(&cache, "0.599999 0.8")?, None, "{precision}: a cosine just below");
    }
    Ok(())
}

#[test]
fn a_threshold_of_1_finds_the_same_direction() -> Outcome {
    let cache = builder().threshold(1.0).build()?;
    cache.put("0.3 0.1 0.7", "a")?;
    assert_eq!(ask(&cache, "0.3 0.1 0.7 again")?.as_deref(), Some("a"));
    assert_eq!(ask(&cache, "0.3 0.1 0.69 again")?, None);
    Ok(())
}

#[test]
fn a_threshold_of_minus_1_finds_the_opposite() -> Outcome {
    let cache = builder().threshold(-1.0).build()?;
    cache.put("1 0", "a")?;
    let hit = cache.get("-1 0")?.expect("everything is near enough");
    assert!((hit.score + 1.0).abs() < f32::EPSILON, "{hit}");
    Ok(())
}

#[test]
fn a_threshold_out_of_range_is_refused() -> Outcome {
    for threshold in [1.01, -1.01, f32::NAN, f32::INFINITY] {
        let built = builder().threshold(threshold).build();
        assert!(
            matches!(built, Err(CacheError::InvalidArgument { argument: "threshold", .. })),
            "{threshold}"
        );
        let asked = cache()?.get(Question::new("1 0").threshold(threshold));
        assert!(
            matches!(asked, Err(CacheError::InvalidArgument { argument: "threshold", .. })),
            "{threshold}"
        );
    }
    Ok(())
}

#[test]
fn the_nearest_answers_and_ties_go_to_the_first() -> Outcome {
    for precision in PRECISIONS {
        let cache = builder().precision(precision).threshold(0.5).build()?;
        cache.put("0 1 0", "far")?;
        cache.put("0.9 0.1 0 first", "near")?;
        cache.put("0.9 0.1 0 second", "as near")?;
        cache.put("0.5 0.5 0", "between")?;
        assert_eq!(ask(&cache, "1 0 0")?.as_deref(), Some("near"), "{precision}");
        let order: Vec<_> =
            cache.nearest("1 0 0", 9)?.iter().map(|near| near.entry.response.clone()).collect();
        assert_eq!(order, ["near", "as near", "between", "far"], "{precision}");
    }
    Ok(())
}

#[test]
fn what_rounding_hides_the_store_decides() -> Outcome {
    // In bytes all of these are one vector; only the last is the question's own.
    for precision in PRECISIONS {
        let cache = builder().precision(precision).build()?;
        for number in 1..=40 {
            cache.put(&format!("1 0.{:04}", 40 - number), &number.to_string())?;
        }
        assert_eq!(ask(&cache, "1 0.0000 again")?.as_deref(), Some("40"), "{precision}");
    }
    Ok(())
}

#[test]
fn namespaces_do_not_see_one_another() -> Outcome {
    let cache = cache()?;
    cache.put_answer(Answer::new("1 0", "a's").namespace("a"))?;
    cache.put_answer(Answer::new("1 0", "b's").namespace("b"))?;
    for (namespace, expected) in [("a", Some("a's")), ("b", Some("b's")), ("", None), ("A", None)] {
        for query in ["1 0", "1 0 again"] {
            let question = Question::new(query).namespace(namespace);
            assert_eq!(ask(&cache, question)?.as_deref(), expected, "{query:?} in {namespace:?}");
        }
    }
    assert_eq!(cache.namespaces()?, ["a", "b"]);
    Ok(())
}

#[test]
fn a_new_response_takes_the_place_of_the_old_one() -> Outcome {
    let cache = cache()?;
    let id = cache.put("1 0", "old")?;
    assert_eq!(ask(&cache, "1 0 again")?.as_deref(), Some("old"));
    assert_eq!(cache.put("1 0", "new")?, id);
    for query in ["1 0", "1 0 again"] {
        assert_eq!(ask(&cache, query)?.as_deref(), Some("new"));
    }
    Ok(())
}

#[test]
fn a_hit_is_a_use_and_a_miss_is_none() -> Outcome {
    let (cache, store) = stored()?;
    let id = cache.put("1 0", "a")?;
    cache.get("1 0")?.expect("an exact hit");
    cache.get("1 0 again")?.expect("a semantic hit");
    assert_eq!(cache.get("0 1")?, None);
    cache.nearest("1 0", 3)?;
    assert_eq!(store.get_by_id(id)?.map(|entry| entry.access_count), Some(2));
    Ok(())
}

#[test]
fn what_the_store_holds_already_is_found() -> Outcome {
    let (first, store) = stored()?;
    first.put("1 0", "a")?;
    let second = builder().store(store).build()?;
    assert_eq!(ask(&second, "1 0 again")?.as_deref(), Some("a"));
    Ok(())
}

#[test]
fn thousands_of_entries_are_searched_whole() -> Outcome {
    for precision in PRECISIONS {
        // Enough for several segments in one namespace, on one thread and on several.
        let cache = builder().precision(precision).threshold(0.999).build()?;
        let answers = (0..9_000_u32).map(|number| {
            let angle = f64::from(number) / 9_000.0;
            Answer::new(format!("{:.9} {:.9}", angle.cos(), angle.sin()), number.to_string())
        });
        cache.put_many(answers)?;
        for number in [0_u32, 1, 4_095, 4_096, 4_097, 8_191, 8_192, 8_999] {
            let angle = f64::from(number) / 9_000.0;
            let question = format!("{:.9} {:.9} again", angle.cos(), angle.sin());
            let hit = cache.get(question.as_str())?.expect("it is there");
            let answered: u32 = hit.response.parse().expect("a number");
            // Neighbours have a cosine of 1 - 6e-9. Lesser precisions take hundreds of them for equal.
            match precision {
                Precision::F32 => assert!(answered.abs_diff(number) <= 1, "{number}, not {answered}"),
                _ => assert!(hit.score >= 0.999, "{precision}: {number}, not {answered}"),
            }
        }
    }
    Ok(())
}
