#!/usr/bin/env python3
"""How long a run in stages takes and what it costs: python3 scale.py [FINDINGS:PROJECTS:WORKERS ...]

Findings come from S3, and nobody looks up why issues are gone (--lookups 0). The prices are those of costs.py, in USD without taxes and without free tiers. Change USE to your organisation, and run it again.
"""

import math
import sys

sys.dont_write_bytecode = True
from costs import GB, ITEM_BYTES, PRICES, USE as WEEK, WRITES_PER_PROJECT
from sources import by_objects, task

TRANSITION = 0.000025  # of a state of Step Functions; as in us-east-1, CHECK IT for your Region
TRANSITIONS = (8, 3)  # of an execution, and of each batch

# What is assumed of the organisation, beside what costs.py and sources.py assume.
USE = {
    "mails_second": 14,  # of SES, all workers together: the account's rate
    "writes_second": (4_000, 40_000),  # of the table: what a new one on demand takes, and the quota of an account
}

# Measured: "Two processes" of benches/README.md, with 400 findings in a project, on one core each.
FETCHED_SECOND = 19_000  # findings that the stage fetch reads from a file and writes into packs; S3 gives them as fast (sources.py)
DELIVERED_SECOND = 7_900  # findings that a worker delivers
FINISHED_SECOND = 276  # projects, in the stage finish
PACK_BYTES = 350  # of a finding between the stages

# The batches of docs/scale.md.
BATCH_FINDINGS, BATCH_PROJECTS, BATCHES_OF_WORKER = 25_000, 50, 4
REQUESTS = 8  # to S3 for each batch: its files are written once and read once
WORK_DAYS = 3  # of stages.yaml


def run(findings, projects, workers, first):
    """The minutes of each stage, and the cost of the run: of the first one, or of one a week later."""
    price, start = PRICES, WEEK["start_minutes"]
    of_batch = min(BATCH_PROJECTS, math.ceil(projects / (BATCHES_OF_WORKER * workers)))
    batches = max(math.ceil(findings / BATCH_FINDINGS), math.ceil(projects / of_batch))
    _, _, memory, disk, objects = by_objects("s3:", findings, 0)
    fetch = start + findings / FETCHED_SECOND / 60
    # each worker one batch after the other, a task for each
    delivering = start + findings / batches / DELIVERED_SECOND / 60
    working = math.ceil(batches / workers) * delivering
    writes = findings * (1 if first else WEEK["changed"]) + projects * WRITES_PER_PROJECT
    mails = projects * WEEK["recipients_per_project"]
    others = max(mails / USE["mails_second"], writes / USE["writes_second"][0 if first else 1]) / 60
    deliver = max(working, start + others)
    # tasks that wait for mails or the table are paid, too
    paid = batches * delivering * deliver / working
    finish = start + projects / FINISHED_SECOND / 60
    a_minute = (price["vcpu_hour"] + 2 * price["gb_hour"]) / 60
    packs = findings * PACK_BYTES / GB * WORK_DAYS / (365 / 12) * price["s3_gb_month"]
    cost = {
        "fetch": task(fetch, memory, disk),
        "deliver and finish": (paid + finish) * a_minute,
        "S3": objects + (REQUESTS * batches + projects) * price["s3_put"] + packs,
        "Step Functions": (TRANSITIONS[0] + TRANSITIONS[1] * batches) * TRANSITION,
        "DynamoDB": writes * price["write"] + (0 if first else findings * ITEM_BYTES / 4096 * price["read"]),
        "SES": mails * price["mail"],
    }
    return batches, (fetch, deliver, finish), cost


def main(sizes):
    columns = list(run(1, 1, 1, True)[2])
    print("| findings | projects | workers | run | batches | fetch, min | deliver, min | finish, min |", " | ".join(f"{name}, $" for name in columns), "| in all, $ |")
    print("| ---: | ---: | ---: | --- " + "| ---: " * (len(columns) + 5) + "|")
    for findings, projects, workers in sizes:
        for first in (True, False):
            batches, minutes, cost = run(findings, projects, workers, first)
            own = cost["fetch"] is None
            cells = [f"{findings:,}", f"{projects:,}", f"{workers:,}", "first" if first else "weekly", f"{batches:,}"]
            cells += [f"{stage:.0f}" for stage in minutes]
            cells += ["your machine" if value is None else f"{value:.2f}" for value in cost.values()]
            cells += [f"{sum(value or 0 for value in cost.values()):.2f}" + (" and your machine" if own else "")]
            print("|", " | ".join(cells), "|")


if __name__ == "__main__":
    given = [tuple(int(number) for number in size.split(":")) for size in sys.argv[1:]]
    main(given or [(1_000_000, 2_000, 4), (5_000_000, 5_000, 20), (100_000_000, 10_000, 100)])
