"""Nobody accepted and the controller is gone: a call is promised only to those whom the system can call."""

import time

from dialplans import names
from ivr.softphone import PhoneCall
from ivr.softphone_plan import answer, no_answer, refuse, ring
from routing.phone import BadNumber, normalise
from tests.fakes.tone_prompts import prompts_in
from tests.integration.dialplans.conftest import Line

CALLABLE = ["13900000009", "+8613900000009", "013900000009", "08702120001", "01082120001", "+868702120001", "2120001"]
NOT_CALLABLE = ["", "110", "95588", "0085223456789", "+85223456789", "+8613900000000000", "12345678901234", "1390000"]


def told(citizen: PhoneCall) -> str:
    """The sentence before the caller is asked for a message."""
    citizen.wait_disconnected(25)
    heard = prompts_in(citizen.heard())
    return heard[heard.index("message") - 1]


def test_whom_nobody_could_call_is_asked_for_a_number_instead_of_being_promised_a_call(line: Line) -> None:
    line.duty(line.phone((refuse(404),)))
    callers = {
        number: line.phone().dial("12345", via=line.via, caller_id=number or None, withheld=not number)
        for number in (*CALLABLE, *NOT_CALLABLE)
    }
    said = {number: told(call) for number, call in callers.items()}
    assert {number for number, sentence in said.items() if sentence == "nobody_static"} == set(CALLABLE)
    assert {number for number, sentence in said.items() if sentence == "nobody_hidden"} == set(NOT_CALLABLE)


def test_whom_nobody_could_call_is_not_told_that_hanging_up_is_no_loss(line: Line) -> None:
    line.duty(*(line.phone(no_answer()) for _ in range(2)))
    known, hidden = line.dial(), line.phone().dial("12345", via=line.via, withheld=True)
    line.hears(known, "notice", "transfer", "waiting")
    line.hears(hidden, "notice", "transfer", "waiting_hidden")


def test_the_dialplan_and_the_program_mean_the_same_numbers() -> None:
    def refused(number: str) -> bool:
        try:
            normalise(number, area_code="0870")
        except BadNumber:
            return True
        return False

    assert [number for number in CALLABLE if refused(number)] == []
    assert [number for number in NOT_CALLABLE if not refused(number)] == []


def test_a_citizen_the_system_has_called_is_known_by_the_number_it_called(line: Line) -> None:
    citizen = line.phone((ring(), answer()))
    line.duty(line.phone((refuse(404),)))
    line.ear.ask(
        "Originate",
        Channel=f"PJSIP/{names.ENDPOINT}/sip:{citizen.number}@{line.network.address}",
        Context=names.CONTEXT_REDIAL,
        Exten="s",
        Priority="1",
        Async="true",
        Variable=f"{names.TASK}=7",
    )
    call = citizen.wait_ringing(5)
    call.wait_sound(5, since=time.monotonic())
    assert told(call) == "nobody_static"
