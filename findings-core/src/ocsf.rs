//! Decodes findings in OCSF, the format of the new Security Hub, of Security Lake and of Prowler.
//!
//! One decoder reads all dialects and says in the terms of ASFF what they say, so that the history of an issue goes on
//! when an organisation moves from one format to the other. `docs/ocsf.md` has the table of all fields. The decoder
//! borrows from its input. Only account and ID are required: a value of the wrong type, an unknown word of an
//! enumeration and an unknown class cost only themselves and are recorded in [`Finding::odd_values`].

mod convert;
mod draft;
mod loose;
mod raw;
mod resource;
mod status;

use serde::Deserialize;

use self::raw::RawFinding;
use crate::asff::{self, TextPool};
use crate::source::{Page, RejectedRecord};
use crate::{Finding, Result};

/// What a record in OCSF is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decoded {
    /// A finding about an AWS account.
    Finding(Box<Finding>),
    /// Not to be reported. It does not count as unreadable.
    SetAside(SetAside),
}

/// Why a record is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetAside {
    /// It is about an account of another cloud, whose ID is not one of AWS.
    OutsideAws,
    /// It is an event of another category, such as an API call, or an incident, whose findings are there themselves.
    NoFinding,
}

/// Decodes one record. Repeated texts are shared through `pool`.
///
/// ```
/// use findings_core::{Severity, asff::TextPool, ocsf::{Decoded, decode_finding}};
/// let json = br#"{"class_uid":2004,"cloud":{"account":{"uid":"123456789012"}},"finding_info":{"uid":"1"},"severity_id":4}"#;
/// let Decoded::Finding(finding) = decode_finding(json, &TextPool::default())? else { panic!() };
/// assert_eq!(finding.severity, Severity::High);
/// # Ok::<(), findings_core::source::RejectedRecord>(())
/// ```
///
/// # Errors
/// A [`RejectedRecord`] that says what is wrong, with the account of the record if it can be read.
pub fn decode_finding(json: &[u8], pool: &TextPool) -> Result<Decoded, RejectedRecord> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err(RejectedRecord::new("not a finding in OCSF: no object"));
    }
    let refusal = match serde_json::from_slice::<RawFinding<'_>>(json) {
        Ok(raw) => return convert(&raw, pool, false),
        Err(error) => error,
    };
    // slow, but few records need it: half a surrogate, a control character, a field that is there twice
    let repaired = asff::parse_any(json).filter(|(record, _)| record.is_object());
    let Some((record, has_replacements)) = repaired else {
        return Err(RejectedRecord::new(format!("not a finding in OCSF: {}", asff::cause(&refusal))));
    };
    let raw = RawFinding::deserialize(&record)
        .map_err(|error| RejectedRecord::new(format!("not a finding in OCSF: {error}")))?;
    let mut decoded = convert(&raw, pool, has_replacements)?;
    if let Decoded::Finding(finding) = &mut decoded
        && finding.odd_values.is_empty()
    {
        finding.add_odd_value("finding", &asff::cause(&refusal));
    }
    Ok(decoded)
}

fn convert(raw: &RawFinding<'_>, pool: &TextPool, has_replacements: bool) -> Result<Decoded, RejectedRecord> {
    convert::convert(raw, &mut pool.lock(), has_replacements).map_err(|message| reject(raw, message))
}

fn reject(raw: &RawFinding<'_>, message: String) -> RejectedRecord {
    let (account, id) = convert::names(raw);
    let rejected = RejectedRecord::new(match id {
        Some(id) => format!("finding {id}: {message}"),
        None => message,
    });
    match account {
        Some(account) => rejected.of_account(account),
        None => rejected,
    }
}

/// Decodes the body of a response of GetFindingsV2.
///
/// ```
/// use findings_core::{asff::TextPool, ocsf::decode_page};
/// let body = br#"{"Findings":[{"class_uid":2004,"cloud":{"account":{"uid":"123456789012"}},"finding_info":{"uid":"1"}}],"NextToken":"t"}"#;
/// let page = decode_page(body, &TextPool::default())?;
/// assert_eq!((page.findings.len(), page.next.unwrap().as_str()), (1, "t"));
/// # Ok::<(), findings_core::Error>(())
/// ```
///
/// # Errors
/// [`Malformed`](crate::ErrorKind::Malformed) if the body is not a response of GetFindingsV2, or its token has more than
/// 64 KB.
pub fn decode_page(body: &[u8], pool: &TextPool) -> Result<Page> {
    let mut page = Page::default();
    // one bad byte must not cost the whole page
    page.next = asff::for_each_record(&String::from_utf8_lossy(body), |json| match decode_finding(json, pool) {
        Ok(Decoded::Finding(finding)) => page.findings.push(*finding),
        Ok(Decoded::SetAside(_)) => page.set_aside += 1,
        Err(rejected) => page.rejected.push(rejected),
    })?;
    asff::with_checked_token(page)
}

#[cfg(test)]
mod tests;
