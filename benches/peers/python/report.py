"""What a team writes in Python: boto3's paginator, and xlsxwriter in constant memory. Rows are written as the findings come.

Usage: report.py ACCOUNTS.csv REPORT.xlsx; the endpoint and the credentials are those of the AWS_* variables.
"""

import csv
import sys
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from xlsxwriter import Workbook

from columns import row

HEADINGS = (
    "Severity", "Change", "Age (days)", "First seen", "Title", "Control", "Account", "Account name", "Region",
    "Resource type", "Resource", "Further resources", "Tags", "Workflow", "Compliance", "Standards", "Product",
    "Description", "Vulnerabilities", "What to do", "In the console", "In the product", "Notes", "Updated",
    "Finding ID", "Decision", "Owner", "Due date", "Comment",
)
AGE, FIRST_SEEN, UPDATED = (HEADINGS.index(name) for name in ("Age (days)", "First seen", "Updated"))


def filters(accounts):
    def equals(*values):
        return [{"Value": value, "Comparison": "EQUALS"} for value in values]

    return {
        "AwsAccountId": equals(*accounts),
        "RecordState": equals("ACTIVE"),
        "WorkflowStatus": equals("NEW", "NOTIFIED"),
    }


def findings(accounts):
    # the checks of the parameters cost more than they tell here
    client = boto3.client("securityhub", config=Config(parameter_validation=False))
    pages = client.get_paginator("get_findings").paginate(
        Filters=filters(accounts), PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        yield from page["Findings"]


def main(accounts_file, report):
    with open(accounts_file, encoding="utf-8", newline="") as file:
        names = {line["account_id"]: line["name"] for line in csv.DictReader(file)}
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    # texts are known to be texts: nothing has to be looked into; deflate is at level 6, as zlib is by itself
    with Workbook(report, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Findings")
        day, minute = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 5)
        sheet.set_column(0, len(HEADINGS) - 1, 20)
        sheet.write_row(0, 0, HEADINGS, book.add_format({"bold": True}))
        number = 0
        for number, finding in enumerate(findings(list(names)), 1):
            for column, value in enumerate(row(finding, names, now)):
                if column == AGE:
                    sheet.write_number(number, column, value)
                elif not value:
                    continue
                elif column == FIRST_SEEN:
                    sheet.write_datetime(number, column, value, day)
                elif column == UPDATED:
                    sheet.write_datetime(number, column, value, minute)
                else:
                    sheet.write_string(number, column, value)
        sheet.autofilter(0, 0, max(number, 1), len(HEADINGS) - 1)
    print(f"{number} findings")


if __name__ == "__main__":
    main(*sys.argv[1:])
