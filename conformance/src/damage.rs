//! What can become of bytes on a disk: bits that flip, sectors that are zeroed, files that end too early.

mod differing;

pub(crate) use self::differing::differing;

use crate::{image::Image, model::Data, operation::display::Number, random::Seed};
use std::fmt;

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Which file of the image.
    file: usize,
    at: usize,
    change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// A bit, by its number.
    Flip(u32),
    /// As many bytes become 0.
    Zero(usize),
    /// As many bytes become 0xff.
    Fill(usize),
    /// The byte becomes this one.
    Become(u8),
    /// The file ends here.
    Cut,
}

/// How many bytes a disk loses at once.
const SECTOR: usize = 512;
/// How large the pages of most engines are.
const PAGE: usize = 4_096;
/// Where the largest file is cut first: within a mark, a header, and a head of several parts.
const CUTS: [usize; 4] = [1, 20, 100, 300];
/// How many bytes of a file may be its header.
const HEADER: usize = 112;

impl Damage {
    /// Does the damage to an image; answers whether anything is another than before.
    pub(crate) fn apply(&self, image: &mut Image) -> bool {
        let bytes = &mut image.files[self.file].1;
        let before = bytes.clone();
        let run = |length: usize| self.at..(self.at + length).min(before.len());
        match self.change {
            Change::Flip(bit) => bytes[self.at] ^= 1 << bit,
            Change::Zero(length) => bytes[run(length)].fill(0),
            Change::Fill(length) => bytes[run(length)].fill(0xff),
            Change::Become(byte) => bytes[self.at] = byte,
            Change::Cut => bytes.truncate(self.at),
        }
        *bytes != before
    }

    /// The damage in words.
    pub(crate) fn of<'a>(&'a self, image: &'a Image) -> impl fmt::Display + 'a {
        Told(self, image)
    }
}

struct Told<'a>(&'a Damage, &'a Image);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { file, at, change } = self.0;
        let (name, bytes) = &self.1.files[*file];
        let (name, at, of) = (name.display(), Number(*at as u64), Number(bytes.len() as u64));
        match change {
            Change::Flip(bit) => write!(f, "bit {bit} of byte {at} of {name} ({of} bytes) is flipped"),
            Change::Zero(length) => {
                write!(f, "{length} bytes from byte {at} of {name} ({of} bytes) are zeroed")
            }
            Change::Fill(length) => {
                write!(f, "{length} bytes from byte {at} of {name} ({of} bytes) become 0xff")
            }
            Change::Become(byte) => write!(f, "byte {at} of {name} ({of} bytes) becomes 0x{byte:02x}"),
            Change::Cut => write!(f, "{name} is cut to {at} of {of} bytes"),
        }
    }
}

/// Damages without end, the same for the same image and seed. First each kind of content is hit once wherever it is
/// found, then the largest file is cut within its head, and then headers, pages, content and anything at all come by turns.
pub(crate) struct Damages<'a> {
    image: &'a Image,
    /// The places of known content: file, offset and length, those of one kind together.
    content: Vec<Vec<(usize, usize, usize)>>,
    seed: Seed,
    turn: usize,
}

impl<'a> Damages<'a> {
    /// The damages of an image of sites that hold these data.
    pub(crate) fn new(image: &'a Image, data: &Data, seed: u64) -> Self {
        let content = needles(data)
            .into_iter()
            .map(|kind| places(image, &kind))
            .filter(|places| !places.is_empty())
            .collect();
        Self { image, content, seed: Seed::nth(seed, 0), turn: 0 }
    }

    fn draw(&mut self) -> Damage {
        let turn = self.turn;
        self.turn += 1;
        if let Some(places) = self.content.get(turn) {
            let (file, at, length) = *self.seed.pick(places);
            let at = at + self.seed.below(length);
            return Damage { file, at, change: self.flip_in_content() };
        }
        let turn = turn - self.content.len();
        if let Some(at) = CUTS.get(turn).filter(|at| **at < self.image.files[self.largest()].1.len()) {
            return Damage { file: self.largest(), at: *at, change: Change::Cut };
        }
        let file = self.file();
        let whole = self.image.files[file].1.len();
        let anywhere = |seed: &mut Seed| seed.below(whole);
        let (at, change) = match turn % 10 {
            0 => (self.seed.below(whole.min(HEADER)), self.flip()),
            1 => (self.page(whole), self.flip()),
            2 | 3 => return self.in_content(),
            4 => (anywhere(&mut self.seed), Change::Zero(1 + self.seed.below(16))),
            5 => (anywhere(&mut self.seed) / SECTOR * SECTOR, Change::Zero(SECTOR)),
            6 => (self.page(whole), Change::Fill(1 + self.seed.below(8))),
            7 => (whole - 1 - self.seed.below(whole.min(64)), self.flip()),
            8 => (self.cut(whole), Change::Cut),
            _ => (anywhere(&mut self.seed), self.flip()),
        };
        Damage { file, at, change }
    }

    /// A file that is not empty; a large one more often.
    fn file(&mut self) -> usize {
        let files = &self.image.files;
        let full: Vec<usize> = (0..files.len()).filter(|file| !files[*file].1.is_empty()).collect();
        if self.seed.percent(30) { *self.seed.pick(&full) } else { self.largest() }
    }

    fn largest(&self) -> usize {
        let files = &self.image.files;
        (0..files.len()).max_by_key(|file| files[*file].1.len()).unwrap_or(0)
    }

    fn in_content(&mut self) -> Damage {
        if self.content.is_empty() {
            let file = self.file();
            let at = self.seed.below(self.image.files[file].1.len());
            return Damage { file, at, change: self.flip() };
        }
        let kind = self.seed.below(self.content.len());
        let (file, at, length) = *self.seed.pick(&self.content[kind]);
        let at = at + self.seed.below(length);
        let change =
            if self.seed.percent(60) { self.flip_in_content() } else { Change::Zero(1 + self.seed.below(8)) };
        // What is just before a content is what the engine knows of it, such as its length.
        let at = if self.seed.percent(25) { at.saturating_sub(1 + self.seed.below(16)) } else { at };
        Damage { file, at, change }
    }

    /// A place at the beginning of a page.
    fn page(&mut self, whole: usize) -> usize {
        let size = if self.seed.percent(70) { PAGE } else { SECTOR };
        let page = self.seed.below(whole.div_ceil(size)) * size;
        (page + self.seed.below(24)).min(whole - 1)
    }

    /// A length that is neither 0 nor the whole, where there is one.
    fn cut(&mut self, whole: usize) -> usize {
        let at = match self.seed.below(5) {
            0 => whole - 1,
            1 => whole.saturating_sub(1 + self.seed.below(64)),
            2 => whole / 2,
            3 => self.seed.below(whole.div_ceil(PAGE)) * PAGE,
            _ => self.seed.below(whole),
        };
        at.clamp(1, whole)
    }

    /// Half of them of the least bit: it makes a digit another digit and a letter mostly another letter, where a format's
    /// rules would refuse what another bit makes.
    fn flip_in_content(&mut self) -> Change {
        if self.seed.percent(50) { Change::Flip(0) } else { self.flip() }
    }

    fn flip(&mut self) -> Change {
        Change::Flip(u32::try_from(self.seed.below(8)).unwrap_or(0))
    }
}

impl Iterator for Damages<'_> {
    type Item = Damage;

    fn next(&mut self) -> Option<Damage> {
        Some(self.draw())
    }
}

/// The bytes that an engine is likely to write for what a store holds, each kind by itself.
fn needles(data: &Data) -> Vec<Vec<Vec<u8>>> {
    let mut texts: [Vec<Vec<u8>>; 8] = Default::default();
    let mut numbers = Vec::new();
    for held in data.entries.values() {
        let entry = &held.entry;
        for (kind, text) in
            [&entry.response, &entry.query, &entry.namespace, &entry.query_hash].into_iter().enumerate()
        {
            texts[kind].push(text.as_bytes().to_vec());
        }
        texts[4].push(serde_json::to_vec(&entry.metadata).unwrap_or_default());
        texts[5].push(entry.embedding.iter().flat_map(|number| number.to_bits().to_le_bytes()).collect());
        texts[5].push(entry.embedding.iter().flat_map(|number| number.to_bits().to_be_bytes()).collect());
        numbers.extend([entry.created_at, entry.last_accessed_at, entry.access_count]);
        numbers.extend(entry.ttl);
    }
    for (key, value) in data.meta.iter() {
        texts[6].extend([key.as_bytes().to_vec(), value.as_bytes().to_vec()]);
    }
    texts[7].extend(data.identity.iter().map(|identity| identity.fingerprint.clone().into_bytes()));
    let quotas = data.quotas.values().copied().collect();
    texts.into_iter().chain([in_bytes(numbers), in_bytes(quotas)]).collect()
}

/// Numbers as bytes, those that are not found everywhere.
fn in_bytes(numbers: Vec<u64>) -> Vec<Vec<u8>> {
    let telling = numbers.into_iter().filter(|number| *number > 0xffff);
    telling
        .flat_map(|number| {
            let short = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
            let mut reversed = short.clone();
            reversed.reverse();
            [short, reversed, number.to_string().into_bytes()]
        })
        .collect()
}

/// Where any of these bytes are in an image.
fn places(image: &Image, needles: &[Vec<u8>]) -> Vec<(usize, usize, usize)> {
    let mut places = Vec::new();
    for (file, (_, bytes)) in image.files.iter().enumerate() {
        for needle in needles.iter().filter(|needle| needle.len() > 2) {
            let mut from = 0;
            while let Some(at) = find(&bytes[from..], needle) {
                places.push((file, from + at, needle.len()));
                from += at + needle.len();
            }
        }
    }
    places
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle[0];
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn image() -> Image {
        let text = b"here is an answer, and behind it are zeros".to_vec();
        let large: Vec<u8> = text.into_iter().chain(vec![0; 3 * PAGE]).collect();
        Image { files: vec![("empty".into(), Vec::new()), ("large".into(), large), ("s".into(), vec![7])] }
    }

    #[test]
    fn the_same_seed_does_the_same_damage() {
        let image = image();
        let draw = |seed| Damages::new(&image, &Data::default(), seed).take(500).collect::<Vec<_>>();
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn damage_cuts_no_file_to_nothing_and_changes_no_empty_one() {
        let image = image();
        for damage in Damages::new(&image, &Data::default(), 0).take(2_000) {
            let mut damaged = image.clone();
            let changed = damage.apply(&mut damaged);
            assert_eq!(changed, damaged != image, "{}", damage.of(&image));
            assert!(damaged.files[0].1.is_empty());
            assert!(
                damaged.files.iter().skip(1).all(|(_, bytes)| !bytes.is_empty()),
                "{}",
                damage.of(&image)
            );
        }
    }

    #[test]
    fn headers_pages_ends_and_everything_between_are_hit() {
        let image = image();
        let damages: Vec<_> = Damages::new(&image, &Data::default(), 0).take(1_000).collect();
        let kinds: BTreeSet<_> =
            damages.iter().map(|damage| format!("{:?}", damage.change)[..3].to_owned()).collect();
        assert_eq!(kinds.len(), 4, "{kinds:?}");
        for range in [0..16, 42..512, PAGE..PAGE + 24, 2 * PAGE..2 * PAGE + 24, 3 * PAGE..3 * PAGE + 42] {
            assert!(damages.iter().any(|damage| damage.file == 1 && range.contains(&damage.at)), "{range:?}");
        }
        assert!(damages.iter().any(|damage| damage.file == 2));
    }

    #[test]
    fn each_kind_of_content_is_hit_first() {
        let mut data = Data::default();
        std::sync::Arc::make_mut(&mut data.meta).insert("a key".into(), "an answer".into());
        let image = image();
        let first = Damages::new(&image, &data, 0).next().expect("a damage");
        assert!(first.file == 1 && (8..17).contains(&first.at), "{}", first.of(&image));
    }
}
