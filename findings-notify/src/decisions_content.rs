//! The variables of messages about decisions.

use findings_core::Locale;
use findings_core::decision::{DecisionEntry, DecisionReply, DueItem, EntryReply};
use findings_core::history::IssueRecord;
use findings_core::notify::{DecisionNotification, DecisionSubject, DueList};
use findings_core::rendering;
use findings_core::store::LinkLimit;
use findings_core::wording::Wording;
use jiff::civil::Date;
use serde::Serialize;

use crate::words;

/// The most entries of a returned report that a message lists; its file has all.
const MAX_ENTRIES: usize = 30;

/// The variables of the templates. All are always set; a value that does not apply is `none`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct DecisionsContent {
    pub(crate) locale: &'static str,
    /// `reply`, `reminder` or `escalation`.
    pub(crate) kind: &'static str,
    pub(crate) project: String,
    pub(crate) run: String,
    pub(crate) as_of: String,
    /// Name of the returned file; empty unless it is a reply.
    pub(crate) file: String,
    /// The number with which people ask about the returned file.
    pub(crate) receipt: String,
    pub(crate) taken: u64,
    pub(crate) not_taken: u64,
    /// Number of all that is due.
    pub(crate) total: u64,
    pub(crate) overdue: u64,
    pub(crate) after_days: u16,
    /// What was not taken, or what is due.
    pub(crate) items: Vec<ListedItem>,
    pub(crate) left_out: u64,
    pub(crate) link: Option<DecisionLink>,
    pub(crate) contact: Option<String>,
    /// Whether it is for a chat channel, which gets no link.
    pub(crate) in_channel: bool,
}

/// An entry or a finding.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ListedItem {
    /// Where the entry stands in the returned report; empty otherwise.
    pub(crate) place: String,
    pub(crate) severity: &'static str,
    pub(crate) control: String,
    pub(crate) title: String,
    pub(crate) account: String,
    pub(crate) resource: String,
    /// What was decided; empty if nothing was.
    pub(crate) decision: &'static str,
    pub(crate) owner: String,
    /// The last day as `2026-12-31`; empty if there is none.
    pub(crate) due: String,
    /// What became of the entry, or how far away the last day is.
    pub(crate) state: String,
    /// Whether the last day has passed.
    pub(crate) late: bool,
}

/// The link to the report, or to the file with all entries.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DecisionLink {
    pub(crate) url: String,
    pub(crate) web: bool,
    pub(crate) expires_at: Option<String>,
    /// Whether it expires earlier than requested.
    pub(crate) early: bool,
    /// The network from which alone it works; `None` if none is named.
    pub(crate) network: Option<String>,
}

impl DecisionsContent {
    pub(crate) fn of(n: &DecisionNotification) -> Self {
        let content = Self {
            locale: n.locale.as_str(),
            kind: n.subject.kind(),
            project: words::one_line(&n.project),
            run: n.run_id.to_string(),
            as_of: words::moment(n.locale, n.at, &n.time_zone),
            link: DecisionLink::of(n),
            contact: n.contact.as_deref().map(words::one_line).filter(|contact| !contact.is_empty()),
            in_channel: n.recipient.channel().is_some(),
            ..Self::default()
        };
        match &n.subject {
            DecisionSubject::Reply(reply) => content.with_reply(n.locale, reply),
            DecisionSubject::Reminder(due) => content.with_due(n.locale, due),
            DecisionSubject::Escalation { after_days, due } => {
                Self { after_days: *after_days, ..content.with_due(n.locale, due) }
            }
            // a kind that this version does not know has nothing that it could list
            _ => content,
        }
    }

    fn with_reply(self, locale: Locale, reply: &DecisionReply) -> Self {
        let (taken, not_taken) = (reply.taken(), reply.not_taken());
        let refused = reply.entries.iter().filter(|entry| !entry.outcome.is_taken());
        Self {
            file: words::one_line(&reply.file),
            receipt: reply.receipt().to_owned(),
            taken,
            not_taken,
            items: refused.take(MAX_ENTRIES).map(|entry| ListedItem::of_entry(locale, entry)).collect(),
            left_out: not_taken.saturating_sub(MAX_ENTRIES as u64),
            ..self
        }
    }

    fn with_due(self, locale: Locale, due: &DueList) -> Self {
        Self {
            total: due.total(),
            overdue: due.overdue,
            items: due.items.iter().map(|item| ListedItem::of_due(locale, item, due.today)).collect(),
            left_out: due.left_out,
            ..self
        }
    }
}

impl ListedItem {
    fn of_entry(locale: Locale, entry: &EntryReply) -> Self {
        let say = Wording::of(locale);
        let item = entry.issue.as_ref().map_or_else(Self::default, |issue| Self::of_issue(locale, issue));
        let places: Vec<String> = entry.places.iter().map(|place| words::one_line(place)).collect();
        let state = words::one_line(&say.entry_outcome(&entry.outcome));
        Self { place: places.join("; "), state, ..item.with_entry(say, entry.entry.as_ref()) }
    }

    fn of_due(locale: Locale, item: &DueItem, today: Date) -> Self {
        let say = Wording::of(locale);
        let listed = Self::of_issue(locale, &item.issue).with_entry(say, item.decision.as_ref().map(|d| &d.entry));
        // the day that counts: the target of the organisation, if the decision names none
        Self { due: item.day.to_string(), state: say.due_in(item, today), late: item.day < today, ..listed }
    }

    fn of_issue(locale: Locale, issue: &IssueRecord) -> Self {
        let control = issue.control_id.as_deref().unwrap_or_default();
        let resource = issue.resource.as_deref().map(|id| rendering::resource_name(id, locale));
        Self {
            severity: Wording::of(locale).severity(issue.severity),
            control: words::one_line(control),
            title: words::one_line(rendering::issue_title(&issue.title, issue.control_id.as_deref(), locale)),
            account: issue.account.to_string(),
            resource: words::one_line(resource.as_deref().unwrap_or_default()),
            ..Self::default()
        }
    }

    fn with_entry(self, say: Wording, entry: Option<&DecisionEntry>) -> Self {
        let Some(entry) = entry else { return self };
        Self {
            decision: say.decision(entry.kind),
            owner: words::one_line(entry.owner.as_deref().unwrap_or_default()),
            due: entry.due.map(|due| due.to_string()).unwrap_or_default(),
            ..self
        }
    }
}

impl DecisionLink {
    fn of(n: &DecisionNotification) -> Option<Self> {
        let link = &n.link.as_ref()?.link;
        let url = link.url.expose();
        Some(Self {
            url: url.clone(),
            web: url.starts_with("https://") || url.starts_with("http://"),
            expires_at: link.expires_at.map(|at| words::moment(n.locale, at, &n.time_zone)),
            early: link.limited_by == LinkLimit::Credentials,
            network: link.network.as_deref().and_then(|network| words::network(n.locale, network)),
        })
    }
}

/// Returns samples that together cover every branch of the built-in templates, in every language.
pub(crate) fn samples() -> Vec<(DecisionsContent, Locale)> {
    let item = |place: &str, late| ListedItem {
        place: place.to_owned(),
        severity: "High",
        control: "S3.8".to_owned(),
        title: "A title".to_owned(),
        account: "123456789012".to_owned(),
        resource: "a bucket".to_owned(),
        decision: "To fix",
        owner: "Sato".to_owned(),
        due: "2026-12-31".to_owned(),
        state: "3 days overdue".to_owned(),
        late,
    };
    let link = |early, expires: bool| DecisionLink {
        url: "https://example.com/".to_owned(),
        web: true,
        expires_at: expires.then(|| "8 Jan 1970".to_owned()),
        early,
        network: early.then(|| "the office".to_owned()),
    };
    let full = |kind| DecisionsContent {
        kind,
        project: "Sample".to_owned(),
        run: "r".to_owned(),
        as_of: "1 Jan 1970".to_owned(),
        file: "report.xlsx".to_owned(),
        receipt: "0123abcd".to_owned(),
        taken: 3,
        not_taken: 2,
        total: 3,
        overdue: 1,
        after_days: 14,
        items: vec![
            item("row 7", true),
            item("", false),
            ListedItem { state: "why".to_owned(), ..ListedItem::default() },
        ],
        left_out: 2,
        link: Some(link(false, true)),
        contact: Some("security@example.com".to_owned()),
        ..DecisionsContent::default()
    };
    let mut samples = Vec::new();
    for kind in ["reply", "reminder", "escalation"] {
        samples.push(full(kind));
        samples.push(DecisionsContent { link: Some(link(true, true)), overdue: 0, ..full(kind) });
        samples.push(DecisionsContent {
            link: Some(link(false, false)),
            contact: None,
            taken: 0,
            left_out: 0,
            ..full(kind)
        });
        samples.push(DecisionsContent { link: None, not_taken: 0, items: Vec::new(), ..full(kind) });
        samples.push(DecisionsContent { taken: 0, not_taken: 0, items: Vec::new(), ..full(kind) });
        samples.push(DecisionsContent { link: None, in_channel: true, ..full(kind) });
    }
    let in_language = |locale: Locale| {
        samples.iter().map(move |sample| (DecisionsContent { locale: locale.as_str(), ..sample.clone() }, locale))
    };
    Locale::ALL.into_iter().flat_map(in_language).collect()
}
