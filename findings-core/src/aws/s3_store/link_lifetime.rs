//! Computes from when until when a presigned link is valid.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use jiff::{SignedDuration, Timestamp};

use super::LINK;
use crate::store::LinkLimit;
use crate::{Error, ErrorKind, Result, Setting};

/// The longest lifetime that Signature Version 4 allows.
const MAX_TTL: Duration = Duration::from_hours(7 * 24);

/// The longest life to promise of a link whose session token does not say when it ends, as from `AWS_SESSION_TOKEN` or a
/// profile. AWS: an assumed role lives at most 12 hours (`DurationSeconds` of AssumeRole). GetSessionToken allows an IAM
/// user 36, but 12 is its default. A token that is not new ends sooner, which nobody can know.
const UNKNOWN_SESSION: Duration = Duration::from_hours(12);

/// Returns when the credentials end, UTC, as far as it can be promised; `None` for lasting ones.
pub(super) fn end_of(credentials: &Credentials, now: Timestamp) -> Option<SystemTime> {
    let assumed = || SystemTime::try_from(now).ok()?.checked_add(UNKNOWN_SESSION);
    credentials.expiry().or_else(|| credentials.session_token().and_then(|_| assumed()))
}

/// The period in which a link is valid, in whole seconds, because S3 ignores fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkLifetime {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) limited_by: LinkLimit,
}

/// Returns an error if S3 does not accept this lifetime.
pub(super) fn check(ttl: Duration) -> Result<()> {
    let message = if ttl > MAX_TTL {
        "a presigned link lives 7 days at most; ask for less"
    } else if ttl < Duration::from_secs(1) {
        "a link that lives less than a second is of no use; ask for more"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, LINK).with_message(message).with_setting(Setting::LinkTtl))
}

impl LinkLifetime {
    /// Returns a lifetime that ends at the requested time or when the credentials expire, whichever is earlier.
    pub(super) fn of(now: Timestamp, ttl: Duration, credentials_end: Option<SystemTime>) -> Result<Self> {
        let start = whole_seconds(now)?;
        let seconds = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let asked = start.checked_add(SignedDuration::from_secs(seconds)).map_err(out_of_range)?;
        // an expiry after the year 9999 does not fit into a timestamp and counts as none
        let until = credentials_end.and_then(|end| Timestamp::try_from(end).ok()).map(whole_seconds).transpose()?;
        match until {
            Some(end) if end <= start => Err(Error::new(ErrorKind::Unauthenticated, LINK)
                .with_message(format!("the credentials have expired at {end}; renew them and run again"))),
            Some(end) if end < asked => Ok(Self { start, end, limited_by: LinkLimit::Credentials }),
            _ => Ok(Self { start, end: asked, limited_by: LinkLimit::Requested }),
        }
    }

    /// Returns the duration that the URL states.
    pub(super) fn ttl(self) -> Duration {
        self.end.duration_since(self.start).unsigned_abs()
    }
}

fn whole_seconds(time: Timestamp) -> Result<Timestamp> {
    // before 1970 the fraction is negative, and the time has to be rounded down there, too
    let seconds = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    Timestamp::from_second(seconds).map_err(out_of_range)
}

fn out_of_range(error: jiff::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, LINK).with_message("the time is out of range").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn end_of(text: &str) -> SystemTime {
        at(text).try_into().unwrap()
    }

    #[test]
    fn link_ends_at_the_earlier_time() {
        let now = at("2026-11-23T00:00:00.9Z");
        let day = Duration::from_hours(24);
        for (credentials_end, end, limited_by) in [
            (None, "2026-11-24T00:00:00Z", LinkLimit::Requested),
            (Some("2026-11-30T00:00:00Z"), "2026-11-24T00:00:00Z", LinkLimit::Requested),
            (Some("2026-11-24T00:00:00Z"), "2026-11-24T00:00:00Z", LinkLimit::Requested),
            (Some("2026-11-23T01:00:00.5Z"), "2026-11-23T01:00:00Z", LinkLimit::Credentials),
            (Some("2026-11-23T00:00:01Z"), "2026-11-23T00:00:01Z", LinkLimit::Credentials),
        ] {
            let lifetime = LinkLifetime::of(now, day, credentials_end.map(end_of)).unwrap();
            assert_eq!(lifetime, LinkLifetime { start: at("2026-11-23T00:00:00Z"), end: at(end), limited_by });
            assert_eq!(lifetime.start + SignedDuration::try_from(lifetime.ttl()).unwrap(), lifetime.end);
        }
    }

    #[test]
    fn expired_credentials_are_refused() {
        for end in ["2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00.95Z"] {
            let error =
                LinkLifetime::of(at("2026-11-23T00:00:00.9Z"), Duration::from_mins(1), Some(end_of(end))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        }
    }

    #[test]
    fn unsupported_lifetimes_are_refused() {
        assert!(check(MAX_TTL).is_ok() && check(Duration::from_secs(1)).is_ok());
        for (ttl, want) in [(MAX_TTL + Duration::from_nanos(1), "7 days at most"), (Duration::from_millis(999), "more")]
        {
            let error = check(ttl).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(want), "{error}");
        }
    }
}
