//! Writes the page in which a sample project answers to a file, and prints its size and how long it took.
//!
//! ```text
//! cargo run -p findings-web --all-features --example answer_page -- PATH [SAMPLE] [LANGUAGE]
//! ```
//!
//! SAMPLE is `small` (the default), `clean`, `incomplete`, `hostile`, or a number of findings.

use std::error::Error;
use std::time::Instant;

use findings_core::Locale;
use findings_core::report::{Report, ReportRenderer};
use findings_core::testing::conformance::renderer::{
    clean_report, hostile_report, incomplete_report, report_of, sample_report,
};
use findings_web::AnswerPage;

/// A text that breaks pages which do not escape, and layouts that do not wrap.
const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u{202e}gpj.exe {{ 7*7 }} \"'&amp;";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give the path of the page")?;
    let sample = arguments.next().unwrap_or_else(|| "small".to_owned());
    let locale: Locale = arguments.next().as_deref().unwrap_or("en").parse()?;
    let report = report(&sample, locale)?;
    let start = Instant::now();
    let rendered = AnswerPage::new().render(&report)?;
    println!("{path}: {} findings, {} bytes, {:?}", rendered.rows, rendered.body.len(), start.elapsed());
    std::fs::write(&path, &rendered.body)?;
    Ok(())
}

fn report(sample: &str, locale: Locale) -> Result<Report, Box<dyn Error>> {
    Ok(match sample {
        "small" => sample_report(locale),
        "clean" => clean_report(locale),
        "incomplete" => incomplete_report(locale),
        "hostile" => hostile_report(&HOSTILE.repeat(20)),
        number => report_of(number.parse()?, locale),
    })
}
