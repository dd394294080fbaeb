"""查单: drawn once a month, for supervision alone."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, LEADER, left_to_people, signed_off
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.usecases.called_back import called_back
from zhitong.usecases.draw_sample import draw_sample
from zhitong.usecases.keep_record import list_records
from zhitong.usecases.suspect_closing import list_suspected, settle_suspected

SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
OCTOBER = MORNING + timedelta(days=25)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """One citizen has been called back and is satisfied; another one's case is open."""
    tell_it(engine, RULES, talked(), talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    closed = MORNING + timedelta(days=1)
    signed_off(engine, RULES, number=NUMBER, now=closed)
    left_to_people(engine, RULES, number=NUMBER, now=closed + timedelta(minutes=10))
    called_back(
        engine, RULES, number=NUMBER, by=DESK, outcome="解决", satisfied="满意", now=closed + timedelta(hours=1)
    )
    return engine


def waiting(engine: Engine) -> list[str]:
    return [one.case_number for one in list_suspected(engine, by=SUPERVISION, now=OCTOBER)]


def test_closed_cases_of_the_month_before_are_drawn_once_and_settled_by_supervision(engine: Engine) -> None:
    assert draw_sample(engine, RULES, now=MORNING) == 0, "August has none"
    with reading(engine) as connection:
        assert all_incidents(connection, "sample") == []
    assert [draw_sample(engine, RULES, now=OCTOBER + timedelta(days=day)) for day in (0, 0, 3)] == [1, 0, 0]
    assert waiting(engine) == [NUMBER]
    with reading(engine) as connection:
        assert "2025-09 销号 1 件，抽了 1 件" in all_incidents(connection, "sample")[-1].text
    (record,) = list_suspected(engine, by=SUPERVISION, now=OCTOBER)
    settle_suspected(engine, id=record.id, by=SUPERVISION, verdict="不属实", reason="打了电话，真修好了", now=OCTOBER)
    assert waiting(engine) == []


def test_nobody_else_sees_what_was_drawn(engine: Engine) -> None:
    draw_sample(engine, RULES, now=OCTOBER)
    assert list_records(engine, number=NUMBER, by=LEADER, now=OCTOBER) == []
    with pytest.raises(NotPermitted):
        list_suspected(engine, by=LEADER, now=OCTOBER)
