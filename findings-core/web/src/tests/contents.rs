//! The page says what the report says: tables and data against the story of twelve runs, computed by hand in
//! `findings-core`.

use findings_core::Locale;
use findings_core::languages::Language;
use findings_core::organisation::{OrganisationInput, ProjectSeries, WeekState};
use findings_core::testing::organisation::{
    full_organisation, large_organisation, range, report, story_of_twelve_runs, twelve_runs,
};

use super::support::{between, data, page, rows, text, unpack};
use crate::texts::texts;

#[test]
fn the_weeks_are_those_of_the_story() {
    let page = page(story_of_twelve_runs(), Locale::En);
    let weeks = rows(&page, "weeks-table");
    let column = |index: usize| -> Vec<i64> {
        weeks.iter().map(|week| week.get(index).filter(|_| week.len() > 5).map_or(-1, |n| n.parse().unwrap())).collect()
    };
    assert_eq!(column(7), [5, -1, 4, 7, 8, 7, 6, 5, 5, 6, 4, 4, 5], "open");
    assert_eq!(column(8), [0, -1, 0, 0, 0, 4, 2, 2, 2, 2, 2, 2, 2], "not confirmed");
    assert_eq!(column(10), [0, -1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1], "new");
    assert_eq!(column(12), [0, -1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0], "fixed");
    assert_eq!(weeks[1][1..3], ["no run", "not known"]);
    assert_eq!((weeks[5][1].as_str(), weeks[5].last().unwrap().as_str()), ("incomplete", "Incomplete: 1. Alpha"));
}

#[test]
fn the_data_has_the_numbers_of_the_report() {
    for report in [story_of_twelve_runs(), full_organisation(), large_organisation(9, 30)] {
        let data = data(&page(report.clone(), Locale::Ja));
        let place = |name: &str| data["fields"].as_array().unwrap().iter().position(|f| f == name).unwrap();
        for (summary, packed) in report.projects.iter().zip(data["projects"].as_array().unwrap()) {
            assert_eq!(packed[place("name")], summary.project.as_str());
            assert_eq!(packed[place("rank")].as_u64(), summary.rank);
            assert_eq!(packed[place("points")].as_f64(), summary.points);
            assert_eq!(packed[place("open")][1], summary.open.high);
            assert_eq!(packed[place("net_resolve")][1], summary.net_resolve.of);
            assert_eq!(packed[place("time_to_fix")][0], summary.time_to_fix.count);
            let states = packed[place("states")].as_str().unwrap();
            for (index, column) in columns(&summary.series).into_iter().enumerate() {
                let numbers = unpack(states, &packed[place("series")][index], index < 6);
                let wanted: Vec<Option<i64>> = column.iter().map(|n| n.map(|n| i64::try_from(n).unwrap())).collect();
                assert_eq!(numbers, wanted, "{} of {}", data["series"][index], summary.project);
            }
        }
        let open = unpack(data["states"].as_str().unwrap(), &data["organisation"][0], true);
        let wanted: Vec<_> =
            report.weeks.iter().map(|w| w.numbers.map(|n| i64::try_from(n.open.critical).unwrap())).collect();
        assert_eq!(open, wanted);
    }
}

fn columns(series: &ProjectSeries) -> [&[Option<u64>]; 14] {
    let s = series;
    [
        &s.open_critical,
        &s.open_high,
        &s.open_medium,
        &s.open_low,
        &s.open_informational,
        &s.not_confirmed,
        &s.baseline,
        &s.new,
        &s.reopened,
        &s.fixed,
        &s.suppressed,
        &s.archived,
        &s.left,
        &s.merged,
    ]
}

#[test]
fn projects_are_in_the_league_with_their_numbers() {
    let league = rows(&page(full_organisation(), Locale::En), "league-table");
    let names: Vec<&str> = league.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(names, ["Alpha", "Beta two", "Gamma", "Delta departed"], "those who need help most first");
    let alpha = &league[0];
    assert_eq!(alpha[0..5], ["3", "Alpha", "12.5", "1", "1"], "two accounts share 25 points");
    assert_eq!((alpha[9].as_str(), alpha[8].as_str()), ("not comparable", "1"));
    assert_eq!((league[3][0].as_str(), league[3][2].as_str()), ("not active", "–"));
    assert_eq!(alpha[13], "1/2", "one of two accounts is seen, the other one's gap is accepted");
}

#[test]
fn problems_ages_and_coverage_are_those_of_the_report() {
    let page = page(full_organisation(), Locale::En);
    let problems = rows(&page, "problems-table");
    assert_eq!(problems[0][..3], ["S3.8", "Title of S3.8", "15"]);
    assert_eq!(problems[0][9..14], ["2", "2", "26", "no", "yes"], "projects, accounts, weeks, first time, guidance");
    assert_eq!(problems[0][14], "Alpha 1, Delta 1");
    let ages = rows(&page, "ages-table");
    assert_eq!(ages[1][..6], ["High", "1", "0", "1", "1", "3"]);
    let verdicts = rows(&page, "verdicts-table");
    assert_eq!(verdicts[0], ["Covered", "2"]);
    assert_eq!(rows(&page, "gaps-table").len(), 3);
    assert_eq!(rows(&page, "accepted-table")[0][2..], ["will be closed", "2026-12-09", "7"]);
    assert!(text(between(&page, "id=\"runs-table\"", "</table>")).contains("access denied"));
}

#[test]
fn what_is_not_known_stands_before_everything_else() {
    let page = page(full_organisation(), Locale::En);
    let main = between(&page, "<main", "</main>");
    assert!(main.find("What is not known").unwrap() < main.find("Open issues").unwrap());
    let band = text(between(main, "<section class=\"band grave\"", "</section>"));
    for sentence in [
        "Weeks without a run: 1 of 13.",
        "Security Hub does not see: 1 of 4.",
        "never had a report: 1.",
        "no project owns: 1.",
    ] {
        assert!(band.contains(sentence), "{sentence}: {band}");
    }
    let first = story_of_twelve_runs();
    assert!(text(&super::support::page(first, Locale::En)).contains("Coverage was never checked"));
}

#[test]
fn before_the_first_run_there_is_a_word_in_place_of_numbers() {
    let histories = twelve_runs();
    let input = OrganisationInput::new(range(4, "2026-09-01T00:00:00Z"));
    let page = page(report(input, histories.iter().map(|(name, history)| (*name, history))), Locale::En);
    let league = rows(&page, "league-table");
    assert!(!league.is_empty());
    for row in &league {
        assert!(row[3..=8].iter().all(|cell| cell == "not known"), "{row:?}");
    }
    assert!(!page.contains("id=\"ages-table\""), "no table of ages in which everything is 0");
    assert!(text(between(&page, "id=\"overview\"", "</section>")).contains("Open issues not known"));
}

#[test]
fn a_week_that_is_not_complete_is_hatched() {
    let mut report = story_of_twelve_runs();
    let hatched = |page: &str| page.matches("class=\"cq\"").count();
    assert_eq!(hatched(&page(report.clone(), Locale::En)), 2, "week 6, in both charts");
    report.weeks[7].state = WeekState::Incomplete;
    assert_eq!(hatched(&page(report, Locale::En)), 4);
}

#[test]
fn all_languages_have_the_same_texts() {
    let en = texts(Locale::En);
    assert!(en.len() > 200);
    for locale in Locale::ALL {
        assert_eq!(en.keys().collect::<Vec<_>>(), texts(locale).keys().collect::<Vec<_>>());
        for (key, text) in en {
            let places = |text: &str| (0..4).map(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
            assert_eq!(places(text), places(&texts(locale)[key]), "{locale}, {key}");
        }
    }
}

#[test]
fn the_page_offers_every_language_and_has_its_typefaces() {
    let page = page(story_of_twelve_runs(), Locale::Ko);
    let data: serde_json::Value =
        serde_json::from_str(between(&page, "<script type=\"application/json\" id=\"texts\">", "</script>")).unwrap();
    assert!(page.contains("<html lang=\"ko\"") && page.contains("<span id=\"languages\"></span>"));
    for locale in Locale::ALL {
        assert_eq!(data[locale.as_str()]["language_name"], Language::of(locale).name);
        assert!(page.contains(&format!(":lang({locale}){{--fonts:")), "{locale}");
    }
}
