"""What a script sees of the installed wheel: workbooks as openpyxl reads them, results and exceptions."""

import contextlib
import csv
import datetime
import decimal
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import findings_xlsx
import openpyxl

ACCOUNT = "123456789012"
OTHER = "000000000001"
FIXED = {"generated_at": datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.timezone.utc), "run_id": "monday"}


def finding(number, account=ACCOUNT, severity="HIGH", **more):
    title = f"=title {number}"
    return {"AwsAccountId": account, "Id": str(number), "Title": title, "Severity": {"Label": severity}, **more}


def render(findings, **options):
    """Return the result and the workbook."""
    out = io.BytesIO()
    report = findings_xlsx.render(findings, out, **{"project": "Payments", **FIXED, **options})
    return report, openpyxl.load_workbook(io.BytesIO(out.getvalue()))


def texts(sheet):
    return [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]


def column(sheet, heading):
    """Return what stands below a heading."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == heading:
                below = (sheet.cell(row=number, column=cell.column).value for number in range(cell.row + 1, sheet.max_row + 1))
                return [value for value in below if value is not None]
    raise AssertionError(f"no column {heading}: {texts(sheet)[:60]}")


class Workbooks(unittest.TestCase):
    def test_english_workbook_has_all_findings(self):
        report, book = render([finding(1), finding(2, OTHER, "CRITICAL"), finding(3)])
        self.assertEqual((report.rows, report.complete, report.problems, report.rejected), (3, True, (), ()))
        self.assertEqual(column(book["Findings"], "Title"), ["=title 2", "=title 1", "=title 3"])
        self.assertEqual(set(column(book["Findings"], "Account")), {ACCOUNT, OTHER})
        summary = " ".join(texts(book["Summary"]))
        self.assertIn("Payments", summary)
        self.assertNotIn("ncomplete", summary)

    def test_japanese_workbook(self):
        _, book = render([finding(1)], locale="ja")
        self.assertEqual(book.sheetnames[0], "サマリー")
        self.assertEqual(column(book["検出結果一覧"], "タイトル"), ["=title 1"])
        # 09:00 UTC
        self.assertIn("18:00", " ".join(texts(book["サマリー"])))

    def test_time_zone_and_contact(self):
        with contextlib.suppress(ImportError):
            import zoneinfo

            with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError):
                _, book = render([finding(1)], time_zone=zoneinfo.ZoneInfo("America/New_York"))
                self.assertIn("04:00", " ".join(texts(book["Summary"])))
        _, book = render([finding(1)], time_zone="America/New_York", contact="security@example.com")
        summary = " ".join(texts(book["Summary"]))
        self.assertIn("04:00", summary)
        self.assertIn("security@example.com", summary)

    def test_broken_record_is_said_and_the_others_are_kept(self):
        report, book = render([finding(1), {"Id": "2", "Title": "whose?"}, finding(3, "12")])
        self.assertEqual((report.rows, report.complete), (1, False))
        self.assertEqual([record.line for record in report.rejected], [2, 3])
        self.assertIn("AwsAccountId", report.rejected[0].message)
        self.assertEqual(column(book["Findings"], "Title"), ["=title 1"])
        self.assertIn("ncomplete", " ".join(texts(book["Summary"])))

    def test_account_of_which_nothing_could_be_read_is_in_the_report(self):
        report, book = render([finding(1), {"AwsAccountId": OTHER, "Title": "no ID"}])
        self.assertEqual((report.rejected[0].account, report.complete), (OTHER, False))
        self.assertIn(OTHER, texts(book["Accounts"]))

    def test_empty_list_is_never_clean(self):
        report, book = render([])
        self.assertEqual((report.rows, report.complete), (0, False))
        self.assertIn("no account", report.problems[0])
        report, book = render([], accounts=[ACCOUNT])
        self.assertEqual((report.rows, report.complete, report.problems), (0, True, ()))
        summary = " ".join(texts(book["Summary"]))
        self.assertRegex(summary, "not (been )?(verified|checked)")
        self.assertNotRegex(summary.lower(), r"\bclean\b")

    def test_cut_list_is_incomplete(self):
        report, book = render({"Findings": [finding(1)], "NextToken": "more"})
        self.assertEqual((report.rows, report.complete), (1, False))
        self.assertIn("NextToken", report.problems[0])
        self.assertIn("ncomplete", " ".join(texts(book["Summary"])))

    def test_what_is_not_open_is_left_out_and_counted(self):
        report, _ = render([finding(1), finding(2, Workflow={"Status": "SUPPRESSED"}), finding(3, RecordState="ARCHIVED")])
        self.assertEqual((report.rows, report.not_selected, report.complete), (1, 2, True))


class Inputs(unittest.TestCase):
    def test_every_form_gives_the_same_report(self):
        first, second = finding(1), finding(2)
        answer = {"Findings": [first, second], "ResponseMetadata": {"HTTPStatusCode": 200}}
        pages = [{"Findings": [first], "NextToken": "2"}, {"Findings": [second]}]
        lines = "\n".join(map(json.dumps, (first, second)))
        forms = [
            [first, second],
            (first, second),
            answer,
            pages,
            iter(pages),
            json.dumps(answer),
            " \n" + json.dumps([first, second]),
            json.dumps(answer).encode(),
            bytearray(json.dumps(pages).encode()),
            lines,
            gzip.compress(lines.encode()),
        ]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "export.json")
            path.write_text(lines, encoding="utf-8")
            results = [render(form, source="script")[0] for form in [*forms, path, str(path)]]
        for report in results:
            self.assertEqual((report.rows, report.complete, report.sha256), (2, True, results[0].sha256))

    def test_values_of_python(self):
        moment = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)
        report, _ = render([finding(1, FirstObservedAt=moment, Confidence=decimal.Decimal("99"), Criticality=decimal.Decimal("1.5"))])
        self.assertEqual((report.rows, report.complete), (1, True))
        with self.assertRaisesRegex(TypeError, "findings hold a set, which is no value of JSON"):
            render([finding(1, Types={1})])

    def test_name_of_a_file_is_its_source_and_temporary_paths_are_not(self):
        out = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "export.json")
            path.write_text(json.dumps([finding(1)]), encoding="utf-8")
            findings_xlsx.render(path, out, project="Payments", format="jsonl")
        self.assertEqual(json.loads(out.getvalue().splitlines()[0])["sources"], ["export.json"])
        with self.assertRaises(ValueError) as raised:
            render(b"\x00")
        self.assertNotIn(tempfile.gettempdir(), str(raised.exception))

    def test_folder_and_pattern(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.json", "b.json"):
                pathlib.Path(folder, name).write_text(json.dumps([finding(name)]), encoding="utf-8")
            pathlib.Path(folder, "c.json").write_text("[{}]", encoding="utf-8")
            report, _ = render(folder)
            self.assertEqual((report.rows, report.complete, report.rejected[0].line), (2, False, 1))
            self.assertEqual(os.path.basename(report.rejected[0].file), "c.json")
            self.assertEqual(render(os.path.join(folder, "[ab].json"))[0].rows, 2)

    def test_lone_surrogate_costs_only_itself(self):
        for findings in ([finding(1, Description="\ud800")], json.dumps([finding(1)]).replace("title", "\ud800")):
            self.assertEqual(render(findings)[0].rows, 1)


class Outputs(unittest.TestCase):
    def test_result_is_about_the_written_file(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "report.xlsx")
            report = findings_xlsx.render([finding(1)], out, project="Payments")
            body = out.read_bytes()
        self.assertEqual((report.size, report.sha256), (len(body), hashlib.sha256(body).hexdigest()))

    def test_same_findings_give_the_same_bytes(self):
        first, second = (render([finding(1), finding(2)])[0].sha256 for _ in range(2))
        self.assertEqual(first, second)

    def test_csv_and_json_lines(self):
        out = io.BytesIO()
        findings_xlsx.render([finding(1)], out, project="Payments", format="csv")
        rows = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
        self.assertTrue(any("title 1" in cell for row in rows for cell in row), rows)
        out = io.BytesIO()
        report = findings_xlsx.render([finding(1)], out, project="Payments", format="jsonl")
        kinds = [json.loads(line)["type"] for line in out.getvalue().splitlines()]
        self.assertEqual((kinds.count("finding"), report.rows), (1, 1))
        self.assertEqual(json.loads(out.getvalue().splitlines()[0])["conclusion"], "findings")

    def test_nothing_is_written_if_it_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "report.xlsx")
            with self.assertRaises(ValueError):
                findings_xlsx.render("{", out, project="Payments")
            self.assertFalse(out.exists())


class Exceptions(unittest.TestCase):
    def assert_raises(self, kind, sentence, findings=(), **options):
        with self.assertRaisesRegex(kind, sentence):
            render(findings, **options)

    def test_each_is_a_sentence(self):
        missing = os.path.join("nowhere", "x.json")
        self.assert_raises(FileNotFoundError, "failed to read the findings file nowhere.x.json: there is no such file", missing)
        self.assert_raises(ValueError, "expected findings in ASFF or OCSF", '{"a": 1}')
        self.assert_raises(ValueError, "expected findings in ASFF or OCSF", b"")
        self.assert_raises(ValueError, '"fr" is not a language of the reports; expected one of en, ja, ko', locale="fr")
        self.assert_raises(ValueError, '"Asia/Tokio" is not a time zone', time_zone="Asia/Tokio")
        self.assert_raises(ValueError, '"pdf" is not a format of the reports', format="pdf")
        self.assert_raises(ValueError, "project is empty", project=" ")
        self.assert_raises(ValueError, "cannot be a run ID", run_id="a b")
        self.assert_raises(ValueError, "instead of 12", accounts=["12"])
        self.assert_raises(ValueError, "use a datetime with a time zone", generated_at=datetime.datetime(2026, 11, 23))
        self.assert_raises(TypeError, "accounts is one text", accounts=ACCOUNT)
        self.assert_raises(TypeError, "findings is of type int; give a path, JSON, or what boto3 answers", 7)
        with self.assertRaises(FileNotFoundError):
            findings_xlsx.render([finding(1)], os.path.join("nowhere", "report.xlsx"), project="Payments")


class Package(unittest.TestCase):
    def test_other_threads_go_on(self):
        body, out = json.dumps([finding(number) for number in range(500)]), io.BytesIO()
        ticks, done = [], threading.Event()

        def tick():
            while not done.wait(0.001):
                ticks.append(1)

        thread = threading.Thread(target=tick)
        thread.start()
        before = len(ticks)
        self.assertEqual(findings_xlsx.render(body, out, project="Payments").rows, 500)
        done.set()
        thread.join()
        self.assertGreater(len(ticks), before)

    def test_command(self):
        def run(*arguments):
            done = subprocess.run([sys.executable, "-m", "findings_xlsx", *arguments], capture_output=True, text=True, check=False)
            return done.returncode, done.stdout + done.stderr

        with tempfile.TemporaryDirectory() as folder:
            findings, out = os.path.join(folder, "findings.json"), os.path.join(folder, "report.xlsx")
            for records, code in (([finding(1)], 0), ([finding(1), {}], 3)):
                pathlib.Path(findings).write_text(json.dumps(records), encoding="utf-8")
                returned, said = run(findings, out, "--project", "Payments")
                self.assertEqual(returned, code, said)
                self.assertIn("1 findings", said)
            self.assertEqual(openpyxl.load_workbook(out).sheetnames[0], "Summary")
            self.assertEqual(run(os.path.join(folder, "none.json"), out, "--project", "Payments")[0], 1)
            self.assertEqual(run()[0], 2)

    def test_example_of_the_readme_runs(self):
        page = pathlib.Path(__file__).parent.parent.joinpath("README.md").read_text(encoding="utf-8")
        code = re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1)
        with tempfile.TemporaryDirectory() as folder:
            before = os.getcwd()
            os.chdir(folder)
            try:
                exec(code, {})
                self.assertEqual(os.listdir("."), ["report.xlsx"])
            finally:
                os.chdir(before)

    def test_package_is_typed_and_explained(self):
        self.assertTrue(pathlib.Path(findings_xlsx.__file__).with_name("py.typed").exists())
        for name in findings_xlsx.render.__kwdefaults__:
            self.assertIn(f"``{name}``", findings_xlsx.render.__doc__)


if __name__ == "__main__":
    unittest.main()
