//! The policy for the lifetime of links and for links that expire too soon.

use std::time::Duration;

use jiff::Timestamp;

use crate::notify::Attachment;
use crate::report::RenderedReport;
use crate::store::{ArtifactKey, ArtifactStore, LinkEnd, LinkLimit, LinkRequest};
use crate::{Error, ErrorKind, Recipient, Result, Setting};

/// The largest attachment in bytes as sent, Base64 included: 10 MB, a common limit of mail servers.
const MAX_ATTACHED: u64 = 10_000_000;

/// The wanted and minimum lifetime of links, and what to do with links that expire too soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkPolicy {
    /// The wanted lifetime of a link.
    pub ttl: Duration,
    /// The minimum lifetime of a link. Zero accepts every link.
    pub min_ttl: Duration,
    /// What to do with a link that expires before the minimum.
    pub short: ShortLinkPolicy,
}

/// What to do with links that expire too soon, because the credentials that sign them expire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShortLinkPolicy {
    /// Send them and log a warning. The message always states when the link really expires.
    #[default]
    Warn,
    /// Send nothing. A run that would make them stops at its start, before it fetches findings.
    Fail,
    /// Attach the report to the message, if the attachment stays below 10 MB.
    Attach,
}

/// The lifetime of links if they were made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkForecast {
    /// When they would expire, UTC; `None` if never.
    pub expires_at: Option<Timestamp>,
    /// What limits their lifetime.
    pub limited_by: LinkLimit,
    /// Why that is too soon and what to do; `None` if it is late enough.
    pub too_short: Option<LinkTooShort>,
}

/// The error for links that expire too soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "links work until {end} only, {} instead of at least {}, because the credentials that sign them end then; let a \
     lasting key sign links, or ask for less",
    format_span(*.lifetime),
    format_span(*.minimum)
)]
pub struct LinkTooShort {
    end: Timestamp,
    lifetime: Duration,
    minimum: Duration,
}

impl LinkPolicy {
    /// Returns a policy of links that should work for `ttl` and are sent even if they expire earlier.
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, min_ttl: Duration::ZERO, short: ShortLinkPolicy::Warn }
    }

    /// Sets the minimum lifetime, and what to do with links that expire before it.
    pub fn with_min_ttl(mut self, min_ttl: Duration, short: ShortLinkPolicy) -> Self {
        (self.min_ttl, self.short) = (min_ttl, short);
        self
    }

    /// Returns the lifetime of links of `store` if they were made at `now`. Stores nothing.
    ///
    /// # Errors
    /// As [`ArtifactStore::link_end`].
    pub async fn forecast(&self, store: &dyn ArtifactStore, now: Timestamp) -> Result<LinkForecast> {
        let key: ArtifactKey =
            "forecast".parse().map_err(|e| Error::new(ErrorKind::Other, "make a link to").with_source(e))?;
        let end = store.link_end(&LinkRequest::new(key, self.ttl, now)).await?;
        Ok(LinkForecast { expires_at: end.expires_at, limited_by: end.limited_by, too_short: self.too_short(end, now) })
    }

    fn too_short(&self, end: LinkEnd, now: Timestamp) -> Option<LinkTooShort> {
        let end = end.expires_at?;
        let lifetime = Duration::try_from(end.duration_since(now)).unwrap_or_default();
        let minimum = self.min_ttl;
        // services count in whole seconds, so a link may expire up to a second early
        (lifetime + Duration::from_secs(1) <= minimum).then_some(LinkTooShort { end, lifetime, minimum })
    }

    /// Returns the attachment to send with a link made at `now` that ends so: the report, named `name`, if the link expires
    /// too soon and the policy is [`ShortLinkPolicy::Attach`].
    ///
    /// # Errors
    /// If the link expires too soon and the policy is [`ShortLinkPolicy::Fail`].
    pub fn attachment(
        &self,
        end: LinkEnd,
        now: Timestamp,
        report: &RenderedReport,
        name: &str,
    ) -> Result<Option<Attachment>> {
        let Some(short) = self.too_short(end, now) else { return Ok(None) };
        match self.short {
            ShortLinkPolicy::Warn => Ok(None),
            ShortLinkPolicy::Fail => Err(refusal(short)),
            ShortLinkPolicy::Attach if attached_size(report.body.len()) >= MAX_ATTACHED => {
                tracing::warn!(
                    name,
                    bytes = report.body.len(),
                    "the report is too large to be attached; its link ends soon"
                );
                Ok(None)
            }
            ShortLinkPolicy::Attach => Ok(Some(Attachment {
                name: name.to_owned(),
                media_type: report.format.media_type.to_owned(),
                body: report.body.clone(),
            })),
        }
    }

    /// Returns an error if the link expires too soon and the policy is [`ShortLinkPolicy::Fail`].
    pub(super) fn refuse_short(&self, end: LinkEnd, now: Timestamp) -> Result<()> {
        match self.too_short(end, now) {
            Some(short) if self.short == ShortLinkPolicy::Fail => Err(refusal(short)),
            _ => Ok(()),
        }
    }

    /// Whether the link expires so soon that the report has to be attached to messages.
    pub(super) fn needs_attachment(&self, end: LinkEnd, now: Timestamp) -> bool {
        self.short == ShortLinkPolicy::Attach && self.too_short(end, now).is_some()
    }

    /// Checks at the start of a run whether its links would expire too soon. Logs a warning, or returns an error if the
    /// policy is [`ShortLinkPolicy::Fail`].
    pub(super) async fn check(&self, store: &dyn ArtifactStore, now: Timestamp) -> Result<()> {
        if self.min_ttl.is_zero() {
            return Ok(());
        }
        match (self.forecast(store, now).await?.too_short, self.short) {
            (None, _) => {}
            (Some(short), ShortLinkPolicy::Fail) => return Err(refusal(short)),
            (Some(short), ShortLinkPolicy::Warn) => tracing::warn!("{short}"),
            (Some(short), ShortLinkPolicy::Attach) => tracing::warn!("{short}; reports go along as attachments"),
        }
        Ok(())
    }
}

fn refusal(short: LinkTooShort) -> Error {
    Error::new(ErrorKind::Unauthenticated, "make links that live long enough")
        .with_message(short.to_string())
        .with_setting(Setting::LinkCredentials)
}

/// Returns the size in bytes of a file in a mail: Base64, in lines of 76 characters and a line break of two.
fn attached_size(bytes: usize) -> u64 {
    let base64 = (bytes as u64).div_ceil(3) * 4;
    base64 + base64.div_ceil(76) * 2
}

/// Formats a time span with its one or two largest units: `2d 23h`, `5h 59m`, `40s`.
pub(super) fn format_span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let parts = match (days, hours, minutes) {
        (0, 0, 0) => [(seconds, "s"), (0, "")],
        (0, 0, _) => [(minutes, "m"), (0, "")],
        (0, ..) => [(hours, "h"), (minutes, "m")],
        _ => [(days, "d"), (hours, "h")],
    };
    let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if shown.is_empty() { "0s".to_owned() } else { shown.join(" ") }
}

/// How a report is reached: by links, and as an attachment if they expire too soon.
#[derive(Clone, Debug)]
pub(super) struct ReportAccess {
    /// File name extension of the file without the dot.
    pub(super) extension: &'static str,
    /// The request for a link, without its reader: each gets a link of their own.
    pub(super) request: LinkRequest,
    /// When links to the report end.
    pub(super) end: LinkEnd,
    pub(super) attachment: Option<Attachment>,
    /// The folder in which readers may store an answer, if the file is the page for answers; `None` for the report.
    pub(super) inbox: Option<ArtifactKey>,
}

impl ReportAccess {
    /// The request for the link of a reader.
    pub(super) fn request_of(&self, reader: &Recipient) -> LinkRequest {
        let request = self.request.clone().for_reader(reader.clone());
        match &self.inbox {
            Some(inbox) => request.with_answer_below(inbox),
            None => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;
    use crate::report::ReportFormat;
    use jiff::SignedDuration;

    const DAY: Duration = Duration::from_hours(24);

    fn start() -> Timestamp {
        "2026-11-23T00:00:00.5Z".parse().unwrap()
    }

    fn store(lifetime: SignedDuration) -> MemoryStore {
        MemoryStore::new().with_credentials_until(start() + lifetime)
    }

    #[tokio::test]
    async fn forecast_reports_short_link() {
        let policy = LinkPolicy::new(7 * DAY).with_min_ttl(3 * DAY, ShortLinkPolicy::Warn);
        // services count in whole seconds, so that half a second is not too short
        for (lifetime, short) in [
            (SignedDuration::from_hours(72), false),
            (SignedDuration::from_millis(259_199_500), false),
            (SignedDuration::from_secs(259_198), true),
            (SignedDuration::from_hours(6), true),
        ] {
            let forecast = policy.forecast(&store(lifetime), start()).await.unwrap();
            assert_eq!(forecast.too_short.is_some(), short, "{lifetime}");
            assert_eq!(forecast.limited_by, LinkLimit::Credentials);
        }
        let forecast = policy.forecast(&store(SignedDuration::from_mins(359)), start()).await.unwrap();
        let text = forecast.too_short.unwrap().to_string();
        assert!(text.contains("until 2026-11-23T05:59:00.5Z only, 5h 59m instead of at least 3d"), "{text}");
        assert!(policy.forecast(&MemoryStore::new(), start()).await.unwrap().too_short.is_none());
        let no_minimum = LinkPolicy::new(7 * DAY).forecast(&store(SignedDuration::from_hours(1)), start()).await;
        assert!(no_minimum.unwrap().too_short.is_none());
    }

    #[tokio::test]
    async fn short_link_attaches_small_report() {
        let link = store(SignedDuration::from_hours(1));
        let link = link.link_end(&LinkRequest::new("a".parse().unwrap(), DAY, start())).await.unwrap();
        let format = ReportFormat { extension: "xlsx", media_type: "application/x-test" };
        let enclosed = |short, bytes: usize| {
            let report = RenderedReport { body: vec![0; bytes].into(), format, rows: 0 };
            LinkPolicy::new(DAY).with_min_ttl(DAY, short).attachment(link, start(), &report, "n.xlsx")
        };
        let attached = enclosed(ShortLinkPolicy::Attach, 7_000_000).unwrap().unwrap();
        assert_eq!((attached.name.as_str(), attached.body.len()), ("n.xlsx", 7_000_000));
        assert_eq!(enclosed(ShortLinkPolicy::Attach, 7_400_000).unwrap(), None, "more than 10 MB in the mail");
        assert_eq!(enclosed(ShortLinkPolicy::Warn, 1).unwrap(), None);
        assert_eq!(enclosed(ShortLinkPolicy::Fail, 1).unwrap_err().setting(), Some(Setting::LinkCredentials));
    }

    #[test]
    fn spans_are_formatted() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (3_599, "59m"), (21_540, "5h 59m"), (259_200, "3d"), (90_061, "1d 1h")]
        {
            assert_eq!(format_span(Duration::from_secs(seconds)), text);
        }
    }
}
