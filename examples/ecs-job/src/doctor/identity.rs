//! Who the job is at AWS, and whether its clock is right.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sts::Client;
use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use findings_core::aws::sdk_error;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::waiting::limited;
use crate::{ending, settings};

/// AWS refuses requests whose time is off by 5 minutes. A clock this far off, in seconds, is on its way there.
const MOST: i64 = 60;

const ASK: &str = "ask AWS who the job is";

/// Prints the identity and how far the clock is off, and returns the number of problems.
pub(super) async fn check(sts: &Client) -> usize {
    let clock = AwsClock::default();
    let call = async {
        let answer = sts.get_caller_identity().customize().interceptor(clock.clone()).send().await;
        answer.map_err(|error| sdk_error(error, ASK))
    };
    let mut problems = 0;
    match limited("the answer of STS", ASK, call).await {
        Ok(who) => {
            let region = sts.config().region().map_or("no Region", |region| region.as_ref());
            ending::print_line(&format!("  AWS: {} in {region}", who.arn().unwrap_or("an unknown identity")));
        }
        Err(error) => {
            problems += 1;
            ending::print_line(&format!("  ! AWS: {}", settings::failure(&error)));
        }
    }
    // an answer that refuses has the time, too
    if let Some(seconds) = clock.seconds_off() {
        let is_far_off = seconds.abs() > MOST;
        problems += usize::from(is_far_off);
        let mark = if is_far_off { "! " } else { "" };
        ending::print_line(&format!("  {mark}the clock differs from that of AWS by {seconds} s"));
    }
    problems
}

/// Reads the time of AWS from an answer.
#[derive(Clone, Debug, Default)]
struct AwsClock(Arc<Mutex<Option<i64>>>);

impl AwsClock {
    fn seconds_off(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for AwsClock {
    fn name(&self) -> &'static str {
        "AwsClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_sts::error::BoxError> {
        let date = context.response().headers().get("date");
        let off = date.and_then(|date| seconds_off(date, Timestamp::now()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = off;
        Ok(())
    }
}

/// How many seconds `now` is behind the time of an answer; negative if it is ahead.
fn seconds_off(date: &str, now: Timestamp) -> Option<i64> {
    let time = rfc2822::parse(date).ok()?.timestamp();
    Some(time.as_second() - now.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_is_compared_with_the_answer() {
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        for (date, want) in [
            ("Mon, 23 Nov 2026 00:00:00 GMT", Some(0)),
            ("Mon, 23 Nov 2026 00:05:01 GMT", Some(301)),
            ("Sun, 22 Nov 2026 23:59:00 GMT", Some(-60)),
            ("yesterday", None),
        ] {
            assert_eq!(seconds_off(date, now), want, "{date}");
        }
    }
}
