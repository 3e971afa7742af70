//! Tests of the scanner and the readers. What sources make of them is tested in `local::asff_file_source`.

use std::io::{BufReader, Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::records::{JsonRecords, Scanned};
use super::texts::Texts;
use super::unpack::unpack;
use super::zstd_frames::ZstdFrames;

/// Returns the records and messages of a text.
fn scan(text: &str) -> Vec<String> {
    let found = scan_in_parts(text, text.len().max(1));
    // what is read must not depend on where the parts of a file begin
    for part in 1..=9.min(text.len()) {
        if text.len() < 10_000 {
            assert_eq!(scan_in_parts(text, part), found, "parts of {part}: {text}");
        }
    }
    found
}

fn scan_in_parts(text: &str, part: usize) -> Vec<String> {
    let mut records = JsonRecords::new(BufReader::with_capacity(part, Cursor::new(text.as_bytes())));
    let mut found = Vec::new();
    while let Some(scanned) = records.next_record().unwrap() {
        match scanned {
            Scanned::Container => {}
            Scanned::Record { offset, json, .. } => {
                let offset = usize::try_from(offset).unwrap();
                assert_eq!(&text.as_bytes()[offset..offset + json.len()], json, "{text}");
                found.push(String::from_utf8(json.to_vec()).unwrap());
            }
            Scanned::Broken { line, message } => found.push(format!("line {line}: {message}")),
        }
    }
    found
}

#[test]
fn records_are_found_in_every_list() {
    for text in [
        r#"{"a":1}{"b":[2]}"#,
        r#"[{"a":1},{"b":[2]}]"#,
        r#"[[{"a":1}],[],[[{"b":[2]}]]]"#,
        r#"{"Findings":[{"a":1},{"b":[2]}]}"#,
        r#"{"x":{"Findings":[7]},"findings" : [{"a":1}], "y":[{"z":"]}"}], "FINDINGS":[{"b":[2]}]}"#,
        r#"[{"Findings":[{"a":1}]},{"Findings":[{"b":[2]}]}]"#,
        r#"{"detail-type":"t","detail":{"actionName":"x","findings":[{"a":1},{"b":[2]}],"z":1},"y":2}"#,
        r#"{"rows":[{"a":1},{"b":[2]}],"columns":[{"name":"x"}]}"#,
        r#"{"Records":[{"a":1},{"b":[2]}]}"#,
        r#"{"Messages":[{"a":1},{"b":[2]}]}"#,
        r#"{"events":[{"a":1},{"b":[2]}],"searchedLogStreams":[]}"#,
    ] {
        assert_eq!(scan(text), [r#"{"a":1}"#, r#"{"b":[2]}"#], "{text}");
    }
}

#[test]
fn keys_of_lists_count_only_where_lists_are() {
    for text in [
        r#"{"a":{"findings":[1]}}"#,
        r#"{"detail":[{"findings":[1]}]}"#,
        r#"{"detail":{"x":{"findings":[1]}}}"#,
        r#"{"detail":"findings","x":{"y":[1]}}"#,
        r#"{"x":"Findings","y":[1]}"#,
        r#"{"x":["Findings",[1]]}"#,
        r#"{"a":"\"Findings\":[","b":[1]}"#,
    ] {
        assert_eq!(scan(text), [text]);
    }
}

#[test]
fn deep_lists_and_long_records_are_left_out_with_a_sentence() {
    let deep = |levels: usize| format!("[{}{}{},{{\"a\":1}}]", "[".repeat(levels), r#"{"x":1}"#, "]".repeat(levels));
    assert_eq!(scan(&deep(15)), [r#"{"x":1}"#, r#"{"a":1}"#]);
    let found = scan(&deep(16));
    assert_eq!(found, ["line 1: its records are in more than 16 lists and objects; it was left out", r#"{"a":1}"#]);
    let pages =
        |levels: usize| format!("[{}{}{}]", r#"{"Findings":["#.repeat(levels), r#"{"x":1}"#, "]}".repeat(levels));
    assert_eq!(scan(&pages(7)), [r#"{"x":1}"#]);
    assert!(scan(&pages(8))[0].ends_with("it was left out"));
    let long = format!("[\n{{\"a\":\"{}\"}},{{\"b\":[2]}}]", "x".repeat(40 << 20));
    let found = scan(&long);
    assert!(found.iter().all(|record| record.len() < 100), "the long record is there");
    assert_eq!(found, ["line 2: more than 16 MiB, larger than any finding; it was left out", r#"{"b":[2]}"#]);
}

#[test]
fn all_frames_of_zstd_are_read() {
    let frame =
        |text: &str| ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let skipped = [&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    let file = [frame("one "), skipped, frame(""), frame("two")].concat();
    let mut text = String::new();
    ZstdFrames::new(&*file).read_to_string(&mut text).unwrap();
    assert_eq!(text, "one two");
    for end in 1..file.len() {
        let mut text = String::new();
        if ZstdFrames::new(&file[..end]).read_to_string(&mut text).is_ok() {
            assert!("one two".starts_with(&text) && text.len() < 7, "{end}: {text}");
        }
    }
    let mut wrong = frame("one two three four");
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    assert!(ZstdFrames::new(&*wrong).read_to_end(&mut Vec::new()).is_err(), "the checksum is not looked at");
}

#[test]
fn what_unpacks_beyond_measure_is_refused() {
    let unpacked = |text: &[u8], free: u64| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut encoder = GzEncoder::new(&mut file, Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap();
        let mut texts = Texts::default();
        let mut found = unpack(file.path(), "x.gz", &mut texts, free).unwrap();
        (found.remove(0).problem, texts.spool.len())
    };
    let blanks = vec![b' '; 4 << 20];
    let (problem, spooled) = unpacked(&blanks, 1 << 20);
    assert!(problem.unwrap().contains("more than 200 times its size") && spooled == 0);
    assert_eq!(unpacked(&blanks, 4 << 20), (None, 4 << 20), "the first bytes are free");
    let text: Vec<u8> = (0..1_u32 << 20).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    assert_eq!(unpacked(&text, 0), (None, 4 << 20), "text that compresses little has no limit");
}

/// The text in gzip, zstd and a ZIP archive.
fn packings(text: &[u8]) -> [Vec<u8>; 3] {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text).unwrap();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("a.json", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(text).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest);
    [gzip.finish().unwrap(), zstd, archive.finish().unwrap().into_inner()]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]
    #[test]
    fn damaged_packings_end_with_a_problem_or_a_text(at: usize, xor in 1_u8.., len: usize) {
        let text = br#"{"AwsAccountId":"111122223333","Id":"one","Title":"a title that is there, a title that is here"}"#.repeat(20);
        for mut packed in packings(&text) {
            let at = at % packed.len();
            packed[at] ^= xor;
            packed.truncate(packed.len() - len % 3);
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&packed).unwrap();
            let mut texts = Texts::default();
            let found = unpack(file.path(), "x", &mut texts, 1 << 20).unwrap();
            proptest::prop_assert!(!found.is_empty());
            for part in found {
                proptest::prop_assert!(part.text.is_some() || part.problem.is_some());
                if let Some(place) = part.text {
                    texts.reader(place).unwrap().read_to_end(&mut Vec::new()).unwrap();
                }
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
    #[test]
    fn scan_of_any_input_ends_without_panic(bytes in "[\\[\\]{}\":,\\\\ \\nfFindings0-9a]{0,60}") {
        let mut records = JsonRecords::new(std::io::Cursor::new(bytes.as_bytes()));
        let mut n = 0;
        while records.next_record().unwrap().is_some() {
            n += 1;
            proptest::prop_assert!(n <= 2 * bytes.len() + 2);
        }
    }
}
