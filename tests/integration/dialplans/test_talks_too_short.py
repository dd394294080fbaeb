"""What is too short to be a talk is none in Asterisk's own records either: recovery goes by them."""

import pytest

from dialplans import names
from ivr.softphone_plan import accepts
from tests.integration.dialplans.conftest import Line
from zhitong.trial import wait_until


def test_a_caller_who_hangs_up_at_once_has_not_talked_by_note_or_call_record(line: Line) -> None:
    line.duty(line.phone(accepts(after=0.2, key_after=0.2)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_DROPPED, Why="dropped")
    assert line.note(call)[4] == names.PHASE_DROPPED
    records = line.asterisk.config.folder / "log" / "cdr-custom" / names.CDR_FILE

    def record() -> str:
        return next((row for row in records.read_text().splitlines() if call in row), "")

    wait_until(lambda: bool(record()), 5, "the call record is written")
    assert "yes" not in record()


def test_a_talk_that_lasts_is_one_by_note_and_call_record(line: Line) -> None:
    line.duty(line.phone(accepts(after=0.2, key_after=0.2)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call)
    with pytest.raises(TimeoutError):
        citizen.wait_disconnected(line.asterisk.config.dropped_ms / 1000 + 0.5)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_TALK, Why="gone")
