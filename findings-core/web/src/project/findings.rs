//! The findings that are in the page as such: the first ones for readers without script, and the oldest ones.

use findings_core::Result;
use findings_core::guidance::Guidance;
use findings_core::rendering::{self, Digest, FirstFix, IssueLine, WeekLine};
use findings_core::report::{Report, ReportFinding};
use findings_core::wording::{ReportTexts, Wording, fill};
use serde::Serialize;

use super::controls::WhatToDo;
use super::{change_class, severity_class};

/// A finding of the table.
#[derive(Debug, Serialize)]
pub(super) struct FindingLine {
    index: usize,
    severity: &'static str,
    severity_name: &'static str,
    change: &'static str,
    change_name: &'static str,
    age_days: u64,
    /// The day until which it is to be fixed.
    due: Option<String>,
    is_overdue: bool,
    title: String,
    control: Option<String>,
    account: String,
    account_name: Option<String>,
    region: Option<String>,
    resource: Option<String>,
}

impl FindingLine {
    fn of(index: usize, row: &ReportFinding, report: &Report) -> Self {
        let (finding, say) = (&row.finding, Wording::of(report.locale));
        let name = finding.account_name.as_ref().or_else(|| rendering::account_name(report, finding.account));
        Self {
            index,
            severity: severity_class(finding.severity),
            severity_name: say.severity(finding.severity),
            change: change_class(row.change),
            change_name: say.change(row.change),
            age_days: rendering::age_days(row, report),
            due: row.due.map(|due| due.date.to_string()),
            is_overdue: row.due.is_some_and(|due| due.is_overdue(report.today())),
            title: finding.title.to_string(),
            control: finding.control_id.as_ref().map(ToString::to_string),
            account: finding.account.to_string(),
            account_name: name.map(ToString::to_string),
            region: finding.region.as_ref().map(ToString::to_string),
            resource: text(rendering::first_resource(finding, report.locale).into_owned()),
        }
    }
}

/// The first findings of the report, which are the worst.
pub(super) fn first(report: &Report, most: usize) -> Result<Vec<FindingLine>> {
    let rows = report.findings.iter().take(most).enumerate();
    rows.map(|(index, row)| Ok(FindingLine::of(index, &row?, report))).collect()
}

/// A line of what to do first, or this week.
#[derive(Debug, Serialize)]
pub(super) struct FirstLine {
    /// The finding that leads, with all Regions of the line.
    line: FindingLine,
    reason: String,
    /// How often the fix is to be made, or in how many further places the problem is; `None` for one place.
    places: Option<String>,
    label: String,
    title: String,
    what_to_do: Option<WhatToDo>,
}

/// What to do first.
pub(super) fn do_first(report: &Report, digest: &Digest<'_>, guidance: &Guidance) -> Result<Vec<FirstLine>> {
    let words = &ReportTexts::of(report.locale).summary;
    let say = Wording::of(report.locale);
    let line = |fix: &FirstFix| {
        let group = &digest.controls[fix.group];
        let told = rendering::what_to_do(group.control(), group.advice(report.locale), guidance, report.locale);
        FirstLine {
            line: FindingLine { region: text(fix.regions.join(", ")), ..FindingLine::of(fix.index, &fix.row, report) },
            reason: say.lead_reason(fix.reason),
            places: (fix.places > 1).then(|| fill(words.do_first_places, &[("n", &say.number(fix.places))])),
            label: group.label().to_owned(),
            title: group.title(report.locale).into_owned(),
            what_to_do: told.as_ref().map(WhatToDo::of),
        }
    };
    Ok(rendering::first_fixes(report, digest)?.iter().map(line).collect())
}

/// What is new, worse, reopened or due, and how much more of it there is: [`rendering::this_week`] is the rule.
pub(super) fn this_week(
    report: &Report,
    digest: &Digest<'_>,
    guidance: &Guidance,
    most: usize,
) -> Result<(Vec<FirstLine>, usize)> {
    let (say, locale) = (Wording::of(report.locale), report.locale);
    let line = |week: &WeekLine| {
        let (issue, group) = (&week.issue, &digest.controls[week.issue.group]);
        let row = report.findings.get(issue.index)?;
        let finding = &row.finding;
        let advice = rendering::advice(finding, locale);
        let told = rendering::what_to_do(finding.control_id.as_deref(), advice, guidance, locale);
        Ok(FirstLine {
            line: FindingLine { region: text(issue.regions_text()), ..FindingLine::of(issue.index, &row, report) },
            reason: week.why(locale),
            places: say.further_places(week.further + 1),
            label: group.label().to_owned(),
            title: group.title(locale).into_owned(),
            what_to_do: told.as_ref().map(WhatToDo::of),
        })
    };
    let week = rendering::this_week(report, digest)?;
    let lines = week.iter().take(most).map(line).collect::<Result<_>>()?;
    Ok((lines, week.len().saturating_sub(most)))
}

/// A text, if it says anything.
fn text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The oldest critical and high findings.
pub(super) fn oldest(report: &Report, digest: &Digest<'_>) -> Result<Vec<FindingLine>> {
    let line = |line: &IssueLine| {
        let row = report.findings.get(line.index)?;
        let title = line.title(&row.finding, digest, report.locale).into_owned();
        let region = text(line.regions_text());
        Ok(FindingLine { title, region, ..FindingLine::of(line.index, &row, report) })
    };
    digest.oldest.iter().map(line).collect()
}
