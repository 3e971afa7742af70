//! From when to when a presigned link works.

use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use super::LINK;
use crate::store::LinkLimit;
use crate::{Error, ErrorKind, Result, Setting};

/// Signatures of version 4 allow no more.
const MAX_TTL: Duration = Duration::from_hours(7 * 24);

/// The life of a link, in whole seconds as S3 counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) limited_by: LinkLimit,
}

/// Whether S3 would take such a link at all.
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

impl Life {
    /// The earlier of what is asked for and the end of the credentials.
    pub(super) fn of(now: Timestamp, ttl: Duration, credentials_end: Option<SystemTime>) -> Result<Self> {
        let start = whole_seconds(now)?;
        let seconds = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let asked = start.checked_add(SignedDuration::from_secs(seconds)).map_err(out_of_range)?;
        // credentials that end after the year 9999 do not end
        let until = credentials_end.and_then(|end| Timestamp::try_from(end).ok()).map(whole_seconds).transpose()?;
        match until {
            Some(end) if end <= start => Err(Error::new(ErrorKind::Unauthenticated, LINK)
                .with_message(format!("the credentials have expired at {end}; renew them and run again"))),
            Some(end) if end < asked => Ok(Self { start, end, limited_by: LinkLimit::Credentials }),
            _ => Ok(Self { start, end: asked, limited_by: LinkLimit::Requested }),
        }
    }

    /// What stands in the URL.
    pub(super) fn ttl(self) -> Duration {
        self.end.duration_since(self.start).unsigned_abs()
    }
}

fn whole_seconds(time: Timestamp) -> Result<Timestamp> {
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
    fn the_earlier_end_counts() {
        let now = at("2026-11-23T00:00:00.9Z");
        let day = Duration::from_hours(24);
        for (credentials_end, end, limited_by) in [
            (None, "2026-11-24T00:00:00Z", LinkLimit::Requested),
            (Some("2026-11-30T00:00:00Z"), "2026-11-24T00:00:00Z", LinkLimit::Requested),
            (Some("2026-11-24T00:00:00Z"), "2026-11-24T00:00:00Z", LinkLimit::Requested),
            (Some("2026-11-23T01:00:00.5Z"), "2026-11-23T01:00:00Z", LinkLimit::Credentials),
            (Some("2026-11-23T00:00:01Z"), "2026-11-23T00:00:01Z", LinkLimit::Credentials),
        ] {
            let life = Life::of(now, day, credentials_end.map(end_of)).unwrap();
            assert_eq!(life, Life { start: at("2026-11-23T00:00:00Z"), end: at(end), limited_by });
            assert_eq!(life.start + SignedDuration::try_from(life.ttl()).unwrap(), life.end);
        }
    }

    #[test]
    fn credentials_that_have_expired_sign_nothing() {
        for end in ["2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00.95Z"] {
            let error = Life::of(at("2026-11-23T00:00:00.9Z"), Duration::from_mins(1), Some(end_of(end))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        }
    }

    #[test]
    fn the_life_must_be_possible() {
        assert!(check(MAX_TTL).is_ok() && check(Duration::from_secs(1)).is_ok());
        for (ttl, want) in [(MAX_TTL + Duration::from_nanos(1), "7 days at most"), (Duration::from_millis(999), "more")]
        {
            let error = check(ttl).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(want), "{error}");
        }
    }
}
