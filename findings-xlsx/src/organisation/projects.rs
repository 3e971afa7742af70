//! The sheet Projects: who needs help, who improves, and of whom nobody knows enough.

use findings_core::organisation::{DecisionNumbers, ProjectCoverage, ProjectSummary};
use rust_xlsxwriter::Workbook;

use super::recent;
use super::values::{severity_columns, share};
use super::view::View;
use crate::cell::{Cell, Kind};
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value, by_severity};
use crate::lang::fill;
use crate::table::Paper;

/// Writes the sheet, and returns the number of projects in it.
pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<u64, RenderError> {
    let four_weeks = recent::weeks(view);
    let rows: Vec<_> = ordered(view).into_iter().map(|p| row(p, four_weeks.as_ref(), view)).collect();
    let projects = rows.len() as u64;
    let grid = Grid {
        name: view.own.sheets.projects,
        columns: columns(view),
        rows,
        frozen: 2,
        lines: 4,
        paper: Paper::TwoPages,
        tab: palette::NAVY,
        empty: view.own.notes.no_projects,
        notes: notes(view),
    };
    grid.write(book, &view.setting())?;
    Ok(projects)
}

/// Who needs help comes first, and last who cannot be ranked.
pub(super) fn ordered<'a>(view: &View<'a>) -> Vec<&'a ProjectSummary> {
    let mut projects: Vec<_> = view.report.projects.iter().collect();
    projects.sort_by(|a, b| b.rank.cmp(&a.rank).then_with(|| b.open.total().cmp(&a.open.total())));
    projects
}

fn columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let (columns, count) = (&view.own.columns, Kind::Count);
    let new = GridColumn::fixed;
    let mut all = vec![
        GridColumn::fit(columns.rank, count, 9, 24),
        GridColumn::fit(columns.project, Kind::Wrapped, 22, 40),
        GridColumn::fit(columns.standing, Kind::Text, 11, 24),
        new(columns.points_per_account, Kind::Decimal, 17),
    ];
    all.extend(severity_columns(view));
    all.extend([
        new(columns.open, Kind::Bar, 12),
        new(columns.overdue, Kind::Bar, 12),
        GridColumn::fit(columns.trend, Kind::Text, 14, 20),
        new(columns.balance, count, 17),
    ]);
    all.extend(columns.recent.map(|heading| new(heading, count, 12)));
    all.extend([
        new(columns.net_resolve, Kind::Percent, 12),
        new(columns.net_resolve_of, count, 11),
        new(columns.fix_median, Kind::Decimal, 12),
        new(columns.fix_count, count, 11),
        new(columns.within_target, Kind::Percent, 12),
        new(columns.within_target_of, count, 11),
        new(columns.undecided, count, 12),
        new(columns.to_fix, count, 12),
        new(columns.past_their_day, count, 12),
        new(columns.accepted, count, 12),
        new(columns.false_positives, count, 12),
        new(columns.accounts, count, 11),
        GridColumn::fit(view.texts.columns.coverage, Kind::Wrapped, 16, 34),
        GridColumn::fit(columns.latest_report, Kind::Text, 14, 30),
        new(columns.last_told, Kind::Date, 13),
        new(columns.last_decision, Kind::Date, 13),
        new(columns.runs, count, 9),
    ]);
    all
}

fn row<'a>(p: &'a ProjectSummary, weeks: Option<&std::ops::Range<usize>>, view: &View<'_>) -> Vec<Value<'a>> {
    let words = &view.own.words;
    let no_rank = p.no_rank.map_or(words.not_known, |reason| view.no_rank(reason));
    let overdue = p.overdue.as_ref().map(findings_core::SeverityCounts::total);
    let trend = p.trend.map(|trend| view.direction(trend.direction));
    let moment = |at: Option<jiff::Timestamp>| Value::or_word(at, |at| Value::Plain(Cell::Moment(at)), words.never);
    let decided = |of: fn(&DecisionNumbers) -> u64| Value::count_or(p.decisions.as_ref().map(of), words.not_known);
    let mut row = vec![
        Value::count_or(p.rank, no_rank),
        Value::text(&p.project),
        Value::text(view.standing(p.standing)),
        Value::or_word(p.points, Value::number, no_rank),
    ];
    row.extend(by_severity(&p.open));
    row.extend([
        Value::count(p.open.total()),
        Value::count_or(overdue, words.no_target),
        Value::or_word(trend, Value::text, words.not_comparable),
        Value::or_word(p.trend, |t| Value::number(balance(t.recent.points)), words.not_comparable),
    ]);
    row.extend([&p.series.new, &p.series.reopened, &p.series.fixed].map(|c| recent::sum(p, c, weeks, view)));
    row.extend(share(Some(&p.net_resolve), view));
    row.extend([
        Value::or_word(p.time_to_fix.median_days, Value::number, words.too_few),
        Value::count(p.time_to_fix.count),
    ]);
    row.extend(share(p.within_target.as_ref(), view));
    row.extend([
        Value::count(p.undecided),
        decided(|numbers| numbers.to_fix),
        decided(|numbers| numbers.late),
        decided(|numbers| numbers.accepted),
        decided(|numbers| numbers.false_positives),
        Value::count_or(p.accounts, words.not_known),
        Value::or_word(p.coverage, |c| Value::owned(coverage(&c, view)), words.not_checked),
        latest_report(p, view),
        moment(p.last_told.as_ref().map(|told| told.at)),
        moment(p.last_decision),
        Value::count(p.runs),
    ]);
    row
}

#[expect(clippy::cast_precision_loss, reason = "Excel has no other number, and points stay far below 2^53")]
fn balance(points: i64) -> f64 {
    points as f64
}

fn latest_report<'a>(project: &ProjectSummary, view: &View<'_>) -> Value<'a> {
    let words = &view.own.words;
    match (project.complete, project.incomplete_accounts) {
        (Some(true), _) => Value::text(words.complete),
        (Some(false), accounts) => {
            let accounts = view.number(accounts.unwrap_or_default());
            Value::owned(fill(words.incomplete_accounts, &[("n", &accounts)]))
        }
        (None, _) => Value::Word(words.no_run),
    }
}

/// The accounts of a project by what the coverage check showed. One that has a gap is never among the covered ones.
fn coverage(coverage: &ProjectCoverage, view: &View<'_>) -> String {
    let kinds = &view.own.gaps.kinds;
    let seen = coverage.accounts.saturating_sub(coverage.gaps + coverage.accepted);
    let degraded = view.texts.verdict(findings_core::coverage::Verdict::Degraded);
    let parts = [
        (kinds[0], coverage.gaps),
        (kinds[1], coverage.accepted),
        (degraded, coverage.degraded),
        (view.own.words.unread, coverage.unread),
    ];
    let listed: Vec<String> =
        parts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {}", view.number(*n))).collect();
    let mark = if listed.is_empty() { "✓" } else { "⚠" };
    let head = format!("{mark} {}/{}", view.number(seen), view.number(coverage.accounts));
    [head].into_iter().chain(listed).collect::<Vec<_>>().join("\n")
}

fn notes(view: &View<'_>) -> Vec<String> {
    let texts = &view.own.notes;
    let twice = view.report.totals.counted_more_than_once;
    let sums = (twice > 0).then(|| fill(texts.counted_more_than_once, &[("n", &view.number(twice))]));
    [texts.doubtful.to_owned(), texts.small_groups.to_owned()].into_iter().chain(sums).collect()
}
