//! Decodes findings from ASFF JSON, both from files and from responses of GetFindings.
//!
//! The decoder borrows from its input and keeps only the fields of [`Finding`]. All fields except account and ID may be
//! missing, unknown fields are skipped, and times may have offsets and fractions. A value that is not as ASFF defines it
//! costs only itself and is recorded in [`Finding::odd_values`]. A record without account or ID, or that is no JSON, is
//! rejected alone; the other records of its page are kept.

mod raw;
mod repair;
mod text_pool;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

pub use text_pool::TextPool;
pub(crate) use text_pool::Texts;

use crate::source::{Page, PageToken, RejectedRecord};
use crate::{AccountId, Error, ErrorKind, Finding, Result};

/// Decodes one finding. Repeated texts are shared through `pool`.
///
/// ```
/// use findings_core::{Severity, asff::{TextPool, decode_finding}};
/// let json = br#"{"AwsAccountId":"123456789012","Id":"1","Severity":{"Label":"HIGH"},"New":[]}"#;
/// let finding = decode_finding(json, &TextPool::default())?;
/// assert_eq!(finding.severity, Severity::High);
/// # Ok::<(), findings_core::source::RejectedRecord>(())
/// ```
///
/// # Errors
/// A [`RejectedRecord`] that says what is wrong, with the account of the record if it can be read.
pub fn decode_finding(json: &[u8], pool: &TextPool) -> Result<Finding, RejectedRecord> {
    let decoded = match raw::RawFinding::parse(json) {
        Ok(raw) => raw.into_finding(&mut pool.lock()),
        // slow, but few records need it
        Err(refusal) => repair::decode(json, refusal, pool),
    };
    decoded.map_err(|message| reject(json, message))
}

/// Returns the rejected record, with its account and ID if they can be read.
fn reject(json: &[u8], message: String) -> RejectedRecord {
    let record = repair::parse(json).map(|(record, _)| record).unwrap_or_default();
    let id = record.get("Id").and_then(Value::as_str).map(|id| id.chars().take(200).collect::<String>());
    let message = match id {
        Some(id) => format!("finding {id}: {message}"),
        None => message,
    };
    let account = match record.get("AwsAccountId") {
        Some(Value::String(account)) => account.parse::<AccountId>().ok(),
        Some(number @ Value::Number(_)) => number.to_string().parse().ok(),
        _ => None,
    };
    let rejected = RejectedRecord::new(message);
    match account {
        Some(account) => rejected.of_account(account),
        None => rejected,
    }
}

/// The largest token of the next page, in bytes.
const MAX_TOKEN: usize = 64_000;

/// Decodes the body of a response of GetFindings.
///
/// ```
/// use findings_core::asff::{TextPool, decode_page};
/// let body = br#"{"Findings":[{"AwsAccountId":"123456789012","Id":"1"},{"AwsAccountId":7}],"NextToken":"t"}"#;
/// let page = decode_page(body, &TextPool::default())?;
/// assert_eq!((page.findings.len(), page.rejected.len()), (1, 1));
/// assert_eq!(page.next.unwrap().as_str(), "t");
/// # Ok::<(), findings_core::Error>(())
/// ```
///
/// # Errors
/// [`Malformed`](ErrorKind::Malformed) if the body is not a response of GetFindings, or its token has more than 64 KB.
pub fn decode_page(body: &[u8], pool: &TextPool) -> Result<Page> {
    // one bad byte must not cost the whole page
    let body = String::from_utf8_lossy(body);
    // the fast path needs one pass, but fails on any bad record; the second pass decodes record by record
    if let Some(page) = decode_if_all_valid(&body, pool) {
        return with_checked_token(page);
    }
    let mut page = Page::default();
    page.next = for_each_record(&body, |json| match decode_finding(json, pool) {
        Ok(finding) => page.findings.push(finding),
        Err(rejected) => page.rejected.push(rejected),
    })?;
    with_checked_token(page)
}

/// Calls `decode` with each record in the body of a response of GetFindings or GetFindingsV2, which have the same shape.
/// Returns the token of the next page.
pub(crate) fn for_each_record(body: &str, mut decode: impl FnMut(&[u8])) -> Result<Option<PageToken>> {
    let sanitized;
    let response: Response<&RawValue> = match serde_json::from_str(body) {
        Ok(response) => response,
        Err(error) => {
            // half surrogates stay, so that the finding says in which of its fields one was
            sanitized = repair::sanitize(body, true);
            serde_json::from_str(&sanitized).map_err(|_| malformed(error))?
        }
    };
    response.findings.iter().for_each(|record| decode(record.get().as_bytes()));
    Ok(response.next.and_then(PageToken::new))
}

/// Returns the page, unless its token is too long to go along with the next call.
pub(crate) fn with_checked_token(page: Page) -> Result<Page> {
    match &page.next {
        Some(token) if token.as_str().len() > MAX_TOKEN => {
            Err(Error::new(ErrorKind::Malformed, "decode an answer of GetFindings")
                .with_message("its NextToken has more than 64 KB; is there a proxy or another service in between?"))
        }
        _ => Ok(page),
    }
}

/// Parses a record as any JSON value, and says whether some of its characters had to be replaced.
pub(crate) fn parse_any(json: &[u8]) -> Option<(Value, bool)> {
    repair::parse(json)
}

/// What is wrong with a record, without the position: lines count from the start of the record, and the caller adds the
/// line in the file.
pub(crate) fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what).to_owned()
}

/// The body of a response of GetFindings.
#[derive(Deserialize)]
struct Response<Record> {
    #[serde(rename = "Findings")]
    findings: Vec<Record>,
    #[serde(rename = "NextToken")]
    next: Option<String>,
}

/// Decodes a page in one pass. Returns `None` if any record cannot be decoded.
fn decode_if_all_valid(body: &str, pool: &TextPool) -> Option<Page> {
    let response: Response<raw::RawFinding<'_>> = serde_json::from_str(body).ok()?;
    let mut findings = Vec::with_capacity(response.findings.len());
    let mut texts = pool.lock();
    for raw in response.findings {
        findings.push(raw.into_finding(&mut texts).ok()?);
    }
    Some(Page::new(findings, response.next.and_then(PageToken::new)))
}

fn malformed(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Malformed, "decode an answer of GetFindings")
        .with_message("the body is not what Security Hub answers; is there a proxy or another service in between?")
        .with_source(cause)
}

/// The day on which the preview of Security Hub began.
const FIRST_DAY: Date = date(2018, 11, 27);

/// Parses a time of ASFF: RFC 3339 with any offset, or UTC if the offset is missing. Returns `None` for any other text,
/// because a bad time is no reason to reject a finding.
///
/// No finding is older than Security Hub. An earlier time, such as one in the year 1 or 1970, is what products write
/// that do not know it, and would make an issue look thousands of days old.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = text.parse().ok().or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())?;
    (TimeZone::UTC.to_datetime(time).date() >= FIRST_DAY).then_some(time)
}

#[cfg(test)]
mod tests;
