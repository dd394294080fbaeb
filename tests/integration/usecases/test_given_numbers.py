"""Numbers that citizens give to the line: which the system calls, which it never does."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.lead import REPEATED
from cases.number import case_number
from cases.roles import Actor, Role
from cases.tries import Outcome
from tests.fakes.closing import DESK, signed_off
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, RULES, ToldCall, placed, talked, tell_it, unheard
from tests.fakes.told_calls import NUMBER as TALKED
from zhitong.case_text import case_page
from zhitong.store.cases import clocks_of, get_case, update_cases
from zhitong.store.due import PROMISED, open_tasks, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.timeline import timeline_of
from zhitong.usecases.earlier_calls import OpenCase, earlier_calls, open_case, open_short
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.handler import handler_of
from zhitong.usecases.lapse_call_backs import lapse_call_backs
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.person_history import flag_person, person_history
from zhitong.usecases.place_call import OutboundCall, call_failed, missed_callback, place_call, redial_brief
from zhitong.usecases.show_case import show_case
from zhitong.usecases.suspect_closing import CALLS_AGAIN, list_suspected
from zhitong.usecases.take_due import take_due

NUMBER = "20250911-092030-0008"
"""The case of `unheard`."""
GIVEN, OTHER = "13870001234", "13870005678"
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
WINDOW, BOSS = "08702120030", "13900000001"


def missed(number: str = GIVEN, *, confirmed: bool = True, how: str = "key", **opened: Any) -> ToldCall:
    """A call that nobody took, in which a number was given while it rang."""
    call = unheard(**({"caller": ""} | opened))
    at = call.facts[-1]
    detail = {"number": number, "how": how, "confirmed": confirmed}
    given = replace(at, kind="contact", at=MORNING + timedelta(seconds=20), detail=detail)
    call.facts[-1:] = [given, replace(at, seq=at.seq + 1)]
    return call


def case(engine: Engine) -> Case:
    with reading(engine) as connection:
        return get_case(connection, NUMBER)


def called(engine: Engine, kind: str, now: datetime) -> list[OutboundCall | None]:
    """What the system dials then."""
    return [place_call(engine, RULES, task, now=now) for task in take_due(engine, now=now, kinds=(kind,))]


SOON = MORNING + timedelta(hours=1)


def test_who_withheld_their_number_and_gave_one_is_rung_there(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    found = case(engine)
    assert (found.caller, found.contact, found.number_to_call, found.contact_how) == ("", GIVEN, GIVEN, "按键")
    assert found.contact_at == MORNING + timedelta(seconds=20)
    assert [call and call.number for call in called(engine, "redial", SOON)] == [GIVEN]


def test_the_callback_of_such_a_case_dials_the_number_that_was_given(engine: Engine) -> None:
    tell_it(engine, RULES, missed(how="voice"))
    closed = MORNING + timedelta(hours=2)
    signed_off(engine, RULES, number=NUMBER, now=closed)
    assert [call and call.number for call in called(engine, "callback", closed + timedelta(hours=6))] == [GIVEN]
    assert case(engine).contact_how == "语音"


def test_a_number_that_was_not_confirmed_is_kept_apart_and_never_rung(engine: Engine) -> None:
    tell_it(engine, RULES, missed(confirmed=False))
    found = case(engine)
    assert (found.contact, found.unsure_contact, found.number_to_call) == ("", GIVEN, "")
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []
        told = [row.text for row in timeline_of(connection, NUMBER)]
    assert any("没有核对" in text for text in told) and not any(GIVEN in text for text in told)


@pytest.mark.parametrize(("given", "dialled"), [("", []), (GIVEN, [GIVEN])])
def test_a_window_of_the_hall_is_not_rung_for_a_citizen_who_stood_there(
    engine: Engine, given: str, dialled: list[str]
) -> None:
    call = missed(given, caller=WINDOW, shared=True) if given else unheard(caller=WINDOW, shared=True)
    tell_it(engine, RULES, call)
    assert [call and call.number for call in called(engine, "redial", SOON)] == dialled


def test_what_people_wrote_down_stays_whatever_the_call_tells_later(engine: Engine) -> None:
    call = missed()
    late = call.facts[-2]
    tell_it(engine, RULES, replace(call, facts=[fact for fact in call.facts if fact is not late]))
    change = {"reason": "他打来说的", "now": SOON, "matters": {}, "contact": OTHER}
    edit_case(engine, RULES, number=NUMBER, by=DESK, **change)
    tell_it(engine, RULES, replace(call, facts=[late]))
    found = case(engine)
    assert (found.contact, found.contact_how, found.contact_at) == (OTHER, "", None)


def test_a_number_written_down_by_people_is_no_longer_the_line_s(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    change = {"reason": "换了号", "now": SOON, "matters": {}, "contact": OTHER}
    edited = edit_case(engine, RULES, number=NUMBER, by=DESK, **change)
    assert (edited.contact, edited.contact_how, edited.contact_at) == (OTHER, "", None)


def test_the_telephone_that_was_given_finds_the_case_and_its_digits_are_masked(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    (found,) = list_cases(engine, by=DESK, now=SOON, caller=GIVEN)
    assert (found.number, found.contact) == (NUMBER, "138****1234")
    shown = case_page(show_case(engine, number=NUMBER, by=DESK, now=SOON))
    assert "来电时按键留的，核对过" in shown and GIVEN not in shown


def test_a_talk_of_somebody_who_withheld_the_number_leaves_all_others_waiting(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    talk = ToldCall("1757557230.9", MORNING + timedelta(hours=1)).opened(caller="").planned(5)
    talk.note(9, "talk", i=1, number="13900000002").note(70, "talk_over", seconds=61.0)
    talk.note(71, "ended", outcome="talk")
    tell_it(engine, RULES, talk)
    with reading(engine) as connection:
        assert [task.case_number for task in open_tasks(connection, kind="redial")] == [NUMBER]


def test_a_caller_whose_number_is_known_and_who_gives_another_is_called_there(engine: Engine) -> None:
    tell_it(engine, RULES, missed(caller=CITIZEN))
    assert case(engine).number_to_call == GIVEN


@pytest.mark.parametrize("caller", [GIVEN, "+86" + GIVEN])
def test_the_brief_of_the_next_call_can_name_the_case_that_is_open(engine: Engine, caller: str) -> None:
    tell_it(engine, RULES, missed(), unheard("1757553660.9", MORNING + timedelta(seconds=30), caller=OTHER))
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), type="求助")])
    short = case(engine).short
    assert short and open_short(engine, RULES, caller=caller, but="") == short
    assert open_short(engine, RULES, caller="", but="") == ""
    assert open_short(engine, RULES, caller=OTHER, but="1757553660.9") == ""
    assert open_case(engine, RULES, caller=caller, but="", now=MORNING) is None, "nobody has talked with him"


def test_the_citizen_of_an_open_case_can_be_told_by_when_he_is_to_know(engine: Engine) -> None:
    tell_it(engine, RULES, talked())

    def change(**more: Any) -> None:
        with writing(engine) as connection:
            update_cases(connection, [replace(get_case(connection, TALKED), **more)])

    change(type="求助")
    with reading(engine) as connection:
        (due,) = [clock.due_at for clock in clocks_of(connection, TALKED) if clock.code == "close"]

    def told(now: datetime = MORNING, *, caller: str = CITIZEN, but: str = "") -> OpenCase | None:
        return open_case(engine, RULES, caller=caller, but=but, now=now)

    with reading(engine) as connection:
        called_at = get_case(connection, TALKED).answered_at
    assert told() == OpenCase(called_at=called_at, due_at=due)
    assert told(due) == OpenCase(called_at=called_at, due_at=None), "what is past is promised to nobody"
    assert (told(caller=""), told(caller=OTHER), told(but="1757553630.7")) == (None, None, None)
    change(rework=1)
    assert told() == OpenCase(called_at=called_at, due_at=None), "the clock of before a 重办 counts no more"
    change(type="投诉")
    assert told() is not None
    for hides in ({"type": "举报"}, {"type": "求助", "secrecy": "匿名"}, {"secrecy": "", "state": CaseState.CLOSED}):
        change(**hides)
        assert told() is None


# ── a number that was given is the citizen's like one they call from ──────────────────────────────────────────────────


def test_who_is_on_the_line_from_the_number_they_gave_is_not_called_meanwhile(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    again = ToldCall("1757557000.9", SOON - timedelta(seconds=30)).opened(caller=GIVEN)
    tell_it(engine, RULES, again)
    assert called(engine, "redial", SOON) == [None]
    tell_it(engine, RULES, again.note(40, "ended", outcome="nobody"))
    (call,) = called(engine, "redial", SOON + timedelta(minutes=2))
    assert call is not None and call.number == GIVEN


def test_while_a_placed_call_to_a_given_number_is_up_no_second_one_goes_there(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    (redial,) = called(engine, "redial", SOON)
    assert redial is not None
    tell_it(engine, RULES, placed("redial", NUMBER, redial.task_id, SOON))
    again = missed()
    again.call_id, again.answered_at = "1757553640.9", MORNING + timedelta(seconds=10)
    again.facts = [replace(fact, call_id=again.call_id) for fact in again.facts]
    tell_it(engine, RULES, again)
    assert called(engine, "redial", SOON + timedelta(minutes=1)) == [None]


def test_who_has_talked_from_the_number_they_gave_is_not_rung_for_the_call_before(engine: Engine) -> None:
    tell_it(engine, RULES, missed(), talked("1757557000.9", MORNING + timedelta(minutes=1), caller=GIVEN))
    with reading(engine) as connection:
        (redial,) = (task for task in tasks_of(connection, NUMBER) if task.kind == "redial")
    assert redial.outcome == "又打来，已经通话"


@pytest.mark.parametrize("opened", [{"caller": ""}, {"caller": WINDOW, "shared": True}])
def test_an_official_who_has_called_the_number_that_was_given_has_kept_his_promise(
    engine: Engine, opened: dict[str, Any]
) -> None:
    due = MORNING + timedelta(minutes=15)
    call = missed(**opened)
    promise = {"i": 1, "number": BOSS, "due": due.isoformat()}
    call.facts[-1:] = [
        replace(call.facts[-1], kind="call_back", detail=promise),
        replace(call.facts[-1], seq=call.facts[-1].seq + 1),
    ]
    kept = ToldCall("1757553930.1", MORNING + timedelta(minutes=5))
    kept.note(0, "opened", caller=BOSS, dialled="12345", kind="staff")
    kept.note(9, "joins", case=NUMBER, number=BOSS, who="局长王明").note(20, "talk", i=0, number=BOSS)
    tell_it(
        engine, RULES, call, kept.note(80, "talk_over", seconds=60.0, why="SUCCESS").note(81, "ended", outcome="talk")
    )
    lapse_call_backs(engine, RULES, now=due)
    with reading(engine) as connection:
        promised = {task.kind: task.outcome for task in tasks_of(connection, NUMBER) if task.kind in PROMISED}
    assert promised == {"official_callback": "已经通话"}


def test_who_talked_at_the_same_window_was_somebody_else(engine: Engine) -> None:
    other = talked("1757557000.9", MORNING + timedelta(minutes=1), caller=WINDOW, shared=True)
    own = talked("1757557100.9", MORNING + timedelta(minutes=2), caller=WINDOW)
    tell_it(engine, RULES, missed(caller=WINDOW, shared=True), other, own)
    with reading(engine) as connection:
        (redial,) = (task for task in tasks_of(connection, NUMBER) if task.kind == "redial")
    assert redial.done_at is None


@pytest.mark.parametrize("written", [GIVEN, f"+86{GIVEN}", f"0{GIVEN}"])
def test_who_rings_back_from_the_number_they_gave_is_known_however_the_trunk_writes_it(
    engine: Engine, written: str
) -> None:
    tell_it(engine, RULES, missed())
    closed = MORNING + timedelta(hours=2)
    signed_off(engine, RULES, number=NUMBER, now=closed)
    rung = closed + timedelta(hours=6)
    (call,) = called(engine, "callback", rung)
    assert call is not None
    call_failed(engine, RULES, task_id=call.task_id, now=rung, outcome=Outcome.UNANSWERED, attempt=call.attempt)
    found = missed_callback(engine, RULES, caller=written, now=rung + timedelta(minutes=5))
    assert found is not None and found.case_number == NUMBER


def test_a_redial_tells_that_who_gave_the_number_needs_care(engine: Engine) -> None:
    tell_it(engine, RULES, missed())
    (call,) = called(engine, "redial", SOON)
    assert call is not None
    flag_person(engine, GIVEN, kind="留守老人", reason="独居", by=DESK, now=SOON, tags=RULES.tags, area_code="0870")
    assert redial_brief(engine, RULES, task_id=call.task_id).care == "留守老人"


# ── whose case it is is known by the number that was given, wherever it matters ───────────────────────────────────────

GIVEN_BY = [{"caller": ""}, {"caller": WINDOW, "shared": True}, {"caller": "+85291234567"}]


def known(call_id: str, answered_at: datetime, opened: dict[str, Any], *, talk: bool = False) -> ToldCall:
    """A call in which GIVEN was given and confirmed."""
    call = (talked if talk else unheard)(call_id, answered_at, **opened)
    detail = {"number": GIVEN, "how": "key", "confirmed": True}
    given = replace(call.facts[-1], kind="contact", at=answered_at + timedelta(seconds=20), detail=detail)
    call.facts[-1:] = [given, replace(call.facts[-1], seq=call.facts[-1].seq + 1)]
    return call


def later(days: int) -> datetime:
    return MORNING + timedelta(days=days)


@pytest.mark.parametrize("opened", GIVEN_BY)
@pytest.mark.parametrize("again", [{"caller": GIVEN}, {"caller": ""}])
def test_who_calls_again_about_what_was_closed_is_noticed(
    engine: Engine, opened: dict[str, Any], again: dict[str, Any]
) -> None:
    tell_it(engine, RULES, missed(**opened))
    signed_off(engine, RULES, number=NUMBER, now=later(1))
    tell_it(engine, RULES, known("1757999999.1", later(2), again))
    (found,) = list_suspected(engine, by=SUPERVISION, now=later(2))
    assert (found.case_number, found.text) == (NUMBER, CALLS_AGAIN)


@pytest.mark.parametrize("opened", GIVEN_BY)
def test_three_calls_are_a_leaders_case_and_counted_aloud_though_the_number_was_only_given(
    engine: Engine, opened: dict[str, Any]
) -> None:
    tell_it(engine, RULES, missed(**opened), known("1757553660.1", later(1), opened))
    assert earlier_calls(engine, RULES, caller=GIVEN, call_id="", now=later(2)) == 2
    last = known("1757553660.2", later(2), opened)
    tell_it(engine, RULES, last)
    number = case_number(last.answered_at, last.call_id)
    with reading(engine) as connection:
        led = [task.detail["why"] for task in open_tasks(connection, case_number=number, kind="lead")]
        (redial,) = open_tasks(connection, case_number=number, kind="redial")
    assert led == [REPEATED]
    assert redial_brief(engine, RULES, task_id=redial.id).earlier_calls == 2


@pytest.mark.parametrize("opened", GIVEN_BY)
def test_who_talked_with_them_handles_what_they_have_open(engine: Engine, opened: dict[str, Any]) -> None:
    tell_it(engine, RULES, known("1757553630.7", MORNING, opened, talk=True))
    directory = small_directory(more=(official("li", DEPUTY, name="李强", post="副局长"),))
    asked = {"area_code": RULES.area_code, "directory": directory}
    assert handler_of(engine, caller=GIVEN, **asked) == handler_of(engine, caller=f"0{GIVEN}", **asked) == "li"
    assert handler_of(engine, caller=WINDOW, **asked) == handler_of(engine, caller="", **asked) == ""


def test_who_stood_at_the_same_window_is_somebody_else_everywhere(engine: Engine) -> None:
    at_window = {"caller": WINDOW, "shared": True}
    tell_it(engine, RULES, missed(**at_window), known("1757553660.1", later(1), at_window))
    for n in range(3):
        tell_it(engine, RULES, unheard(f"1757999999.{n}", later(2) + timedelta(minutes=n), **at_window))
    assert earlier_calls(engine, RULES, caller=WINDOW, call_id="", now=later(3)) == 0
    with reading(engine) as connection:
        assert not open_tasks(connection, kind="lead")
    history = person_history(engine, WINDOW, by=DESK, now=later(3), area_code=RULES.area_code)
    assert history.cases == ()
    assert len(person_history(engine, GIVEN, by=DESK, now=later(3), area_code=RULES.area_code).cases) == 2
