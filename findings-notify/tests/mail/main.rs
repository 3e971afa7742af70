//! Tests of mails through an independent parser, and of the notifiers against servers.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "helpers of tests may fail loudly, too")]

#[cfg(feature = "chat")]
mod chat;
mod content;
mod decisions;
mod digest;
mod http;
mod injection;
#[cfg(all(feature = "chat", feature = "outbox", feature = "ses", feature = "smtp"))]
mod logs;
#[cfg(feature = "outbox")]
mod organisation;
mod outbox;
mod parsed;
#[cfg(feature = "ses")]
mod ses;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "smtp")]
mod smtp_server;
#[cfg(feature = "sns")]
mod sns;
mod story;
mod templates;
mod urgent;
#[cfg(feature = "webhook")]
mod webhook;
mod wire;

use std::sync::Arc;

use findings_core::history::ProjectRun;
use findings_core::notify::Notification;
use findings_core::report::{Changes, Problem, ProblemKind, UnreadReason};
use findings_core::testing::conformance::notifier::sample_notification;
use findings_core::{Locale, SeverityCounts};
use findings_notify::{Mail, Sender, Templates, compose};
use jiff::tz::TimeZone;

use crate::parsed::Parsed;

fn sender() -> Sender {
    "Cloud Security 運用 <security@example.co.jp>".parse().unwrap()
}

fn mail(notification: &Notification) -> Mail {
    compose(notification, &sender(), &Templates::builtin().unwrap()).unwrap()
}

/// Composes the mail and parses it with the independent parser.
fn read(notification: &Notification) -> Parsed {
    Parsed::of(&mail(notification).raw)
}

/// Returns a notification of a full report: with previous report, four severities and a link for a week.
fn full(locale: Locale) -> Notification {
    let mut n = sample_notification("sato@example.co.jp");
    n.locale = locale;
    if locale == Locale::Ja {
        "決済基盤（本番）".clone_into(&mut n.project);
        n.time_zone = TimeZone::get("Asia/Tokyo").unwrap();
    }
    n.counts = SeverityCounts { critical: 3, high: 12, medium: 1_234, low: 0, informational: 7 };
    n.changes = Changes { new: 2, reopened: 1, open: 1_200, worse: 0, resolved: 4, ..Changes::default() };
    let mut before = ProjectRun::new("2026-11-16".parse().unwrap(), "2026-11-16T00:00:00Z".parse().unwrap());
    before.counts = SeverityCounts { critical: 4, high: 10, medium: 1_240, low: 0, informational: 7 };
    n.previous = Some(before);
    let news = &mut Arc::make_mut(n.headline.as_mut().unwrap()).news;
    (news.worse, news.overdue) = (SeverityCounts::default(), SeverityCounts::default());
    n
}

/// Returns the full report with two accounts missing.
fn incomplete(locale: Locale) -> Notification {
    let mut n = full(locale);
    let account = "012345678901".parse().unwrap();
    let timeout = Problem::new(ProblemKind::AccountNotFetched, "get findings: no answer in time");
    n.certainty
        .problems
        .push(timeout.with_account(account).with_region("ap-northeast-1").with_unread(UnreadReason::NoAnswer));
    n.certainty.problems.push(Problem::new(
        ProblemKind::RegistryLine,
        "line 7: \"1.23E+11\" is a number that a spreadsheet has rounded",
    ));
    n
}

/// Returns a report without findings.
fn empty(locale: Locale) -> Notification {
    let mut n = full(locale);
    n.counts = SeverityCounts::default();
    n.changes = Changes { resolved: 4, ..Changes::default() };
    let headline = Arc::make_mut(n.headline.as_mut().unwrap());
    headline.first.clear();
    (headline.news.new, headline.news.reopened) = (SeverityCounts::default(), SeverityCounts::default());
    n
}
