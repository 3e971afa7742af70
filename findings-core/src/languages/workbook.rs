//! The texts of workbooks alone.

use super::texts::{TextList, texts};

texts! {
    /// The texts of the workbooks of projects. `{name}` is a placeholder for a value, see [`fill`](crate::wording::fill).
    WorkbookTexts {
        font: Font,
        date_format,
        date_time_format,
        /// Ends a text that was cut because it is too long for a cell.
        cut_mark,
        decision_title,
        decision_hint,
        due_title,
        due_hint,
        advice_differs,
        /// Stands for the owner of what is nobody's.
        nobody,
        /// What a file says that shows the part of an owner first.
        view,
        no_findings_row,
        no_findings_incomplete_row,
        no_findings_partial_row,
        no_end,
        returning: ReturnTexts,
        page_footer,
        page_incomplete,
        more_problems,
        more_notices,
        other_accounts,
        next_sheet,
        shown,
        use_heading,
        /// Of links into the console.
        console_note,
        /// Of links through an access portal.
        portal_note,
        use_notes: [&'static str; 5],
    }
}

texts! {
    /// Texts about the way back of decisions that are entered.
    ReturnTexts {
        /// The label of the mark that says which report it is.
        mark,
        /// To whom a file is returned if the report names no contact.
        sender,
        heading,
        /// Of a report that is returned.
        notes: [&'static str; 3],
        /// Of a report that is not.
        nobody_reads,
    }
}

/// The typeface, and its default row height and column width in Excel, in pixels.
#[derive(Debug)]
#[non_exhaustive]
pub struct Font {
    /// Its name.
    pub name: &'static str,
    /// Its character set in the file format of Excel: 128 for Japanese, 129 for Korean.
    pub charset: u8,
    /// Height of a row.
    pub row_pixels: u32,
    /// Width of a column.
    pub column_pixels: u32,
    /// Width of a digit, the unit of column widths.
    pub digit_pixels: f64,
}

impl TextList for Font {
    fn list(&self, _: &str, _: &mut Vec<(String, &'static str)>) {}
}
