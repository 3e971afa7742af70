//! The links of a sheet as XML: the linked cells follow the rows, the targets are in a part of their own.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::package::row_xml::CellRef;

/// The links of a sheet. A linked cell refers by ID to a target, which is listed once in the sheet's relationships.
#[derive(Debug, Default)]
pub(crate) struct Links {
    cells: String,
    targets: String,
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
        // writing to a String cannot fail
        let _ = write!(self.cells, "<hyperlink ref=\"{}{}\" r:id=\"rId{number}\"", at.column, at.row);
        if let Some(location) = location {
            let _ = write!(self.cells, " location=\"{}\"", location.replace('&', "&amp;"));
        }
        self.cells.push_str("/>");
    }

    /// Links a cell to a place in the workbook, which needs no target.
    pub(crate) fn add_place(&mut self, at: CellRef<'_>, place: &str) {
        self.count += 1;
        let place = place.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        // writing to a String cannot fail
        let _ = write!(self.cells, "<hyperlink ref=\"{}{}\" location=\"{place}\"/>", at.column, at.row);
    }

    fn add_target(&mut self, target: &str) -> usize {
        let number = self.numbers.len() + 1;
        self.numbers.insert(target.into(), number);
        let target = target.replace('&', "&amp;");
        let _ = write!(
            self.targets,
            "<Relationship Id=\"rId{number}\" Type=\"{TYPE}\" Target=\"{target}\" TargetMode=\"External\"/>"
        );
        number
    }

    /// The linked cells, as XML.
    pub(crate) fn cells(&self) -> &str {
        &self.cells
    }

    /// The part that lists the targets; `None` if there are none.
    pub(crate) fn into_targets(mut self) -> Option<String> {
        if self.targets.is_empty() {
            return None;
        }
        self.targets.insert_str(0, HEAD);
        self.targets.push_str("</Relationships>");
        Some(self.targets)
    }
}

const TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_has_no_target() {
        let mut links = Links::default();
        links.add_place(CellRef { column: "E", row: "2" }, "'A & \"B\"'!A5");
        assert_eq!(links.cells, "<hyperlink ref=\"E2\" location=\"'A &amp; &quot;B&quot;'!A5\"/>");
        assert_eq!((links.count(), links.into_targets()), (1, None));
    }

    #[test]
    fn target_is_listed_once_and_cell_holds_its_fragment() {
        let mut links = Links::default();
        for (row, url) in [("2", "https://a.example/?x=1&y=2#/part?a&b"), ("3", "https://a.example/?x=1&y=2")] {
            links.add(CellRef { column: "T", row }, url);
        }
        assert_eq!(links.count(), 2);
        assert_eq!(
            links.cells,
            "<hyperlink ref=\"T2\" r:id=\"rId1\" location=\"/part?a&amp;b\"/><hyperlink ref=\"T3\" r:id=\"rId1\"/>"
        );
        assert_eq!(links.targets.matches("<Relationship ").count(), 1);
        assert!(links.targets.contains("Target=\"https://a.example/?x=1&amp;y=2\" TargetMode=\"External\""));
    }
}
