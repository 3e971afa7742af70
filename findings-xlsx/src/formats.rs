//! The colours and cell formats of all sheets.

use findings_core::Severity;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};

use crate::lang::Texts;

/// Colours of the workbook.
pub(crate) mod palette {
    use rust_xlsxwriter::Color;

    pub(crate) const NAVY: Color = Color::RGB(0x0023_2F3E);
    pub(crate) const INK: Color = Color::RGB(0x001B_2430);
    pub(crate) const MUTED: Color = Color::RGB(0x005F_6B7A);
    pub(crate) const FADED: Color = Color::RGB(0x0096_9FA8);
    pub(crate) const LINE: Color = Color::RGB(0x00D5_DBDB);
    pub(crate) const PANEL: Color = Color::RGB(0x00F2_F4F6);
    pub(crate) const WHITE: Color = Color::RGB(0x00FF_FFFF);
    pub(crate) const LINK: Color = Color::RGB(0x0005_63C1);
    pub(crate) const ALARM: Color = Color::RGB(0x00C0_0000);
    pub(crate) const ALARM_PALE: Color = Color::RGB(0x00FD_E7E7);
    pub(crate) const NOTICE: Color = Color::RGB(0x00B4_5309);
    pub(crate) const NOTICE_PALE: Color = Color::RGB(0x00FF_F3D6);
    pub(crate) const CALM: Color = Color::RGB(0x001E_7B34);
    pub(crate) const CALM_PALE: Color = Color::RGB(0x00E6_F4EA);
    pub(crate) const ENTRY: Color = Color::RGB(0x00B8_860B);
    pub(crate) const ENTRY_PALE: Color = Color::RGB(0x00FF_F8DC);
    pub(crate) const NEW_PALE: Color = Color::RGB(0x00DD_EBF7);
    pub(crate) const REOPENED_PALE: Color = Color::RGB(0x00FC_E4D6);
}

use palette::{INK, LINE, LINK, MUTED, NAVY, WHITE};

/// Returns the background colour of a severity.
pub(crate) fn severity_color(severity: Severity) -> Color {
    Color::RGB(match severity {
        Severity::Critical => 0x008B_1A1A,
        Severity::High => 0x00D6_4B12,
        Severity::Medium => 0x00F2_B233,
        Severity::Low => 0x004F_8FC0,
        Severity::Informational => 0x008D_99A6,
    })
}

/// Returns the colour of text on the background of a severity.
pub(crate) fn on_severity(severity: Severity) -> Color {
    if severity == Severity::Medium { INK } else { WHITE }
}

/// Builds cell formats in the typeface of a language.
#[derive(Debug)]
pub(crate) struct Formats {
    base: Format,
    date: &'static str,
    date_time: &'static str,
}

impl Formats {
    pub(crate) fn new(texts: &Texts) -> Self {
        Self { base: default_format(texts), date: texts.date_format, date_time: texts.date_time_format }
    }

    /// Plain text: one line, at the top of its row.
    pub(crate) fn text(&self) -> Format {
        self.base.clone().set_align(FormatAlign::Top).set_align(FormatAlign::Left)
    }

    /// Text of several lines.
    pub(crate) fn wrapped(&self) -> Format {
        self.text().set_text_wrap()
    }

    /// Digits that are not a number, such as an account ID.
    pub(crate) fn id(&self) -> Format {
        self.text().set_num_format("@")
    }

    pub(crate) fn count(&self) -> Format {
        self.base
            .clone()
            .set_align(FormatAlign::Top)
            .set_align(FormatAlign::Right)
            .set_indent(1)
            .set_num_format("#,##0")
    }

    /// A count that shows zero as a dash.
    pub(crate) fn quiet_count(&self) -> Format {
        self.count().set_num_format("#,##0;-#,##0;\"–\"")
    }

    pub(crate) fn date(&self) -> Format {
        self.text().set_indent(1).set_num_format(self.date)
    }

    pub(crate) fn date_time(&self) -> Format {
        self.text().set_indent(1).set_num_format(self.date_time)
    }

    pub(crate) fn link(&self) -> Format {
        self.wrapped().set_font_color(LINK).set_underline(FormatUnderline::Single)
    }

    /// A label. Conditional formats give it its colour.
    pub(crate) fn label(&self) -> Format {
        self.base.clone().set_align(FormatAlign::Top).set_align(FormatAlign::Center).set_bold()
    }

    /// Heading of a table's column.
    pub(crate) fn heading(&self) -> Format {
        self.base
            .clone()
            .set_bold()
            .set_font_color(WHITE)
            .set_background_color(NAVY)
            .set_align(FormatAlign::VerticalCenter)
            .set_align(FormatAlign::Left)
            .set_text_wrap()
    }

    /// Heading of a column of numbers, aligned right like the numbers.
    pub(crate) fn right_heading(&self) -> Format {
        self.heading().set_align(FormatAlign::Right).set_indent(1)
    }

    /// Heading of a column that people fill in.
    pub(crate) fn entry_heading(&self) -> Format {
        self.heading().set_background_color(palette::ENTRY)
    }

    /// What only a program reads. A cell that is filled up with its text never shows it beyond its own edge.
    pub(crate) fn key(&self) -> Format {
        self.base
            .clone()
            .set_align(FormatAlign::Top)
            .set_align(FormatAlign::Fill)
            .set_font_color(palette::FADED)
            .set_font_size(8)
    }

    /// Heading of a column that only a program reads.
    pub(crate) fn key_heading(&self) -> Format {
        self.heading().unset_text_wrap().set_align(FormatAlign::Fill).set_font_size(8)
    }

    /// Text for pages for reading, vertically centred in its row.
    pub(crate) fn prose(&self) -> Format {
        self.base.clone().set_align(FormatAlign::VerticalCenter).set_align(FormatAlign::Left).set_text_wrap()
    }

    /// Heading of a section of a page.
    pub(crate) fn section(&self) -> Format {
        self.prose()
            .set_bold()
            .set_font_size(13)
            .set_font_color(NAVY)
            .set_border_bottom(FormatBorder::Medium)
            .set_border_bottom_color(NAVY)
            .unset_text_wrap()
    }

    /// The band on top of a page.
    pub(crate) fn banner(&self) -> Format {
        self.prose().set_background_color(NAVY).set_font_color(WHITE).unset_text_wrap().set_indent(1)
    }

    /// A cell of a table on a page.
    pub(crate) fn ruled(format: Format) -> Format {
        format
            .set_align(FormatAlign::VerticalCenter)
            .set_border_bottom(FormatBorder::Thin)
            .set_border_bottom_color(LINE)
    }

    /// The label of a severity, in the colours that conditional formats give it in tables.
    pub(crate) fn severity(&self, severity: Severity) -> Format {
        self.label()
            .set_background_color(severity_color(severity))
            .set_font_color(on_severity(severity))
            .set_align(FormatAlign::VerticalCenter)
    }

    /// A word in place of a number.
    pub(crate) fn word(&self) -> Format {
        Self::muted(self.base.clone()).set_align(FormatAlign::Top).set_align(FormatAlign::Right).set_indent(1)
    }

    /// A cell whose value may be too low.
    pub(crate) fn doubtful(format: Format) -> Format {
        format.set_background_color(palette::NOTICE_PALE).set_font_color(palette::NOTICE)
    }

    pub(crate) fn muted(format: Format) -> Format {
        format.set_font_color(MUTED).set_font_size(9)
    }
}

/// Returns the default format of the workbook.
pub(crate) fn default_format(texts: &Texts) -> Format {
    let format = Format::new().set_font_name(texts.font.name).set_font_size(11).set_font_family(2);
    if texts.font.charset == 0 { format } else { format.set_font_charset(texts.font.charset) }
}
