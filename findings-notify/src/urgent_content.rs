//! The variables of urgent messages.

use findings_core::history::Change;
use findings_core::notify::{UrgentFinding, UrgentNotification};
use findings_core::report::{LeadReason, News};
use findings_core::wording::Wording;
use findings_core::{Locale, SeverityCounts};
use serde::Serialize;

use crate::words;

/// The variables of the templates. All are always set; a value that does not apply is `none`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct UrgentContent {
    pub(crate) locale: &'static str,
    pub(crate) project: String,
    pub(crate) run: String,
    pub(crate) as_of: String,
    /// What it tells of, a few words each: "2 new critical", "1 back again".
    pub(crate) news: Vec<String>,
    /// Whether nothing of it was open before.
    pub(crate) only_new: bool,
    /// Number of all issues.
    pub(crate) total: u64,
    pub(crate) items: Vec<UrgentItem>,
    pub(crate) left_out: u64,
    pub(crate) contact: Option<String>,
    /// A link that begins a question to the contact.
    pub(crate) question: Option<String>,
    pub(crate) in_channel: bool,
}

/// A finding.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct UrgentItem {
    /// `critical` … `informational`.
    severity: String,
    /// The name of the severity.
    label: &'static str,
    /// The control, or else the product.
    control: String,
    title: String,
    /// What happened, in a few words.
    why: String,
    /// Since when it is open.
    since: String,
    resource: String,
    account: String,
    account_name: String,
    region: String,
    /// The first line of the organisation's own guidance.
    guidance: Option<String>,
    /// A page about the fix, and the finding in the console.
    url: Option<String>,
    console_url: Option<String>,
}

impl UrgentContent {
    pub(crate) fn of(n: &UrgentNotification) -> Self {
        let News { reopened, worse, .. } = n.list.news;
        let contact = n.contact.as_deref().map(words::one_line).filter(|contact| !contact.is_empty());
        Self {
            locale: n.locale.as_str(),
            project: words::one_line(&n.project),
            run: n.run_id.to_string(),
            as_of: words::moment(n.locale, n.at, &n.time_zone),
            news: words::urgent_news(n.locale, &n.list.news),
            only_new: reopened.total() + worse.total() == 0,
            total: n.list.total(),
            items: n.list.findings.iter().map(|finding| UrgentItem::of(n, finding)).collect(),
            left_out: n.list.left_out,
            question: n.question_url.clone().filter(|_| contact.is_some()),
            contact,
            in_channel: n.recipient.channel().is_some(),
        }
    }

    /// Returns samples that together cover every branch of the built-in templates, in every language.
    pub(crate) fn samples() -> Vec<(Self, Locale)> {
        let in_language = |locale: Locale| {
            let mut news = News::default();
            news.new = SeverityCounts { critical: 2, ..SeverityCounts::default() };
            let item = UrgentItem {
                severity: "critical".to_owned(),
                account: "123456789012".to_owned(),
                ..UrgentItem::default()
            };
            let link = || Some("https://example.com/".to_owned());
            let full = UrgentItem {
                control: "S3.8".to_owned(),
                resource: "a bucket".to_owned(),
                account_name: "payments".to_owned(),
                region: "eu-west-1".to_owned(),
                guidance: Some("Ask us.".to_owned()),
                url: link(),
                console_url: link(),
                ..item.clone()
            };
            let bare = Self {
                locale: locale.as_str(),
                news: words::urgent_news(locale, &news),
                total: 1,
                items: vec![item],
                ..Self::default()
            };
            let more =
                Self { total: 12, left_out: 10, only_new: true, items: vec![full.clone(), full], ..bare.clone() };
            let contact = Some("security@example.com".to_owned());
            let asks =
                Self { contact: contact.clone(), question: Some("mailto:a@example.com".to_owned()), ..more.clone() };
            let in_channel = Self { contact, in_channel: true, ..more.clone() };
            [bare, more, asks, in_channel].map(|content| (content, locale))
        };
        Locale::ALL.into_iter().flat_map(in_language).collect()
    }
}

impl UrgentItem {
    fn of(n: &UrgentNotification, finding: &UrgentFinding) -> Self {
        let say = Wording::of(n.locale);
        let reason = match finding.change {
            Change::Worse => LeadReason::Worse,
            Change::Reopened => LeadReason::Reopened,
            _ => LeadReason::New,
        };
        let line = |text: Option<&str>| words::one_line(text.unwrap_or_default());
        Self {
            severity: finding.severity.as_str().to_ascii_lowercase(),
            label: say.severity(finding.severity),
            control: words::one_line(&finding.label),
            title: words::one_line(&finding.title),
            why: say.lead_reason(reason),
            since: words::date(n.locale, finding.since, &n.time_zone),
            resource: line(finding.resource.as_deref()),
            account: finding.account.to_string(),
            account_name: line(finding.account_name.as_deref()),
            region: line(finding.region.as_deref()),
            guidance: finding.guidance.as_deref().map(words::one_line),
            url: finding.url.as_deref().map(str::to_owned),
            console_url: finding.console_url.as_deref().map(str::to_owned),
        }
    }
}
