//! What a table does by itself: colours that follow edits, drop-downs, checks of what people enter.

use findings_core::Severity;
use findings_core::coverage::Verdict;
use findings_core::report::Change;
use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{
    Color, ConditionalFormatFormula, ConditionalFormatText, ConditionalFormatTextRule, DataValidation,
    DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Format, FormatBorder, Formula, Worksheet, XlsxError,
};

use crate::cell::{Column, Kind};
use crate::column_id::ColumnId;
use crate::formats::{on_severity, palette, severity_color};
use crate::lang::Texts;

/// Adds the rules of each column for the rows 1 to `last_row`.
///
/// Excel merges the formats of all rules that hold, LibreOffice takes the first: the rules of a column go from the special to the general.
pub(crate) fn add<R>(
    sheet: &mut Worksheet,
    columns: &[Column<R>],
    last_row: u32,
    texts: &Texts,
) -> Result<(), XlsxError> {
    let decision = (0..).zip(columns).find(|(_, c)| c.id == ColumnId::Decision).map(|(col, _)| col);
    for (col, column) in (0..).zip(columns) {
        match column.kind {
            Kind::Severity => severities(sheet, col, last_row)?,
            Kind::Read => read(sheet, col, last_row, texts)?,
            Kind::Coverage => coverage(sheet, col, last_row, texts)?,
            Kind::Change => changes(sheet, col, last_row, texts)?,
            Kind::EntryChoice => _ = sheet.add_data_validation(1, col, last_row, col, &choice(texts)?)?,
            Kind::EntryDate => _ = sheet.add_data_validation(1, col, last_row, col, &due(texts)?)?,
            _ => {}
        }
        if let Some(decision) = decision.filter(|decision| col < *decision && column.kind != Kind::Severity) {
            fade_decided(sheet, col, decision, last_row)?;
        }
        body(sheet, col, column.kind, last_row)?;
    }
    Ok(())
}

/// A line below each row and the colour of what people fill in, where there are rows: a column's own format would reach a million rows down.
fn body(sheet: &mut Worksheet, col: u16, kind: Kind, last_row: u32) -> Result<(), XlsxError> {
    let look = if kind.is_entry() {
        let border = Format::new().set_border(FormatBorder::Thin).set_border_color(palette::LINE);
        border.set_background_color(palette::ENTRY_PALE)
    } else {
        divided(Format::new())
    };
    let rule = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(look);
    sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    Ok(())
}

fn severities(sheet: &mut Worksheet, col: u16, last_row: u32) -> Result<(), XlsxError> {
    for severity in Severity::WORST_FIRST {
        // the term of ASFF is in the label of every language, and typed in by hand it works too
        let rule = ConditionalFormatText::new()
            .set_rule(ConditionalFormatTextRule::Contains(severity.as_str().to_owned()))
            .set_format(divided(fill(severity_color(severity), on_severity(severity))));
        sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    }
    Ok(())
}

fn changes(sheet: &mut Worksheet, col: u16, last_row: u32, texts: &Texts) -> Result<(), XlsxError> {
    for (text, color) in [
        (texts.change(Change::New), palette::NEW_PALE),
        (texts.change(Change::Reopened), palette::REOPENED_PALE),
        (texts.change(Change::Worse), palette::REOPENED_PALE),
    ] {
        let rule = ConditionalFormatText::new()
            .set_rule(ConditionalFormatTextRule::Contains(text.to_owned()))
            .set_format(divided(fill(color, palette::INK)));
        sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    }
    Ok(())
}

/// The verdict stands first in the cell.
fn coverage(sheet: &mut Worksheet, col: u16, last_row: u32, texts: &Texts) -> Result<(), XlsxError> {
    for (verdict, look) in [
        (Verdict::NotCovered, fill(palette::ALARM, palette::WHITE)),
        (Verdict::Unknown, fill(palette::ALARM, palette::WHITE)),
        (Verdict::Degraded, fill(palette::NOTICE_PALE, palette::INK)),
    ] {
        let rule = ConditionalFormatText::new()
            .set_rule(ConditionalFormatTextRule::BeginsWith(texts.verdict(verdict).to_owned()))
            .set_format(look);
        sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    }
    Ok(())
}

fn read(sheet: &mut Worksheet, col: u16, last_row: u32, texts: &Texts) -> Result<(), XlsxError> {
    let incomplete = ConditionalFormatText::new()
        .set_rule(ConditionalFormatTextRule::Contains(texts.read_incompletely.to_owned()))
        .set_format(fill(palette::ALARM, palette::WHITE));
    sheet.add_conditional_format(1, col, last_row, col, &incomplete)?;
    Ok(())
}

/// Rows that somebody has decided recede, so that the others stand out.
fn fade_decided(sheet: &mut Worksheet, col: u16, decision: u16, last_row: u32) -> Result<(), XlsxError> {
    let decided = Formula::new(format!("=${}2<>\"\"", column_number_to_name(decision)));
    let look = divided(Format::new().set_font_color(palette::FADED));
    let rule = ConditionalFormatFormula::new().set_rule(decided).set_format(look);
    sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    Ok(())
}

/// A line below keeps rows of the same colour apart.
fn divided(format: Format) -> Format {
    format.set_border_bottom(FormatBorder::Thin).set_border_bottom_color(palette::LINE)
}

fn fill(background: Color, font: Color) -> Format {
    Format::new().set_background_color(background).set_font_color(font)
}

fn choice(texts: &Texts) -> Result<DataValidation, XlsxError> {
    DataValidation::new()
        .allow_list_strings(&texts.decisions)?
        .set_input_title(texts.decision_title)?
        .set_input_message(texts.decision_hint)?
        // a warning and no wall: people have answers that no list foresees
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title(texts.decision_title)?
        .set_error_message(texts.decision_hint)
}

fn due(texts: &Texts) -> Result<DataValidation, XlsxError> {
    let first = ExcelDateTime::from_ymd(2000, 1, 1)?;
    DataValidation::new()
        .allow_date(DataValidationRule::GreaterThan(first))
        .set_error_title(texts.due_title)?
        .set_error_message(texts.due_hint)
}
