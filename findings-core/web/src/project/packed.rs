//! The findings for the script: JSON in which every text stands once.
//!
//! A finding is an array; `fields` names the places in it. Texts are indexes into `strings`, where 0 is the empty text.
//! `control` is an index into `controls`, whose entries are a label, a title, the organisation's guidance as pairs of
//! heading and text, the URL of its page about the control, and one that asks about it. `account` is an index into `accounts`, pairs of ID and name. `resources` has three texts for each
//! resource: its ID, type and tags. The link into the console is put together from two texts, because most of it is the
//! same for all findings of a Region.

use std::collections::HashMap;

use findings_core::console::linkable;
use findings_core::guidance::Guidance;
use findings_core::rendering::{self, Digest};
use findings_core::report::{Report, ReportFinding};
use findings_core::wording::Wording;
use findings_core::{AccountId, Finding, Locale, Result, Severity};
use serde::Serialize;

use super::controls::{self, WhatToDo};
use crate::format::{day, moment, plain};
use crate::packed::Strings;
use crate::texts::CHANGES;

/// The places of a finding's array.
const FIELDS: [&str; 31] = [
    "severity",
    "change",
    "age_days",
    "first_seen",
    "title",
    "control",
    "control_id",
    "account",
    "account_name",
    "region",
    "resource",
    "resources",
    "description",
    "workflow",
    "compliance",
    "standards",
    "product",
    "vulnerabilities",
    "advice",
    "advice_url",
    "console",
    "product_text",
    "product_url",
    "notes",
    "updated",
    "id",
    "decision",
    "fix_by",
    "days_overdue",
    "owner",
    "severity_reason",
];

/// The data of the page.
#[derive(Debug, Serialize)]
pub(super) struct Packed {
    fields: [&'static str; FIELDS.len()],
    findings: Vec<Row>,
    controls: Vec<Group>,
    accounts: Vec<(String, String)>,
    strings: Vec<String>,
    /// Whether rules say whose the findings are, so that a finding without an owner is nobody's.
    has_owners: bool,
    /// The owner whose findings are shown first, as an index into `strings`; `null` for all.
    view: Option<u64>,
}

/// A group of findings: its label, its title, the organisation's guidance as headings and texts, its page about the
/// control, and the link that asks about it; empty if there is none.
#[derive(Debug, Serialize)]
struct Group(String, String, Vec<(&'static str, String)>, String, String);

/// The array of a finding, in the order of [`FIELDS`].
type Row = [Place; FIELDS.len()];

/// A number or an index, or several.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Place {
    One(u64),
    Many(Vec<u64>),
}

impl Packed {
    pub(super) fn of(report: &Report, digest: &Digest<'_>, guidance: &Guidance) -> Result<Self> {
        let mut strings = Strings::new();
        let account_of: HashMap<AccountId, usize> = digest.accounts.iter().map(|a| a.id).zip(0..).collect();
        let rows = report.findings.iter().zip(&digest.control_of);
        let mut findings = Vec::with_capacity(report.findings.len());
        for (row, control) in rows {
            let row = row?;
            let account = account_of.get(&row.finding.account).copied().unwrap_or_default();
            findings.push(finding(&row, (*control as usize, account), report, &mut strings));
        }
        let text = |text: &str| plain(text).into_owned();
        let controls = digest.controls.iter().map(|row| {
            let parts = controls::parts(row, guidance, report.locale).into_iter();
            let parts = parts.map(|(heading, part)| (heading, text(&part))).collect();
            let page = row.control().and_then(|control| guidance.link(control, report.locale)).unwrap_or_default();
            let ask = rendering::question_url(report, guidance, row.control()).unwrap_or_default();
            Group(text(row.label()), text(&row.title(report.locale)), parts, page, ask)
        });
        let accounts =
            digest.accounts.iter().map(|row| (row.id.to_string(), text(row.name.as_deref().unwrap_or_default())));
        let view = report.view.as_ref().map(|owner| strings.index(owner));
        Ok(Self {
            has_owners: report.has_owner_rules,
            view,
            fields: FIELDS,
            findings,
            controls: controls.collect(),
            accounts: accounts.collect(),
            strings: strings.finish(),
        })
    }

    /// The number of findings.
    pub(super) fn len(&self) -> u64 {
        self.findings.len() as u64
    }
}

/// A finding, with the indexes of its group and its account.
fn finding(row: &ReportFinding, (control, account): (usize, usize), report: &Report, strings: &mut Strings) -> Row {
    let finding = &*row.finding;
    let (say, locale, zone) = (Wording::of(report.locale), report.locale, &report.time_zone);
    let own_name = finding.account_name.as_deref();
    let account_name = own_name.or_else(|| rendering::account_name(report, finding.account).map(|name| &**name));
    let mut text = |text: &str| Place::One(strings.index(text));
    let (advice, advice_url) = advice(finding, report);
    let (product_text, product_url) = product_link(finding);
    [
        place(Severity::WORST_FIRST.iter().position(|s| *s == finding.severity)),
        place(CHANGES.iter().position(|c| *c == row.change)),
        Place::One(rendering::age_days(row, report)),
        text(&day(row.first_seen, zone)),
        text(&finding.title),
        place(Some(control)),
        text(finding.control_id.as_deref().unwrap_or_default()),
        place(Some(account)),
        text(account_name.unwrap_or_default()),
        text(finding.region.as_deref().unwrap_or_default()),
        text(&rendering::first_resource(finding, locale)),
        resources(finding, locale, &mut text),
        text(&finding.description),
        text(say.workflow(finding.workflow)),
        text(&rendering::compliance(finding, locale)),
        text(&rendering::standards(finding)),
        text(rendering::product(finding)),
        text(&rendering::vulnerabilities(finding, locale)),
        text(&advice),
        text(&advice_url),
        console(finding, report, &mut text),
        text(product_text),
        text(product_url),
        text(&rendering::notes(row, report)),
        text(&finding.updated_at.map(|at| moment(at, zone)).unwrap_or_default()),
        text(&finding.id),
        text(&decision(row, report)),
        text(&row.due.map(|due| due.date.to_string()).unwrap_or_default()),
        Place::One(days_overdue(row, report)),
        text(row.responsible().map_or("", |owner| owner)),
        text(&rendering::severity_reason(finding, locale)),
    ]
}

/// The decision that is in force: its name, and in further lines its owner and its comment.
fn decision(row: &ReportFinding, report: &Report) -> String {
    let in_force = row.decision.as_deref().filter(|decision| decision.entry.kind.is_in_force());
    let Some(decision) = in_force else { return String::new() };
    let name = Wording::of(report.locale).decision(decision.entry.kind);
    let further = [&decision.entry.owner, &decision.entry.comment].into_iter().flatten().map(|text| &**text);
    [name].into_iter().chain(further).collect::<Vec<_>>().join("\n")
}

/// The days since the issue was to be fixed; 0 if it is not overdue.
fn days_overdue(row: &ReportFinding, report: &Report) -> u64 {
    let today = report.today();
    let late = row.due.filter(|due| due.is_overdue(today)).map(|due| (today - due.date).get_days());
    u64::try_from(late.unwrap_or_default()).unwrap_or_default()
}

fn place(index: Option<usize>) -> Place {
    Place::One(index.unwrap_or_default() as u64)
}

/// What to do, and the URL if it is safe to make it clickable. One that is not safe is written behind the text.
fn advice(finding: &Finding, report: &Report) -> (String, String) {
    let Some(advice) = rendering::advice(finding, report.locale) else { return Default::default() };
    let WhatToDo { text, url, shown_url } = WhatToDo::of(&advice);
    (shown_url.map_or_else(|| text.clone(), |url| format!("{text}\n{url}")), url.unwrap_or_default())
}

/// The place of the finding in its product: a text, or a URL if it is safe to make it clickable.
fn product_link(finding: &Finding) -> (&str, &str) {
    match finding.source_url.as_deref().map(str::trim) {
        None | Some("") => ("", ""),
        Some(url) => linkable(url).map_or((url, ""), |url| ("", url)),
    }
}

/// The texts of all resources, one after the other.
fn resources(finding: &Finding, locale: Locale, text: &mut impl FnMut(&str) -> Place) -> Place {
    let texts = finding.resources.iter().flat_map(|resource| {
        let kind = resource.kind.as_deref().unwrap_or_default();
        [
            rendering::resource_name(&resource.id, locale).into_owned(),
            kind.to_owned(),
            rendering::resource_tags(resource),
        ]
    });
    many(texts.map(|part| text(&part)))
}

/// The link into the console in two parts; none if there is no link.
fn console(finding: &Finding, report: &Report, text: &mut impl FnMut(&str) -> Place) -> Place {
    // a portal takes the whole URL as an argument, and encodes it once more
    const BEFORE_THE_ID: [&str; 2] = ["EQUALS%255C%253A", "EQUALS%25255C%25253A"];
    let Some(url) = rendering::finding_link(finding, report) else { return Place::Many(Vec::new()) };
    let end = BEFORE_THE_ID.iter().find_map(|text| Some(url.find(text)? + text.len()));
    let (same, own) = url.split_at(end.unwrap_or(0));
    many([same, own].into_iter().map(text))
}

fn many(places: impl Iterator<Item = Place>) -> Place {
    let number = |place| match place {
        Place::One(number) => vec![number],
        Place::Many(numbers) => numbers,
    };
    Place::Many(places.flat_map(number).collect())
}
