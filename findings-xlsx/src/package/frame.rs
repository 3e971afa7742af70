//! The XML around the rows of a sheet, taken from the skeleton that `rust_xlsxwriter` writes.

use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{Format, Url, Worksheet, XlsxError};

use crate::error::RenderError;
use crate::package::row_xml::Style;

/// The formats of a table's cells, which the samples show.
#[derive(Debug)]
pub(crate) struct SampleFormats {
    /// By column.
    pub(crate) plain: Vec<Format>,
    /// By column, for texts that Excel would read as a formula once the cell is edited.
    pub(crate) quoted: Vec<Format>,
    pub(crate) link: Format,
    pub(crate) quoted_link: Format,
}

/// The formats of a table's cells, as numbers in the workbook's table of formats.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Styles {
    /// Letters of the columns.
    pub(crate) names: Vec<String>,
    pub(crate) plain: Vec<Style>,
    pub(crate) quoted: Vec<Style>,
    pub(crate) link: Style,
    pub(crate) quoted_link: Style,
}

// rows of the samples, counted from 0; the header is row 0
const PLAIN: u32 = 1;
const QUOTED: u32 = 2;
const LINKS: u32 = 3;
/// The target of the sample link. Any URL will do: the sample shows where the XML has its links.
const SAMPLE_LINK: &str = "https://example.com/";

/// Writes a sample cell in each format. [`Frame::of`] reads the numbers of the formats from them; they do not get into
/// the finished file.
pub(crate) fn write_samples(sheet: &mut Worksheet, formats: &SampleFormats, known_text: &str) -> Result<(), XlsxError> {
    for (row, by_column) in [(PLAIN, &formats.plain), (QUOTED, &formats.quoted)] {
        for (col, format) in (0..).zip(by_column) {
            sheet.write_blank(row, col, format)?;
        }
    }
    // the link shows a text that the workbook has anyway, so the sample adds nothing to the shared strings
    let link = Url::new(SAMPLE_LINK).set_text(known_text);
    sheet.write_url_with_format(LINKS, 0, link, &formats.link)?.write_blank(LINKS, 1, &formats.quoted_link)?;
    Ok(())
}

/// The XML of a sheet, split where rows and links are inserted.
#[derive(Debug)]
pub(crate) struct Frame<'x> {
    pub(crate) before_dimension: &'x str,
    /// From behind the sheet's dimension to its rows.
    pub(crate) before_rows: &'x str,
    pub(crate) header: &'x str,
    pub(crate) before_links: &'x str,
    pub(crate) after_links: &'x str,
    pub(crate) styles: Styles,
    /// Number of sample cells that refer to a shared string. They do not get into the finished file.
    pub(crate) sample_texts: u64,
}

impl<'x> Frame<'x> {
    /// Splits the XML of a sheet that has a header and the samples.
    pub(crate) fn of(xml: &'x str, columns: usize) -> Result<Self, RenderError> {
        let (before_dimension, rest) = split(xml, "<dimension ")?;
        let (_, rest) = split(rest, "/>")?;
        let (before_rows, rest) = split(rest, "<sheetData>")?;
        let (rows, rest) = split(rest, "</sheetData>")?;
        let (before_links, rest) = split(rest, "<hyperlinks>")?;
        let (links, after_links) = split(rest, "</hyperlinks>")?;
        if links.matches("<hyperlink ").count() != 1 {
            return Err(RenderError::Relationship(links.to_owned()));
        }
        let (header, samples) = split(rows, "</row>")?;
        let names: Vec<String> = (0..u16::try_from(columns)?).map(column_number_to_name).collect();
        let styles = |row| names.iter().map(|name| style(samples, row, name)).collect::<Result<_, _>>();
        let styles = Styles {
            plain: styles(PLAIN)?,
            quoted: styles(QUOTED)?,
            link: style(samples, LINKS, "A")?,
            quoted_link: style(samples, LINKS, "B")?,
            names,
        };
        let sample_texts = u64::try_from(samples.matches(" t=\"s\"").count())?;
        Ok(Self { before_dimension, before_rows, header, before_links, after_links, styles, sample_texts })
    }
}

fn split<'x>(xml: &'x str, at: &'static str) -> Result<(&'x str, &'x str), RenderError> {
    xml.split_once(at).ok_or(RenderError::Frame(at))
}

/// Reads the format number of a sample cell.
///
/// All our formats differ from the default one, so each sample must have a number. One without was written in a way
/// that this module does not know.
fn style(samples: &str, row: u32, name: &str) -> Result<Style, RenderError> {
    let cell = format!("{name}{}", row + 1);
    let index = samples.split_once(&format!("<c r=\"{cell}\" s=\"")).and_then(|(_, rest)| rest.split_once('"'));
    match index {
        Some((index, _)) => Ok(Style::new(index)),
        None => Err(RenderError::MissingFormat(cell)),
    }
}

/// Checks that a sheet has exactly one relationship, the sample link: the links of the rows replace the whole part, and
/// any other relationship would be lost.
pub(crate) fn check_relationships(xml: &str) -> Result<(), RenderError> {
    let target = format!("Target=\"{SAMPLE_LINK}\"");
    match xml.split("<Relationship ").skip(1).collect::<Vec<_>>()[..] {
        [link] if link.contains(&target) => Ok(()),
        _ => Err(RenderError::Relationship(xml.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{FormatAlign, Workbook};

    use super::*;
    use crate::package::framework::Framework;

    /// The XML of a sheet with the samples of two columns, as `rust_xlsxwriter` writes it.
    fn sheet(plain: Format) -> String {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "Heading").unwrap();
        let quoted = Format::new().set_quote_prefix();
        let formats = SampleFormats {
            plain: vec![plain, Format::new().set_bold()],
            quoted: vec![quoted.clone(), quoted.clone()],
            link: Format::new().set_align(FormatAlign::Top),
            quoted_link: quoted,
        };
        write_samples(sheet, &formats, "Heading").unwrap();
        Framework::of(book).unwrap().sheet(1).unwrap()
    }

    #[test]
    fn format_without_a_sample_is_an_error() {
        let xml = sheet(Format::new().set_italic());
        assert_eq!(Frame::of(&xml, 2).unwrap().styles.plain.len(), 2);
        // the writer omits blank cells in the default format
        let error = Frame::of(&sheet(Format::new()), 2).unwrap_err();
        assert!(matches!(&error, RenderError::MissingFormat(cell) if cell == "A2"), "{error}");
        let error = Frame::of(&xml, 3).unwrap_err();
        assert!(matches!(&error, RenderError::MissingFormat(cell) if cell == "C2"), "{error}");
    }

    #[test]
    fn relationship_besides_the_sample_link_is_an_error() {
        let link = format!("<Relationship Id=\"rId1\" Target=\"{SAMPLE_LINK}\" TargetMode=\"External\"/>");
        let other = "<Relationship Id=\"rId2\" Target=\"../drawings/drawing1.xml\"/>";
        check_relationships(&format!("<Relationships>{link}</Relationships>")).unwrap();
        let error = check_relationships(&format!("<Relationships>{link}{other}</Relationships>")).unwrap_err();
        assert!(error.to_string().contains("drawing1.xml"), "{error}");
        check_relationships(&format!("<Relationships>{link}{link}</Relationships>")).unwrap_err();
        check_relationships("<Relationships></Relationships>").unwrap_err();
        // a second link of the same target has no relationship of its own
        let xml = sheet(Format::new().set_italic());
        let two = xml.replace("</hyperlinks>", "<hyperlink ref=\"B4\" r:id=\"rId1\"/></hyperlinks>");
        assert!(matches!(Frame::of(&two, 2), Err(RenderError::Relationship(_))));
    }
}
