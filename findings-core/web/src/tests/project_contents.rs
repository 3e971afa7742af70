//! The page says what the report says: its tables against the report, in both languages.

use findings_core::guidance::Guidance;
use findings_core::rendering::{self, Digest};
use findings_core::report::Change::{New, Open, Reopened, Worse};
use findings_core::report::Report;
use findings_core::testing::conformance::renderer::{clean_report, incomplete_report, report_of, sample_report};
use findings_core::wording::{ReportTexts, Wording};
use findings_core::{Locale, OddValue, Severity};

use super::support::{between, guided_page, project_page, rows, text};
use crate::policy::PROJECT_SCRIPT;
use crate::texts::project_texts;

/// The text of a part of the page.
fn part(page: &str, id: &str) -> String {
    text(between(page, &format!("id=\"{id}\""), "</section>"))
}

#[test]
fn tiles_and_changes_have_the_numbers_of_the_report() {
    for locale in Locale::ALL {
        let (report, say) = (sample_report(locale), Wording::of(locale));
        let page = project_page(&report);
        let tiles: Vec<String> = between(&page, "<ul class=\"tiles\">", "</ul>").split("</li>").map(text).collect();
        assert_eq!(tiles.len(), 7, "all findings, five severities, and nothing behind the last");
        for (tile, severity) in tiles[1..].iter().zip(Severity::WORST_FIRST) {
            let wanted = format!("{} {} ", say.severity(severity), report.counts().get(severity));
            assert!(tile.starts_with(&wanted), "{tile}: {wanted}");
        }
        let changes = text(between(&page, "<dl class=\"changes\">", "</dl>"));
        let (resolved, c) = (ReportTexts::of(locale).summary.resolved, report.changes);
        let of = |change, count: u64| format!("{}{count}", say.change(change));
        let (new, reopened, worse) = (of(New, c.new), of(Reopened, c.reopened), of(Worse, c.worse));
        let wanted =
            [new, reopened, worse, of(Open, c.open - c.worse), format!("{resolved}{}", c.resolved)].into_iter();
        assert!(c.worse > 0, "the sample has one");
        assert_eq!(changes.replace(' ', ""), wanted.collect::<String>().replace(' ', ""));
    }
}

#[test]
fn tiles_compare_with_the_last_report_only_as_far_as_both_are_complete() {
    let tile = |report: &Report| text(between(&project_page(report), "<li class=\"tile sev critical", "</li>"));
    let report = sample_report(Locale::En);
    assert!(tile(&report).ends_with("20 ▲ 10 (last time 10)"), "{}", tile(&report));
    assert!(tile(&incomplete_report(Locale::En)).ends_with("20 last time 10"));
    let mut first = report;
    first.trend.clear();
    assert!(tile(&first).ends_with("20 first report"));
}

#[test]
fn controls_are_grouped_as_in_the_workbook_with_what_to_do() {
    let report = sample_report(Locale::En);
    let (digest, page) = (Digest::new(&report).unwrap(), project_page(&report));
    let lines = rows(&page, "controls-table");
    assert_eq!(lines.len(), digest.controls.len());
    for (line, control) in lines.iter().zip(&digest.controls) {
        assert_eq!(line[1], control.label());
        assert!(line[2].contains(&*control.title(Locale::En)), "{line:?}");
        let numbers = [control.findings, control.accounts.len() as u64, control.resources()];
        assert_eq!(line[3..6], numbers.map(|n| n.to_string()));
    }
    let row = |label: &str| lines.iter().find(|line| line[1] == label).unwrap().clone();
    assert!(row("S3.8")[2].ends_with("What to do How to fix S3.8 Ask about this"), "{:?}", row("S3.8"));
    assert!(row("Inspector")[2].contains("What to do Update openssl; fixed in 3.0.14"));
    let first = rows(&page, "first-table");
    assert_eq!(first.len(), 9, "at most ten, and there are nine groups");
    assert!(
        first[0][0].starts_with("Critical ")
            && lines[0][2].contains("Security groups should")
            && first[0][2].starts_with("Security groups should")
    );
}

#[test]
fn guidance_stands_beside_its_control_in_the_readers_language() {
    let csv = "control,meaning,fix,locale\nS3.8,Public <b>bucket</b>,s3-private,\nS3.8,公開バケット,,ja\n";
    let guidance = Guidance::from_csv(csv.as_bytes()).unwrap();
    let cell = |locale| {
        let lines = rows(&guided_page(&sample_report(locale), guidance.clone()), "controls-table");
        lines.iter().find(|line| line[1] == "S3.8").unwrap()[2].clone()
    };
    let english = cell(Locale::En).replace(' ', "");
    let guidance = "HowtofixS3.8Yourorganisation'sguidanceWhatitmeansPublic<b>bucket</b>Howtofixitheres3-private";
    assert!(english.contains(guidance) && english.ends_with("Askaboutthis"), "{english}");
    assert!(cell(Locale::Ja).contains("公開バケット") && cell(Locale::Ja).contains("s3-private"));
    let without = project_page(&sample_report(Locale::En));
    assert!(!without.contains("<dl class=\"guide\"") && !rows(&without, "controls-table").is_empty());
}

#[test]
fn accounts_have_their_coverage_and_their_numbers() {
    let report = incomplete_report(Locale::En);
    let lines = rows(&project_page(&report), "accounts-table");
    assert_eq!(lines.len(), 3);
    for line in &lines {
        let account = report
            .accounts
            .iter()
            .find(|a| line[0].starts_with(&format!("{} {}", a.name.as_deref().unwrap(), a.id)))
            .unwrap();
        assert_eq!(line[1], "Not verified");
        assert_eq!(line[10], account.counts.total().to_string());
    }
    let unread = lines.iter().find(|line| line[0].contains("100000000002")).unwrap();
    assert_eq!(unread[4], "NOT read completely: the numbers are too low");
}

#[test]
fn what_is_overdue_and_what_decisions_take_out_is_told() {
    let report = sample_report(Locale::En);
    let page = project_page(&report);
    let summary = part(&page, "summary");
    let say = Wording::of(Locale::En);
    assert!(summary.contains(&say.overdue(report.overdue()).unwrap()), "{summary}");
    assert!(summary.contains(&say.accepted_issues(3, 1).unwrap()), "{summary}");
    let lines = rows(&page, "accepted-table");
    assert_eq!(lines.len(), report.accepted.len());
    for (line, accepted) in lines.iter().zip(&report.accepted) {
        assert_eq!(line[5], say.decision(accepted.decision.entry.kind));
        let end = accepted.decision.accepted_until().map_or("no end".to_owned(), |day| day.to_string());
        assert_eq!(line[6], end);
        assert_eq!(line[8], &**accepted.decision.entry.comment.as_ref().unwrap());
    }
    assert_eq!(lines[0][7], "12");
    assert!(!project_page(&clean_report(Locale::En)).contains("id=\"accepted\""));
}

#[test]
fn closed_issues_trend_and_counts_are_those_of_the_report() {
    let report = sample_report(Locale::En);
    let page = project_page(&report);
    let closed = rows(&page, "resolved-table");
    assert_eq!(closed.len(), report.resolved.len());
    for (line, issue) in closed.iter().zip(&report.resolved) {
        assert_eq!(line[1], &**issue.control_id.as_ref().unwrap());
        assert_eq!(line[8], Wording::of(Locale::En).resolution(issue.resolution));
    }
    let trend = rows(&page, "trend-table");
    assert_eq!(trend.len(), report.trend.len() + 1);
    assert_eq!((trend[3][10].as_str(), trend[6][10].as_str()), ("incomplete", "this report"));
    assert_eq!(trend[6][6], "64");
    assert_eq!(page.matches("class=\"cq\"").count(), 1, "the incomplete report is hatched");
    let counts: Vec<String> = rows(&page, "counts-table").into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(counts, ["64", "0", "64", "64"]);
    let mut lost = report;
    lost.fetched = Some(65);
    assert!(part(&project_page(&lost), "about").contains("The counts do not add up"));
}

#[test]
fn without_script_the_first_hundred_are_there_and_the_others_are_told() {
    let report = report_of(150, Locale::En);
    let page = project_page(&report);
    let lines = rows(&page, "findings-table");
    assert_eq!(lines.len(), 100);
    for (line, row) in lines.iter().zip(&report.findings.to_vec().unwrap()) {
        assert!(line[4].starts_with(&*row.finding.title), "{line:?}");
        assert!(line[6].ends_with(&row.finding.account.to_string()));
    }
    let told = between(&page, "<noscript>", "</noscript>");
    assert!(text(told).starts_with("The worst 100 of 150 findings."), "{told}");
    assert!(!project_page(&report_of(100, Locale::En)).contains("<noscript>"));
}

/// The rule is that of the sheet: the page has its lines, in its order, with why they are here and when they are due.
#[test]
fn this_week_and_due_dates_are_those_of_the_report() {
    for locale in Locale::ALL {
        let report = sample_report(locale);
        let page = project_page(&report);
        let week = rendering::this_week(&report, &Digest::new(&report).unwrap()).unwrap();
        let lines = rows(&page, "week-table");
        assert!(week.len() > 3 && lines.len() == week.len());
        for (line, week) in lines.iter().zip(&week) {
            assert!(line[1].starts_with(&week.why(locale)), "{line:?}");
            assert_eq!(line[2], week.issue.due.map_or(String::new(), |due| due.date.to_string()));
            assert!(page.contains(&format!("href=\"#f{}\"", week.issue.index)));
        }
        for (line, row) in rows(&page, "findings-table").iter().zip(&report.findings.to_vec().unwrap()) {
            assert_eq!(line[3], row.due.map_or(String::new(), |due| due.date.to_string()));
        }
        let late = report
            .findings
            .to_vec()
            .unwrap()
            .into_iter()
            .filter(|row| row.due.is_some_and(|due| due.is_overdue(report.today())))
            .count();
        let table = between(&page, "<table id=\"findings-table\"", "</table>");
        assert_eq!(
            table.matches("class=\"day bad\"").count(),
            2 * late,
            "in its column, and below the title on a phone"
        );
    }
}

#[test]
fn a_week_without_lines_says_so_and_a_report_without_findings_has_none() {
    let mut report = report_of(3, Locale::En);
    for row in report.findings.to_mut().unwrap() {
        (row.change, row.due) = (Open, None);
    }
    let texts = &ReportTexts::of(Locale::En).finding;
    assert!(part(&project_page(&report), "week").ends_with(texts.week_nothing));
    report.problems = incomplete_report(Locale::En).problems;
    assert!(part(&project_page(&report), "week").ends_with(texts.week_nothing_partial));
    let clean = project_page(&clean_report(Locale::En));
    assert!(!clean.contains("id=\"week\"") && !clean.contains("href=\"#week\""));
}

#[test]
fn the_oldest_severe_findings_are_listed() {
    let report = sample_report(Locale::Ja);
    let lines = rows(&project_page(&report), "oldest-table");
    assert_eq!(lines.len(), 10);
    let ages: Vec<u64> = lines.iter().map(|line| line[1].parse().unwrap()).collect();
    assert!(ages.is_sorted_by(|a, b| a >= b), "{ages:?}");
    let mut mild = report;
    mild.findings.to_mut().unwrap().retain(|row| row.finding.severity < Severity::High);
    assert!(part(&project_page(&mild), "summary").contains(ReportTexts::of(Locale::Ja).summary.oldest_none));
}

#[test]
fn values_that_aws_does_not_define_are_told_as_they_came() {
    let mut report = report_of(2, Locale::En);
    let mut finding = (*report.findings.get(0).unwrap().finding).clone();
    finding.odd_values = vec![OddValue::new("Compliance.Status", "<MAYBE>")];
    finding.compliance = None;
    report.findings.to_mut().unwrap()[0].finding = finding.into();
    let page = project_page(&report);
    let about = part(&page, "about");
    assert!(about.contains("1 values of findings are not as AWS defines them."), "{about}");
    assert!(about.contains("Compliance.Status = <MAYBE> (1)"), "{about}");
}

#[test]
fn a_page_without_findings_has_no_table_of_them() {
    let page = project_page(&clean_report(Locale::En));
    assert!(!page.contains("id=\"findings-table\"") && !page.contains("id=\"controls-table\""));
    assert_eq!(rows(&page, "accounts-table").len(), 3);
}

#[test]
fn long_tables_say_how_many_lines_they_left_out() {
    let mut report = report_of(3, Locale::En);
    report.resolved = vec![report.resolved[0].clone(); 1_005];
    let page = project_page(&report);
    assert_eq!(rows(&page, "resolved-table").len(), 1_000);
    assert!(part(&page, "resolved").contains("5 more closed issues are not listed here."));
}

#[test]
fn all_languages_have_the_same_texts_and_the_script_has_all_that_it_says() {
    let en = project_texts(Locale::En);
    for locale in Locale::ALL {
        assert_eq!(en.keys().collect::<Vec<_>>(), project_texts(locale).keys().collect::<Vec<_>>());
    }
    let page = project_page(&sample_report(Locale::Ja));
    let data: serde_json::Value =
        serde_json::from_str(between(&page, "<script type=\"application/json\" id=\"texts\">", "</script>")).unwrap();
    let known = data["ja"].as_object().unwrap();
    let script = PROJECT_SCRIPT[5..].concat();
    let said: Vec<&str> = script.split("say(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(said.len() > 10);
    for key in said {
        assert!(known.contains_key(key), "{key}");
    }
    assert_eq!(known.len(), crate::project::OF_THE_SCRIPT.len());
}
