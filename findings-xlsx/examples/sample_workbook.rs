//! Renders a sample report as a workbook, to show what readers get.
//!
//! ```text
//! cargo run -p findings-xlsx --example sample_workbook -- report.xlsx [LANGUAGE] [small|clean|incomplete|blind|hostile|empty|NUMBER]
//! ```

use std::time::Instant;

use findings_core::Locale;
use findings_core::report::{Report, ReportRenderer};
use findings_core::testing::conformance::renderer::{
    clean_report, empty_report, hostile_report, incomplete_report, report_of, sample_report,
};
use findings_xlsx::XlsxRenderer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name the file to write, such as report.xlsx")?;
    let locale: Locale = arguments.next().as_deref().unwrap_or("en").parse()?;
    let report = report(arguments.next().as_deref().unwrap_or("small"), locale)?;

    let start = Instant::now();
    let rendered = XlsxRenderer::new().render(&report)?;
    println!("{} findings, {} bytes, {:?}", rendered.rows, rendered.body.len(), start.elapsed());
    std::fs::write(path, &rendered.body)?;
    Ok(())
}

fn report(name: &str, locale: Locale) -> Result<Report, Box<dyn std::error::Error>> {
    Ok(match name {
        "small" => sample_report(locale),
        "clean" => clean_report(locale),
        "incomplete" => incomplete_report(locale),
        "blind" => {
            // nothing found, because nothing was read
            let mut report = clean_report(locale);
            report.problems = incomplete_report(locale).problems;
            report
        }
        // what an attacker might write into a tag
        "hostile" => hostile_report("=HYPERLINK(\"http://x.example\")\u{1}_x0041_ 😀 \u{202e}gpj.exe &amp; <b>"),
        "empty" => {
            let mut report = empty_report();
            report.locale = locale;
            report
        }
        number => report_of(number.parse()?, locale),
    })
}
