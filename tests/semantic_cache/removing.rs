use crate::doubles::{Outcome, ask, cache};
use mneme::{Answer, Question};

#[test]
fn what_was_deleted_answers_no_more() -> Outcome {
    let cache = cache()?;
    cache.put("1 0", "a")?;
    assert_eq!(ask(&cache, "1 0 again")?.as_deref(), Some("a"));
    assert!(!cache.delete("1 0 again")?, "it means the same, and is another question");
    assert!(!cache.delete(Question::new("1 0").namespace("b"))?);
    assert!(cache.delete(" 1  0 ")?);
    assert!(!cache.delete("1 0")?);
    assert_eq!(ask(&cache, "1 0")?, None);
    assert_eq!(cache.health()?.indexed, 0);
    Ok(())
}

#[test]
fn clearing_a_namespace_leaves_the_others_and_its_quota() -> Outcome {
    let cache = cache()?;
    for namespace in ["a", "a%", "ab", "A"] {
        for number in 0..10 {
            cache.put_answer(Answer::new(format!("1 {number}"), namespace).namespace(namespace))?;
        }
    }
    cache.set_quota("a", 50)?;
    assert_eq!(ask(&cache, Question::new("1 3 again").namespace("a"))?.as_deref(), Some("a"));
    assert_eq!(cache.clear_namespace("a")?, 10);
    assert_eq!(cache.clear_namespace("a")?, 0);
    assert_eq!(ask(&cache, Question::new("1 3 again").namespace("a"))?, None);
    assert_eq!(ask(&cache, Question::new("1 3 again").namespace("ab"))?.as_deref(), Some("ab"));
    assert_eq!(cache.quota("a")?, Some(50));
    assert_eq!(cache.health()?.indexed, 30);
    assert_eq!(cache.clear()?, 30);
    assert_eq!((cache.stats()?.entries, cache.health()?.indexed), (0, 0));
    Ok(())
}

#[test]
fn deleting_gives_memory_back() -> Outcome {
    let cache = cache()?;
    let empty = cache.stats()?.index_bytes;
    let question = |number: u32| format!("1 {number}");
    cache.put_many((0..20_000).map(|number| Answer::new(question(number), "a")))?;
    cache.get("1 0.5")?;
    let full = cache.stats()?.index_bytes;
    // A vector, what is known of its row, and where it is.
    assert!(full > 20_000 * (12 + 24), "{full}");
    for number in 0..19_990 {
        cache.delete(question(number).as_str())?;
    }
    let nearly_empty = cache.stats()?.index_bytes;
    assert!(nearly_empty < full / 20, "{nearly_empty} of {full}");
    cache.clear()?;
    assert!(cache.stats()?.index_bytes <= empty + 1_000);
    Ok(())
}

#[test]
fn whoever_is_left_is_found_after_many_have_gone() -> Outcome {
    let cache = cache()?;
    cache.put_many((0..5_000).map(|number| Answer::new(format!("1 {number}"), number.to_string())))?;
    cache.get("1 1")?;
    for number in (0..5_000).filter(|number| number % 7 != 0) {
        assert!(cache.delete(format!("1 {number}").as_str())?);
    }
    for number in (0..5_000).step_by(7) {
        // Asked in a way that no exact hit answers.
        let near = cache.nearest(format!("1 {number} x").as_str(), 1)?;
        let expected = format!("1 {number}");
        let exact = cache.get(expected.as_str())?.expect("it was left");
        assert_eq!(exact.query, expected);
        assert!(near[0].score >= 0.999_999, "{number}");
    }
    assert_eq!(cache.health()?.indexed, 715);
    Ok(())
}
