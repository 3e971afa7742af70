//! Changes files at random, in ways that get past the first checks: the same for the test and for
//! `examples/mutate.rs`, which goes on for as long as it is let.

use std::panic::catch_unwind;

use findings_core::Locale;
use findings_core::report::ReportRenderer;
use findings_core::testing::conformance::renderer::{report_of, sample_token_key};
use findings_returned::{ReadOptions, read};
use findings_xlsx::{CsvRenderer, JsonlRenderer, XlsxRenderer};

use super::zips::{parts, zipped};

/// What numbers and texts are replaced by.
const WORDS: [&str; 24] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "1e308",
    "NaN",
    "2958466",
    "A1",
    "XFD1048576",
    "A1:XFD1048576",
    "s",
    "b",
    "e",
    "inlineStr",
    "shared",
    "&amp;",
    "&#x10FFFF;",
    "\u{202e}",
    "対応する",
    "k1.0123456789abcdef0123456789abcdef.o.-.-",
];

/// The files that are changed: reports as they were written, and as other programs saved them.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let report = report_of(12, Locale::En);
    let own: [Vec<u8>; 3] = [
        XlsxRenderer::new().render(&report).unwrap().body.to_vec(),
        CsvRenderer::new().render(&report).unwrap().body.to_vec(),
        JsonlRenderer::new().render(&report).unwrap().body.to_vec(),
    ];
    let saved: [&[u8]; 4] = [
        include_bytes!("../fixtures/exceljs-en.xlsx"),
        include_bytes!("../fixtures/sheetjs-ja.xlsx"),
        include_bytes!("../fixtures/rearranged-en.ods"),
        include_bytes!("../fixtures/rearranged-en.csv"),
    ];
    own.into_iter().chain(saved.map(<[u8]>::to_vec)).collect()
}

/// Returns a file with a few changes.
pub(crate) fn mutated(seed: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    if !seed.starts_with(b"PK") || random.u8(..8) == 0 {
        change(&mut bytes, random);
        return bytes;
    }
    // within the parts, because changes of packed bytes only damage the archive
    let mut parts = parts(seed);
    for _ in 0..=random.usize(..3) {
        let at = random.usize(..parts.len());
        match random.u8(..40) {
            0 => _ = parts.swap_remove(at),
            1 => {
                let other = random.usize(..parts.len());
                let content = parts[other].1.clone();
                parts[at].1 = content;
            }
            _ => change(&mut parts[at].1, random),
        }
        if parts.is_empty() {
            break;
        }
    }
    zipped(&parts)
}

fn change(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    for _ in 0..=random.usize(..6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.usize(..bytes.len());
        let longest = 1 << random.u32(..12);
        let end = (at + 1 + random.usize(..longest)).min(bytes.len());
        match random.u8(..10) {
            0 => bytes[at] = random.u8(..),
            1 => bytes.truncate(at),
            2 => _ = bytes.drain(at..end),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = random.usize(..=bytes.len());
                _ = bytes.splice(to..to, copy);
            }
            4 => bytes[at..end].reverse(),
            5 => tag(bytes, at, random),
            _ => value(bytes, at, random),
        }
    }
}

/// Replaces a value between quotes, or a number, by one of the words.
fn value(bytes: &mut Vec<u8>, from: usize, random: &mut fastrand::Rng) {
    let is_edge = |b: &u8| matches!(b, b'"' | b'>' | b'<' | b',' | b';' | b':');
    let Some(start) = bytes[from..].iter().position(is_edge).map(|at| from + at + 1) else { return };
    let Some(len) = bytes[start..].iter().position(is_edge) else { return };
    let word = *random.choice(&WORDS).unwrap_or(&"");
    _ = bytes.splice(start..start + len.min(100), word.bytes());
}

/// Takes out, or repeats, what stands between two tags.
fn tag(bytes: &mut Vec<u8>, from: usize, random: &mut fastrand::Rng) {
    let Some(start) = bytes[from..].iter().position(|b| *b == b'<').map(|at| from + at) else { return };
    let Some(end) = bytes[start + 1..].iter().position(|b| *b == b'<').map(|at| start + 1 + at) else { return };
    let part = bytes[start..end].to_vec();
    if random.bool() {
        _ = bytes.drain(start..end);
    } else {
        _ = bytes.splice(end..end, part.repeat(1 + random.usize(..5)));
    }
}

/// Reads a file in both ways. Fails if the reader panics, or says another thing the second time.
pub(crate) fn check(bytes: &[u8]) {
    let now = "2026-11-24T00:00:00Z".parse().unwrap();
    let source = findings_core::decision::SheetSource::new("p", "r".parse().unwrap(), now);
    for options in [ReadOptions::verified(sample_token_key(), now), ReadOptions::told(source)] {
        let answer = || catch_unwind(|| read(bytes, &options).map_err(|error| error.to_string()));
        let first = answer().expect("the reader panicked");
        assert_eq!(first, answer().expect("the reader panicked the second time"));
        if let Ok(returned) = first {
            assert!(returned.sheet.rows.iter().all(|row| row.key.is_some() || row.finding_id.is_some()));
        }
    }
}
