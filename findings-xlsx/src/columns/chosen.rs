//! Which columns the findings have, and in which order.

use findings_core::Locale;
use findings_core::report::{Report, ReportFinding};

use super::{DETAILS, KEY, SHOWN};
use crate::added_column::AddedColumn;
use crate::column::{AddedValue, Column, Value};

type Col = Column<ReportFinding>;

/// The columns of findings in workbooks and CSV files: which ones, in which order, and which are folded away.
///
/// A folded column is there, and a click on the `+` above the sheet shows it. CSV files have the same columns in the same
/// order. JSON Lines always have all names, and those of [`AddedColumn`]s too.
///
/// ```
/// use findings_xlsx::{AddedColumn, FindingColumns};
///
/// let centre = AddedColumn::new("cost_centre", "Cost centre", |_finding, report| report.project.as_str().into());
/// let columns = FindingColumns::standard().with(centre).in_order(["severity", "cost_centre", "title", "rest"])?;
/// let ids: Vec<_> = columns.ids().take(3).collect();
/// assert_eq!(ids, ["severity", "cost_centre", "title"]);
/// # Ok::<(), findings_xlsx::ColumnsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FindingColumns {
    shown: Vec<Col>,
    folded: Vec<Col>,
    /// How many of those that are shown stand before the folded ones.
    before: usize,
}

/// Columns that cannot be as asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnsError {
    /// There is no such column.
    #[error("there is no column {id:?}; the columns are {known}, and rest for all that are not named")]
    Unknown {
        /// The ID that was asked for.
        id: String,
        /// The IDs that there are, separated by commas.
        known: String,
    },
    /// Only [`FindingColumns::REST`] is named, so that every column would be folded away.
    #[error("rest alone hides every column; name the columns to show before it")]
    OnlyRest,
    /// A column is named twice.
    #[error("the column {id} is named twice; leave one of them out")]
    Twice {
        /// Its ID.
        id: String,
    },
}

impl FindingColumns {
    /// What [`FindingColumns::in_order`] calls all columns that are not named.
    pub const REST: &str = "rest";

    /// The IDs of columns that no order leaves out: without them a row would not say what it is about, or what people decide
    /// could not be read.
    pub const KEPT: [&str; 8] = ["severity", "title", "account", "finding_id", "decision", "owner", "due", "comment"];

    /// The columns in the order of work: what is wrong and until when, where, what to do, and what is decided; the details
    /// are folded away.
    pub fn standard() -> Self {
        Self { shown: SHOWN.into(), folded: DETAILS.into(), before: SHOWN.len() }
    }

    /// Adds a column of your own, before those that people fill in. One with the ID of another takes its place.
    #[must_use]
    pub fn with(mut self, column: AddedColumn) -> Self {
        let AddedColumn(column) = column;
        if let Some(known) = self.shown.iter_mut().chain(&mut self.folded).find(|known| known.id() == column.id()) {
            *known = column;
            return self;
        }
        let at = self.shown.iter().position(|known| known.kind.is_entry()).unwrap_or(self.shown.len());
        self.shown.insert(at, column);
        if at <= self.before {
            self.before += 1;
        }
        self
    }

    /// Sets the order of the columns by their IDs. [`FindingColumns::REST`] stands for all that are not named; they are folded
    /// away. Without it, columns that are not named are left out, except those of [`FindingColumns::KEPT`], which are folded
    /// away at the end. The key, by which a returned report is read, is always the last column.
    ///
    /// # Errors
    /// [`ColumnsError`] if an ID is not known or named twice, or nothing would be shown.
    pub fn in_order<'i>(self, ids: impl IntoIterator<Item = &'i str>) -> Result<Self, ColumnsError> {
        let known: Vec<String> = self.ids().map(str::to_owned).collect();
        let mut left: Vec<Option<Col>> = self.shown.into_iter().chain(self.folded).map(Some).collect();
        let (mut shown, mut before) = (Vec::new(), None);
        for id in ids.into_iter().map(str::trim) {
            if id == Self::REST {
                if before.replace(shown.len()).is_some() {
                    return Err(ColumnsError::Twice { id: id.to_owned() });
                }
                continue;
            }
            let Some(at) = position(&known, id) else {
                let known = sorted(known).join(", ");
                return Err(ColumnsError::Unknown { id: id.to_owned(), known });
            };
            shown.push(left[at].take().ok_or_else(|| ColumnsError::Twice { id: id.to_owned() })?);
        }
        if shown.is_empty() && before.is_some() {
            return Err(ColumnsError::OnlyRest);
        }
        let is_left = |column: &Col| before.is_some() || Self::KEPT.contains(&column.id());
        let folded = left.into_iter().flatten().filter(is_left).collect();
        Ok(Self { before: before.unwrap_or(shown.len()), shown, folded })
    }

    /// The IDs of the columns, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.in_sheet().map(Column::id)
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }

    /// Returns the heading of a column in a language; `None` if there is no such column.
    pub fn heading(&self, id: &str, locale: Locale) -> Option<&str> {
        self.in_sheet().find(|column| column.id() == id).map(|column| column.name.heading(locale))
    }

    /// The columns in the order of the sheet.
    fn in_sheet(&self) -> impl Iterator<Item = &Col> {
        let (first, last) = self.shown.split_at(self.before);
        first.iter().chain(&self.folded).chain(last)
    }

    /// The columns of a report's sheet: that of the key is there if the report can be returned.
    pub(crate) fn of(&self, report: &Report) -> Vec<Col> {
        self.in_sheet().cloned().chain(report.returning.is_some().then_some(KEY)).collect()
    }

    /// The places of the columns that are folded away, from 0.
    pub(crate) fn folded(&self) -> std::ops::Range<usize> {
        self.before..self.before + self.folded.len()
    }

    /// The IDs and the functions of the columns that were added.
    pub(crate) fn added(&self) -> impl Iterator<Item = (&str, &AddedValue<ReportFinding>)> {
        self.in_sheet().filter_map(|column| match &column.value {
            Value::Added(value) => Some((column.id(), value)),
            Value::Own(_) => None,
        })
    }
}

impl Default for FindingColumns {
    fn default() -> Self {
        Self::standard()
    }
}

fn position(ids: &[String], id: &str) -> Option<usize> {
    ids.iter().position(|known| known == id)
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use findings_core::testing::conformance::renderer::sample_report;

    use super::*;
    use crate::ColumnValue;
    use crate::columns::KEY_ID;

    fn ids(columns: &FindingColumns) -> Vec<&str> {
        columns.ids().collect()
    }

    fn added(id: &str) -> AddedColumn {
        AddedColumn::new(id, "Added", |_, _| ColumnValue::Empty)
    }

    #[test]
    fn only_a_report_that_is_returned_has_keys() {
        let mut report = sample_report(Locale::En);
        let columns = FindingColumns::standard().of(&report);
        assert_eq!(columns.last().unwrap().id(), KEY_ID);
        report.returning = None;
        assert!(FindingColumns::standard().of(&report).iter().all(|column| column.id() != KEY_ID));
    }

    #[test]
    fn rest_is_folded_where_it_is_named() {
        let all = FindingColumns::standard();
        let columns = all.clone().in_order(["change", " severity", "rest", "comment"]).unwrap();
        assert_eq!(ids(&columns).len(), ids(&all).len());
        assert_eq!(ids(&columns)[..3], ["change", "severity", "fix_by"]);
        assert_eq!(ids(&columns).last(), Some(&"comment"));
        assert_eq!(columns.folded(), 2..ids(&all).len() - 1);
    }

    #[test]
    fn columns_that_are_not_named_are_left_out_except_those_that_are_needed() {
        let columns = FindingColumns::standard().in_order(["title", "region"]).unwrap();
        let mut kept: Vec<&str> = FindingColumns::KEPT.into_iter().filter(|id| *id != "title").collect();
        kept.sort_unstable();
        let mut rest = ids(&columns)[2..].to_vec();
        rest.sort_unstable();
        assert_eq!((&ids(&columns)[..2], rest), (&["title", "region"][..], kept));
        assert_eq!(columns.folded(), 2..9);
    }

    #[test]
    fn unknown_and_repeated_columns_are_errors() {
        let order = |ids: &[&str]| FindingColumns::standard().in_order(ids.iter().copied()).err();
        assert!(matches!(order(&["severity", "cost"]), Some(ColumnsError::Unknown { id, .. }) if id == "cost"));
        assert!(matches!(order(&["key"]), Some(ColumnsError::Unknown { .. })), "it is always the last");
        assert_eq!(order(&["title", "title"]), Some(ColumnsError::Twice { id: "title".to_owned() }));
        assert_eq!(order(&["rest"]), Some(ColumnsError::OnlyRest));
        assert_eq!(order(&["rest", "title", "rest"]), Some(ColumnsError::Twice { id: "rest".to_owned() }));
    }

    #[test]
    fn added_column_stands_before_those_that_people_fill_in() {
        let columns = FindingColumns::standard().with(added("cost_centre"));
        let at = position(&ids(&columns).iter().map(ToString::to_string).collect::<Vec<_>>(), "cost_centre").unwrap();
        assert_eq!(ids(&columns)[at + 1], "decision");
        assert_eq!(columns.folded().start, SHOWN.len() + 1);
        assert_eq!(columns.added().count(), 1);
        let replaced = FindingColumns::standard().with(added("tags"));
        assert_eq!(ids(&replaced), ids(&FindingColumns::standard()));
    }
}
