//! Writes the page of a sample project to a file, and prints its size and how long it took.
//!
//! ```text
//! cargo run -p findings-web --all-features --example project_page -- PATH [SAMPLE] [LANGUAGE]
//! ```
//!
//! SAMPLE is `small` (the default), `clean`, `unverified`, `incomplete`, `blind`, `first`, `hostile`, `empty`, or a number of
//! findings.

use std::error::Error;
use std::time::Instant;

use findings_core::Locale;
use findings_core::coverage::{AcceptedGap, CoverageReason, RegionCoverage};
use findings_core::guidance::Guidance;
use findings_core::report::{Problem, ProblemKind, Report, ReportRenderer};
use findings_core::testing::conformance::renderer::{
    clean_report, empty_report, hostile_report, incomplete_report, report_of, sample_report,
};
use findings_web::ProjectPage;

/// A text that breaks pages which do not escape, and layouts that do not wrap.
const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u{202e}gpj.exe {{ 7*7 }} \"'&amp;";

const GUIDANCE: &str = "control,meaning,fix,impact,contact,locale
S3.8,Anybody on the internet may read the bucket.,Use the Terraform module s3-private.,Static websites need CloudFront.,#cloud-platform,
S3.8,バケットがインターネットに公開されています。,Terraform モジュール s3-private を使用してください。,静的サイトは CloudFront 経由にする必要があります。,#cloud-platform,ja
EC2.8,,\"1. Set http_tokens = required in the launch template.
2. Replace the instances.\",,,
";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give the path of the page")?;
    let sample = arguments.next().unwrap_or_else(|| "small".to_owned());
    let locale: Locale = arguments.next().as_deref().unwrap_or("en").parse()?;
    let report = report(&sample, locale)?;
    let renderer = ProjectPage::new().with_guidance(Guidance::from_csv(GUIDANCE.as_bytes())?);
    let start = Instant::now();
    let rendered = renderer.render(&report)?;
    println!("{path}: {} findings, {} bytes, {:?}", rendered.rows, rendered.body.len(), start.elapsed());
    std::fs::write(&path, &rendered.body)?;
    Ok(())
}

fn report(sample: &str, locale: Locale) -> Result<Report, Box<dyn Error>> {
    Ok(match sample {
        "small" => sample_report(locale),
        "unverified" => clean_report(locale),
        "clean" => covered(clean_report(locale)),
        "incomplete" => with_gaps(incomplete_report(locale)),
        "blind" => {
            // nothing found, because nothing was read
            let mut report = clean_report(locale);
            report.problems = incomplete_report(locale).problems;
            report
        }
        "first" => {
            let mut report = report_of(9, locale);
            (report.trend, report.resolved) = (Vec::new(), Vec::new());
            report
        }
        "hostile" => hostile_report(&HOSTILE.repeat(20)),
        "empty" => {
            let mut report = empty_report();
            report.locale = locale;
            report
        }
        number => report_of(number.parse()?, locale),
    })
}

/// The report with checks seen in every account.
fn covered(mut report: Report) -> Report {
    report.regions = report.sources.clone();
    for account in &mut report.accounts {
        account.coverage = report.regions.iter().map(|region| checked(CoverageReason::ChecksSeen, region)).collect();
    }
    report
}

/// The report with an account that is not covered, and one whose gap is accepted.
fn with_gaps(report: Report) -> Report {
    let mut report = covered(report);
    report.accounts[1].coverage[1] = checked(CoverageReason::NotMember, "us-east-1");
    let gap = Problem::new(ProblemKind::Coverage(CoverageReason::NotMember), "").with_account(report.accounts[1].id);
    report.problems.push(gap.with_region("us-east-1"));
    report.accounts[2].coverage[1] = checked(CoverageReason::NoRecentCheck, "us-east-1");
    let until = jiff::civil::date(2027, 1, 31);
    report.accounts[2].coverage[1].accepted = Some(AcceptedGap::new(report.accounts[2].id, "will be closed", until));
    report
}

fn checked(reason: CoverageReason, region: &str) -> RegionCoverage {
    let mut coverage = RegionCoverage::new(reason);
    coverage.region = Some(region.to_owned());
    coverage
}
