"""“五要” and 舆情事件数 of a month, and the figures of several months beside each other."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cases.figures import Figure, shown
from cases.number import case_number
from cases.record import RecordKind
from cases.roles import Actor, Role
from cases.tags import TagLists
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HEAD, LEADER, UNIT, signed_off
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import ReportRefused
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to
from zhitong.usecases.figures import How, figures, figures_of_months
from zhitong.usecases.keep_record import end_record, open_record
from zhitong.usecases.tag_case import tag_case

SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))
HELPER = Actor(name="能源局局长", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({"能源局"}))
MONTHS = [(datetime(2025, n, 1, tzinfo=LOCAL), datetime(2025, n + 1, 1, tzinfo=LOCAL)) for n in (8, 9, 10)]
SEPTEMBER = MONTHS[1]
LATE = datetime(2025, 11, 5, tzinfo=LOCAL)
HOW: How = {"repeat_within": timedelta(days=30), "settle_within": RULES.settle_within, "targets": {}}


def five(engine: Engine, by: Actor = SUPERVISION, **of: Any) -> dict[str, Figure]:
    since, until = SEPTEMBER
    how: How = {**HOW, **of, "five": True}  # type: ignore[typeddict-item]
    found = figures(engine, by=by, since=since, until=until, now=LATE, **how)
    return {one.name.removeprefix("五要·"): one for one in found}


def record(engine: Engine, kind: RecordKind, *, by: Actor = SUPERVISION, owner: str = UNIT, **dated: datetime) -> int:
    told: dict[str, Any] = {"kind": kind, "owner": owner, "text": "看一看", "by": by, "now": MORNING, **dated}
    if kind is RecordKind.CONDUCT:
        told |= {"person": "待查", "units": {UNIT}}
    return open_record(engine, number=NUMBER, **told)


def test_each_of_the_five_is_a_figure_with_both_its_numbers(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), talked("1757553690.9", MORNING + timedelta(minutes=1), caller="13800000012"))
    soon = MORNING + timedelta(days=1)
    done, _ = (record(engine, RecordKind.CO_HANDLE, by=DESK, owner="能源局", due_at=soon) for _ in range(2))
    record(engine, RecordKind.CO_HANDLE, by=DESK, owner="能源局")
    ended, _ = (record(engine, kind) for kind in (RecordKind.YELLOW_CARD, RecordKind.CONDUCT))
    end_record(engine, done, outcome="停电配合好了", by=HELPER, now=soon - timedelta(hours=1))
    end_record(engine, ended, outcome="已经整改", by=SUPERVISION, now=soon)
    signed_off(engine, RULES, number=NUMBER, now=soon)
    told = {name: shown(one) for name, one in five(engine).items()}
    assert told == {
        "响应迅速": "24.2 秒（n=2）",
        "态度诚恳": "50.0 %（1/2）",
        "协调尽力": "50.0 %（1/2）",
        "办完回访": "0 %（0/1）",
        "违规处理": "50.0 %（1/2）",
    }
    assert "没写时限的 1 项" in five(engine)["协调尽力"].beside
    assert five(engine, unit="能源局")["协调尽力"].n == 2, "a 协办 is of whoever is to do it"
    assert five(engine, unit=UNIT)["协调尽力"].n == 0


def test_what_only_supervision_may_know_is_in_nobody_elses_five(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    record(engine, RecordKind.CONDUCT)
    for by in (LEADER, HEAD, DESK):
        found = five(engine, by=by)
        for name in ("态度诚恳", "违规处理"):
            assert (found[name].value, found[name].n) == (None, 0)
            assert "只有督查看得到" in found[name].beside


def test_cases_tagged_as_an_outcry_are_counted_in_the_month_in_which_they_were(engine: Engine) -> None:
    other = talked("1757553690.9", MORNING + timedelta(minutes=1), caller="13800000012")
    tell_it(engine, RULES, talked(), other)
    for number in (NUMBER, case_number(other.answered_at, other.call_id)):
        tag_case(engine, number=number, add=["舆情扩散"], by=DESK, reason="上了网", now=LATE, tags=TagLists())
    tag_case(engine, number=NUMBER, remove=["舆情扩散"], by=DESK, reason="看错了", now=LATE, tags=TagLists())
    months = [*MONTHS[1:], (LATE.replace(day=1), LATE.replace(month=12, day=1))]
    told = figures_of_months(engine, by=LEADER, months=months, now=LATE, **HOW)
    assert [shown(one) for found in told for one in found if one.code == "outcries"] == [
        "0 件（来件 2 件）",
        "没有",
        "1 件（来件 0 件）",
    ]


def test_months_stand_beside_each_other_as_each_would_alone(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), talked("1757553690.9", MORNING + timedelta(days=30), caller="13800000012"))
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=7))
    told = figures_of_months(engine, by=LEADER, months=MONTHS, now=LATE, offered=[0, 4, 2], **HOW)
    alone = [figures(engine, by=LEADER, since=a, until=b, now=LATE, **HOW) for a, b in MONTHS]
    strip = [
        [one for one in month if one.code not in ("answered", "human", "within_15", "human_within_15")]
        for month in told
    ]
    assert strip == [[one for one in month if one in of_it] for month, of_it in zip(alone, strip, strict=True)]
    answered = [next(shown(one) for one in month if one.code == "answered") for month in told]
    assert answered == ["没有", "25.0 %（1/4）", "50.0 %（1/2）"]
    cycles = [next(shown(one) for one in month if one.code == "cycle_mean") for month in told]
    assert cycles == ["没有", "7.0 天（n=1）", "没有"]


def test_months_are_asked_for_within_bounds_and_that_somebody_looked_is_kept_once(engine: Engine) -> None:
    with pytest.raises(ReportRefused, match="1 到 24"):
        figures_of_months(engine, by=LEADER, months=[], now=LATE, **HOW)
    with pytest.raises(ReportRefused, match="写了 2 个数，要看的是 3 个月"):
        figures_of_months(engine, by=LEADER, months=MONTHS, now=LATE, offered=[1, 2], **HOW)
    with pytest.raises(ReportRefused, match="不分单位"):
        figures_of_months(engine, by=HEAD, months=MONTHS, now=LATE, offered=[1, 2, 3], **HOW)
    figures_of_months(engine, by=LEADER, months=MONTHS, now=LATE, **HOW)
    with reading(engine) as connection:
        assert [(row.who, row.what) for row in accesses_to(connection, None)] == [(LEADER.name, "指标")]
