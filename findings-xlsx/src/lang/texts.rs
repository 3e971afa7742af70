//! The texts that each language must have: a missing text is a compile error.

use findings_core::wording::{AboutTexts, FindingTexts, Headings, SectionNames, SummaryTexts, Wording};

/// The texts of a language. `{name}` is a placeholder for a value, see
/// [`fill`](findings_core::wording::fill).
#[derive(Debug)]
pub(crate) struct Texts {
    /// Texts that mails share with the workbook.
    pub(crate) wording: Wording,
    pub(crate) font: Font,
    pub(crate) date_format: &'static str,
    pub(crate) date_time_format: &'static str,
    /// Ends a text that was cut because it is too long for a cell.
    pub(crate) cut_mark: &'static str,
    pub(crate) sheets: &'static SectionNames,
    pub(crate) columns: &'static Headings,
    pub(crate) finding: &'static FindingTexts,
    pub(crate) decision_title: &'static str,
    pub(crate) decision_hint: &'static str,
    pub(crate) due_title: &'static str,
    pub(crate) due_hint: &'static str,
    pub(crate) advice_differs: &'static str,
    /// Stands for the owner of what is nobody's.
    pub(crate) nobody: &'static str,
    /// What a file says that shows the part of an owner first.
    pub(crate) view: &'static str,
    pub(crate) no_findings_row: &'static str,
    pub(crate) no_findings_incomplete_row: &'static str,
    pub(crate) no_findings_partial_row: &'static str,
    pub(crate) no_end: &'static str,
    pub(crate) returning: ReturnTexts,
    pub(crate) page_footer: &'static str,
    pub(crate) page_incomplete: &'static str,
    pub(crate) summary: &'static SummaryTexts,
    pub(crate) about: &'static AboutTexts,
    pub(crate) more_problems: &'static str,
    pub(crate) more_notices: &'static str,
    pub(crate) other_accounts: &'static str,
    pub(crate) next_sheet: &'static str,
    pub(crate) shown: &'static str,
    pub(crate) use_heading: &'static str,
    /// Of links into the console.
    pub(crate) console_note: &'static str,
    /// Of links through an access portal.
    pub(crate) portal_note: &'static str,
    pub(crate) use_notes: [&'static str; 5],
}

/// The typeface, and its default row height and column width in Excel, in pixels.
#[derive(Debug)]
pub(crate) struct Font {
    pub(crate) name: &'static str,
    pub(crate) charset: u8,
    pub(crate) row_pixels: u32,
    pub(crate) column_pixels: u32,
    /// Width of a digit in pixels, the unit of column widths.
    pub(crate) digit_pixels: f64,
}

/// Texts about the way back of decisions that are entered.
#[derive(Debug)]
pub(crate) struct ReturnTexts {
    /// The label of the mark that says which report it is.
    pub(crate) mark: &'static str,
    /// To whom a file is returned if the report names no contact.
    pub(crate) sender: &'static str,
    pub(crate) heading: &'static str,
    /// Of a report that is returned.
    pub(crate) notes: [&'static str; 3],
    /// Of a report that is not.
    pub(crate) nobody_reads: &'static str,
}
