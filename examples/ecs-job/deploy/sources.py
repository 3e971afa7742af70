#!/usr/bin/env python3
"""What it takes to read all findings once, source by source: python3 sources.py [FINDINGS:ACCOUNTS ...]

The prices are those of costs.py, in USD without taxes and without free tiers. Change USE to your organisation, and run it again.
"""

import math
import sys

sys.dont_write_bytecode = True
from costs import GB, PRICES

# Calls a second, and calls at once. GetFindings: quotas of Security Hub CSPM. GetFindingsV2: AWS names none, so that of all other operations.
QUOTA = {"securityhub:": (3, 6), "securityhub-v2:": (10, 30)}
PAGE, BATCH = 100, 20  # findings of a page, accounts of a query

# What is assumed of the findings.
USE = {
    "finding_bytes": 3_500,  # as in the comparison of benches/README.md
    "days_kept": 14,  # objects, by a lifecycle rule
}

# Measured: "Findings in S3" of benches/README.md, with findings of 791 bytes and up to 10 million of them. Linear beyond.
READ_SECOND = 73_056  # findings, on 2 CPUs, from a server on the same machine
MEMORY_BASE, MEMORY_FINDING = 60, 179  # MiB, and bytes for each finding, until all versions are known
RANGE = 8 * 1024 * 1024  # bytes of a GET
OBJECTS_LISTED = 1_000  # of a list
OBJECT_FINDINGS = 10_000  # of an object. What Security Hub writes into one is not documented

# Fargate: vCPUs and the most memory that each allows, in GiB; the most disk in GiB, and how much of it costs nothing.
SIZES = [(1, 8), (4, 30), (8, 60), (16, 120)]
DISK_MOST, DISK_FREE = 200, 20


def by_calls(source, findings, accounts):
    """GetFindings: the pages, and at most one more for each query. GetFindingsV2 counts each query, too. One page is in memory."""
    rate, burst = QUOTA[source]
    queries = math.ceil(accounts / BATCH)
    calls = math.ceil(findings / PAGE) + queries * (2 if source == "securityhub-v2:" else 1)
    return f"{calls:,}", max(calls - burst, 0) / rate / 60, None, 0, 0


def by_objects(source, findings, _):
    size = findings * USE["finding_bytes"]
    objects = math.ceil(findings / OBJECT_FINDINGS)
    gets = max(math.ceil(size / RANGE), objects)
    lists = math.ceil(objects / OBJECTS_LISTED)
    cost = gets * PRICES["s3_get"] + lists * PRICES["s3_put"] + size / GB * USE["days_kept"] / (365 / 12) * PRICES["s3_gb_month"]
    calls = f"{gets:,} GET, {lists} LIST"
    if source == "export:":
        # starting, counting, and one question whether it has ended
        calls = f"3 and more, {calls}"
        cost += gets * PRICES["kms_request"]
    return calls, findings / READ_SECOND / 60, MEMORY_BASE + findings * MEMORY_FINDING / 2**20, size / GB, cost


def task(minutes, memory, disk):
    """What Fargate costs; nothing if it has no task of this size. A minute is the least that it charges."""
    memory = memory or 0
    fitting = [vcpus for vcpus, most in SIZES if memory / 1024 <= most]
    if not fitting or disk * GB / 2**30 > DISK_MOST:
        return None
    hours = max(minutes, 1) / 60
    gib = max(2, math.ceil(memory / 1024), 2 * fitting[0])
    return hours * (fitting[0] * PRICES["vcpu_hour"] + gib * PRICES["gb_hour"] + max(disk - DISK_FREE, 0) * PRICES["disk_gb_hour"])


def duration(minutes):
    if minutes < 2:
        return f"{max(minutes * 60, 1):.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def main(sizes):
    print("| findings | accounts | source | calls | reading | memory, MiB | disk, GB | a run, $ |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for findings, accounts in sizes:
        for source in ["securityhub:", "securityhub-v2:", "export:", "s3:"]:
            calls, minutes, memory, disk, cost = (by_calls if source in QUOTA else by_objects)(source, findings, accounts)
            fargate = task(minutes, memory, disk)
            dollars = f"{cost + fargate:.3f}" if fargate is not None else f"{cost:.3f} and a machine of your own"
            cells = [f"{findings:,}", f"{accounts:,}", f"`{source}`", calls, duration(minutes), f"{memory:,.0f}" if memory else "", f"{disk:,.2f}" if disk else "", dollars]
            print("|", " | ".join(cells), "|")
    print(f"\n{room(DISK_FREE)} fit on {DISK_FREE} GiB of disk, {room(DISK_MOST)} on {DISK_MOST} GiB.")


def room(gib):
    return f"{gib * 2**30 / USE['finding_bytes'] / 1e6:.0f} million findings"


if __name__ == "__main__":
    given = [tuple(int(number) for number in size.split(":")) for size in sys.argv[1:]]
    main(given or [(10_000, 100), (1_000_000, 2_000), (100_000_000, 10_000)])
