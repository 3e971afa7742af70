//! Writes a page about a sample organisation to a file, and prints its size.
//!
//! ```text
//! cargo run -p findings-web --all-features --example page -- PATH [SAMPLE] [LANGUAGE]
//! ```
//!
//! SAMPLE is `full` (the default), `story`, `hostile`, `nothing`, or numbers of projects and weeks, such as `1000x52`.

use std::error::Error;

use findings_core::Locale;
use findings_core::organisation::{OrganisationDocument, OrganisationInput, OrganisationRenderer, OrganisationReport};
use findings_core::testing::organisation::{
    full_organisation, hostile_organisation, large_organisation, range, report, story_of_twelve_runs,
};
use findings_web::OrganisationPage;

/// A text that breaks pages which do not escape, and layouts that do not wrap.
const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u{202e}gpj.exe {{ 7*7 }} \"'&amp;";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give the path of the page")?;
    let sample = arguments.next().unwrap_or_else(|| "full".to_owned());
    let locale: Locale = arguments.next().as_deref().unwrap_or("en").parse()?;
    let document = OrganisationDocument::new(sample_report(&sample)?, locale).with_contact("security@example.com");
    let rendered = OrganisationPage::new().render(&document)?;
    std::fs::write(&path, &rendered.body)?;
    println!("{path}: {} projects, {} bytes", rendered.projects, rendered.body.len());
    Ok(())
}

fn sample_report(sample: &str) -> Result<OrganisationReport, Box<dyn Error>> {
    Ok(match sample {
        "full" => full_organisation(),
        "story" => story_of_twelve_runs(),
        "nothing" => report(OrganisationInput::new(range(4, "2026-12-02T00:00:00Z")), []),
        "hostile" => hostile_organisation(&HOSTILE.repeat(40)),
        numbers => {
            let (projects, weeks) = numbers.split_once('x').ok_or("give PROJECTSxWEEKS")?;
            large_organisation(projects.parse()?, weeks.parse()?)
        }
    })
}
