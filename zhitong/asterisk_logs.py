"""Asterisk's own files that have numbers in them: kept as long as logs are, and no longer."""

import csv
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from dialplans import names


def begun_before(log: Path, today: date) -> bool:
    """Whether the first line of Asterisk's log is of an earlier day of this machine: time for a new file."""
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            return date.fromisoformat(file.readline()[1:11]) < today
    except (OSError, ValueError):
        return False


def forget_cdrs(path: Path, *, expired: Callable[[datetime], bool]) -> int:
    """Take the call records out of `path` whose start (a time of this machine) has expired; returns how many.

    Asterisk opens the file anew for every record: it is moved away first, so that none is lost that comes meanwhile.
    """
    away = path.with_suffix(".old")
    if not away.exists():  # it does when the last run was cut off
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                if not _old(file.readline(), expired):
                    return 0  # the oldest is still to be kept: nearly always
        except OSError:
            return 0
        path.rename(away)
    lines = away.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    kept = [line for line in lines if not _old(line, expired)]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.writelines(kept)
        file.flush()
        os.fsync(file.fileno())
    away.unlink()
    return len(lines) - len(kept)


def _old(line: str, expired: Callable[[datetime], bool]) -> bool:
    record = dict(zip(names.CDR_COLUMNS, next(csv.reader([line]), ()), strict=False))
    try:
        return expired(datetime.fromisoformat(record.get("start", "")).astimezone())
    except ValueError:
        return False  # a torn line goes with the file it is in, some day
