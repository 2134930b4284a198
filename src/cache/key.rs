//! How a question becomes the second half of its entry's key.

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use unicase::UniCase;

/// Whether questions that differ only in case and white space are one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Normalisation {
    /// Runs of white space become one space, those at the ends go, and case is folded as Unicode says in full:
    /// `Straße`, `STRASSE` and ` strasse ` are one question. Composed and decomposed characters stay different.
    #[default]
    CaseAndSpace,
    /// Every byte counts.
    Off,
}

impl Normalisation {
    /// The hash under which a question is stored: SHA-256 of its normal form in UTF-8, as 64 hexadecimal digits.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::Normalisation::{CaseAndSpace, Off};
    ///
    /// assert_eq!(CaseAndSpace.hash(" Hello\n WORLD"), CaseAndSpace.hash("hello world"));
    /// assert_eq!(Off.hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /// ```
    pub fn hash(self, question: &str) -> String {
        let digest = Sha256::digest(self.apply(question).as_bytes());
        let mut hex = String::with_capacity(2 * digest.len());
        for byte in digest {
            hex.push(char::from(HEX[usize::from(byte >> 4)]));
            hex.push(char::from(HEX[usize::from(byte & 0xf)]));
        }
        hex
    }

    fn apply(self, question: &str) -> Cow<'_, str> {
        match self {
            Self::Off => Cow::Borrowed(question),
            Self::CaseAndSpace => Cow::Owned(collapse(&UniCase::new(question).to_folded_case())),
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

#[cfg(test)]
mod tests {
    use super::Normalisation::{CaseAndSpace, Off};

    #[test]
    fn case_is_folded_in_full() {
        for (a, b) in [
            ("HELLO", "hello"),
            ("Straße", "STRASSE"),
            ("ŒUVRE", "œuvre"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬀ", "FF"),
            ("\u{1e9e}", "ss"),
            ("\u{13a0}", "\u{ab70}"),
            ("K", "\u{212a}"),
        ] {
            assert_eq!(CaseAndSpace.apply(a), CaseAndSpace.apply(b), "{a:?} and {b:?}");
            assert_ne!(Off.hash(a), Off.hash(b), "{a:?} and {b:?}");
        }
    }

    #[test]
    fn a_turkish_dotless_i_is_another_letter() {
        assert_ne!(CaseAndSpace.apply("ı"), CaseAndSpace.apply("i"));
    }

    #[test]
    fn white_space_is_collapsed() {
        for text in ["a b", " a b ", "a\t\nb", "a\u{a0}\u{2003}b", "\r\na b\u{3000}"] {
            assert_eq!(CaseAndSpace.apply(text), "a b", "{text:?}");
        }
        assert_eq!(CaseAndSpace.apply("ab"), "ab");
        assert_eq!(CaseAndSpace.apply(" \n"), "");
    }

    #[test]
    fn unicode_forms_stay_different() {
        assert_ne!(CaseAndSpace.apply("\u{e9}"), CaseAndSpace.apply("e\u{301}"));
    }

    #[test]
    fn the_hash_is_sha_256() {
        // The first two values of FIPS 180-2, appendix B, and that of the empty text.
        assert_eq!(Off.hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(
            Off.hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        );
        assert_eq!(
            CaseAndSpace.hash(" "),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
