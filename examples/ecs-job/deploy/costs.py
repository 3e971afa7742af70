#!/usr/bin/env python3
"""What the weekly task costs in a month, in USD without taxes and without free tiers: python3 costs.py [PROJECTS ...]

Change PRICES to those of your Region and USE to your organisation, and run it again.
"""

import math
import sys

# On demand, Tokyo (ap-northeast-1), as public copies of the AWS price list have them. CHECK THEM: https://calculator.aws
PRICES = {
    "vcpu_hour": 0.04045,  # APN1-Fargate-ARM-vCPU-Hours, 2026-07-07 (x86: 0.05056)
    "gb_hour": 0.00442,  # APN1-Fargate-ARM-GB-Hours, 2026-07-07 (x86: 0.00553)
    "s3_gb_month": 0.025,  # APN1-TimedStorage-ByteHrs, 2026-09
    "s3_put": 0.0000047,  # APN1-Requests-Tier1, 2026-09
    "write": 0.000000715,  # APN1-WriteRequestUnits, 2026-09
    "read": 0.0000001425,  # APN1-ReadRequestUnits, 2026-09
    "table_gb_month": 0.285,  # APN1-TimedStorage-ByteHrs of DynamoDB, 2026-09; point-in-time recovery is counted with the same, it costs less
    "mail": 0.00016,  # Essentials, what SES gives new accounts since 2026-07-21: price of us-east-1, 2026-07-22 (a la carte: 0.0001)
    "log_gb": 0.76,  # APN1-DataProcessing-Bytes, 2026-07-01
    "alarm_month": 0.10,  # APN1-CW:AlarmMonitorUsage, 2026-07-01
    "metric_month": 0.30,  # APN1-CW:MetricMonitorUsage: CHECK IT; only the hours in which a metric gets a value are paid
    "secret_month": 0.40,  # APN1-AWSSecretsManager-Secrets, 2026-09
    "out_gb": 0.114,  # APN1-DataTransfer-Out-Bytes, 2026-09
    # of sources.py alone
    "s3_get": 0.00000037,  # APN1-Requests-Tier2, 2026-09
    "kms_request": 0.000003,  # ap-northeast-1-KMS-Requests, 2026-09
    "disk_gb_hour": 0.000133,  # APN1-Fargate-EphemeralStorage-GB-Hours beyond 20 GB; the copy has no date: CHECK IT
    # of the links of links.yaml: no copy of the price list had them, so they count as nothing. LOOK THEM UP
    "api_request": 0.0,  # API Gateway, a request to a REST API
    "function_request": 0.0,  # Lambda on ARM, a request
    "function_gb_second": 0.0,  # Lambda on ARM
}

# What is assumed of the organisation, and of a run.
USE = {
    "runs": 52 / 12,
    "accounts_per_project": 3,
    "findings_per_account": 100,
    "recipients_per_project": 2,
    "changed": 0.05,  # issues that are new, gone or worse since last week
    "gone": 0.02,  # of them, those whose reason is asked for, 20 in a call
    "calls_per_second": 3,
    "start_minutes": 1,  # until the image is there
    "look_minutes": 1,  # the daily look at the last run: the least that Fargate charges
    "vcpu": 1,
    "gb": 2,
    "weeks_kept": 400 / 7,  # ReportDays
    "openings": 1,  # of a link
    "function_seconds": 1,  # that answer an opening, the start included: a guess
    "function_gb": 0.25,
}

# Measured: a run of the sample organisation (workbooks, logs, items), and the table of writes in docs/operate.md.
REPORT_BYTES = (17_000, 310)  # of a workbook, and for each finding in it
LOG_BYTES = 1_200  # for each project: its lines and its part of the summary
ITEM_BYTES = 500  # of an issue; reads are counted by 4 KiB, writes by 1 KiB
WRITES_PER_PROJECT = 6  # its run, what was done, and two for each mail
RUN_METRICS = 16  # of a run; the daily look has one
LINK_LOG_BYTES = 1_000  # of an opening: the lines of the function and of the API
GB = 1e9


def month(projects):
    use, price = USE, PRICES
    accounts = projects * use["accounts_per_project"]
    findings = accounts * use["findings_per_account"]
    mails = projects * use["recipients_per_project"] + 1
    calls = math.ceil(accounts / 20) + findings / 100 + min(300, findings * use["gone"] / 20)
    minutes = use["start_minutes"] + max(calls / use["calls_per_second"] / 60, 1)
    report_gb = (projects * REPORT_BYTES[0] + findings * REPORT_BYTES[1]) / GB
    fargate = minutes / 60 * (use["vcpu"] * price["vcpu_hour"] + use["gb"] * price["gb_hour"])
    writes = findings * use["changed"] + projects * WRITES_PER_PROJECT
    table = writes * price["write"] + findings * ITEM_BYTES / 4096 * price["read"]
    a_run = {
        "Fargate": fargate,
        "S3": (projects + 1) * price["s3_put"],
        "DynamoDB": table,
        "SES": mails * price["mail"],
        "CloudWatch": projects * LOG_BYTES / GB * price["log_gb"],
        "downloads": report_gb * use["recipients_per_project"] * price["out_gb"],
    }
    cost = {name: value * use["runs"] for name, value in a_run.items()}
    cost["S3"] += report_gb * use["weeks_kept"] * price["s3_gb_month"]
    cost["DynamoDB"] += 2 * findings * ITEM_BYTES / GB * price["table_gb_month"]
    metric_hours = RUN_METRICS * use["runs"] + 365 / 12
    cost["CloudWatch"] += price["alarm_month"] + metric_hours * price["metric_month"] / 730
    a_minute = (use["vcpu"] * price["vcpu_hour"] + use["gb"] * price["gb_hour"]) / 60
    cost["Fargate"] += 365 / 12 * (use["start_minutes"] + use["look_minutes"]) * a_minute
    cost["secret"] = price["secret_month"]
    cost["links"] = price["alarm_month"] + use["runs"] * mails * links_of_a_mail()
    return minutes, calls, cost


def links_of_a_mail():
    """What the link in a mail costs: its item in the table, and each opening, which reads it, counts in it and is logged."""
    use, price = USE, PRICES
    function = price["function_request"] + use["function_seconds"] * use["function_gb"] * price["function_gb_second"]
    opening = price["read"] + price["write"] + LINK_LOG_BYTES / GB * price["log_gb"] + price["api_request"] + function
    return price["write"] + use["openings"] * opening


def main(sizes):
    columns = list(month(1)[2])
    print("| projects | calls of GetFindings | minutes a run |", " | ".join(columns), "| a month |")
    print("| ---: " * (len(columns) + 4) + "|")
    for projects in sizes:
        minutes, calls, cost = month(projects)
        cells = [f"{projects:,}", f"{calls:,.0f}", f"{minutes:.0f}"]
        cells += [f"{value:.2f}" for value in cost.values()] + [f"${sum(cost.values()):.2f}"]
        print("|", " | ".join(cells), "|")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10, 100, 1000])
