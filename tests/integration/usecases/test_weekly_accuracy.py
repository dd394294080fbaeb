"""How much of what the machine said stood, week by week, over the calls of which people have decided."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from cases.case import CaseEvent, CaseState
from cases.correction import VERSION
from cases.roles import Actor, NotPermitted, Role
from ivr.facts import Fact
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HEAD, LEADER, settled
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, tell_it
from zhitong.errors import ReportRefused
from zhitong.store.cases import find_cases, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.usecases.assign_case import sign_for, start_case
from zhitong.usecases.call_record import read_call, told_by
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.weekly_accuracy import FORMULAS, Week, weekly_accuracy

NOW = MORNING + timedelta(hours=3)  # a Thursday
MATTERS = {"A1": "供水饮水", "A4": "市政设施", "B2": "取水许可"}
TOWNS = frozenset({"扎西镇", "双河乡"})
SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))


def call(n: int = 7, at: datetime = MORNING, **said: Any) -> ToldCall:
    told = {"type": "求助", "confidence": 0.8, "text": f"第{n}个"} | said
    one = ToldCall(f"1757553630.{n}", at).opened(caller=f"138000000{n:02d}").understood(**told).planned()
    return one.note(30, "gone", phase="ring").note(30, "ended", outcome="gone")


def decided(engine: Engine, *calls: ToldCall, **changes: str) -> list[str]:
    """These calls come, are changed so and settled on the spot."""
    known = {case.number for case in everyone(engine)}
    tell_it(engine, RULES, *calls)
    numbers = sorted({case.number for case in everyone(engine)} - known)
    for number in numbers:
        when = next(case.answered_at for case in everyone(engine) if case.number == number) + timedelta(hours=1)
        if changes:
            edit_case(engine, RULES, number=number, by=DESK, reason="听了", now=when, matters=MATTERS, **changes)
        settled(engine, RULES, number=number, now=when)
    return numbers


def everyone(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return find_cases(connection, limit=100)


def seen(engine: Engine, weeks: int = 1, by: Actor = SUPERVISION, **how: Any) -> list[Week]:
    return weekly_accuracy(engine, by=by, weeks=weeks, **({"now": NOW, "towns": TOWNS} | how))  # type: ignore[arg-type]


def counted(week: Week) -> dict[str, tuple[int, int]]:
    return {share.name: (share.right, share.of) for share in week.shares}


def test_what_people_changed_was_wrong_and_what_they_let_stand_was_right(engine: Engine) -> None:
    decided(engine, call(1), call(2, confidence=0.9))
    decided(engine, call(3, confidence=0.95), matter="A1", type="投诉", urgency="红")
    decided(engine, call(4), place="双河乡")
    (week,) = seen(engine)
    assert counted(week) == {
        "事项": (3, 4),
        "把握九成": (1, 2),
        "类型": (3, 4),
        "紧急": (3, 4),
        "地点": (3, 4),
        "单位": (4, 4),
    }
    assert [share.name for share in week.shares] == list(FORMULAS)
    assert (week.name, week.judged, week.unheard) == ("2025-W37", 4, 0)


def test_what_nobody_has_decided_is_not_counted_and_the_week_says_so(engine: Engine) -> None:
    tell_it(engine, RULES, call(7))
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="听", now=MORNING, matters=MATTERS, matter="A1")
    (week,) = seen(engine)
    assert (week.judged, week.unheard) == (0, 0)
    with writing(engine) as connection:
        case = find_cases(connection)[0]
        update_cases(connection, [replace(case, state=CaseState.ASSIGNED, first_unit=case.unit)])
    sign_for(engine, number=NUMBER, by=HEAD, now=MORNING)
    assert seen(engine)[0].judged == 0, "signed for is not looked at: a unit must"
    start_case(engine, number=NUMBER, by=HEAD, now=MORNING)
    assert counted(seen(engine)[0])["事项"] == (0, 1)


def test_a_refusal_and_a_rework_are_decisions_a_call_that_was_nobodys_matter_is_none(engine: Engine) -> None:
    tell_it(engine, RULES, call(7), call(8), call(9))
    decline_case(
        engine, RULES, number=NUMBER, result="这件归法院，请到县法院立案", by=LEADER, reason="诉讼", now=MORNING
    )
    again, nobody = (case for case in everyone(engine) if case.number != NUMBER)
    with writing(engine) as connection:
        struck = {"state": CaseState.STRUCK_OFF, "concluded": CaseEvent.RANG_BACK.value}
        update_cases(connection, [replace(again, rework=1), replace(nobody, **struck)])  # type: ignore[arg-type]
    assert seen(engine)[0].judged == 2


def test_what_was_closed_together_with_another_nobody_looked_at(engine: Engine) -> None:
    tell_it(engine, RULES, call(7), call(8))
    one, other = (case.number for case in everyone(engine))
    merge_cases(engine, RULES, number=one, into=other, by=DESK, reason="一件事", now=MORNING)
    settled(engine, RULES, number=other, now=MORNING + timedelta(hours=1))
    assert {case.state for case in everyone(engine)} == {CaseState.CLOSED}
    assert seen(engine)[0].judged == 1


def test_calls_in_which_no_matter_was_named_are_told_beside_and_places_only_where_one_is_known(engine: Engine) -> None:
    nothing = {"matter": None, "matter_name": "", "place": ""}
    decided(engine, call(1, intent="director", **nothing), matter="A4")
    decided(engine, call(4, **nothing), matter="A4")  # as 试用识别 holds back what it heard
    decided(engine, call(2, place="菜市场门口"))
    silent = ToldCall("1757553630.3").opened().planned().note(30, "ended", outcome="gone")
    decided(engine, silent, matter="A4", type="求助", demand="路灯不亮")
    (week,) = seen(engine)
    assert (week.judged, week.unheard) == (1, 1)
    assert counted(week)["地点"] == (0, 0)


def test_weeks_begin_on_monday_in_the_countys_time(engine: Engine) -> None:
    monday = datetime(2025, 9, 8, tzinfo=LOCAL)
    decided(engine, call(1, monday - timedelta(seconds=1)), matter="A1")
    decided(engine, call(2, monday))
    weeks = seen(engine, 3)
    assert [(week.name, counted(week)["事项"]) for week in weeks] == [
        ("2025-W35", (0, 0)),
        ("2025-W36", (0, 1)),
        ("2025-W37", (1, 1)),
    ]


def test_the_versions_of_the_classifier_are_told_where_facts_tell_them(engine: Engine) -> None:
    decided(engine, call(1, **{VERSION: "b7"}), call(2, **{VERSION: "a1"}), call(3))
    assert seen(engine)[0].classifiers == ("a1", "b7")


def test_a_head_is_told_of_his_units_and_the_look_is_recorded(engine: Engine) -> None:
    decided(engine, call(1))
    assert seen(engine, by=HEAD)[0].judged == 1
    assert seen(engine, unit="能源局")[0].judged == 0
    with pytest.raises(NotPermitted, match="本单位"):
        seen(engine, by=HEAD, unit="能源局")
    with pytest.raises(NotPermitted):
        seen(engine, by=Actor(name="管理员", roles=frozenset({Role.ADMIN})))
    with reading(engine) as connection:
        assert [row.who for row in accesses_to(connection, None)] == [HEAD.name, SUPERVISION.name]


@pytest.mark.parametrize("weeks", [0, 54])
def test_no_more_than_a_year_of_weeks(engine: Engine, weeks: int) -> None:
    with pytest.raises(ReportRefused, match="1 到 53"):
        seen(engine, weeks)


def test_a_week_reads_by_index_and_never_all_cases(engine: Engine) -> None:
    asked = list[str]()
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(_filled(engine, a[2], a[3])))
    decided(engine, call(1))
    asked.clear()
    seen(engine)
    plans = list[str]()
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of one row it would read all
        for statement in [one for one in asked if one.startswith("SELECT") and "FROM cases" in one]:
            word = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
            plans += [str(row) for row in connection.exec_driver_sql(f"{word} {statement}")]
    assert any("ix_cases_answered_at" in line for line in plans)
    assert not [line for line in plans if "SCAN" in line or "Seq Scan" in line]


def _filled(engine: Engine, statement: str, parameters: Any) -> str:
    """The statement with its parameters in it, as EXPLAIN takes it."""
    if isinstance(parameters, dict):
        for name, value in parameters.items():
            statement = statement.replace(f"%({name})s", f"'{value}'")
        return statement
    for value in parameters if isinstance(parameters, tuple) else ():
        statement = statement.replace("?", f"'{value}'", 1)
    return statement


SAID = st.fixed_dictionaries(
    {
        "intent": st.sampled_from(["request", "director", "emergency", "unclear", "greeting"]),
        "matter": st.sampled_from([None, "A1", "B2"]),
        "type": st.sampled_from(["求助", "投诉", "举报"]),
        "urgency": st.sampled_from(["normal", "yellow", "red"]),
        "place": st.sampled_from(["", "扎西镇"]),
    }
)


@settings(max_examples=200)
@given(st.lists(SAID, max_size=5))
def test_what_the_machine_said_is_what_the_case_was_begun_with(said: list[dict[str, Any]]) -> None:
    facts = [
        Fact(call_id="1.1", seq=n, at=MORNING, ms=n, kind="understood", detail={"text": "话", **one})
        for n, one in enumerate(said)
    ]
    told, record = told_by((fact.kind, fact.detail) for fact in facts), read_call(facts)
    if told is None:
        assert not said or (record.request["intent"], record.asked("matter")) == ("request", "")
        return
    assert (told.matter, told.type, told.place) == tuple(record.asked(name) for name in ("matter", "type", "place"))
    assert told.urgency == record.urgency
