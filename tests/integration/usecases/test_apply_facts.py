"""Facts become casework, in whatever portions they come."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, String, select

from cases.case import CaseState
from ivr.facts import Fact
from tests.fakes.databases import Databases, new_casework
from tests.fakes.told_calls import (
    CITIZEN,
    DEPUTY,
    MORNING,
    NIGHT,
    NUMBER,
    RULES,
    ToldCall,
    placed,
    talked,
    tell_it,
    unheard,
)
from zhitong.store.cases import clocks_of, find_cases, get_case, get_cases
from zhitong.store.due import get_task, open_tasks, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.recordings import recordings_of_case
from zhitong.store.records import all_incidents
from zhitong.store.tables import calls, cases, clocks, due, facts, recordings, timeline
from zhitong.store.timeline import timeline_of
from zhitong.usecases.apply_facts import KnownCall, apply_facts
from zhitong.usecases.earlier_calls import earlier_calls
from zhitong.usecases.take_due import take_due

TALKED, UNHEARD = NUMBER, "20250911-092030-0008"


def test_the_case_exists_from_the_answer_on(engine: Engine) -> None:
    tell_it(engine, RULES, ToldCall().opened())
    with reading(engine) as connection:
        case = get_case(connection, TALKED)
        assert (case.state, case.caller, case.answered_at) == (CaseState.ACCEPTED, CITIZEN, MORNING)
        assert [clock.code for clock in clocks_of(connection, TALKED)] == ["assign", "close"]


def test_a_talk_assigns_the_case_to_the_unit_of_the_official(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    with reading(engine) as connection:
        case = get_case(connection, TALKED)
        assert (case.state, case.unit, case.official) == (CaseState.ASSIGNED, "水务局", "副局长李强")
        assert (case.matter, case.type, case.urgency, case.place) == ("B2", "投诉", "orange", "扎西镇")
        assert [task.kind for task in open_tasks(connection)] == [
            "notice:call",
            "notice:call",
            "archive",
            "sms:progress",
        ]
        assert [row.path for row in recordings_of_case(connection, TALKED)] == ["1757553630.7.raw"]
        told = [row.what for row in timeline_of(connection, TALKED)]
        assert told[0] == "来电" and {"诉求", "接听", "交办", "通话", "通话结束", "挂断"} <= set(told)


def test_the_clock_follows_the_type_but_starts_at_the_answer(engine: Engine) -> None:
    tell_it(engine, RULES, ToldCall().opened())
    with reading(engine) as connection:
        before = {clock.code: clock.due_at for clock in clocks_of(connection, TALKED)}
    tell_it(engine, RULES, ToldCall().opened().understood(type="咨询"))
    with reading(engine) as connection:
        after = clocks_of(connection, TALKED)
    assert all(clock.started_at == MORNING for clock in after)
    assert {clock.code: clock.due_at for clock in after}["close"] < before["close"]


def test_who_was_talked_to_by_nobody_is_rung_again_soon_by_day_and_in_the_morning_by_night(engine: Engine) -> None:
    yellow = ToldCall("1757600000.9", NIGHT).opened().understood(urgency="yellow").note(30, "ended", outcome="gone")
    orange = unheard("1757600000.8", NIGHT - timedelta(minutes=1))
    tell_it(engine, RULES, unheard(), orange, yellow)
    with reading(engine) as connection:
        day, at_once, night = (task for task in open_tasks(connection, kind="redial"))
    assert at_once.due_at == NIGHT - timedelta(minutes=1) + timedelta(seconds=30, minutes=2), "orange waits for no day"
    assert day.due_at == MORNING + timedelta(seconds=30, minutes=2)
    assert (night.due_at.hour, night.due_at.minute) == (0, 10)  # 08:10 in the county, kept in UTC
    assert night.promised_at is not None and night.promised_at > night.due_at


def test_the_promised_time_is_kept_as_it_was_said(engine: Engine) -> None:
    promised = MORNING + timedelta(minutes=20)
    call = ToldCall().opened().note(90, "nobody", why="timeout").note(91, "promise", due=promised.isoformat())
    call.note(120, "message", path="1757553630.7-message.wav", seconds=20.0).note(121, "ended", outcome="message")
    tell_it(engine, RULES, call)
    with reading(engine) as connection:
        (redial,) = open_tasks(connection, kind="redial")
        assert redial.promised_at == promised and redial.due_at < promised
        assert [row.kind for row in recordings_of_case(connection, TALKED)] == ["message"]


def test_what_the_fixed_sentence_said_aloud_without_a_controller_is_kept_in_the_night_too(engine: Engine) -> None:
    call = unheard("1757600000.9", NIGHT)
    call.facts[-2:-2] = ToldCall("1757600000.9", NIGHT).note(20, "fallback", step="ring").facts
    tell_it(engine, RULES, ToldCall(facts=[replace(fact, seq=seq) for seq, fact in enumerate(call.facts)]))
    with reading(engine) as connection:
        (redial,) = open_tasks(connection, kind="redial")
    over = NIGHT + timedelta(seconds=30)
    assert redial.promised_at == over + timedelta(hours=2)
    assert over < redial.due_at < redial.promised_at


def test_a_controller_that_told_a_time_itself_before_it_went_is_held_to_that(engine: Engine) -> None:
    promised = NIGHT + timedelta(hours=9)
    call = ToldCall("1757600000.9", NIGHT).opened().note(90, "promise", due=promised.isoformat())
    tell_it(engine, RULES, call.note(95, "fallback", step="promise").note(99, "ended", outcome="nobody"))
    with reading(engine) as connection:
        (redial,) = open_tasks(connection, kind="redial")
    assert redial.promised_at == promised


def test_whatever_the_exchange_calls_a_number_there_is_a_case_that_every_database_takes(engine: Engine) -> None:
    tell_it(
        engine, RULES, ToldCall().opened(caller="9" * 200).understood(place="扎西镇" * 60).note(9, "ended", outcome="")
    )
    with reading(engine) as connection:
        case = get_case(connection, TALKED)
    for column in cases.columns:
        if isinstance(column.type, String) and column.type.length:
            assert len(getattr(case, column.name, "")) <= column.type.length, column.name


def test_a_withheld_number_cannot_be_rung_again_and_that_is_said(engine: Engine) -> None:
    tell_it(engine, RULES, unheard(caller="anonymous"))
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []
        assert any("无法回拨" in row.text for row in timeline_of(connection, UNHEARD))
        (incident,) = all_incidents(connection, "redial")
    assert UNHEARD in incident.text and "人工" in incident.text


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "caller", "count"),
    [
        ([], CITIZEN, 0),
        ([DAY], CITIZEN, 1),
        ([DAY, 29 * DAY, 31 * DAY], CITIZEN, 2),
        ([DAY, 2 * DAY], "", 0),
        ([DAY, 2 * DAY], "0085212345678", 0),
    ],
)
def test_calls_of_one_number_are_counted_over_thirty_days_and_hidden_ones_never(
    engine: Engine, before: list[timedelta], caller: str, count: int
) -> None:
    others = unheard("1757553600.1", MORNING - DAY, caller="13800000002")
    calls = [unheard(f"17575536{n}0.{n}", MORNING - ago, caller=caller) for n, ago in enumerate(before, start=1)]
    this = ToldCall(answered_at=MORNING).opened(caller=caller)
    tell_it(engine, RULES, others, *calls, this)
    found = earlier_calls(engine, RULES, caller=caller, call_id=this.call_id, now=MORNING + timedelta(seconds=5))
    assert found == count


def test_a_redial_that_reaches_somebody_assigns_the_case(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    (task,) = take_due(engine, now=MORNING + timedelta(minutes=5), kinds=("redial",))
    call = placed("redial", UNHEARD, task.id, MORNING + timedelta(minutes=5)).planned(0.1)
    call.note(9, "talk", i=2, number=DEPUTY).note(70, "talk_over", seconds=61.0).note(71, "ended", outcome="talk")
    tell_it(engine, RULES, call)
    with reading(engine) as connection:
        assert get_task(connection, task.id).outcome == "已经通话"
        case = get_case(connection, UNHEARD)
        assert (case.state, case.official) == (CaseState.ASSIGNED, "副局长李强")


def test_a_redial_whose_talk_breaks_off_at_once_is_tried_again(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    (task,) = take_due(engine, now=now, kinds=("redial",))
    call = placed("redial", UNHEARD, task.id, now).planned(0.1).note(9, "talk", i=2, number=DEPUTY)
    call.note(10, "talk_over", seconds=1.0, why="dropped").note(60, "nobody").note(70, "ended", outcome="nobody")
    for fact in call.facts:  # as they come in a call
        tell_it(engine, RULES, ToldCall(facts=[fact]))
    with reading(engine) as connection:
        (waiting,) = open_tasks(connection, kind="redial")
    assert waiting.due_at == now + timedelta(seconds=70, minutes=10)


LATER = MORNING + timedelta(minutes=1)  # the same caller rings again


def redials(engine: Engine, number: str = UNHEARD) -> list[tuple[bool, str]]:
    """(done, outcome) of the redials of a case."""
    with reading(engine) as connection:
        found = [task for task in tasks_of(connection, number) if task.kind == "redial"]
    return [(task.done_at is not None, task.outcome) for task in found]


def test_who_rings_again_and_talks_is_not_rung_for_the_call_before(engine: Engine) -> None:
    tell_it(engine, RULES, unheard(), talked("1757553690.9", LATER))
    assert redials(engine) == [(True, "又打来，已经通话")]
    with reading(engine) as connection:
        told = [row.text for row in timeline_of(connection, UNHEARD) if row.what == "回拨"]
    assert "20250911-092130-0009" in told[-1] and "不再回拨" in told[-1]


@pytest.mark.parametrize(
    "again",
    [
        unheard("1757553690.9", LATER),
        talked("1757553690.9", LATER, caller="13800000002"),
        talked("1757553690.9", MORNING - timedelta(hours=1)),
        ToldCall("1757553690.9", LATER).opened().understood().planned().note(20, "talk", i=1, number=DEPUTY)
        .note(21, "talk_over", seconds=1.0, why="dropped").note(30, "ended", outcome="gone"),
        ToldCall("1757553690.9", LATER).opened().understood(matter="A1").note(20, "talk", i=1, number=DEPUTY)
        .note(80, "talk_over", seconds=60.0).note(81, "ended", outcome="talk"),
    ],
    ids=["nobody talked", "somebody else", "talked before", "broke off at once", "another matter"],
)  # fmt: skip
def test_any_other_call_leaves_the_redial_as_it_is(engine: Engine, again: ToldCall) -> None:
    tell_it(engine, RULES, unheard(), again)
    assert redials(engine) == [(False, "")]


def test_a_matter_that_is_not_known_does_not_count_as_another(engine: Engine) -> None:
    again = ToldCall("1757553690.9", LATER).opened().note(20, "talk", i=1, number=DEPUTY)
    tell_it(engine, RULES, unheard(), again.note(80, "talk_over", seconds=60.0).note(81, "ended", outcome="talk"))
    assert redials(engine) == [(True, "又打来，已经通话")]


def test_one_talk_of_a_redial_ends_the_redials_of_all_calls_before_it(engine: Engine) -> None:
    second = "20250911-092130-0009"
    tell_it(engine, RULES, unheard(), unheard("1757553690.9", LATER))
    now = MORNING + timedelta(minutes=5)
    first, _ = take_due(engine, now=now, kinds=("redial",))
    call = placed("redial", UNHEARD, first.id, now).note(9, "talk", i=2, number=DEPUTY)
    tell_it(engine, RULES, call.note(70, "talk_over", seconds=61.0).note(71, "ended", outcome="talk"))
    assert (redials(engine), redials(engine, second)) == ([(True, "已经通话")], [(True, "又打来，已经通话")])


def test_a_talk_still_going_on_ends_nothing_yet(engine: Engine) -> None:
    call = talked("1757553690.9", LATER)
    tell_it(engine, RULES, unheard(), ToldCall(facts=[fact for fact in call.facts if fact.kind != "ended"]))
    assert redials(engine) == [(False, "")]


@settings(max_examples=25, deadline=None)
@given(rnd=st.randoms(use_true_random=False))
def test_whichever_of_two_calls_is_known_first_the_one_that_was_talked_in_counts(
    databases: Databases, rnd: random.Random
) -> None:
    told = [*unheard().facts, *talked("1757553690.9", LATER).facts]
    rnd.shuffle(told)
    with new_casework(databases) as engine:
        for portion in portions(rnd, told):
            tell_it(engine, RULES, ToldCall(facts=portion))
        assert redials(engine) == [(True, "又打来，已经通话")]


def test_a_redial_that_reaches_nobody_is_tried_again_until_a_person_must_see_to_it(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    for attempt in range(1, 7):
        (task,) = take_due(engine, now=now, kinds=("redial",))
        assert task.attempts == attempt
        tell_it(
            engine,
            RULES,
            placed("redial", UNHEARD, task.id, now, f"1757600000.{attempt}").note(30, "ended", outcome="x"),
        )
        now += timedelta(minutes=30)
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []
        (incident,) = all_incidents(connection, "redial")
    assert UNHEARD in incident.text and CITIZEN not in incident.text


def test_while_its_call_is_up_a_task_is_not_taken_again(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    (task,) = take_due(engine, now=now, kinds=("redial",))
    tell_it(engine, RULES, placed("redial", UNHEARD, task.id, now))
    assert take_due(engine, now=now + timedelta(hours=1), kinds=("redial",)) == []


def test_a_placed_call_that_could_not_look_up_its_case_is_in_the_case_of_its_task(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    (task,) = take_due(engine, now=now, kinds=("redial",))
    call = ToldCall("1757600000.9", now).note(
        0, "opened", caller="", dialled="12345", kind="redial", case=None, task=task.id
    )
    call.note(9, "talk", i=1, number=DEPUTY).note(70, "talk_over", seconds=61.0).note(71, "ended", outcome="talk")
    tell_it(engine, RULES, call)
    with reading(engine) as connection:
        assert [row.kind for row in all_incidents(connection)] == []
        assert open_tasks(connection, kind="redial") == [], "they have talked, and are not rung again"


def test_a_placed_call_without_a_case_is_an_incident_and_keeps_its_trace(engine: Engine) -> None:
    tell_it(engine, RULES, placed("callback", "20200101-000000-0000", 9, MORNING).note(5, "ended", outcome="x"))
    with reading(engine) as connection:
        assert [row.kind for row in all_incidents(connection)] == ["orphan"]
        assert len(facts_of(connection, ["1757600000.9"])["1757600000.9"]) == 2


def test_two_calls_whose_numbers_agree_become_two_cases(engine: Engine) -> None:
    tell_it(engine, RULES, talked("1757553630.7"), unheard("1757553630.10007"))
    with writing(engine) as connection:
        third = apply_facts(connection, RULES, ToldCall("1757553630.20007").opened().facts)
        apply_facts(connection, RULES, ToldCall("1757553630.20007").opened().understood().facts, third)
    with reading(engine) as connection:
        assert [case.number for case in find_cases(connection)] == [TALKED + "c", TALKED + "b", TALKED]
        assert get_case(connection, TALKED + "c").matter == "B2"


def snapshot(engine: Engine) -> dict[str, Any]:
    """Everything casework amounts to, without the order in which it was written."""
    with reading(engine) as connection:
        found: dict[str, Any] = {}
        for table in (cases, calls, clocks, recordings, facts):
            rows = [row._asdict() for row in connection.execute(select(table))]
            found[table.name] = sorted(str({k: v for k, v in row.items() if k != "id"}) for row in rows)
        # forget: for a while it looked like an official's own call; it does nothing to one that is in a case.
        found["due"] = sorted((row.kind, row.due_at) for row in connection.execute(select(due)) if row.done_at is None
                              and row.kind not in ("archive", "forget"))  # fmt: skip
        found["told"] = sorted((row.at, row.what, row.text) for row in connection.execute(select(timeline))
                               if row.what not in ("回拨", "交办"))  # fmt: skip
    return found


def portions(rnd: random.Random, told: list[Fact]) -> list[list[Fact]]:
    cuts = sorted(rnd.sample(range(1, len(told)), rnd.randint(0, min(9, len(told) - 1))))
    return [told[a:b] for a, b in zip([0, *cuts], [*cuts, len(told)], strict=True)]


EVERY_CALL = [
    *talked().facts,
    *unheard().facts,
    *ToldCall("1757553630.9").opened().note(9, "talk", i=1, number=DEPUTY)
    .note(10, "talk_over", seconds=1.0, why="dropped")
    .note(20, "talk", i=2, number=DEPUTY).note(50, "talk_over", seconds=30.0).note(51, "ended", outcome="talk").facts,
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rnd=st.randoms(use_true_random=False), shuffle=st.booleans(), memory=st.booleans())
def test_facts_in_any_portions_order_or_repetition_make_the_same_cases(
    databases: Databases, rnd: random.Random, shuffle: bool, memory: bool
) -> None:
    told = EVERY_CALL + rnd.sample(EVERY_CALL, 6)
    if shuffle:
        rnd.shuffle(told)
    known: dict[str, KnownCall] = {}
    with new_casework(databases) as plain, new_casework(databases) as mixed:
        with writing(plain) as connection:
            apply_facts(connection, RULES, EVERY_CALL)
        for portion in portions(rnd, told):
            with writing(mixed) as connection:
                after = apply_facts(connection, RULES, portion, known)
            if memory:
                known |= after
        before = snapshot(mixed)
        with writing(mixed) as connection:  # and all of it once more
            apply_facts(connection, RULES, EVERY_CALL)
        assert before == snapshot(mixed) == snapshot(plain)
        with reading(mixed) as connection:
            assert len(find_cases(connection)) == 3


def test_a_talk_that_is_known_late_takes_the_redial_back(engine: Engine) -> None:
    call = talked()
    late = [fact for fact in call.facts if fact.kind in ("talk", "talk_over")]
    tell_it(engine, RULES, ToldCall(facts=[fact for fact in call.facts if fact not in late]))
    with reading(engine) as connection:
        assert len(open_tasks(connection, kind="redial")) == 1
    tell_it(engine, RULES, ToldCall(facts=late))
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []
        assert {task.outcome for task in tasks_of(connection, TALKED) if task.kind == "redial"} == {"已经通话"}
        assert get_case(connection, TALKED).state is CaseState.ASSIGNED


def by_code(*ends: tuple[str, dict[str, str]]) -> ToldCall:
    """Somebody presses * at the question and types an official's code; then this."""
    call = ToldCall().opened().note(1, "asked", prompt="question").note(2, "pressed", key="*")
    call.note(9, "official", official="zhang")
    for kind, detail in ends:
        call.note(20, kind, **detail)
    return call.note(40, "gone", phase="ring").note(40, "ended", outcome="gone")


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
@pytest.mark.parametrize(
    "own",
    [
        ("official", {"official": ""}),
        ("fallback", {"step": "listen"}),
        ("planned", {"rungs": [], "unit": "", "why": "听不到了，直接找人"}),
    ],
    ids=["own matter", "no controller", "sound lost"],
)
def test_an_official_known_by_his_code_who_calls_for_himself_is_called_back_as_anybody(
    engine: Engine, own: tuple[str, dict[str, str]], at_once: bool
) -> None:
    call = by_code(own)
    for portion in [call.facts] if at_once else [[fact] for fact in call.facts]:
        tell_it(engine, RULES, ToldCall(facts=portion))
    with reading(engine) as connection:
        assert get_case(connection, NUMBER).state is CaseState.ACCEPTED
    assert redials(engine, NUMBER) == [(False, "")]


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
def test_the_call_of_an_official_known_by_his_code_is_no_citizens_case(engine: Engine, at_once: bool) -> None:
    call = by_code()
    for portion in [call.facts] if at_once else [[fact] for fact in call.facts]:
        tell_it(engine, RULES, ToldCall(facts=portion))
    with reading(engine) as connection:
        begun = get_cases(connection, [NUMBER])
    assert [case.state for case in begun.values()] == ([] if at_once else [CaseState.STRUCK_OFF])
    assert redials(engine, NUMBER) == []
