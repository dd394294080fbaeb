"""One list of what is still to be done beside the cases, what is due first on top."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.record import RecordKind
from cases.roles import Actor, Role
from tests.fakes.closing import DESK, HEAD, LEADER
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.usecases.follow_up import follow_up
from zhitong.usecases.keep_record import end_record, open_record

SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
NOW = MORNING + timedelta(hours=1)


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    tell_it(engine, RULES, talked())
    wanted = [
        (RecordKind.COMMITMENT, LEADER, 5),
        (RecordKind.SUPERVISE, SUPERVISION, 2),
        (RecordKind.MEETING, LEADER, None),
        (RecordKind.CONDUCT, SUPERVISION, 1),
    ]
    return [
        open_record(
            engine,
            number=NUMBER,
            kind=kind,
            owner="水务局",
            text="查清楚",
            by=by,
            now=NOW,
            due_at=NOW + timedelta(days=days) if days else None,
            person="待查" if kind is RecordKind.CONDUCT else "",
            units={"水务局"},
        )
        for kind, by, days in wanted
    ]


def listed(engine: Engine, by: Actor, **of: object) -> list[int]:
    return [record.id for record, _ in follow_up(engine, by=by, now=NOW, **of)]  # type: ignore[arg-type]


def test_what_is_due_first_comes_first_and_what_is_over_not_at_all(engine: Engine, ids: list[int]) -> None:
    commitment, supervised, meeting, conduct = ids
    assert listed(engine, SUPERVISION) == [conduct, supervised, commitment, meeting]
    assert listed(engine, DESK) == [supervised, commitment, meeting], "what is found against people is supervision's"
    assert listed(engine, SUPERVISION, kinds=[RecordKind.MEETING]) == [meeting]
    assert listed(engine, SUPERVISION, owner="能源局") == []
    end_record(engine, commitment, outcome="换好了", by=LEADER, now=NOW)
    assert commitment not in listed(engine, SUPERVISION)


def test_who_may_not_see_a_case_is_told_nothing_of_it(engine: Engine, ids: list[int]) -> None:
    other = Actor(name=HEAD.name, roles=HEAD.roles, units=frozenset({"能源局"}))
    assert listed(engine, other) == [] and len(listed(engine, HEAD)) > 0
