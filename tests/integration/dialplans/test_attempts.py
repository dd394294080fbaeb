"""A call the system places is marked in AstDB by its leg, before it rings; no second leg with its id ever rings."""

import time
from uuid import uuid4

from dialplans import names
from ivr.softphone import Phone
from ivr.softphone_plan import answer, busy, ring
from tests.integration.dialplans.conftest import HOTLINE, Line
from zhitong.trial import wait_until


def test_the_leg_is_marked_before_it_rings_and_its_end_is_noted(line: Line) -> None:
    attempt, phone = uuid4().hex, line.phone()
    _place(line, attempt, phone)
    call = phone.wait_ringing(3)
    began, channel = _mark(line, attempt)
    assert abs(int(began) - time.time()) < 5
    assert channel in line.asterisk.cli(f"core show channel {line.channels('line')[0]}")
    call.hang_up()
    line.ear.wait(names.KIND_UNREACHED, 3, Attempt=attempt, State="Ringing")
    assert _mark(line, attempt)[3] == "Ringing"


def test_a_second_leg_of_an_attempt_ends_before_it_rings(line: Line) -> None:
    attempt, phone, other = uuid4().hex, line.phone(), line.phone()
    _place(line, attempt, phone)
    phone.wait_ringing(3).hang_up()
    line.ear.wait(names.KIND_UNREACHED, 3, Attempt=attempt, State="Ringing")
    mark = _mark(line, attempt)
    _place(line, attempt, other)
    line.ear.wait(names.KIND_UNREACHED, 3, Attempt=attempt, State=names.MARK_NONE)
    assert not other.incoming
    assert _mark(line, attempt) == mark, "what is known of the first one stays"


def test_of_legs_of_one_attempt_that_begin_at_once_one_rings(line: Line) -> None:
    attempt, phones = uuid4().hex, [line.phone() for _ in range(8)]
    for phone in phones:
        _place(line, attempt, phone)
    line.ear.wait_times(names.KIND_UNREACHED, len(phones) - 1, 5, Attempt=attempt, State=names.MARK_NONE)
    wait_until(lambda: any(phone.incoming for phone in phones), 3, "one rings")
    assert sum(len(phone.incoming) for phone in phones) == 1


def test_an_attempt_that_nobody_waits_for_any_more_does_not_ring(line: Line) -> None:
    attempt, phone = uuid4().hex, line.phone()
    line.asterisk.cli(f"database put {names.DB_VOID} {attempt} 1")
    _place(line, attempt, phone)
    line.ear.wait(names.KIND_UNREACHED, 3, Attempt=attempt, State=names.MARK_NONE)
    assert not phone.incoming
    assert _mark(line, attempt)[3] == names.MARK_VOID


def test_without_an_id_nothing_rings(line: Line) -> None:
    phone = line.phone()
    _place(line, "", phone)
    line.ear.wait(names.KIND_UNREACHED, 3, State=names.MARK_NONE)
    assert not phone.incoming


def test_busy_is_noted_with_its_cause_and_an_answer_as_one(line: Line) -> None:
    attempt, phone = uuid4().hex, line.phone(busy())
    _place(line, attempt, phone)
    line.ear.wait(names.KIND_UNREACHED, 3, Attempt=attempt, State="Down", Cause="17")
    assert _mark(line, attempt)[3:] == ["Down", "17"]
    attempt, phone = uuid4().hex, line.phone((ring(), answer()))
    _place(line, attempt, phone)
    phone.wait_ringing(3).wait_disconnected(10)
    wait_until(lambda: _mark(line, attempt)[3:4] == ["Up"], 3, "the answer is noted")


def test_who_answers_has_the_hotline_s_number_before_them_and_no_second_channel_behind(line: Line) -> None:
    attempt, phone = uuid4().hex, line.phone((ring(), answer()))
    _place(line, attempt, phone, context=names.CONTEXT_REDIAL)
    call = phone.wait_ringing(3)
    wait_until(lambda: not line.channels(names.CONTEXT_ATTEMPT), 3, "the Local channel is gone")
    assert call.live


def _place(line: Line, attempt: str, phone: Phone, *, context: str = names.CONTEXT_CALLBACK) -> None:
    told = {names.ATTEMPT: attempt, names.PLACED: context, names.TASK: "7", names.CONNECT: phone.number}
    reply = line.ear.ask(
        "Originate",
        Channel=f"Local/go@{names.CONTEXT_ATTEMPT}/n",
        Context=names.CONTEXT_ATTEMPT,
        Exten="s",
        Priority="1",
        Async="true",
        CallerID=HOTLINE,
        Variable=",".join(f"{name}={value}" for name, value in told.items()),
    )
    assert reply["Response"] == "Success"


def _mark(line: Line, attempt: str) -> list[str]:
    told = line.asterisk.cli(f"database get {names.DB_ATTEMPT} {attempt}")
    return told.strip().removeprefix("Value: ").split("|")
