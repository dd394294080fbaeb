"""What is too short to be a talk is none in Asterisk's own records either: recovery goes by them."""

import csv

import pytest

from dialplans import names
from ivr.softphone_plan import accepts
from tests.integration.dialplans.conftest import Line
from zhitong.trial import wait_until


def record_of(line: Line, call: str) -> dict[str, str]:
    """The call record that Asterisk wrote of this call."""
    path = line.asterisk.config.folder / "log" / "cdr-custom" / names.CDR_FILE

    def rows() -> list[list[str]]:
        return [row for row in csv.reader(path.read_text().splitlines()) if row[0] == call] if path.exists() else []

    wait_until(lambda: bool(rows()), 5, "the call record is written")
    return dict(zip(names.CDR_COLUMNS, rows()[0], strict=True))


def test_a_caller_who_hangs_up_at_once_has_not_talked_by_note_or_call_record(line: Line) -> None:
    line.duty(line.phone(accepts(after=0.2, key_after=0.2)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_DROPPED, Why="dropped")
    assert line.note(call)[4] == names.PHASE_DROPPED
    assert record_of(line, call)[names.CDR_DROPPED] == "yes"


def test_a_talk_that_lasts_is_one_by_note_and_call_record(line: Line) -> None:
    line.duty(line.phone(accepts(after=0.2, key_after=0.2)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call)
    with pytest.raises(TimeoutError):
        citizen.wait_disconnected(line.asterisk.config.dropped_ms / 1000 + 0.5)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_TALK, Why="gone")
    record = record_of(line, call)
    assert record[names.CDR_DIALLED].endswith(names.CDR_TALKED) and record[names.CDR_DROPPED] == ""
