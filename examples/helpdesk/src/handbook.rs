/// The paragraphs of a handbook, searched for words that are nearly those of a question.
///
/// The search compares each word of the question with each word of the handbook by edit distance. It forgives typing
/// errors, and it is slow: a good thing to cache.
#[derive(Clone, Debug)]
pub struct Handbook {
    paragraphs: Vec<&'static str>,
}

/// Words that are too frequent to tell paragraphs apart have fewer letters than this.
const SHORTEST: usize = 4;

impl Handbook {
    /// Opens the handbook that comes with the application.
    pub fn open() -> Self {
        let paragraphs = include_str!("handbook.txt").split("\n\n").map(str::trim).collect();
        Self { paragraphs }
    }

    /// The paragraph that has the most of a question's words; none where no word is like any of the question's.
    pub fn search(&self, question: &str) -> Option<String> {
        let asked = words(question);
        let score = |paragraph: &str| {
            let words = words(paragraph);
            let like = |asked: &String| words.iter().map(|word| likeness(asked, word)).max().unwrap_or(0);
            asked.iter().map(like).sum::<usize>()
        };
        let scored = self.paragraphs.iter().map(|paragraph| (score(paragraph), *paragraph));
        // Of several that are equally good, the first.
        let best = scored.rev().max_by_key(|(score, _)| *score)?;
        (best.0 > 0).then(|| best.1.to_owned())
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= SHORTEST)
        .map(str::to_lowercase)
        .collect()
}

/// How many letters two words have in common, 0 where a third or more of them differ.
fn likeness(one: &str, other: &str) -> usize {
    let longest = one.chars().count().max(other.chars().count());
    let distance = edit_distance(one, other);
    if distance * 3 >= longest { 0 } else { longest - distance }
}

/// The least number of letters to insert, delete or replace (Levenshtein, 1966).
fn edit_distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_words_counts_letters() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }

    #[test]
    fn a_search_forgives_typing_errors() {
        let found = Handbook::open().search("How do I get my refunt?").expect("it is there");
        assert!(found.starts_with("A refund comes"), "{found}");
        assert_eq!(Handbook::open().search("xylophone zebra"), None);
    }
}
