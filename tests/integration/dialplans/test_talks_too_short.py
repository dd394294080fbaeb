"""What is too short to be a talk is none in Asterisk's own records either: recovery goes by them."""

from datetime import datetime, timedelta

import pytest

from dialplans import names
from ivr.softphone_plan import accepts
from tests.integration.dialplans.conftest import Line
from zhitong.asterisk_notes import CdrRow, read_cdrs
from zhitong.trial import wait_until


def talked(line: Line, call: str) -> bool:
    """Whether the call had a talk, by the call record that Asterisk wrote of it, as recovery reads it."""
    path = line.asterisk.config.folder / "log" / "cdr-custom" / names.CDR_FILE
    an_hour_ago = datetime.now().astimezone() - timedelta(hours=1)

    def rows() -> list[CdrRow]:
        return [row for row in read_cdrs(path, since=an_hour_ago, ahead=timedelta()) if row.call_id == call]

    wait_until(lambda: bool(rows()), 5, "the call record is written")
    return rows()[0].talked


def test_a_caller_who_hangs_up_at_once_has_not_talked_by_note_or_call_record(line: Line) -> None:
    line.duty(line.phone(accepts(after=0.2, key_after=0.2)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_DROPPED, Why="dropped")
    assert line.note(call)[4] == names.PHASE_DROPPED
    assert not talked(line, call)


def test_a_talk_that_lasts_is_one_by_note_and_call_record(line: Line) -> None:
    line.duty(line.phone(accepts(after=0.2, key_after=0.2)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call)
    with pytest.raises(TimeoutError):
        citizen.wait_disconnected(line.asterisk.config.dropped_ms / 1000 + 0.5)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_TALK, Why="gone")
    assert talked(line, call)
