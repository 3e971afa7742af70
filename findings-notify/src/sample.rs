//! Sample notifications and summaries that together cover every branch of the built-in templates.

use std::sync::Arc;

use findings_core::coverage::{AcceptedGap, CoverageReason, RegionCoverage, Verdict};
use findings_core::history::ProjectRun;
use findings_core::notify::{Attachment, MonthlyReport, Notification, Recipient, ReportLink, ReportPart};
use findings_core::pipeline::Summary;
use findings_core::report::{AccountSummary, Changes, CoverageNotice, Headline, Problem, ProblemKind, Report};
use findings_core::store::{ArtifactLink, LinkLimit};
use findings_core::{Error, ErrorKind, Locale, Result, RunId, Secret, SeverityCounts};
use jiff::{SignedDuration, Timestamp};

use crate::organisation_content::{FileLink, OrganisationContent, ProjectNumber, Recent, Unknown};

/// Returns samples in every language: complete and incomplete, empty and full, with and without link, attachment,
/// contact and previous report.
pub(crate) fn notifications() -> Result<Vec<Notification>> {
    let to: Recipient = "sample@example.com".parse().map_err(sample_error)?;
    let mut samples = Vec::new();
    for locale in Locale::ALL {
        for (counts, problems) in [(15, 0), (15, 30), (0, 0), (0, 1), (1, 0)] {
            let bare = bare(locale, to.clone(), counts, problems)?;
            samples.push(rich(bare.clone(), LinkLimit::Requested, "https://example.com/"));
            samples.push(rich(bare.clone(), LinkLimit::Credentials, "https://example.com/"));
            samples.push(rich(bare.clone(), LinkLimit::None, "file:///report.xlsx"));
            let mut relinked = bare.clone();
            relinked.relinked_at = Some(Timestamp::UNIX_EPOCH);
            samples.push(relinked);
            let mut replacing = bare.clone();
            (replacing.edition, replacing.replaces_earlier) = (2, true);
            samples.push(replacing);
            let mut with_notices = bare.clone();
            with_notices.certainty.notices = notices()?;
            samples.push(with_notices);
            let mut covered = bare.clone();
            covered.certainty.verdict = Verdict::Covered;
            samples.push(covered.clone());
            covered.certainty.stale.critical = 50;
            (covered.certainty.odd_values, covered.certainty.ambiguous) = (1, 2);
            covered.headline = Some(Arc::new(headline()?));
            (covered.accepted, covered.ended_acceptances, covered.ending_acceptances) = (3, 1, 1);
            let mut in_channel = rich(covered.clone(), LinkLimit::Requested, "https://example.com/");
            (in_channel.headline, in_channel.is_mailed) = (Some(Arc::new(headline()?)), true);
            samples.push(in_channel.clone());
            in_channel.headline = Some(Arc::default());
            samples.push(in_channel);
            let mut part = rich(covered.clone(), LinkLimit::Requested, "https://example.com/");
            part.part = Some(ReportPart::new("Sato <sato@example.com>".into(), 40));
            samples.push(part);
            let mut monthly = covered.clone();
            let mut before = ProjectRun::new(RunId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
            before.counts.high = 20;
            monthly.monthly = Some(MonthlyReport::new(Some(before)));
            samples.push(monthly.clone());
            monthly.monthly = Some(MonthlyReport::default());
            samples.push(monthly);
            samples.push(covered);
            samples.push(bare);
        }
    }
    Ok(samples)
}

/// Returns a headline with everything that it can say.
fn headline() -> Result<Headline> {
    serde_json::from_str(HEADLINE).map_err(sample_error)
}

/// Returns the summaries of a successful, a partly failed and a not started run, and of one whose reports were held back,
/// each in every language.
pub(crate) fn digests() -> Result<Vec<(Summary, Locale)>> {
    let (run, at) = (RunId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
    let fine: Summary = serde_json::from_str(FINE).map_err(sample_error)?;
    let mixed: Summary = serde_json::from_str(MIXED).map_err(sample_error)?;
    let failed = Summary::not_started(run, at, ["no registry".to_owned()]);
    let held: Summary = serde_json::from_str(HELD).map_err(sample_error)?;
    let summaries = [fine, mixed, failed, held];
    let in_language = |locale| summaries.iter().map(move |summary| (summary.clone(), locale));
    Ok(Locale::ALL.into_iter().flat_map(in_language).collect())
}

/// Returns the variables of mails about the organisation, with everything and with nothing, in every language.
pub(crate) fn organisations() -> Vec<(OrganisationContent, Locale)> {
    let of = |number| Some(ProjectNumber { project: "Sample".to_owned(), number });
    let recent = || Recent { fixed: 5, came: 1, has_gaps: true, before: None };
    let full = OrganisationContent {
        locale: "en",
        run: "r".to_owned(),
        title: "Whole organisation",
        as_of: "1 Jan 1970".to_owned(),
        open: 12,
        critical: 1,
        high: 2,
        before: Some(13),
        recent: Some(Recent { before: Some(Box::new(recent())), ..recent() }),
        overdue: Some(3),
        most_overdue: of(3),
        improved: of(2),
        worsened: of(1),
        unknown: Unknown { projects: 1, active: 2, accounts: Some(1), never_reported: 1 },
        lines: vec!["A sentence.".to_owned(), "Another.".to_owned()],
        picture: true,
        first_week: "1 Jan 1970".to_owned(),
        last_week: "8 Jan 1970".to_owned(),
        links: [("html", false), ("xlsx", true), ("other", false)].map(sample_link).to_vec(),
        contact: Some("security@example.com".to_owned()),
        replaces_earlier: Some("It replaces the earlier one."),
    };
    let (worse, same) = (Some(11), Some(12));
    let mut samples = vec![full.clone(), OrganisationContent { before: worse, overdue: Some(0), ..full.clone() }];
    samples.push(OrganisationContent {
        before: same,
        unknown: Unknown { projects: 0, active: 2, accounts: Some(0), never_reported: 0 },
        ..full.clone()
    });
    samples.push(OrganisationContent {
        before: None,
        recent: None,
        overdue: None,
        most_overdue: None,
        improved: None,
        worsened: None,
        unknown: Unknown { projects: 0, active: 0, accounts: None, never_reported: 0 },
        lines: Vec::new(),
        picture: false,
        links: Vec::new(),
        contact: None,
        replaces_earlier: None,
        ..full
    });
    let in_language = |locale: Locale| {
        samples.iter().map(move |sample| (OrganisationContent { locale: locale.as_str(), ..sample.clone() }, locale))
    };
    Locale::ALL.into_iter().flat_map(in_language).collect()
}

/// Returns links to the files of a report of the organisation.
pub(crate) fn links() -> Vec<ReportLink> {
    let url = || Secret::new("https://example.com/".to_owned());
    let link = || ArtifactLink::new(url(), None, LinkLimit::None);
    vec![ReportLink::new("html", link()), ReportLink::new("xlsx", link())]
}

fn sample_link((extension, early): (&'static str, bool)) -> FileLink {
    let url = "https://example.com/".to_owned();
    FileLink { extension, url, web: true, expires_at: early.then(|| "8 Jan 1970".to_owned()), early }
}

const HEADLINE: &str = r#"{"news":{"new":{"critical":2,"high":0,"medium":0,"low":0,"informational":0},
"fixed":{"critical":0,"high":1,"medium":0,"low":0,"informational":0},
"overdue":{"critical":0,"high":2,"medium":0,"low":0,"informational":0}},
"first":[{"severity":"CRITICAL","label":"S3.1","title":"Sample","resource":"bucket","account":"123456789012","account_name":"prod",
"regions":["us-east-1"],"reason":{"overdue":3},"since":"1970-01-01T00:00:00Z","due":"1970-01-02","places":3,
"url":"https://example.com/","guidance":"Sample"},
{"severity":"LOW","label":"","title":"Sample","resource":null,"account":"123456789012","account_name":null,"regions":[],
"reason":"new","since":"1970-01-01T00:00:00Z","due":null,"places":1,"url":null,"guidance":null}],
"fixed":[{"severity":"HIGH","control":"S3.2","title":"Sample","issues":1},{"severity":"LOW","control":null,"title":"Sample","issues":2}]}"#;

const FINE: &str = r#"{"run_id":"r","status":"ok","started_at":"1970-01-01T00:00:00Z","finished_at":"1970-01-01T00:00:00Z",
"api":{"get_findings":{"calls":1,"pages":1,"findings":2,"throttled":0,"retried":0}},
"projects":[{"project":"Sample","status":"ok","accounts":1,"findings":2,"link_expires_at":"1970-01-08T00:00:00Z",
"notified":["a@example.com"],"changes":{"new":2,"reopened":0,"open":0,"resolved":0},"errors":[]}],"errors":[]}"#;

const HELD: &str = r#"{"run_id":"r","status":"failed","started_at":"1970-01-01T00:00:00Z","finished_at":"1970-01-01T00:00:00Z",
"api":{"get_findings":{"calls":1,"pages":0,"findings":0,"throttled":0,"retried":0}},"projects":[],
"held_back":{"projects":12,"unread":30,"accounts":40,"reason":"not_allowed"},"errors":[{"message":"sample"}]}"#;

const MIXED: &str = r#"{"run_id":"r","status":"partial","started_at":"1970-01-01T00:00:00Z","finished_at":"1970-01-01T00:00:00Z",
"api":{"get_findings":{"calls":9,"pages":9,"findings":2,"throttled":3,"retried":4}},
"projects":[{"project":"Sample","status":"failed","accounts":1,"findings":0,"notified":[],
"changes":{"new":0,"reopened":0,"open":0,"resolved":0},"errors":[{"step":"notify","message":"1"},{"step":"notify","message":"2"},
{"step":"notify","message":"3"},{"step":"notify","message":"4"},{"step":"notify","message":"5"},{"step":"notify","message":"6"}]},
{"project":"Other","status":"incomplete","accounts":1,"findings":1,"notified":["a@example.com"],
"changes":{"new":1,"reopened":0,"open":0,"resolved":0},"errors":[{"step":"fetch","account":"123456789012","message":"sample"}]}],
"coverage":{"regions":[],"notes":["sample"]},
"ownership":{"unknown":["000000000001"],"unowned":[{"account":"000000000002","name":"Sample"},{"account":"000000000003",
"open":{"critical":1,"high":2,"medium":3,"low":4,"informational":5}}],"shared":[{"account":"000000000004","projects":["A","B"]}]},
"errors":[{"line":7,"message":"sample"}]}"#;

/// Returns the notices for an accepted gap and for impaired checks.
fn notices() -> Result<Vec<CoverageNotice>> {
    let id = "123456789012".parse().map_err(sample_error)?;
    let mut account = AccountSummary::new(id, true);
    let mut gap = RegionCoverage::new(CoverageReason::NotMember);
    gap.region = Some("us-east-1".to_owned());
    gap.accepted = Some(AcceptedGap::new(id, "sample", jiff::civil::date(1970, 1, 31)));
    let impaired = RegionCoverage::new(CoverageReason::ChecksImpaired);
    let mut report = Report::new("Sample", RunId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
    account.coverage = vec![gap, impaired];
    report.accounts = vec![account];
    Ok(report.notices())
}

fn bare(locale: Locale, to: Recipient, counts: u64, problems: usize) -> Result<Notification> {
    let run = RunId::at(Timestamp::UNIX_EPOCH);
    let mut n = Notification::of(&Report::new("Sample", run, Timestamp::UNIX_EPOCH), to)?;
    n.locale = locale;
    n.accounts = 3;
    n.counts = SeverityCounts { critical: counts / 5, high: counts / 2, medium: counts, ..SeverityCounts::default() };
    n.certainty.problems = vec![Problem::new(ProblemKind::AccountNotFetched, "sample"); problems];
    if problems > 1 {
        n.certainty.problems.push(Problem::new(ProblemKind::Coverage(CoverageReason::NotMember), "sample"));
    }
    Ok(n)
}

fn rich(mut n: Notification, limited_by: LinkLimit, url: &str) -> Notification {
    let expires_at = (limited_by != LinkLimit::None).then(|| n.generated_at + SignedDuration::from_hours(6));
    n.link = Some(ArtifactLink::new(Secret::new(url.to_owned()), expires_at, limited_by));
    n.answer_link.clone_from(&n.link);
    n.changes = Changes { new: 2, reopened: 1, open: 12, worse: 3, resolved: 4, suppressed: 2, ..Changes::default() };
    let mut previous = ProjectRun::new(n.run_id.clone(), n.generated_at);
    previous.complete = limited_by == LinkLimit::Requested;
    n.previous = Some(previous);
    n.contact = Some("security@example.com".to_owned());
    let media_type = "application/octet-stream";
    n.attachment = (limited_by == LinkLimit::None).then(|| Attachment::new("report.xlsx", media_type, Vec::new()));
    n
}

fn sample_error(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Other, "make a sample mail").with_source(error)
}
