//! The sheet Gaps: every account and project that something is wrong with, to filter by kind.

use findings_core::coverage::{SharedAccount, UnownedAccount};
use findings_core::organisation::{AcceptedGapEnd, CoverageGap, RenamedProject};
use findings_core::{AccountId, SeverityCounts};
use rust_xlsxwriter::Workbook;

use super::view::View;
use crate::cell::Kind;
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value};
use crate::table::Paper;

/// Maximum number of projects of an account in a cell.
const NAMES: usize = 20;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let grid = Grid {
        name: view.own.sheets.gaps,
        columns: columns(view),
        rows: rows(view),
        frozen: 2,
        lines: 4,
        paper: Paper::OnePage,
        tab: palette::NAVY,
        empty: view.own.notes.no_gaps,
        notes: Vec::new(),
    };
    grid.write(book, &view.setting())?;
    Ok(())
}

fn columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let (columns, shared) = (&view.own.columns, &view.texts.columns);
    let new = GridColumn::fixed;
    vec![
        GridColumn::fit(columns.what, Kind::Text, 18, 40),
        GridColumn::fit(columns.project, Kind::Wrapped, 20, 40),
        new(view.texts.columns.account, Kind::Id, 16),
        GridColumn::fit(shared.account_name, Kind::Wrapped, 16, 30),
        GridColumn::fit(shared.region, Kind::Wrapped, 14, 22),
        GridColumn::fit(shared.coverage, Kind::Coverage, 15, 24),
        GridColumn::fit(shared.why, Kind::Wrapped, 30, 60),
        new(columns.until, Kind::Date, 13),
        new(columns.days_left, Kind::Count, 11),
        new(shared.open_findings, Kind::Count, 12),
    ]
}

fn rows<'a>(view: &View<'a>) -> Vec<Vec<Value<'a>>> {
    let (report, kinds) = (view.report, &view.own.gaps.kinds);
    let coverage = report.coverage.as_ref();
    let mut rows: Vec<_> = coverage.into_iter().flat_map(|c| &c.gaps).map(|gap| gap_row(gap, view)).collect();
    rows.extend(report.accepted_gaps.iter().flatten().map(|gap| accepted_row(gap, view)));
    let unowned = coverage.and_then(|c| c.unowned.as_ref());
    rows.extend(unowned.into_iter().flatten().map(|account| unowned_row(account, view)));
    rows.extend(report.owned_twice.iter().flatten().map(|account| shared_row(account, view)));
    let lists =
        [(kinds[4], coverage.and_then(|c| c.unknown.as_ref())), (kinds[5], coverage.and_then(|c| c.closed.as_ref()))];
    for (kind, accounts) in lists {
        rows.extend(accounts.into_iter().flatten().map(|account| vec![Value::text(kind), Value::EMPTY, id(*account)]));
    }
    let never = report.never_reported.iter().flatten();
    rows.extend(never.map(|project| vec![Value::text(kinds[6]), Value::text(project)]));
    rows.extend(report.renamed.iter().map(|renamed| renamed_row(renamed, view)));
    rows
}

fn id<'a>(account: AccountId) -> Value<'a> {
    Value::owned(account.to_string())
}

fn region<'a>(region: Option<&'a str>, view: &View<'_>) -> Value<'a> {
    Value::text(region.unwrap_or(view.own.words.all_regions))
}

fn gap_row<'a>(gap: &'a CoverageGap, view: &View<'_>) -> Vec<Value<'a>> {
    let kinds = &view.own.gaps.kinds;
    vec![
        Value::text(kinds[usize::from(gap.accepted_until.is_some())]),
        Value::text(&gap.project),
        id(gap.account),
        Value::EMPTY,
        region(gap.region.as_deref(), view),
        Value::text(view.texts.verdict(gap.verdict)),
        Value::text(view.texts.wording.coverage_reason(gap.reason)),
        gap.accepted_until.map_or(Value::EMPTY, Value::day),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "Excel has no other number, and days stay far below 2^53")]
fn accepted_row<'a>(end: &'a AcceptedGapEnd, view: &View<'_>) -> Vec<Value<'a>> {
    vec![
        Value::text(view.own.gaps.kinds[1]),
        Value::EMPTY,
        id(end.gap.account),
        Value::EMPTY,
        region(end.gap.region.as_deref(), view),
        Value::EMPTY,
        Value::text(&end.gap.reason),
        Value::day(end.gap.until),
        Value::number(end.days_left as f64),
    ]
}

fn unowned_row<'a>(account: &'a UnownedAccount, view: &View<'_>) -> Vec<Value<'a>> {
    let mut row = vec![
        Value::text(view.own.gaps.kinds[2]),
        Value::EMPTY,
        id(account.account),
        Value::text(account.name.as_deref().unwrap_or_default()),
    ];
    row.extend(std::iter::repeat_with(|| Value::EMPTY).take(5));
    row.push(Value::count_or(account.open.as_ref().map(SeverityCounts::total), view.own.words.not_known));
    row
}

fn shared_row<'a>(account: &SharedAccount, view: &View<'_>) -> Vec<Value<'a>> {
    let names = view.names(account.projects.iter().map(String::as_str), NAMES);
    vec![Value::text(view.own.gaps.kinds[3]), Value::owned(names), id(account.account)]
}

fn renamed_row<'a>(renamed: &'a RenamedProject, view: &View<'_>) -> Vec<Value<'a>> {
    let mut row = vec![Value::text(view.own.gaps.kinds[7]), Value::text(&renamed.project)];
    row.extend(std::iter::repeat_with(|| Value::EMPTY).take(4));
    row.push(Value::or_word(renamed.goes_on_as.as_deref(), Value::text, view.own.words.not_known));
    row
}
