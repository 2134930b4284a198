//! Where the files of two sites differ that hold the same but for one thing.
//!
//! There that thing is written, in whatever way the engine writes it, or what the engine computes of it, such as a
//! checksum. One byte of the other file makes another right value of it, which no rule of a format refuses: only a
//! checksum does, if it covers the thing. Never more than one byte is taken, or the thing and its checksum could be
//! exchanged together, which nobody can notice.

use super::{Change, Damage};
use crate::image::Image;

/// The damages that put a byte of another image into this one, up to a number of them. Where an image of the same
/// contents as this one differs from it too, the byte depends on other things, and stays.
pub(crate) fn differing(image: &Image, same: &Image, other: &Image, most: usize) -> Vec<Damage> {
    let mut runs: Vec<Vec<Damage>> = Vec::new();
    for (file, (name, bytes)) in image.files.iter().enumerate() {
        let (Some(same), Some(other)) = (same.file(name), other.file(name)) else { continue };
        // Behind the first difference of two lengths nothing is in its place.
        let is_aligned = bytes.len() == other.len() && bytes.len() == same.len();
        let places = (0..bytes.len().min(other.len()).min(same.len()))
            .filter(|at| bytes[*at] == same[*at] && bytes[*at] != other[*at])
            .take(if is_aligned { usize::MAX } else { 1 });
        let mut end = None;
        for at in places {
            let damage = Damage { file, at, change: Change::Become(other[at]) };
            match runs.last_mut() {
                Some(run) if end == Some(at) => run.push(damage),
                _ => runs.push(vec![damage]),
            }
            end = Some(at + 1);
        }
    }
    // A value that is greater by one differs in one byte, where a checksum differs in most of its bytes.
    runs.sort_by_key(Vec::len);
    runs.into_iter().filter_map(|run| run.into_iter().next()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(files: &[(&str, &[u8])]) -> Image {
        Image { files: files.iter().map(|(name, bytes)| ((*name).into(), bytes.to_vec())).collect() }
    }

    fn told(image: &Image, damages: &[Damage]) -> Vec<String> {
        damages.iter().map(|damage| damage.of(image).to_string()).collect()
    }

    #[test]
    fn one_byte_of_each_difference_is_put_in_the_short_ones_first() {
        let held = image(&[("a", b"sum 1234 of 7"), ("b", b"same")]);
        let other = image(&[("a", b"sum 9876 of 8"), ("b", b"same")]);
        let damages = differing(&held, &held, &other, 9);
        let told = told(&held, &damages);
        assert_eq!(told, ["byte 12 of a (13 bytes) becomes 0x38", "byte 4 of a (13 bytes) becomes 0x39"]);
        let mut altered = held.clone();
        assert!(damages[0].apply(&mut altered));
        assert_eq!(altered.files[0].1, b"sum 1234 of 8");
        assert_eq!(differing(&held, &held, &other, 1).len(), 1);
    }

    #[test]
    fn what_differs_without_a_reason_and_what_is_not_in_its_place_stays() {
        let held = image(&[("a", b"time 1, value 1"), ("b", b"12345")]);
        let same = image(&[("a", b"time 2, value 1"), ("b", b"12345")]);
        let other = image(&[("a", b"time 3, value 2"), ("b", b"1x2345"), ("c", b"new")]);
        let told = told(&held, &differing(&held, &same, &other, 9));
        assert_eq!(told, ["byte 14 of a (15 bytes) becomes 0x32", "byte 1 of b (5 bytes) becomes 0x78"]);
        assert_eq!(differing(&held, &same, &same, 9), []);
    }
}
