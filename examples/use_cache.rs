//! A cache in a file: what it answers, and its backup.

use mneme::{Answer, Layer, Question, SemanticCache, embedder_fn};

/// The program. It is public so that a test can run it in a directory of its own.
pub fn main() -> Result<(), mneme::CacheError> {
    // Any model does, by the trait `Embedder`. This one counts vowels.
    let embedder = || {
        embedder_fn("vowels:v1", 5, |text: &str| {
            Ok("aeiou".chars().map(|vowel| text.matches(vowel).map(|_| 1.0_f32).sum()).collect())
        })
    };
    let cache = SemanticCache::builder(embedder()).path("cache.db").ttl(86_400).limit(100_000).build()?;

    // Without `?`: where the embedder fails the response is not kept, and can be used all the same. Note the error then.
    let response = "Press the blue button.";
    let not_kept = cache.put("How do I log in?", response).err();
    assert!(not_kept.is_none(), "{not_kept:?}");
    let hit = cache.get("how do you log in?")?.expect("it means the same");
    assert_eq!((hit.layer, hit.response.as_str()), (Layer::Semantic, response));

    cache.put_answer(
        Answer::new("How do I log in?", "Ask your administrator.").namespace("tenant-a").ttl(600),
    )?;
    assert!(cache.get(Question::new("How do I log out?").namespace("tenant-b"))?.is_none());

    cache.dumps("backup.tar.gz")?;
    let restored = SemanticCache::loads("backup.tar.gz", "restored.db", embedder())?;
    assert_eq!(restored.stats()?.entries, 2);
    Ok(())
}
