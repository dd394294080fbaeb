"""What Asterisk wrote down of calls by itself, read for recovery: AstDB notes, call records, recordings on disk."""

import csv
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from dialplans import names
from zhitong.usecases.recover_calls import (
    BadNote,
    CallNote,
    CdrRow,
    FoundRecording,
    StepNote,
    parse_call_note,
    parse_step_note,
)

log = logging.getLogger(__name__)

_CDR_TAIL = 4 << 20
"""Bytes of the newest call records that are read: some 30,000 calls."""


def read_notes(
    db_tree: Callable[[str], Mapping[str, str]], *, ahead: timedelta
) -> tuple[list[CallNote], list[StepNote]]:
    """All notes of calls and fallback steps; what cannot be read is logged and left.

    ahead: how far the hotline's clock is ahead of the machine's.
    """
    calls, steps = [], []
    for key, value in db_tree(names.DB_CALL).items():
        try:
            calls.append(parse_call_note(key, value, ahead=ahead))
        except BadNote as error:
            log.error("AstDB: %s", error)
    for key, value in db_tree(names.DB_STEP).items():
        try:
            steps.append(parse_step_note(key, value, ahead=ahead))
        except BadNote as error:
            log.error("AstDB: %s", error)
    return calls, steps


def read_cdrs(path: Path, *, since: datetime, ahead: timedelta) -> list[CdrRow]:
    """Answered citizens' calls of Asterisk's call records since then (a time of this machine).

    Asterisk writes this machine's local time; ahead: how far the hotline's clock is ahead of it.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _CDR_TAIL))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        log.error("call records: %s", error)
        return []
    rows = []
    for line in lines:
        # One by one: an open quote in the torn first line of the tail must not swallow the lines after it.
        record = dict(zip(names.CDR_COLUMNS, next(csv.reader([line]), ()), strict=False))
        try:
            answered = datetime.fromisoformat(record.get("answer", "")).astimezone()
            ended = datetime.fromisoformat(record.get("end", "")).astimezone()
        except ValueError:
            continue  # the torn first line of the tail, or a call that was never answered
        if answered >= since and record["uniqueid"]:
            dialled, talked, _ = record[names.CDR_DIALLED].partition(names.CDR_TALKED)
            rows.append(
                CdrRow(
                    call_id=record["uniqueid"],
                    caller=record["src"],
                    dialled=dialled,
                    answered_at=answered + ahead,
                    ended_at=ended + ahead,
                    talked=bool(talked) and record.get(names.CDR_DROPPED) != "yes",
                )
            )
    return rows


def find_recordings(folder: Path, call_ids: Iterable[str]) -> list[FoundRecording]:
    """The recordings of these calls that lie in the folder."""
    found = []
    for call_id in call_ids:
        for suffix, kind in ((names.SUFFIX_RECORDING, "talk"), (names.SUFFIX_MESSAGE, "message")):
            path = folder / f"{call_id}{suffix}"
            try:
                made = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            except OSError:
                continue
            found.append(FoundRecording(call_id=call_id, path=str(path), kind=kind, made_at=made))
    return found
