//! What a table does by itself: colours that follow edits, drop-downs, checks of what people enter.

use findings_core::Severity;
use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{
    Color, ConditionalFormatFormula, ConditionalFormatText, ConditionalFormatTextRule, DataValidation,
    DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Format, FormatBorder, Formula, Worksheet, XlsxError,
};

use crate::formats::{on_severity, palette, severity_color};
use crate::lang::Texts;
use crate::table::{Column, Kind};

/// Adds the rules of each column for the rows 1 to `last_row`.
pub(crate) fn add<R>(
    sheet: &mut Worksheet,
    columns: &[Column<R>],
    last_row: u32,
    texts: &Texts,
) -> Result<(), XlsxError> {
    lines(sheet, u16::try_from(columns.len()).unwrap_or(u16::MAX), last_row)?;
    for (col, column) in (0..).zip(columns) {
        match column.kind {
            Kind::Severity => severities(sheet, col, last_row)?,
            Kind::Coverage => coverage(sheet, col, last_row, texts)?,
            Kind::Change => changes(sheet, col, last_row, texts)?,
            Kind::EntryChoice => {
                fade_decided(sheet, col, last_row)?;
                sheet.add_data_validation(1, col, last_row, col, &choice(texts)?)?;
            }
            Kind::EntryDate => _ = sheet.add_data_validation(1, col, last_row, col, &due(texts)?)?,
            _ => {}
        }
        if column.kind.is_entry() {
            let always = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(
                Format::new()
                    .set_background_color(palette::ENTRY_PALE)
                    .set_border(FormatBorder::Thin)
                    .set_border_color(palette::LINE),
            );
            sheet.add_conditional_format(1, col, last_row, col, &always)?;
        }
    }
    Ok(())
}

/// A thin line below each row, where there are rows: formats of whole columns would draw it a million rows down.
fn lines(sheet: &mut Worksheet, columns: u16, last_row: u32) -> Result<(), XlsxError> {
    let rule = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(divided(Format::new()));
    sheet.add_conditional_format(1, 0, last_row, columns.saturating_sub(1), &rule)?;
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
    for (text, color) in [(texts.changes[0], palette::NEW_PALE), (texts.changes[1], palette::REOPENED_PALE)] {
        let rule = ConditionalFormatText::new()
            .set_rule(ConditionalFormatTextRule::Contains(text.to_owned()))
            .set_format(divided(fill(color, palette::INK)));
        sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    }
    Ok(())
}

fn coverage(sheet: &mut Worksheet, col: u16, last_row: u32, texts: &Texts) -> Result<(), XlsxError> {
    let incomplete = ConditionalFormatText::new()
        .set_rule(ConditionalFormatTextRule::Contains(texts.read_incompletely.to_owned()))
        .set_format(fill(palette::ALARM, palette::WHITE));
    sheet.add_conditional_format(1, col, last_row, col, &incomplete)?;
    Ok(())
}

/// Rows that somebody has decided recede, so that the others stand out.
fn fade_decided(sheet: &mut Worksheet, col: u16, last_row: u32) -> Result<(), XlsxError> {
    let decided = Formula::new(format!("=${}2<>\"\"", column_number_to_name(col)));
    let rule = ConditionalFormatFormula::new()
        .set_rule(decided)
        .set_format(Format::new().set_font_color(Color::RGB(0x0096_9FA8)));
    sheet.add_conditional_format(1, 0, last_row, col.saturating_sub(1), &rule)?;
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
