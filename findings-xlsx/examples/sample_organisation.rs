//! Renders a sample report about an organisation as a workbook, to show what readers get, and how large it is.
//!
//! ```text
//! cargo run -p findings-xlsx --example sample_organisation -- report.xlsx [LANGUAGE] [full|story|empty|hostile|PROJECTS]
//! ```

use std::time::Instant;

use findings_core::Locale;
use findings_core::organisation::{OrganisationDocument, OrganisationInput, OrganisationRenderer, OrganisationReport};
use findings_core::testing::organisation::{
    full_organisation, hostile_organisation, large_organisation, range, report, story_of_twelve_runs,
};
use findings_xlsx::OrganisationWorkbook;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name the file to write, such as report.xlsx")?;
    let locale: Locale = arguments.next().as_deref().unwrap_or("en").parse()?;
    let report = sample(arguments.next().as_deref().unwrap_or("full"))?;
    let document = OrganisationDocument::new(report, locale).with_contact("security@example.com");

    let start = Instant::now();
    let rendered = OrganisationWorkbook::new().render(&document)?;
    println!("{} projects, {} bytes, {:?}", rendered.projects, rendered.body.len(), start.elapsed());
    std::fs::write(path, &rendered.body)?;
    Ok(())
}

fn sample(name: &str) -> Result<OrganisationReport, Box<dyn std::error::Error>> {
    Ok(match name {
        "full" => full_organisation(),
        "story" => story_of_twelve_runs(),
        "empty" => report(OrganisationInput::new(range(4, "2026-12-02T00:00:00Z")), []),
        // what an attacker might write into a name
        "hostile" => hostile_organisation("=HYPERLINK(\"http://x.example\")\u{1}_x0041_ 😀 \u{202e}gpj.exe &amp; <b>"),
        projects => large_organisation(projects.parse()?, 52),
    })
}
