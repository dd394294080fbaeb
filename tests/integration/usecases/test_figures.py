"""The figures of a month, counted from real casework: the same closing, callback and rework as people see them."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.figures import Counts, Figure, together
from cases.figures import figures as figures_of
from cases.number import case_number
from cases.roles import Actor, NotPermitted, Role
from cases.sla import SlaClock
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, UNIT, left_to_people, settled, signed_off
from tests.fakes.told_calls import (
    DEPUTY,
    MORNING,
    NUMBER,
    RULES,
    ToldCall,
    new_database,
    placed,
    talked,
    tell_it,
    unheard,
)
from zhitong.errors import ReportRefused
from zhitong.store.cases import insert_cases, meet_clock, put_clocks
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.figures import Scope, count_all, count_units
from zhitong.store.records import accesses_to
from zhitong.usecases.assign_case import assign_case, return_case
from zhitong.usecases.called_back import called_back as called_back_by_person
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.figure_cases import Side, figure_cases
from zhitong.usecases.figures import figures
from zhitong.usecases.kept import Kept
from zhitong.usecases.known_by import known_by
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.no_contact import no_contact, review_no_contact
from zhitong.usecases.place_call import place_call
from zhitong.usecases.take_due import take_due

SEPTEMBER = (datetime(2025, 9, 1, tzinfo=LOCAL), datetime(2025, 10, 1, tzinfo=LOCAL))
OCTOBER = (SEPTEMBER[1], datetime(2025, 11, 1, tzinfo=LOCAL))
CLOSED = MORNING + timedelta(days=1)
LATE = datetime(2025, 12, 1, tzinfo=LOCAL)
CLERK = Actor(name="回访员小吴", roles=frozenset({Role.DESK}))
SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))


def seen(
    engine: Engine, month: tuple[datetime, datetime] = SEPTEMBER, by: Actor = SUPERVISION, **of: object
) -> dict[str, Figure]:
    found = figures(
        engine,
        by=by,
        since=month[0],
        until=month[1],
        now=LATE,
        repeat_within=timedelta(days=30),
        settle_within=RULES.settle_within,
        targets={},
        **of,  # type: ignore[arg-type]
    )
    if not of:
        assert_cases_are_as_many(engine, found, month, by)
    return {figure.code: figure for figure in found}


def assert_cases_are_as_many(
    engine: Engine, found: Sequence[Figure], month: tuple[datetime, datetime], by: Actor
) -> None:
    """Whatever is counted anywhere here: behind each figure stand as many cases as it says, on both sides of it."""
    kept = Kept(wait=20)
    how: Any = {"repeat_within": timedelta(days=30), "settle_within": RULES.settle_within, "limit": 2000}
    for one in found:
        if one.code in ("satisfied_composite", "answered"):
            continue
        rest = None if one.numerator is None else one.n - one.numerator
        sides: list[tuple[Side, float | None]] = [("n", one.n), ("numerator", one.numerator), ("rest", rest)]
        for side, n in [*sides, ("numerator", one.value)] if one.unit == "件" else sides:
            if n is None:
                continue
            told = figure_cases(
                engine, kept, by=by, code=one.code, side=side, since=month[0], until=month[1], now=LATE, **how
            )
            assert told is not None and told.n == n == told.listed, (one, side)


def share(found: dict[str, Figure], code: str) -> tuple[int | None, int]:
    return found[code].numerator, found[code].n


def called_back(engine: Engine, number: str, now: datetime, call_id: str, **answers: str) -> None:
    (task,) = take_due(engine, now=now, kinds=("callback",))
    assert task.case_number == number
    place_call(engine, RULES, task, now=now)
    call = placed("callback", number, task.id, now, call_id)
    for second, (question, said) in enumerate(answers.items(), start=10):
        call.note(second, "answered", question=question, answer=said, by="key")
    tell_it(engine, RULES, call.note(60, "ended", outcome="callback"))


def by_person(engine: Engine, number: str, now: datetime, outcome: str, **said: str) -> None:
    with reading(engine) as connection:
        waits = [task.kind for task in open_tasks(connection, case_number=number)]
    if "callback" in waits:
        left_to_people(engine, RULES, number=number, now=now - timedelta(minutes=4))
    called_back_by_person(engine, RULES, number=number, by=CLERK, outcome=outcome, now=now, **said)


def test_calls_are_counted_with_how_long_they_waited_and_officials_are_not(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), unheard())
    official = ToldCall("1757553630.9").opened(caller=DEPUTY).note(8, "pressed", key="*")
    official.note(9, "official", official="zhang").note(20, "ended", outcome="staff")
    tell_it(engine, RULES, *(ToldCall(facts=[fact]) for fact in official.facts))
    tell_it(engine, RULES, talked("1757553640.1", MORNING - timedelta(days=20)))
    found = seen(engine)
    assert share(found, "human") == (1, 2) and share(found, "within_15") == (2, 2)
    assert (found["wait_median"].value, found["wait_median"].n) == (24.16, 1)
    assert share(found, "accepted") == (2, 2)
    assert share(seen(engine, offered=4), "answered") == (2, 4)
    with pytest.raises(ReportRefused, match="接起的就有 2 个"):
        seen(engine, offered=1)


def test_a_closing_that_was_not_good_stays_in_its_month_when_the_case_is_closed_again(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    called_back(engine, NUMBER, CLOSED + timedelta(minutes=10), "1757640000.1", person="yes", solved="no")
    again = CLOSED + timedelta(days=30)
    signed_off(engine, RULES, number=NUMBER, now=again)
    called_back(
        engine, NUMBER, again + timedelta(minutes=10), "1757640000.2", person="yes", solved="yes", satisfied="yes"
    )
    first, second = seen(engine), seen(engine, OCTOBER)
    assert share(first, "once") == (0, 1) and share(first, "solved") == (0, 1) and first["satisfied"].value is None
    assert share(second, "once") == (None, 0) or second["once"].n == 0
    assert share(second, "satisfied") == (1, 1) and share(second, "called_back") == (1, 1)
    assert first["cycle_mean"].value == pytest.approx(1) and second["cycle_mean"].value == pytest.approx(31)
    assert share(first, "in_time") == (1, 2), "the clock of the 重办 ran out in September and was met in October"


def test_who_was_not_reached_counts_as_not_called_back(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    waiting = seen(engine)
    assert share(waiting, "called_back") == (0, 1) and "还没有问到 1 个" in waiting["called_back"].beside
    called_back(engine, NUMBER, CLOSED + timedelta(minutes=10), "1757640000.1", person="no")
    assert share(seen(engine), "called_back") == (0, 1)
    for day in (3, 4):
        called_back(engine, NUMBER, CLOSED + timedelta(days=day), f"1757640000.{day}", person="no")
    assert "还没有问到 1 个" in seen(engine)["called_back"].beside, "now a person is to"
    by_person(engine, NUMBER, CLOSED + timedelta(days=5), "联系不上", why="打了三次没人接")
    given_up = seen(engine)
    assert share(given_up, "called_back") == (0, 1) and "没联系上 1 个" in given_up["called_back"].beside


def test_whom_a_person_called_back_counts_in_the_round_he_was_asked_about(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    by_person(engine, NUMBER, CLOSED + timedelta(minutes=5), "没解决", why="还是没有水")
    again = CLOSED + timedelta(days=30)
    signed_off(engine, RULES, number=NUMBER, now=again)
    by_person(engine, NUMBER, again + timedelta(minutes=5), "解决", satisfied="满意")
    first, second = seen(engine), seen(engine, OCTOBER)
    assert share(first, "once") == (0, 1) and first["satisfied"].value is None
    assert share(second, "satisfied_by:人工") == share(second, "satisfied") == (1, 1)
    assert share(second, "satisfied_by:系统")[1] == 0 and share(second, "called_back") == (1, 1)


def test_every_figure_of_a_small_month_is_what_was_computed_by_hand(engine: Engine) -> None:
    calls = [
        talked("1757553630.1", MORNING, caller="13800000011"),
        talked("1757553630.2", MORNING + timedelta(minutes=1), caller="13800000012"),
        unheard("1757553630.3", MORNING + timedelta(minutes=2), caller="13800000013"),
        unheard("1757553630.4", MORNING + timedelta(minutes=3), caller="13800000013"),
        talked("1757553630.5", MORNING + timedelta(minutes=4), caller=""),
        talked("1757553630.6", MORNING + timedelta(minutes=5), caller="13800000016", invite_ms=20_000),
    ]
    tell_it(engine, RULES, *calls)
    one, two, three, four, five, six = (case_number(call.answered_at, call.call_id) for call in calls)
    settled(engine, RULES, number=one, now=MORNING + timedelta(hours=1))
    called_back(
        engine, one, MORNING + timedelta(hours=2), "1757600000.1", person="yes", solved="yes", satisfied="middle"
    )
    days = {two: 1, three: 2, four: 3, five: 4}
    for number, day in days.items():
        signed_off(engine, RULES, number=number, now=MORNING + timedelta(days=day, minutes=int(number[-1]) - 1))
        if number == two:
            called_back(engine, two, CLOSED + timedelta(hours=1), "1757600000.2", person="yes", solved="no")
        if number == three:
            by_person(engine, three, MORNING + timedelta(days=2, hours=1), "解决", satisfied="满意")
        if number == four:
            called_back(engine, four, MORNING + timedelta(days=3, hours=1), "1757600000.4", person="yes", solved="yes")
    no_contact(engine, RULES, number=five, by=CLERK, reason="听了录音没有留号码", now=LATE)
    review_no_contact(engine, RULES, number=five, by=SUPERVISION, agrees=True, reason="确实没有", now=LATE)
    return_case(engine, number=six, by=HEAD, reason="不归我们", leader=lambda unit: "", now=CLOSED)
    found = seen(engine, offered=8)
    by_hand: dict[str, tuple[int | None, int]] = {
        "answered": (6, 8),  # six were answered, eight rang in
        "human": (4, 8),  # the two unheard ones talked with nobody
        "within_15": (5, 8),  # the last one rang for 20 s
        "human_within_15": (0, 8),
        "in_time": (5, 7),  # six cases and the 重办 of two; open: six and that 重办
        "returned": (1, 6),
        "repeated": (1, 5),  # four is three's caller again; five has no number
        "on_spot": (1, 5),
        "called_back": (4, 5),
        "no_contact": (1, 5),
        "solved": (3, 4),
        "once": (3, 4),
        "satisfied": (1, 2),  # satisfied: three; rated: one and three; four was reached and did not rate
        "satisfied_by:系统": (0, 1),
        "satisfied_by:人工": (1, 1),
    }
    assert {code: share(found, code) for code in by_hand} == by_hand
    assert found["wait_median"].value == pytest.approx(24.16), "24.16, 24.16, 24.16 and 44.1 s"
    assert found["cycle_mean"].value == pytest.approx((1 / 24 + 1 + 2 + 3 + 4) / 5, abs=1e-3)
    assert found["cycle_median"].value == pytest.approx(2, abs=1e-3)
    assert "没有评价的 1 个，没联系上的 0 个，没有联系方式的 1 个" in found["satisfied"].beside
    assert "系统问到 3 个，人工问到 1 个" in found["called_back"].beside
    for figure in found.values():
        assert "÷" in figure.formula or figure.numerator is None, "a share tells of what"


def test_what_was_settled_on_the_spot_returned_or_came_again(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), talked("1757553690.9", MORNING + timedelta(minutes=1)))
    other = "20250911-092130-0009"
    settled(engine, RULES, number=NUMBER, now=MORNING + timedelta(hours=1))
    return_case(engine, number=other, by=HEAD, reason="不归我们", leader=lambda unit: "", now=CLOSED)
    assign_case(engine, number=other, unit="能源局", by=DESK, reason="对口", units={"能源局"}, now=CLOSED)
    found = seen(engine)
    assert share(found, "on_spot") == (1, 1) and share(found, "returned") == (1, 2)
    assert share(found, "repeated") == (1, 2) and share(found, "closed") == (1, 2)
    assert share(seen(engine, unit="能源局"), "repeated") == (1, 1)
    assert share(seen(engine, by=HEAD), "closed") == (1, 1), "the head sees what is of his unit"


def declined(engine: Engine, number: str, now: datetime) -> None:
    known = {"type": "咨询", "matter": "A1", "demand": "想问取水许可"}
    edit_case(engine, RULES, number=number, by=DESK, reason="听了录音", now=now, matters={"A1": "供水饮水"}, **known)
    return_case(engine, number=number, by=HEAD, reason="不归我们", leader=lambda unit: "", now=now)
    decline_case(engine, RULES, number=number, result="这是法院的事请问法院", by=LEADER, reason="不归政府管", now=now)


def test_what_was_not_taken_on_is_nothing_that_was_closed_nor_closed_quickly(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), talked("1757553690.9", MORNING + timedelta(minutes=1)))
    declined(engine, NUMBER, MORNING + timedelta(hours=1))
    signed_off(engine, RULES, number="20250911-092130-0009", now=CLOSED)
    found = seen(engine)
    codes = ("accepted", "closed", "on_spot", "in_time", "replied", "called_back")
    assert [share(found, code) for code in codes] == [(1, 2), (1, 1), (0, 1), (1, 1), (2, 2), (0, 2)]
    assert found["cycle_mean"].n == 1 and found["cycle_mean"].value == pytest.approx(1, abs=0.001)
    for code in ("closed", "in_time", "on_spot", "cycle_mean", "cycle_median"):
        assert "不予受理" in found[code].formula and "不予受理的 1 个" in found[code].beside, code


def test_declining_what_has_run_out_makes_nothing_timely(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    declined(engine, NUMBER, MORNING + timedelta(days=12))
    assert share(seen(engine), "in_time") == (0, 1)


def test_a_refusal_stays_one_in_its_month_when_the_citizen_has_it_taken_up_again(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    declined(engine, NUMBER, MORNING + timedelta(hours=1))
    called_back(engine, NUMBER, MORNING + timedelta(hours=2), "1757600000.1", person="yes", solved="no")
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=2))
    found = seen(engine)
    assert share(found, "on_spot") == (0, 1) and share(found, "closed") == (1, 1), "the 重办 is what was closed"
    assert share(found, "in_time") == (1, 1) and share(found, "called_back") == (1, 2)


def test_what_is_closed_with_another_case_makes_no_work_look_quick(engine: Engine) -> None:
    late = MORNING + timedelta(days=2)
    tell_it(engine, RULES, talked(), talked("1757553690.9", late - timedelta(minutes=30), caller="13800000012"))
    other = case_number(late - timedelta(minutes=30), "1757553690.9")
    merge_cases(engine, RULES, number=other, into=NUMBER, by=DESK, reason="同一处停水", now=late)
    signed_off(engine, RULES, number=NUMBER, now=late)
    found = seen(engine)
    assert share(found, "on_spot") == (0, 1) and found["cycle_mean"].n == 1
    assert "随别的工单一起办结的 1 个" in found["on_spot"].beside
    assert share(found, "closed") == (2, 2) and share(found, "called_back") == (0, 2), "each citizen is owed an answer"


def test_who_calls_again_is_known_by_the_number_that_he_gave(engine: Engine) -> None:
    calls = [
        talked(f"175755369{n}.9", MORNING + timedelta(hours=n), caller=caller) for n, caller in enumerate(("", "", ""))
    ]
    tell_it(engine, RULES, *calls)
    numbers = [case_number(call.answered_at, call.call_id) for call in calls]
    for number, contact in zip(numbers[:2], ("13800000012", "13800000012"), strict=True):
        edit_case(engine, RULES, number=number, by=DESK, reason="来电时留的", now=CLOSED, matters={}, contact=contact)
    assert share(seen(engine), "repeated") == (1, 2), "of the third nobody knows who it was"
    tell_it(engine, RULES, talked("1757553699.9", MORNING + timedelta(hours=5), caller="+8613800000012"))
    assert share(seen(engine), "repeated") == (2, 3)


def test_only_who_may_sees_figures_and_that_he_looked_is_kept(engine: Engine) -> None:
    with pytest.raises(NotPermitted):
        seen(engine, by=HANDLER)
    with pytest.raises(NotPermitted, match=f"本单位的：{UNIT}"):
        seen(engine, by=HEAD, unit="能源局")
    with pytest.raises(ReportRefused, match="不分单位"):
        seen(engine, by=HEAD, offered=3)
    with pytest.raises(ReportRefused, match="没有一天"):
        seen(engine, month=(SEPTEMBER[1], SEPTEMBER[0]))
    seen(engine, by=LEADER, line="12345")
    with reading(engine) as connection:
        assert [(row.who, row.what) for row in accesses_to(connection, None)] == [(LEADER.name, "指标")]


PHONES = (
    *("13800000011", "+8613800000011", "013800000012", "008613800000012", "08702120001", "2120001", "868702120001"),
    *("+12025550123", "0085291234567", "95598", "anonymous", "4008001234"),
)


@given(rnd=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_what_the_database_counts_is_what_a_person_would_count(
    tmp_path_factory: pytest.TempPathFactory, rnd: random.Random
) -> None:
    engine = new_database(tmp_path_factory.mktemp("figures"))
    since, until, within = *SEPTEMBER, timedelta(days=7)
    moments = [since + timedelta(days=d, hours=h) for d in (-9, -7, -1, 0, 3, 6, 29, 30) for h in (0, 1)]
    made: list[tuple[Case, SlaClock, datetime | None]] = []
    for n in range(rnd.randint(0, 12)):
        at = rnd.choice(moments) + timedelta(minutes=n)  # of two at one moment neither comes again
        case = Case(
            number=str(n),
            call_id=str(n),
            caller=rnd.choice(("", *PHONES)),
            contact=rnd.choice(("", "", *PHONES)),
            shared_phone=rnd.choice((False, False, True)),
            dialled="12345",
            answered_at=at,
            matter=rnd.choice(("", "A1", "B2")),
            unit=rnd.choice((UNIT, "能源局", "")),
            channel=rnd.choice(("电话", "来信")),
            state=rnd.choice((CaseState.ASSIGNED, CaseState.CLOSED)),
            first_unit=rnd.choice(("", UNIT)),
            returns=rnd.randint(0, 1),
        )
        due = at + timedelta(days=rnd.randint(0, 5))
        clock = SlaClock(code="close", name="办结", round=0, started_at=at, due_at=due, policy="135")
        made.append((case, clock, rnd.choice((None, at + timedelta(days=rnd.randint(0, 9))))))
    with writing(engine) as connection:
        insert_cases(connection, [(case, LATE) for case, _, _ in made])
        put_clocks(connection, [(case.number, clock) for case, clock, _ in made])
        for case, _, met in made:
            if met:
                meet_clock(connection, case.number, "close", round=0, at=met)
    units = rnd.choice((None, frozenset({UNIT})))
    scope = Scope(since=since, until=until, units=units)
    with reading(engine) as connection:
        how: Any = {"now": LATE, "repeat_within": within, "area_code": "0870"}
        counted = count_all(connection, scope, **how)
        each = count_units(connection, Scope(since=since, until=until), **how)
    of_each = together(each.values()) if units is None else each.get(UNIT, Counts())
    same = [figures_of(one, settle_seconds=7200, repeat_days=7, targets={}) for one in (counted, of_each)]
    assert same[0] == same[1], "of each unit at once as of one"
    mine = [(case, clock, met) for case, clock, met in made if units is None or case.unit in units]
    begun = [case for case, _, _ in mine if since <= case.answered_at < until]
    assert counted.cases == len(begun)
    assert counted.closed == sum(case.state is CaseState.CLOSED for case in begun)
    assert counted.assigned == sum(bool(case.first_unit) for case in begun)
    assert counted.returned == sum(bool(case.first_unit and case.returns) for case in begun)
    ran_out = [(clock, met) for _, clock, met in mine if since <= clock.due_at < until]
    assert (counted.due, counted.in_time) == (
        len(ran_out),
        sum(met is not None and met <= clock.due_at for clock, met in ran_out),
    )
    cycles = [(met - case.answered_at).total_seconds() for case, _, met in mine if met and since <= met < until]
    assert sorted(counted.cycles) == pytest.approx(sorted(cycles), abs=0.01)
    assert sum(one.closings for one in counted.answers) == len(cycles)
    known = [case for case in begun if known_by(case, "0870") and case.matter]
    every = [case for case, _, _ in made]
    again = [
        case
        for case in known
        if any(
            known_by(one, "0870") & known_by(case, "0870")
            and one.matter == case.matter
            and one is not case
            and timedelta() < case.answered_at - one.answered_at <= within
            for one in every
        )
    ]
    assert (counted.repeatable, counted.repeated) == (len(known), len(again))
    engine.dispose()
