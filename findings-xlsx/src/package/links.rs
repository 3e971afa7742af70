//! The links of a sheet as XML: the linked cells follow the rows, the targets are in a part of their own.

use std::collections::HashMap;

use crate::error::RenderError;
use crate::package::packed_text::PackedText;
use crate::package::row_xml::CellRef;

/// The links of a sheet. A linked cell refers by ID to a target, which is listed once in the sheet's relationships.
#[derive(Debug, Default)]
pub(crate) struct Links {
    cells: PackedText,
    targets: PackedText,
    numbers: HashMap<Box<str>, usize>,
    count: usize,
}

impl Links {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Links a cell to a URL that [`linkable`](crate::limits::linkable) has accepted. Of the characters of such a URL
    /// only `&` has a meaning in XML.
    pub(crate) fn add(&mut self, at: CellRef<'_>, url: &str) {
        self.count += 1;
        // Excel keeps what follows `#` with the cell, and only the rest in the list of targets
        let (target, location) = url.split_once('#').map_or((url, None), |(target, rest)| (target, Some(rest)));
        let number = self.numbers.get(target).copied().unwrap_or_else(|| self.add_target(target));
        let CellRef { column, row } = at;
        match location.map(|location| location.replace('&', "&amp;")) {
            Some(location) => self
                .cells
                .push(format_args!("<hyperlink ref=\"{column}{row}\" r:id=\"rId{number}\" location=\"{location}\"/>")),
            None => self.cells.push(format_args!("<hyperlink ref=\"{column}{row}\" r:id=\"rId{number}\"/>")),
        }
    }

    /// Links a cell to a place in the workbook, which needs no target.
    pub(crate) fn add_place(&mut self, at: CellRef<'_>, place: &str) {
        self.count += 1;
        let place = place.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        self.cells.push(format_args!("<hyperlink ref=\"{}{}\" location=\"{place}\"/>", at.column, at.row));
    }

    fn add_target(&mut self, target: &str) -> usize {
        let number = self.numbers.len() + 1;
        self.numbers.insert(target.into(), number);
        let target = target.replace('&', "&amp;");
        self.targets.push(format_args!(
            "<Relationship Id=\"rId{number}\" Type=\"{TYPE}\" Target=\"{target}\" TargetMode=\"External\"/>"
        ));
        number
    }

    /// Returns the linked cells, as XML. Only the targets are kept.
    pub(crate) fn take_cells(&mut self) -> PackedText {
        self.numbers = HashMap::new();
        std::mem::take(&mut self.cells)
    }

    /// Whether a link needs a target.
    pub(crate) fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Hands over the part that lists the targets piece by piece.
    pub(crate) fn targets(&self, mut each: impl FnMut(&str) -> Result<(), RenderError>) -> Result<(), RenderError> {
        each(HEAD)?;
        self.targets.read(&mut each)?;
        each("</Relationships>")
    }
}

const TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(links: &Links) -> String {
        let mut all = String::new();
        links
            .cells
            .read(|piece| {
                all += piece;
                Ok(())
            })
            .unwrap();
        all
    }

    fn targets(links: &Links) -> String {
        let mut all = String::new();
        links
            .targets(|piece| {
                all += piece;
                Ok(())
            })
            .unwrap();
        all
    }

    #[test]
    fn place_has_no_target() {
        let mut links = Links::default();
        links.add_place(CellRef { column: "E", row: "2" }, "'A & \"B\"'!A5");
        assert_eq!(cells(&links), "<hyperlink ref=\"E2\" location=\"'A &amp; &quot;B&quot;'!A5\"/>");
        assert_eq!((links.count(), links.has_targets()), (1, false));
    }

    #[test]
    fn target_is_listed_once_and_cell_holds_its_fragment() {
        let mut links = Links::default();
        for (row, url) in [("2", "https://a.example/?x=1&y=2#/part?a&b"), ("3", "https://a.example/?x=1&y=2")] {
            links.add(CellRef { column: "T", row }, url);
        }
        assert_eq!(links.count(), 2);
        assert_eq!(
            cells(&links),
            "<hyperlink ref=\"T2\" r:id=\"rId1\" location=\"/part?a&amp;b\"/><hyperlink ref=\"T3\" r:id=\"rId1\"/>"
        );
        let targets = targets(&links);
        assert_eq!(targets.matches("<Relationship ").count(), 1);
        assert!(targets.starts_with(HEAD) && targets.ends_with("</Relationships>"), "{targets}");
        assert!(targets.contains("Target=\"https://a.example/?x=1&amp;y=2\" TargetMode=\"External\""));
    }
}
