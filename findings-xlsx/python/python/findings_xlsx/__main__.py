"""Writes the report of a file of findings: ``python -m findings_xlsx findings.json report.xlsx --project Payments``."""

import argparse
import os
import sys

from . import render


def main() -> int:
    """Return 0, 1 if there is no report, or 3 if it is incomplete."""
    parser = argparse.ArgumentParser(
        prog="findings_xlsx",
        description="Writes the report of a file of Security Hub findings.",
        epilog="Exit code: 0 written, 1 not written, 2 wrong options, 3 written, and incomplete.",
    )
    parser.add_argument("findings", help="file, folder or pattern of findings in ASFF or OCSF")
    parser.add_argument("out", help="the report; its name ends with .xlsx, .csv or .jsonl")
    parser.add_argument("--project", required=True, help="whose findings they are")
    parser.add_argument("--locale", default="en", help="en, ja or ko (default: en)")
    parser.add_argument("--time-zone", help="such as Asia/Tokyo (default: UTC, and Asia/Tokyo with ja)")
    parser.add_argument("--contact", help="whom readers ask: a mail address or a text")
    parser.add_argument("--account", action="append", default=[], help="an account that was asked for; repeatable")
    options = parser.parse_args()
    try:
        report = render(
            options.findings,
            options.out,
            project=options.project,
            locale=options.locale,
            time_zone=options.time_zone,
            contact=options.contact,
            format=os.path.splitext(options.out)[1].lstrip("."),
            accounts=options.account,
        )
    except (OSError, ValueError) as error:
        print(f"findings_xlsx: {error}", file=sys.stderr)
        return 1
    for problem in report.problems:
        print(f"incomplete: {problem}", file=sys.stderr)
    print(f"{options.out}: {report.rows} findings, {report.size} bytes")
    return 0 if report.complete else 3


if __name__ == "__main__":
    sys.exit(main())
