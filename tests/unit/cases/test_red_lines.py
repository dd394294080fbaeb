"""What must not happen to a case is found from what is kept of it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, CaseState
from cases.record import PASSED_ABOUT, CaseRecord, RecordKind
from cases.red_lines import CHECKS, RedLine, crossed, load_red_lines
from cases.register import Registered
from cases.sla import BadPolicy, SlaClock
from tests.fakes.told_calls import CONFIG, MORNING

SHIPPED = load_red_lines(CONFIG / "policies" / "red_lines.toml")
DAY = timedelta(days=1)
FULL = {"type": "投诉", "matter": "A1", "unit": "水务局", "demand": "要水"}


def case(state: CaseState = CaseState.HANDLING, **more: object) -> Case:
    told = {"number": "1", "call_id": "1", "caller": "138", "dialled": "1", "answered_at": MORNING, "state": state}
    return Case(**(told | FULL | more))  # type: ignore[arg-type]


def clock(met_at: datetime | None = None, round: int = 0) -> SlaClock:
    due = MORNING + DAY
    return SlaClock(code="close", name="办结", round=round, started_at=MORNING, due_at=due, policy="135", met_at=met_at)


def record(kind: RecordKind, text: str = "盯着", **more: object) -> CaseRecord:
    told = {"id": 1, "case_number": "1", "kind": kind, "owner": "副县长", "text": text, "opened_by": "周"}
    return CaseRecord(**(told | {"opened_at": MORNING} | more))  # type: ignore[arg-type]


NOTHING = Registered(case=case())
FOUND: dict[str, tuple[Registered, str]] = {
    "late": (Registered(case=case(), clocks=(clock(),)), "办结超时 9 天，还没有办"),
    "unsigned": (
        Registered(case=case(CaseState.ASSIGNED), history=((MORNING, "交办"), (MORNING + DAY, "交办"))),
        "交办 9 天没有签收",
    ),
    "incomplete": (Registered(case=case(unit="", type="")), "没有记类型、承办单位"),
    "unasked": (Registered(case=case(CaseState.CLOSED, closed_at=MORNING)), "办结 10 天没有回访到"),
    "overdue": (
        Registered(case=case(), records=(record(RecordKind.COMMITMENT, due_at=MORNING + DAY),)),
        "承诺（副县长）到期没有了结",
    ),
    "passed_about": (Registered(case=case(), records=(record(RecordKind.LEAD, PASSED_ABOUT),)), "推来推去"),
    "again": (Registered(case=case(rework=2)), "群众说没解决 2 次"),
    "held": (Registered(case=case(), records=(record(RecordKind.YELLOW_CARD),)), "黄牌：没有了结"),
}


@pytest.mark.parametrize("key", CHECKS)
def test_each_line_is_found_where_it_was_crossed_and_nowhere_else(key: str) -> None:
    now = MORNING + 10 * DAY
    for other, (one, told) in FOUND.items():
        found = [what for _, what in crossed(one, (RedLine(key=key, name="线"),), now=now)]
        assert bool(found) == (key == other) and (not found or found[0].startswith(told))
    assert crossed(NOTHING, SHIPPED, now=now) == ()


@given(hours=st.integers(0, 500), after=st.integers(0, 500))
def test_what_was_met_is_late_by_when_it_was_met_not_by_when_one_looks(hours: int, after: int) -> None:
    one = Registered(case=case(), clocks=(clock(met_at=MORNING + DAY + timedelta(hours=hours)),))
    line = RedLine(key="late", name="线", after=timedelta(hours=after))
    for days in (30, 3000):
        assert bool(crossed(one, (line,), now=MORNING + days * DAY)) == (hours > after)


def test_what_a_citizen_has_confirmed_is_not_unasked_nor_incomplete() -> None:
    ended = case(CaseState.STRUCK_OFF, closed_at=MORNING, unit="", type="")
    assert crossed(Registered(case=ended), SHIPPED, now=MORNING + 99 * DAY) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[line]]\nkey = "lazy"\nname = "懒"', "key 是 'lazy'"),
        ('[[line]]\nkey = "late"', "name 是 None"),
        ('[[line]]\nkey = "late"\nname = "超"\nafter_hours = -1', "after_hours 是 -1"),
        ('[[line]]\nkey = "late"\nname = "超"\nhours = 1', "hours 不认识"),
        ("[[line", "不是 TOML"),
    ],
)
def test_a_bad_line_is_told_with_file_and_mend(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "red_lines.toml"
    path.write_text(text)
    with pytest.raises(BadPolicy, match=told):
        load_red_lines(path)


def test_a_county_without_the_file_has_no_red_lines(tmp_path: Path) -> None:
    assert load_red_lines(tmp_path / "red_lines.toml") == ()
