"""The pure parts of the comparison of peers: python3 -m unittest discover benches/peers"""

import sys
import tempfile
import unittest
from datetime import datetime
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

# the reader of workbooks is installed by ./run, and not needed here
sys.modules.setdefault("python_calamine", ModuleType("python_calamine")).CalamineWorkbook = None

import compare
from table import Result, ratio, table, targets


def runs(*seconds, mib=10):
    return [Result(one, one * 2, mib, Path(__file__)) for one in seconds]


class Table(unittest.TestCase):
    def test_ratios_are_of_the_same_round(self):
        results = {"ours": runs(1, 100, 2), "other": runs(10, 900, 24)}
        self.assertEqual(ratio(results, "other", "ours", "seconds"), 10)
        self.assertIn("| other | 24.0 s | 10.0× | 48.0 s | 10.0× | 10 MiB | 1.0× |", table(results, "ours"))

    def test_a_missed_target_is_told(self):
        others = {"a": runs(12), "b": runs(12), "c": runs(8)}
        lines, missed = targets({"ours": runs(1)} | others, "ours")
        self.assertFalse(missed, lines)
        for slow in ({"ours": runs(1.01)}, {"ours": runs(1, mib=65)}):
            lines, missed = targets(slow | others, "ours")
            self.assertTrue(missed and "NO" in lines)


class Compare(unittest.TestCase):
    HEADINGS = ["Age (days)", "Title", "Finding ID"]

    def compare(self, *lines, headings=HEADINGS):
        compare.sheet, kept = lambda _: (headings, iter(lines)), compare.sheet
        try:
            return compare.compare({"1": [4, "a", "1"], "2": [5, "b", "2"]}, self.HEADINGS, "other")[0]
        finally:
            compare.sheet = kept

    def test_rows_may_come_in_any_order_and_a_day_later(self):
        self.assertEqual(self.compare([6, "b", "2"], [4, "a", "1"]), [])

    def test_whatever_else_differs_is_told(self):
        same, other = [4, "a", "1"], [5, "b", "2"]
        self.assertTrue(self.compare(same))
        self.assertTrue(self.compare(same, other, other))
        self.assertTrue(self.compare(same, other, [1, "c", "3"]))
        self.assertTrue(self.compare(same, [5, "B", "2"]))
        self.assertTrue(self.compare(same, [7, "b", "2"]))
        self.assertTrue(self.compare(same, other, headings=["Title"]))

    def test_columns_that_the_reference_lacks_are_told(self):
        self.assertTrue(self.compare([4, "a", "1", "x"], headings=[*self.HEADINGS, "Other"]))

    def test_columns_of_the_reference_alone_are_not_compared(self):
        reference = {"1": [4, "fix now", "a", "1"], "2": [5, "", "b", "2"]}
        compare.sheet, kept = lambda _: (self.HEADINGS, iter([[4, "a", "1"], [5, "b", "2"]])), compare.sheet
        try:
            told, _ = compare.compare(reference, ["Age (days)", "Fix by", "Title", "Finding ID"], "other")
        finally:
            compare.sheet = kept
        self.assertEqual(told, [])

    def test_times_count_by_the_second(self):
        self.assertEqual(compare.plain(datetime(2026, 11, 23, 1, 2, 2, 999_600)), datetime(2026, 11, 23, 1, 2, 3))
        self.assertEqual(compare.plain(None), "")

    def test_addresses_of_cells_are_found_behind_the_cells(self):
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
            with ZipFile(file.name, "w") as book:
                book.writestr("xl/workbook.xml", '<sheets><sheet name="Summary"/><sheet name="Findings"/></sheets>')
                link = '<hyperlink ref="T2" r:id="rId1" location="/a"/><hyperlink ref="U2" r:id="rId2"/>'
                cells = "<c/>" * 600_000
                book.writestr(
                    "xl/worksheets/sheet2.xml",
                    f"<sheetData>{cells}</sheetData><hyperlinks>{link}</hyperlinks>",
                )
                targets = '<R Id="rId1" Target="https://a.example/#b"/><R Id="rId2" Target="https://b.example/"/>'
                book.writestr("xl/worksheets/_rels/sheet2.xml.rels", f'<Rs xmlns="{relation}">{targets}</Rs>')
            found = compare.addresses(file.name)
        self.assertEqual(found, {"T2": "https://a.example/#b#/a", "U2": "https://b.example/"})

    def test_columns_are_named_as_in_a_sheet(self):
        self.assertEqual([compare.column_name(index) for index in (0, 25, 26, 701, 702)], ["A", "Z", "AA", "ZZ", "AAA"])


if __name__ == "__main__":
    unittest.main()
