//! Tests of the mail about the report of the organisation.

use std::path::Path;
use std::sync::Arc;

use findings_core::notify::{OrganisationNotification, ReportLink};
use findings_core::organisation::{OrganisationInput, OrganisationReport};
use findings_core::store::{ArtifactLink, LinkLimit};
use findings_core::testing::conformance::renderer::hostile_texts;
use findings_core::testing::organisation::{
    full_organisation, hostile_organisation, large_organisation, range, report, story_of_twelve_runs,
};
use findings_core::{Locale, Secret};
use findings_notify::{Mail, Templates, compose_organisation};

use crate::parsed::Parsed;
use crate::sender;

fn link(extension: &'static str, limited_by: LinkLimit) -> ReportLink {
    let url = Secret::new(format!("https://reports.example.com/r/{extension}?a=1&b=2"));
    ReportLink::new(extension, ArtifactLink::new(url, "2026-12-30T00:00:00Z".parse().ok(), limited_by))
}

fn notification(report: OrganisationReport, locale: Locale) -> OrganisationNotification {
    let (run, to) = ("2026-11-30T06:00:00Z".parse().unwrap(), "head@example.com".parse().unwrap());
    OrganisationNotification::new(Arc::new(report), run, to).with_locale(locale, locale.time_zone())
}

fn compose(notification: &OrganisationNotification) -> Mail {
    compose_organisation(notification, &sender(), &Templates::builtin().unwrap()).unwrap()
}

#[test]
fn mails_match_golden_texts() {
    let nothing = || report(OrganisationInput::new(range(4, "2026-12-02T00:00:00Z")), []);
    let reports = || [("organisation", full_organisation()), ("organisation-story", story_of_twelve_runs())];
    for locale in Locale::ALL {
        for (name, report) in reports() {
            let mut full = notification(report, locale)
                .with_link(link("html", LinkLimit::Requested))
                .with_link(link("xlsx", LinkLimit::Credentials));
            full.contact = Some("security@example.com".to_owned());
            golden(&format!("{name}.{locale}.txt"), &compose(&full));
        }
        golden(&format!("organisation-nothing.{locale}.txt"), &compose(&notification(nothing(), locale)));
    }
}

fn golden(name: &str, mail: &Mail) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let parsed = Parsed::of(&mail.raw);
    let text = format!("Subject: {}\n\n{}", parsed.subject(), parsed.text);
    if let Some(dir) = std::env::var_os("MAILS_TO") {
        let dir = Path::new(&dir);
        std::fs::write(dir.join(name).with_extension("html"), parsed.html.replace("cid:weeks", "weeks.png")).unwrap();
        if let Some(picture) = picture(mail) {
            std::fs::write(dir.join("weeks.png"), picture).unwrap();
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} differs:\n{text}");
    let lines = parsed.text.lines().filter(|line| line.starts_with("- ") || line.starts_with('・')).count();
    assert_eq!(lines, if name.contains("nothing") { 1 } else { 5 }, "sentences of {name}");
}

/// The picture of a mail, read with a parser that shares no code with the builder.
fn picture(mail: &Mail) -> Option<Vec<u8>> {
    fn find(part: &mailparse::ParsedMail<'_>) -> Option<Vec<u8>> {
        let is_picture = part.ctype.mimetype == "image/png";
        if is_picture { part.get_body_raw().ok() } else { part.subparts.iter().find_map(find) }
    }
    find(&mailparse::parse_mail(&mail.raw).unwrap())
}

/// The colours of the picture, row by row.
fn pixels(mail: &Mail) -> (usize, Vec<[u8; 3]>) {
    let file = picture(mail).expect("a picture");
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    (info.width as usize, bytes.chunks(3).map(|rgb| [rgb[0], rgb[1], rgb[2]]).collect())
}

#[test]
fn picture_shows_weeks_and_its_id_is_that_of_the_html_part() {
    let mail = compose(&notification(story_of_twelve_runs(), Locale::En));
    assert!(mail.html.contains("cid:weeks"), "{}", mail.html);
    assert!(String::from_utf8_lossy(&mail.raw).contains("Content-ID: <weeks>"));
    let (width, pixels) = pixels(&mail);
    let rows = pixels.len() / width;
    let slot = width / 13;
    // in the middle of each column, from the bottom up, how many pixels are of the severities, and of a missing run
    let column =
        |week: usize| (0..rows).map(|row| pixels[row * width + (week - 1) * slot + slot / 2]).collect::<Vec<_>>();
    let of = |week: usize, color: [u8; 3]| column(week).iter().filter(|pixel| **pixel == color).count();
    let (critical, high, not_known) = ([0x8b, 0x1a, 0x1a], [0xd6, 0x4b, 0x12], [0xe3, 0xe7, 0xeb]);
    // week 1: one critical, four high; week 5: eight open, the most of all, one of them critical and three high
    assert_eq!((of(1, critical), of(5, critical)), (of(3, critical), of(4, critical)), "one critical in each");
    assert!(of(1, high) > 3 * of(1, critical), "{} {}", of(1, high), of(1, critical));
    assert_eq!(of(7, critical), 0, "a1 was fixed in week 7");
    assert!(of(2, not_known) > rows / 2 && of(2, critical) == 0, "no run in week 2");
    let paper = |week: usize| of(week, [0xff; 3]);
    assert!(paper(6) > paper(7), "week 6 is incomplete and hatched, although more is open in it");
}

#[test]
fn report_without_weeks_has_no_picture_and_many_weeks_have_one() {
    let nothing = report(OrganisationInput::new(range(4, "2026-12-02T00:00:00Z")), []);
    let mail = compose(&notification(nothing, Locale::En));
    assert!(picture(&mail).is_none() && !mail.html.contains("<img"), "{}", mail.html);
    let mail = compose(&notification(large_organisation(2, 500), Locale::En));
    assert!(pixels(&mail).1.contains(&[0x8b, 0x1a, 0x1a]));
}

#[test]
fn no_text_changes_the_structure() {
    for text in hostile_texts() {
        let mut hostile = notification(hostile_organisation(&text), Locale::En);
        hostile.contact = Some(text.clone());
        let mail = compose(&hostile);
        let parsed = Parsed::of(&mail.raw);
        assert!(!parsed.html.contains("<script") && !parsed.html.contains("<b>\"'"), "{text:?}");
        assert!(parsed.text.lines().filter(|line| line.starts_with("- ")).count() <= 5, "{text:?}");
        assert!(mail.raw.is_ascii() && mail.raw.len() < 100_000, "{}", mail.raw.len());
    }
}

#[test]
fn same_message_has_the_same_bytes_and_editions_differ() {
    let first = notification(full_organisation(), Locale::Ja);
    assert_eq!(compose(&first).raw, compose(&first.clone()).raw);
    let mut second = first.clone();
    (second.edition, second.replaces_earlier) = (2, true);
    let (first, second) = (compose(&first), compose(&second));
    assert_ne!(first.message_id, second.message_id);
    assert!(second.text.contains("差し替え") && !first.text.contains("差し替え"), "{}", second.text);
}
