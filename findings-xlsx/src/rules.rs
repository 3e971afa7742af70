//! The rules of a table: conditional formats, drop-down lists, and checks of what people enter.

use std::borrow::Cow;

use findings_core::Severity;
use findings_core::coverage::Verdict;
use findings_core::decision::DecisionKind;
use findings_core::report::Change;
use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar, ConditionalFormatFormula,
    ConditionalFormatText, ConditionalFormatTextRule, ConditionalFormatType, DataValidation, DataValidationErrorStyle,
    DataValidationRule, ExcelDateTime, Format, FormatBorder, Formula, Worksheet, XlsxError,
};

use crate::cell::Kind;
use crate::formats::{on_severity, palette, severity_color};
use crate::lang::Texts;
use crate::setting::Setting;

/// Adds the rules of each column for the rows 1 to `last_row`, counted from 0.
///
/// Excel merges the formats of all rules that match, LibreOffice takes the first. The rules of a column are therefore
/// added from the most special to the most general.
pub(crate) fn add(
    sheet: &mut Worksheet,
    kinds: &[Kind],
    last_row: u32,
    setting: &Setting<'_>,
    fades_decided: bool,
) -> Result<(), XlsxError> {
    let texts = setting.texts;
    // the only choice of people is their decision
    let decision = (0..).zip(kinds).find(|(_, kind)| **kind == Kind::EntryChoice).map(|(col, _)| col);
    for (col, kind) in (0..).zip(kinds.iter().copied()) {
        match kind {
            Kind::Severity => severities(sheet, col, last_row)?,
            Kind::Read => read(sheet, col, last_row, texts)?,
            Kind::Coverage => coverage(sheet, col, last_row, texts)?,
            Kind::Change => changes(sheet, col, last_row, texts)?,
            Kind::Bar => bars(sheet, col, last_row)?,
            Kind::Overdue => overdue(sheet, col, last_row)?,
            Kind::EntryChoice => {
                sheet.add_data_validation(0, col, 0, col, &heading_note(setting)?)?;
                sheet.add_data_validation(1, col, last_row, col, &choice(setting)?)?;
            }
            Kind::EntryDate => _ = sheet.add_data_validation(1, col, last_row, col, &due(texts)?)?,
            _ => {}
        }
        if let Some(decision) = decision.filter(|_| fades_decided && !kind.is_entry() && kind != Kind::Severity) {
            fade_decided(sheet, col, decision, last_row)?;
        }
        // LibreOffice would show the lines in place of the colours that stand for numbers here
        if kind != Kind::Turned {
            body(sheet, col, kind, last_row)?;
        }
    }
    Ok(())
}

/// Adds a line below each row, and the colour of columns that people fill in. The format of the column would apply to a
/// million rows, this rule applies only to those with findings.
fn body(sheet: &mut Worksheet, col: u16, kind: Kind, last_row: u32) -> Result<(), XlsxError> {
    let format = if kind.is_entry() {
        let border = Format::new().set_border(FormatBorder::Thin).set_border_color(palette::LINE);
        border.set_background_color(palette::ENTRY_PALE)
    } else {
        divided(Format::new())
    };
    let rule = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(format);
    sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    Ok(())
}

fn severities(sheet: &mut Worksheet, col: u16, last_row: u32) -> Result<(), XlsxError> {
    for severity in Severity::WORST_FIRST {
        // the label has the ASFF term in every language, and the rule also matches a term that is typed in by hand
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

/// Colours the coverage column. The text of a cell begins with the verdict.
fn coverage(sheet: &mut Worksheet, col: u16, last_row: u32, texts: &Texts) -> Result<(), XlsxError> {
    for (verdict, format) in [
        (Verdict::NotCovered, fill(palette::ALARM, palette::WHITE)),
        (Verdict::Unknown, fill(palette::ALARM, palette::WHITE)),
        (Verdict::Degraded, fill(palette::NOTICE_PALE, palette::INK)),
    ] {
        let rule = ConditionalFormatText::new()
            .set_rule(ConditionalFormatTextRule::BeginsWith(texts.verdict(verdict).to_owned()))
            .set_format(format);
        sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    }
    Ok(())
}

fn read(sheet: &mut Worksheet, col: u16, last_row: u32, texts: &Texts) -> Result<(), XlsxError> {
    let incomplete = ConditionalFormatText::new()
        .set_rule(ConditionalFormatTextRule::Contains(texts.finding.read_incompletely.to_owned()))
        .set_format(fill(palette::ALARM, palette::WHITE));
    sheet.add_conditional_format(1, col, last_row, col, &incomplete)?;
    Ok(())
}

/// Marks what is overdue.
fn overdue(sheet: &mut Worksheet, col: u16, last_row: u32) -> Result<(), XlsxError> {
    let late = ConditionalFormatCell::new()
        .set_rule(ConditionalFormatCellRule::GreaterThan(0))
        .set_format(divided(fill(palette::ALARM_PALE, palette::ALARM).set_bold()));
    sheet.add_conditional_format(1, col, last_row, col, &late)?;
    Ok(())
}

/// Adds a bar behind each number, from 0 so that lengths can be compared.
fn bars(sheet: &mut Worksheet, col: u16, last_row: u32) -> Result<(), XlsxError> {
    let bar = ConditionalFormatDataBar::new()
        .set_fill_color(palette::REOPENED_PALE)
        .set_solid_fill(true)
        .set_border_off(true)
        .set_minimum(ConditionalFormatType::Number, 0);
    sheet.add_conditional_format(1, col, last_row, col, &bar)?;
    Ok(())
}

/// Greys out rows that have a decision, which makes the open ones stand out.
fn fade_decided(sheet: &mut Worksheet, col: u16, decision: u16, last_row: u32) -> Result<(), XlsxError> {
    let decided = Formula::new(format!("=${}2<>\"\"", column_number_to_name(decision)));
    let format = divided(Format::new().set_font_color(palette::FADED));
    let rule = ConditionalFormatFormula::new().set_rule(decided).set_format(format);
    sheet.add_conditional_format(1, col, last_row, col, &rule)?;
    Ok(())
}

/// Adds a line below, which separates rows of the same colour.
fn divided(format: Format) -> Format {
    format.set_border_bottom(FormatBorder::Thin).set_border_bottom_color(palette::LINE)
}

fn fill(background: Color, font: Color) -> Format {
    Format::new().set_background_color(background).set_font_color(font)
}

fn choice(setting: &Setting<'_>) -> Result<DataValidation, XlsxError> {
    let texts = setting.texts;
    let choices = DecisionKind::CHOICES.map(|kind| texts.wording.decision(kind));
    let hint = hint(setting);
    DataValidation::new()
        .allow_list_strings(&choices)?
        .set_input_title(texts.decision_title)?
        .set_input_message(&*hint)?
        // a warning that can be overridden: people have answers that are not in the list
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title(texts.decision_title)?
        .set_error_message(texts.decision_hint)
}

/// Says at the heading what becomes of a decision: the first thing that people ask.
fn heading_note(setting: &Setting<'_>) -> Result<DataValidation, XlsxError> {
    let texts = setting.texts;
    let note = if setting.until.is_some() { hint(setting) } else { texts.returning.nobody_reads.into() };
    DataValidation::new().allow_any_value().set_input_title(texts.decision_title)?.set_input_message(&*note)
}

/// What to do with a cell for a decision. Excel shows at most 255 characters of it.
fn hint<'a>(setting: &Setting<'a>) -> Cow<'a, str> {
    match setting.how_to_return() {
        Some(sentence) => format!("{sentence}\n{}", setting.texts.wording.emptied_decides_nothing()).into(),
        None => setting.texts.decision_hint.into(),
    }
}

fn due(texts: &Texts) -> Result<DataValidation, XlsxError> {
    let first = ExcelDateTime::from_ymd(2000, 1, 1)?;
    DataValidation::new()
        .allow_date(DataValidationRule::GreaterThan(first))
        .set_error_title(texts.due_title)?
        .set_error_message(texts.due_hint)
}

#[cfg(test)]
mod tests {
    use findings_core::Locale;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::lang::texts;

    #[test]
    fn hints_fit_into_the_box_that_excel_shows() {
        // the longest name of a zone
        let time_zone = TimeZone::get("America/Argentina/ComodRivadavia").unwrap();
        for locale in Locale::ALL {
            for until in [None, Some(jiff::Timestamp::constant(1_800_000_000, 0))] {
                let setting = Setting { texts: texts(locale), time_zone: &time_zone, subject: "", alarm: "", until };
                choice(&setting).unwrap();
                heading_note(&setting).unwrap();
                assert!(hint(&setting).encode_utf16().count() <= 255);
                assert_eq!(hint(&setting).contains("2027"), until.is_some());
            }
        }
    }
}
