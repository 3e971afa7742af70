//! The index of runs as a web page.

use bytes::Bytes;
use findings_core::Result;
use findings_core::organisation::{IndexedRun, RunIndex, RunIndexRenderer};
use findings_core::report::ReportFormat;
use jiff::Timestamp;
use minijinja::value::Serde;
use serde::Serialize;

use crate::environment::environment;
use crate::format;
use crate::page::{HTML, unwritten};
use crate::policy::ASSETS;

/// The index of runs as a web page: a table of the runs with links to their files, which are relative to the page. It has
/// no script, and asks for nothing from anywhere.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::organisation::{RunIndex, RunIndexRenderer};
/// use jiff::tz::TimeZone;
///
/// let index = RunIndex::new("2026-11-23T00:00:00Z".parse()?, Locale::En, TimeZone::UTC);
/// let page = findings_web::RunIndexPage::new().render(&index)?;
/// assert!(page.starts_with(b"<!doctype html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RunIndexPage {}

impl RunIndexPage {
    /// Creates the renderer.
    pub fn new() -> Self {
        Self {}
    }
}

impl RunIndexRenderer for RunIndexPage {
    fn format(&self) -> ReportFormat {
        HTML
    }

    fn render(&self, index: &RunIndex) -> Result<Bytes> {
        html(index).map(Bytes::from).map_err(|error| unwritten("write the page of the runs", &error))
    }
}

fn html(index: &RunIndex) -> std::result::Result<String, minijinja::Error> {
    let environment = environment(index.locale, &index.time_zone)?;
    environment.get_template("run-index.html")?.render(Serde(&Content::of(index)))
}

#[derive(Serialize)]
struct Content<'a> {
    lang: &'static str,
    policy: &'static str,
    style: &'static str,
    as_of: Timestamp,
    time_zone: String,
    runs: Vec<Row<'a>>,
    left_out: u64,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    at: Timestamp,
    projects: u64,
    told: u64,
    findings: u64,
    incomplete: usize,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    /// Relative to the page.
    path: &'a str,
    /// The end of a key of the texts; `none` for a file that has no name there.
    kind: Option<&'static str>,
}

impl<'a> Content<'a> {
    fn of(index: &'a RunIndex) -> Self {
        Self {
            lang: index.locale.as_str(),
            policy: &ASSETS.policy_of_style,
            style: &ASSETS.style,
            as_of: index.as_of,
            time_zone: format::zone_name(&index.time_zone, index.as_of),
            runs: index.runs.iter().map(Row::of).collect(),
            left_out: index.left_out,
        }
    }
}

impl<'a> Row<'a> {
    fn of(indexed: &'a IndexedRun) -> Self {
        let run = &indexed.run;
        Self {
            id: run.run_id.as_str(),
            at: run.at,
            projects: run.projects,
            told: run.told,
            findings: run.findings.total(),
            incomplete: run.incomplete.len(),
            files: indexed.files.iter().map(|key| File::of(key.as_str())).collect(),
        }
    }
}

impl<'a> File<'a> {
    fn of(path: &'a str) -> Self {
        let kinds = [
            ("organisation.html", "page"),
            ("organisation.xlsx", "workbook"),
            ("manifest.json", "manifest"),
            ("summary.json", "summary"),
        ];
        let name = path.rsplit('/').next().unwrap_or(path);
        Self { path, kind: kinds.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind) }
    }
}

#[cfg(test)]
mod tests {
    use findings_core::Locale;
    use findings_core::store::ArtifactKey;
    use findings_core::testing::organisation::story_of_twelve_runs;
    use jiff::tz::TimeZone;

    use super::*;

    fn index(locale: Locale) -> RunIndex {
        let report = story_of_twelve_runs();
        let mut index = RunIndex::new(report.as_of, locale, TimeZone::UTC);
        index.runs = report
            .runs
            .iter()
            .rev()
            .map(|run| {
                let id = &run.run_id;
                IndexedRun::new(
                    run.clone(),
                    vec![ArtifactKey::for_organisation(id, "html"), ArtifactKey::for_summary(id)],
                )
            })
            .collect();
        index
    }

    fn text(index: &RunIndex) -> String {
        String::from_utf8(RunIndexPage::new().render(index).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn every_run_is_listed_with_links_relative_to_the_page() {
        for locale in Locale::ALL {
            let index = index(locale);
            let page = text(&index);
            assert_eq!(page, text(&index));
            assert_eq!(page.matches("<tr").count(), 13, "twelve runs below the headings");
            for run in &index.runs {
                for file in &run.files {
                    assert!(page.contains(&format!("href=\"{file}\"")), "{file}");
                }
            }
            let hosts = page.replace("http-equiv", "");
            assert!(!hosts.contains("http") && !page.contains("<script") && !page.contains(" style="), "{page}");
        }
    }

    #[test]
    fn far_times_left_out_runs_and_an_empty_index_are_told() {
        let mut odd = index(Locale::En);
        odd.runs[1].run.at = Timestamp::MAX;
        odd.runs[2].files.clear();
        odd.left_out = 3;
        let page = text(&odd);
        assert!(page.contains("3 older runs"), "{page}");
        let nothing = RunIndex::new(odd.as_of, Locale::Ja, TimeZone::UTC);
        assert!(text(&nothing).contains("この期間に実行はありません"));
    }
}
