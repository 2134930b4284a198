//! Files that other programs might have written.

use crate::sample;

/// Each with a description.
pub(crate) fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a text", b"To whom it may concern: these are my notes, and they are dear to me.\n".repeat(40)),
        ("a short text", b"hello\n".to_vec()),
        // SQLite takes a file of one byte for an empty one.
        ("an empty line", b"\n".to_vec()),
        ("a JSON document", br#"{"entries": [], "version": 1, "schema_version": "1"}"#.to_vec()),
        ("a PNG image", png()),
        ("bytes without a meaning", sample::noise(9_000, '!').into_bytes()),
        ("zeros", vec![0; 8_192]),
        ("another program's SQLite database", sqlite()),
    ]
}

/// The smallest image there is, and some more of it.
fn png() -> Vec<u8> {
    let mut bytes = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', 0, 0, 0, 13];
    bytes.extend(b"IHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89");
    bytes.extend(b"\0\0\0\x0dIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d");
    bytes.extend(b"\0\0\0\0IEND\xaeB`\x82");
    bytes
}

/// The least that a page of a SQLite database has.
const PAGE: usize = 512;

/// A valid SQLite database of two pages with one table, `notes(text)`, and one row in it.
fn sqlite() -> Vec<u8> {
    const SCHEMA: &[u8] = b"CREATE TABLE notes(text)";
    let mut file = vec![0; 2 * PAGE];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SQLite format 3\0");
    put(16, &[2, 0, 1, 1, 0, 64, 32, 32]);
    // The change counter, the pages, no free ones, the schema's cookie and format, UTF-8, and the version that wrote it.
    put(24, &1_u32.to_be_bytes());
    put(28, &2_u32.to_be_bytes());
    put(40, &1_u32.to_be_bytes());
    put(44, &4_u32.to_be_bytes());
    put(56, &1_u32.to_be_bytes());
    put(92, &1_u32.to_be_bytes());
    put(96, &3_045_000_u32.to_be_bytes());
    // The schema's one row: type, name, table, root page, text.
    let text = 13 + 2 * u8::try_from(SCHEMA.len()).expect("a short text");
    let mut row = vec![6, 23, 23, 23, 1, text];
    for part in [&b"table"[..], b"notes", b"notes", &[2], SCHEMA] {
        row.extend(part);
    }
    leaf(&mut file, 0, 100, &row);
    leaf(&mut file, PAGE, 0, b"\x02\x15dear");
    file
}

/// A page with one row, the first.
fn leaf(file: &mut [u8], page: usize, header: usize, row: &[u8]) {
    let start = PAGE - row.len() - 2;
    let cell = u16::try_from(start).expect("it is within a page").to_be_bytes();
    let header = page + header;
    file[header..header + 10].copy_from_slice(&[13, 0, 0, 0, 1, cell[0], cell[1], 0, cell[0], cell[1]]);
    file[page + start] = u8::try_from(row.len()).expect("a short row");
    file[page + start + 1] = 1;
    file[page + start + 2..page + PAGE].copy_from_slice(row);
}
