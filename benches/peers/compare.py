"""Whether the sheets Findings of several workbooks say the same: compare.py REFERENCE.xlsx OTHER.xlsx…

The first is the reference, which may have further columns. Rows are found by "Finding ID", so that their order does not matter. All cells must be
equal but for this:
* "Age (days)" may differ by one, because the workbooks are made minutes apart;
* times are compared by the second;
* a link may be a cell to click on, or a text with the address on the line below.
"""

import re
import sys
from datetime import date, datetime, timedelta
from xml.etree import ElementTree
from zipfile import ZipFile

from python_calamine import CalamineWorkbook

SHEET = "Findings"
AGE, ID = "Age (days)", "Finding ID"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# differences told of one workbook
TOLD = 10


def rows(path):
    return CalamineWorkbook.from_path(path).get_sheet_by_name(SHEET).iter_rows()


def tail_of_sheet(book, part):
    """What stands behind the cells: a sheet's XML may be hundreds of megabytes."""
    tail = b""
    with book.open(part) as xml:
        for block in iter(lambda: xml.read(1 << 20), b""):
            tail += block
            if (end := tail.find(b"</sheetData>")) >= 0:
                return (tail[end:] + xml.read()).decode()
            tail = tail[-20:]
    return ""


def addresses(path):
    """The addresses of the cells to click on, by cell such as `T2`."""
    with ZipFile(path) as book:
        names = re.findall(r'<sheet [^>]*name="([^"]+)"', book.read("xl/workbook.xml").decode())
        part = f"sheet{names.index(SHEET) + 1}.xml"
        tail = tail_of_sheet(book, f"xl/worksheets/{part}")
        relations = f"xl/worksheets/_rels/{part}.rels"
        if "<hyperlink " not in tail or relations not in book.namelist():
            return {}
        targets = {one.get("Id"): one.get("Target") for one in ElementTree.fromstring(book.read(relations))}
    links = re.search(r"<hyperlinks>.*</hyperlinks>", tail, re.DOTALL)[0]
    links = links.replace("<hyperlinks>", f'<hyperlinks xmlns:r="{RELATION[1:].split("}")[0]}">')
    return {one.get("ref"): address(targets[one.get(RELATION)], one.get("location")) for one in ElementTree.fromstring(links)}


def address(target, location):
    return f"{target}#{location}" if location else target


def column_name(index):
    name = ""
    while index >= 0:
        index, letter = divmod(index, 26)
        name, index = chr(ord("A") + letter) + name, index - 1
    return name


def plain(value):
    """A cell's value in the one form that is compared."""
    if isinstance(value, datetime):
        # a fraction of a day hits the second only roughly
        return (value + timedelta(milliseconds=500)).replace(microsecond=0)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return "" if value is None else value


def sheet(path):
    """The headings in the order of the alphabet, and the rows as they come, their cells in that order."""
    links, lines = addresses(path), rows(path)
    headings = next(lines)
    names = [column_name(index) for index in range(len(headings))]
    # the order of the columns is each program's own
    order = sorted(range(len(headings)), key=lambda index: headings[index])

    def values():
        for number, line in enumerate(lines, 2):
            cells = list(map(plain, line))
            if links:
                for index, name in enumerate(names):
                    url = links.get(f"{name}{number}")
                    # ours alone leads to the resource, whose ID says everything
                    if url and headings[index] != "Resource":
                        cells[index] = f"{cells[index]}\n{url}"
            yield [cells[index] for index in order]

    return [headings[index] for index in order], values()


def difference(headings, expected, found):
    for heading, one, other in zip(headings, expected, found):
        if one != other and not (heading == AGE and abs(one - other) <= 1):
            return f"{heading}: {one!r} and {other!r}"
    return None


def compare(reference, headings, path):
    """Compares a workbook with the rows of the reference, by ID; returns what differs and the number of rows."""
    other_headings, lines = sheet(path)
    if ID not in other_headings or not set(other_headings) <= set(headings):
        return [f"headings: {headings} and {other_headings}"], 0
    at, seen, told = other_headings.index(ID), set(), []
    places = [headings.index(heading) for heading in other_headings]
    for line in lines:
        finding = line[at]
        expected = reference.get(finding)
        if expected is None:
            what = "not in the reference"
        else:
            what = difference(other_headings, [expected[place] for place in places], line)
        what = "twice" if finding in seen else what
        if what:
            told.append(f"{finding}: {what}")
        seen.add(finding)
    told += [f"{finding}: missing" for finding in reference.keys() - seen]
    return told, len(seen)


def main(first, *others):
    headings, lines = sheet(first)
    at, reference, count = headings.index(ID), {}, 0
    for line in lines:
        reference[line[at]] = line
        count += 1
    if count != len(reference):
        sys.exit(f"{first} has {count} rows, but only {len(reference)} different IDs")
    differ = False
    for path in others:
        told, count = compare(reference, headings, path)
        differ |= bool(told)
        for line in told[:TOLD]:
            print(f"{path}: {line}", file=sys.stderr)
        if told:
            print(f"{path}: {len(told)} of {len(reference)} rows differ", file=sys.stderr)
        else:
            print(f"{path}: the same {count} rows")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
