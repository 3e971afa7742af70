"""Excel workbooks from AWS Security Hub findings.

    import boto3
    import findings_xlsx

    hub = boto3.client("securityhub")
    pages = hub.get_paginator("get_findings").paginate()
    report = findings_xlsx.render(pages, "report.xlsx", project="Payments")
    print(report.rows, "findings,", "complete" if report.complete else report.problems)

One function, :func:`render`, reads findings in ASFF or OCSF and writes one workbook for people who have no access to the
console. ``python -m findings_xlsx findings.json report.xlsx --project Payments`` does the same for a file.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from typing import Any, BinaryIO, Iterable, Mapping, Optional, Tuple, Union, cast

from . import _native

__all__ = ["Findings", "Rejected", "Rendered", "render"]

Findings = Union[str, bytes, "os.PathLike[str]", Mapping[str, Any], Iterable[Mapping[str, Any]]]
"""What :func:`render` reads."""


@dataclass(frozen=True)
class Rejected:
    """A record that could not be read."""

    message: str
    """Why, in a sentence."""
    line: Optional[int]
    """Its line, from 1 on. In a list, the number of the item."""
    account: Optional[str]
    """Its account, if that could be read."""
    file: Optional[str]
    """Its file, if there are several in an archive."""


@dataclass(frozen=True)
class Rendered:
    """What was written, and what became of the records."""

    rows: int
    """Findings in the report."""
    size: int
    """Bytes of the report."""
    sha256: str
    """Hash of the report, in hexadecimal digits."""
    complete: bool
    """Whether everything that was given could be read. It says nothing of what was not asked for."""
    problems: Tuple[str, ...]
    """What makes the report incomplete. Its readers see this, too, in their language."""
    rejected: Tuple[Rejected, ...]
    """Records that could not be read. Of many, the first 100 of each account, and the number of the others."""
    not_selected: int
    """Findings that reports leave out: those that are archived, suppressed or resolved."""
    superseded: int
    """Copies, and older versions of findings."""
    set_aside: int
    """Findings about other clouds, and messages that are no findings."""


def render(
    findings: Findings,
    out: Union[str, "os.PathLike[str]", BinaryIO],
    *,
    project: str,
    locale: str = "en",
    time_zone: Union[str, datetime.tzinfo, None] = None,
    contact: Optional[str] = None,
    run_id: Optional[str] = None,
    generated_at: Optional[datetime.datetime] = None,
    format: str = "xlsx",
    accounts: Iterable[str] = (),
    source: Optional[str] = None,
) -> Rendered:
    """Write the report of some findings.

    ``findings`` is what a script has:

    * what boto3 answers: an answer of ``get_findings``, a list of answers, a paginator's pages, or findings in a list;
    * JSON in ``bytes``, or in a ``str`` that begins with ``{`` or ``[``: an array, ``{"Findings": [...]}``, JSON Lines,
      or events of EventBridge, also packed with gzip, zstd or ZIP;
    * a path: a ``pathlib.Path``, or any other ``str``. It is of a file, or of a folder with all files in it, or a
      pattern such as ``exports/*.json.gz``.

    ``out`` is the path of the report, or a file that is open for writing bytes. It is written when the report is whole.

    ``project``
        Whose findings they are; the title of the report.
    ``locale``
        Its language: ``"en"``, ``"ja"`` or ``"ko"``.
    ``time_zone``
        The time zone of its readers, such as ``"Asia/Tokyo"`` or a ``zoneinfo.ZoneInfo``. By default that of
        the language: UTC, Asia/Tokyo with ``"ja"``, Asia/Seoul with ``"ko"``.
    ``contact``
        Whom readers ask: a mail address or a text.
    ``generated_at``, ``run_id``
        When the findings were read, now by default, and the name of this run. With the same values, the same findings
        give the same bytes.
    ``format``
        ``"xlsx"``, ``"csv"`` or ``"jsonl"``.
    ``accounts``
        Accounts that were asked for. The report lists them even if they have no findings.
    ``source``
        Where the findings come from, as readers see it, such as ``"eu-west-1"``. By default the name of the file.

    What cannot be read makes the report incomplete, and it says so on its first page; the other records are in it. A
    list without findings does not prove that there are none: whether Security Hub checks the accounts is not
    verified here, so the report never calls a project clean. Of findings that are not given, it knows nothing: ask
    Security Hub for all open findings of the accounts.

    :raises FileNotFoundError: there is no such file; also ``PermissionError`` and other kinds of ``OSError``.
    :raises ValueError: an argument has no such value, or nothing in ``findings`` is a finding.
    :raises TypeError: ``findings``, or something in it, is of no type that is named above.
    """
    if isinstance(accounts, str):
        raise TypeError("accounts is one text; give a list of account IDs")
    options = {
        "project": project,
        "locale": locale,
        "time_zone": None if time_zone is None else str(time_zone),
        "contact": contact,
        "run_id": run_id,
        "generated_at": None if generated_at is None else generated_at.isoformat(),
        "format": format,
        "accounts": list(accounts),
    }
    path = _path(findings)
    if path is not None:
        shown = source or os.path.basename(os.path.normpath(path))
        outcome = _native.render(path, {**options, "source": shown, "is_temporary": False})
    else:
        with tempfile.TemporaryDirectory(prefix="findings-xlsx-") as folder:
            path = os.path.join(folder, "findings")
            with open(path, "wb") as file:
                _write_findings(findings, file)
            outcome = _native.render(path, {**options, "source": source or "findings", "is_temporary": True})
    body: bytes = outcome.pop("body")
    if isinstance(out, (str, os.PathLike)):
        with open(out, "wb") as file:
            file.write(body)
    else:
        out.write(body)
    outcome["problems"] = tuple(outcome["problems"])
    outcome["rejected"] = tuple(Rejected(**record) for record in outcome["rejected"])
    return Rendered(size=len(body), sha256=hashlib.sha256(body).hexdigest(), **outcome)


def _path(findings: Findings) -> Optional[str]:
    """Return the path, if it is one."""
    if isinstance(findings, os.PathLike):
        return os.fspath(findings)
    if isinstance(findings, str) and not findings.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return findings
    return None


def _write_findings(findings: Findings, file: BinaryIO) -> None:
    """Write findings as JSON, each item of a list on a line of its own, so that a line is the number of an item."""
    if isinstance(findings, str):
        file.write(findings.encode("utf-8", "surrogatepass"))
    elif isinstance(findings, (bytes, bytearray, memoryview)):
        file.write(findings)
    elif isinstance(findings, Mapping):
        file.write(_json(findings))
    else:
        try:
            items = iter(cast("Iterable[Mapping[str, Any]]", findings))
        except TypeError:
            kind = type(findings).__name__
            raise TypeError(f"findings is of type {kind}; give a path, JSON, or what boto3 answers") from None
        start = b"["
        for item in items:
            file.write(start + _json(item))
            start = b",\n"
        file.write(b"[]" if start == b"[" else b"]")


def _json(item: Any) -> bytes:
    return json.dumps(item, default=_plain).encode()


def _plain(value: Any) -> Any:
    """Return a value that JSON does not know as one that it knows."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"findings hold a {type(value).__name__}, which is no value of JSON")
