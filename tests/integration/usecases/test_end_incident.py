"""What the system could not do is listed until somebody has seen to it, and again when it happens again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import NotPermitted
from tests.fakes.closing import DESK, HANDLER
from tests.fakes.told_calls import MORNING
from zhitong.errors import MoveRefused
from zhitong.store.engine import writing
from zhitong.store.records import record_incident
from zhitong.usecases.end_incident import see_to_incident
from zhitong.usecases.list_incidents import Incident, list_incidents

NOW = MORNING + timedelta(hours=1)


def happens(engine: Engine, at: datetime = MORNING) -> None:
    with writing(engine) as connection:
        record_incident(connection, at=at, kind="recording", mark="disk", text="录音文件夹写不进去")


def listed(engine: Engine) -> list[Incident]:
    return list_incidents(engine, by=DESK, now=NOW)


def test_what_somebody_has_seen_to_is_listed_no_more(engine: Engine) -> None:
    happens(engine)
    (told,) = listed(engine)
    assert told.id is not None
    see_to_incident(engine, told.id, outcome="换了硬盘", by=DESK, now=NOW)
    assert listed(engine) == []
    happens(engine)
    assert listed(engine) == [], "the same moment told once more is nothing new"
    happens(engine, NOW + timedelta(days=1))
    assert [one.text for one in listed(engine)] == ["录音文件夹写不进去"]


def test_it_takes_an_outcome_somebody_who_may_and_something_open(engine: Engine) -> None:
    happens(engine)
    (told,) = listed(engine)
    assert told.id is not None
    with pytest.raises(MoveRefused, match="没有写了结的原因"):
        see_to_incident(engine, told.id, outcome=" ", by=DESK, now=NOW)
    with pytest.raises(NotPermitted):
        see_to_incident(engine, told.id, outcome="好了", by=HANDLER, now=NOW)
    with pytest.raises(MoveRefused, match="没有编号 999"):
        see_to_incident(engine, 999, outcome="好了", by=DESK, now=NOW)
    assert len(listed(engine)) == 1
