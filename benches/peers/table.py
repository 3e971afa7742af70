"""What the runs took, as Markdown."""

import os
from pathlib import Path
from statistics import median
from typing import NamedTuple

# at 100,000 findings: how many times our own time each script takes at least, in their order
TIMES = (12, 12, 8)
MIB = 64


class Result(NamedTuple):
    """One run: seconds by the clock and on processors, MiB at most, and the workbook."""

    seconds: float
    cpu: float
    mib: float
    report: Path


def ratio(results, name, ours, field):
    """The median of the rounds' own ratios: what disturbs the machine disturbs neighbours in a round alike."""
    pairs = zip(results[name], results[ours])
    return median(getattr(one, field) / getattr(mine, field) for one, mine in pairs)


def table(results, ours):
    """The medians of the rounds side by side; what stands behind × is against ours."""
    lines = [
        "| | time | | CPU | | peak memory | | workbook |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in results.items():
        cells = [name]
        for field, unit, digits in (("seconds", "s", 1), ("cpu", "s", 1), ("mib", "MiB", 0)):
            cells.append(f"{median(getattr(run, field) for run in runs):,.{digits}f} {unit}")
            cells.append(f"{ratio(results, name, ours, field):.1f}×")
        cells.append(f"{runs[-1].report.stat().st_size / 1e6:.1f} MB")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def targets(results, ours):
    """Each target beside what was measured, and whether one is missed."""
    lines, missed = ["| target | measured | met |", "| --- | --- | --- |"], False
    names = [name for name in results if name != ours]
    rows = [
        (f"at least {times}× faster than {name}", f"{ratio(results, name, ours, 'seconds'):.1f}×",
         ratio(results, name, ours, "seconds") >= times)
        for name, times in zip(names, TIMES, strict=True)
    ]
    peak = max(run.mib for run in results[ours])
    rows.append((f"at most {MIB} MiB", f"{peak:.0f} MiB", peak <= MIB))
    for what, measured, met in rows:
        lines.append(f"| {what} | {measured} | {'yes' if met else 'NO'} |")
        missed |= not met
    return "\n".join(lines), missed


def machine():
    """Processors and memory of this machine."""
    model = next((line.split(":", 1)[1].strip() for line in lines_of("/proc/cpuinfo") if line.startswith("model name")), "processor unknown")
    kib = next((int(line.split()[1]) for line in lines_of("/proc/meminfo") if line.startswith("MemTotal:")), 0)
    return f"{len(os.sched_getaffinity(0))} cores ({model}), {kib / 1024 / 1024:.0f} GiB"


def lines_of(path):
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
