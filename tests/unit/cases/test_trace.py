"""Who had a case at a moment, as its timeline tells."""

from datetime import timedelta

import pytest

from cases.sla import SlaClock
from cases.trace import Act, answered_for, held_by, late_clocks, with_lateness
from tests.fakes.told_calls import MORNING

HOUR = timedelta(hours=1)
FIRST = "扎西镇人民政府（城区）"


def act(hours: float, what: str, text: str, who: str = "小周") -> Act:
    return Act(at=MORNING + hours * HOUR, what=what, text=text, who=who)


ACTS = (
    act(1, "交办", "交办：扎西镇人民政府（城区）"),
    act(2, "签收", "扎西镇人民政府（城区）签收", "赵敏"),
    act(3, "移交", "扎西镇人民政府（城区）请水务局接"),
    act(4, "移交", "水务局接，扎西镇人民政府（城区）移交，时限不变", "王局"),
    act(5, "移交", "能源局不接，仍由水务局办", "孙局"),
    act(6, "反馈", "反馈（已解决）：修好了", "王局"),
    act(7, "交办", "交办：能源局（重办，仍由原来的单位办）", "系统"),
)


@pytest.mark.parametrize(
    ("hours", "unit"), [(0, ""), (1, FIRST), (3.5, FIRST), (4, "水务局"), (6, "水务局"), (8, "能源局")]
)
def test_a_unit_has_a_case_from_when_it_was_given_it_or_took_it(hours: float, unit: str) -> None:
    assert held_by(ACTS, MORNING + hours * HOUR, unit="能源局") == unit


def test_in_a_talk_it_is_given_to_the_unit_of_whoever_took_the_call() -> None:
    given = (act(1, "交办", "交办：水务局，副局长李强（通话中当面交办）", "系统"),)
    assert held_by(given, MORNING + 2 * HOUR, unit="能源局") == "水务局"


def test_a_case_that_nobody_gave_to_anybody_is_its_units() -> None:
    assert held_by(ACTS[1:2], MORNING + HOUR, unit="民政局") == "民政局"


def test_who_answers_for_it_is_the_last_of_each_and_never_the_system() -> None:
    assert answered_for(ACTS, MORNING + 9 * HOUR) == (("交办", "小周"), ("签收", "赵敏"), ("反馈", "王局"))


def test_a_clock_is_late_until_it_is_met_and_tells_who_had_the_case_then() -> None:
    told = {"policy": "135", "round": 0, "started_at": MORNING}
    met = SlaClock(code="assign", name="交办", due_at=MORNING + HOUR / 2, met_at=MORNING + HOUR, **told)  # type: ignore[arg-type]
    never = SlaClock(code="close", name="办结", due_at=MORNING + 5 * HOUR, met_at=None, **told)  # type: ignore[arg-type]
    late = late_clocks(ACTS, (met, never), now=MORNING + 9 * HOUR, unit="能源局")
    assert [(one.by, one.unit, one.person) for one in late] == [(HOUR / 2, "", ""), (4 * HOUR, "水务局", "赵敏")]
    assert [one.late for one in with_lateness(ACTS, (met, never))] == [("交办",), (), (), (), (), ("办结",), ("办结",)]
