//! What the work of the job takes at least: decoding its pages, and writing its cells. Everything else is on top.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use asff_fixtures::{Findings, Organisation, SAMPLE_NOW};
use findings_core::asff::{TextPool, decode_page};

use crate::cells::{bare_strings, cells};
use crate::job;
use crate::measure::{cpu_seconds, number};

/// With so many bytes of `Details` of a resource, a page has 350 KB.
const DETAILS: usize = 1_200;
const PAGE: usize = 100;
const PAGES: usize = 200;
/// Workbooks that are written once more.
const WORKBOOKS: usize = 40;

/// CPU seconds to decode so many findings in pages of 350 KB.
pub(crate) fn decode(findings: usize) -> f64 {
    let accounts = Organisation::of_size(1, 20).accounts;
    let made = Findings::new(7, SAMPLE_NOW).with_accounts(&accounts, PAGE, &job::open_mix()).with_details(DETAILS);
    let mut page = Vec::new();
    made.write_json(&mut page).expect("a vector takes everything");
    assert!((300_000..400_000).contains(&page.len()), "{} bytes", page.len());
    let pool = TextPool::default();
    let before = cpu_seconds();
    for _ in 0..PAGES {
        black_box(decode_page(&page, &pool).expect("a page"));
    }
    (cpu_seconds() - before) * number(findings) / number(PAGE * PAGES)
}

/// CPU seconds to write the cells of all workbooks of a folder as plain strings with `rust_xlsxwriter`, deflated. Some of them
/// are written, and stand for all.
pub(crate) fn write(reports: &Path) -> f64 {
    let mut all = workbooks(reports);
    all.sort_unstable();
    let step = all.len().div_ceil(WORKBOOKS);
    let some: Vec<_> = all.iter().step_by(step).map(|path| cells(&std::fs::read(path).expect("a workbook"))).collect();
    let before = cpu_seconds();
    for cells in &some {
        black_box(bare_strings(cells));
    }
    (cpu_seconds() - before) * number(all.len()) / number(some.len())
}

fn workbooks(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let of = |path: PathBuf| match path.extension() {
        Some(extension) if extension == "xlsx" => vec![path],
        _ if path.is_dir() => workbooks(&path),
        _ => Vec::new(),
    };
    entries.flat_map(of).collect()
}
