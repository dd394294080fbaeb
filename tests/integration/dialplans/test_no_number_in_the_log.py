"""Asterisk's own log holds no telephone number, whatever becomes of a call: nobody masks it afterwards."""

import re

from dialplans import names
from ivr.softphone_audio import tone
from ivr.softphone_plan import answer, answers_silently, busy, no_answer, press, refuse, ring, voicemail, wait
from tests.integration.dialplans.conftest import Line

_NUMBER = re.compile(r"(?<![0-9a-f.])(?:1[3-9]\d{9}|0\d{9,11})(?!\d)")
CALLS = 3


def test_no_number_is_in_the_log_of_calls_that_end_in_every_way(line: Line) -> None:
    log = line.asterisk.config.folder / "log" / names.LOG_FILE
    begun = log.stat().st_size
    rings, asks, none = line.phone(no_answer()), line.phone(answers_silently(after=0.1)), line.phone((refuse(404),))
    takes = line.phone((ring(), answer(), wait(0.4), press("1")))
    for first, second in ((rings, asks), (none, rings), (asks, rings), (line.phone(busy()), takes)):
        line.duty(first, second)
        for _ in range(CALLS):
            citizen = line.dial()
            call = line.call_id(citizen)
            line.ear.wait_times(names.KIND_RUNG, 2, 10, call=call)
            citizen.hang_up()
            line.ear.wait(names.KIND_GONE, 5, call=call)
    line.duty(line.phone(voicemail(tone(1000, 1.0), after=0.1)), line.phone(busy()))
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_NOBODY, 25, call=call)
    line.network.live_calls()[0].hang_up()
    line.network.wait_all_over(5)
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(begun)
        told = [row.strip() for row in file if _NUMBER.search(row)]
    assert told == []
