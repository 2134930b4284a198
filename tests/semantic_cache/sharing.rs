use crate::doubles::{Outcome, ask, builder, stored};
use mneme::{Answer, Entry, Question, SemanticCache, Store};
use std::sync::Arc;

/// Two caches over one store, each of which has an index of its own.
fn two() -> Result<(SemanticCache, SemanticCache, Arc<mneme::MemoryStore>), mneme::CacheError> {
    let (first, store) = stored()?;
    let second = builder().store(Arc::clone(&store)).build()?;
    Ok((first, second, store))
}

#[test]
fn what_another_cache_put_is_found() -> Outcome {
    let (first, second, _) = two()?;
    assert_eq!(ask(&second, "1 0 again")?, None);
    first.put("1 0", "a")?;
    assert_eq!(ask(&second, "1 0 again")?.as_deref(), Some("a"));
    first.put("1 0", "b")?;
    assert_eq!(ask(&second, "1 0 again")?.as_deref(), Some("b"));
    Ok(())
}

#[test]
fn what_another_cache_removed_is_gone() -> Outcome {
    let (first, second, _) = two()?;
    for number in 0..10 {
        first.put_answer(Answer::new(format!("1 {number}"), number.to_string()).namespace("n"))?;
    }
    let question = || Question::new("1 3 again").namespace("n");
    assert_eq!(ask(&second, question())?.as_deref(), Some("3"));
    first.delete(Question::new("1 3").namespace("n"))?;
    assert_ne!(ask(&second, question())?.as_deref(), Some("3"));
    assert_eq!(second.health()?.indexed, 9);
    first.clear()?;
    assert_eq!(ask(&second, question())?, None);
    assert_eq!(second.health()?.indexed, 0);
    Ok(())
}

#[test]
fn a_removal_and_a_put_that_leave_the_count_alone_are_both_noticed() -> Outcome {
    let (first, second, _) = two()?;
    first.put("1 0", "a")?;
    assert_eq!(ask(&second, "1 0 again")?.as_deref(), Some("a"));
    first.delete("1 0")?;
    first.put("0 1", "b")?;
    assert_eq!(ask(&second, "1 0 again")?, None);
    assert_eq!(ask(&second, "0 1 again")?.as_deref(), Some("b"));
    assert_eq!(second.health()?.indexed, 1);
    Ok(())
}

/// The old question's vector is in the index of the second cache when another program writes a new question, with a new
/// vector, under the same key. The old question must not be answered with the new response.
#[test]
fn a_new_answer_is_not_given_to_the_old_question() -> Outcome {
    let (first, second, store) = two()?;
    let id = first.put("1 0", "the old answer")?;
    assert_eq!(ask(&second, "1 0 again")?.as_deref(), Some("the old answer"));
    let old = store.get_by_id(id)?.expect("it was put");
    let new = Entry::new("", old.query_hash.as_str()).query("0 1").response("the new answer");
    assert_eq!(store.insert(new.embedding([0.0, 1.0, 0.0]))?, id);
    assert_eq!(ask(&second, "1 0 again")?, None);
    assert_eq!(ask(&second, "0 1 again")?.as_deref(), Some("the new answer"));
    Ok(())
}

#[test]
fn what_another_program_let_expire_is_gone() -> Outcome {
    let (first, second, store) = two()?;
    first.put_answer(Answer::new("1 0", "a").ttl(10))?;
    assert_eq!(ask(&second, "1 0 again")?.as_deref(), Some("a"));
    store.delete_expired(1_010, None)?;
    assert_eq!(ask(&second, "1 0 again")?, None);
    assert_eq!(second.health()?.indexed, 0);
    Ok(())
}
