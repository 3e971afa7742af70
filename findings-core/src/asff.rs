//! ASFF in: the one decoder of findings, for files and for answers of GetFindings alike.
//!
//! It borrows from the bytes it reads and keeps only what [`Finding`] holds. Every field may be missing, unknown fields are skipped, times may have
//! offsets or fractions. What cannot be read is an error of that record, not of the page.

mod raw;
mod text_pool;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use text_pool::TextPool;

use crate::source::{Page, PageToken, RejectedRecord};
use crate::{AccountId, Error, ErrorKind, Finding, Result};

/// Decodes one finding. Texts that repeat are shared through `pool`.
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
/// The record, with its account if that much could be read, and what is wrong with it.
pub fn decode_finding(json: &[u8], pool: &TextPool) -> Result<Finding, RejectedRecord> {
    raw::RawFinding::parse(json)
        .and_then(|raw| raw.into_finding(&mut pool.lock()))
        .map_err(|message| reject(json, message))
}

/// Says whose record it is, if its account at least can be read.
fn reject(json: &[u8], message: String) -> RejectedRecord {
    #[derive(Deserialize)]
    struct Owner<'a> {
        #[serde(rename = "AwsAccountId", borrow)]
        account: Option<std::borrow::Cow<'a, str>>,
        #[serde(rename = "Id", borrow)]
        id: Option<std::borrow::Cow<'a, str>>,
    }
    let owner = serde_json::from_slice::<Owner<'_>>(json).ok();
    let id = owner.as_ref().and_then(|o| o.id.as_deref()).map(|id| id.chars().take(200).collect::<String>());
    let message = match id {
        Some(id) => format!("finding {id}: {message}"),
        None => message,
    };
    let record = RejectedRecord::new(message);
    match owner.and_then(|o| o.account?.parse::<AccountId>().ok()) {
        Some(account) => record.of_account(account),
        None => record,
    }
}

/// Decodes the body of a GetFindings answer.
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
/// [`Malformed`](ErrorKind::Malformed) if the body is not such an answer.
pub fn decode_page(body: &[u8], pool: &TextPool) -> Result<Page> {
    let body = std::str::from_utf8(body).map_err(malformed)?;
    // one pass over the body while every record is sound; only otherwise a second one, which keeps the others
    if let Some(page) = decode_sound(body, pool) {
        return Ok(page);
    }
    let answer: Answer<&RawValue> = serde_json::from_str(body).map_err(malformed)?;
    let mut page = Page::new(Vec::with_capacity(answer.findings.len()), answer.next.and_then(PageToken::new));
    for record in answer.findings {
        match decode_finding(record.get().as_bytes(), pool) {
            Ok(finding) => page.findings.push(finding),
            Err(rejected) => page.rejected.push(rejected),
        }
    }
    Ok(page)
}

#[derive(Deserialize)]
struct Answer<Record> {
    #[serde(rename = "Findings")]
    findings: Vec<Record>,
    #[serde(rename = "NextToken")]
    next: Option<String>,
}

fn decode_sound(body: &str, pool: &TextPool) -> Option<Page> {
    let answer: Answer<raw::RawFinding<'_>> = serde_json::from_str(body).ok()?;
    let mut findings = Vec::with_capacity(answer.findings.len());
    let mut texts = pool.lock();
    for raw in answer.findings {
        findings.push(raw.into_finding(&mut texts).ok()?);
    }
    Some(Page::new(findings, answer.next.and_then(PageToken::new)))
}

fn malformed(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Malformed, "decode an answer of GetFindings")
        .with_message("the body is not what Security Hub answers; is there a proxy or another service in between?")
        .with_source(cause)
}

/// A time of ASFF: RFC 3339 with any offset; without one it is taken for UTC. What is not a time is as good as missing.
fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

#[cfg(test)]
mod tests;
