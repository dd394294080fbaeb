"""Closings that look false wait for supervision, once for each reason, and for nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.record import CaseRecord
from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, left_to_people, signed_off
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.errors import MoveRefused
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to
from zhitong.store.timeline import timeline_of
from zhitong.usecases.called_back import called_back
from zhitong.usecases.suspect_closing import CALLS_AGAIN, EMPTY, UNSOLVED, list_suspected, settle_suspected

CLOSED = MORNING + timedelta(days=1)
NOW = CLOSED + timedelta(hours=1)
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
AUDITOR = Actor(name="审计老孙", roles=frozenset({Role.AUDITOR}))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    return engine


def suspected(engine: Engine, by: Actor = SUPERVISION) -> list[CaseRecord]:
    return list_suspected(engine, by=by, now=NOW)


def whys(engine: Engine) -> list[tuple[str, str]]:
    return [(record.case_number, record.text) for record in suspected(engine)]


def not_solved(engine: Engine) -> None:
    left_to_people(engine, RULES, number=NUMBER, now=NOW)
    called_back(engine, RULES, number=NUMBER, by=DESK, outcome="没解决", why="没水", now=NOW)


def test_what_was_closed_as_solved_and_is_not(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    assert whys(engine) == []
    not_solved(engine)
    assert whys(engine) == [(NUMBER, UNSOLVED)]


def test_who_was_told_that_it_cannot_be_solved_makes_no_false_closing_by_saying_so(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED, disposition="暂不能解决")
    not_solved(engine)
    assert whys(engine) == []


@pytest.mark.parametrize(("days", "told"), [(1, True), (14, True), (16, False)])
def test_who_calls_again_about_the_same_matter_soon_after(engine: Engine, days: int, told: bool) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    for n in range(2):
        tell_it(engine, RULES, unheard(f"1757999999.{n}", CLOSED + timedelta(days=days, minutes=n)))
    assert whys(engine) == [(NUMBER, CALLS_AGAIN)] * told, "once"


def test_other_callers_other_matters_and_open_cases_do_not_count(engine: Engine) -> None:
    tell_it(engine, RULES, unheard("1757999999.1", CLOSED))
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    tell_it(engine, RULES, unheard("1757999999.2", NOW, caller="13800000077"))
    assert whys(engine) == []


def test_a_reply_of_empty_words_that_was_passed_all_the_same(engine: Engine) -> None:
    rules = replace(RULES, empty_phrases=("取水许可",))
    signed_off(engine, rules, number=NUMBER, now=CLOSED)
    assert whys(engine) == [(NUMBER, EMPTY)]


def test_only_supervision_and_auditors_see_it_and_that_they_looked_is_kept(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    not_solved(engine)
    for who in (DESK, HANDLER, HEAD, LEADER):
        with pytest.raises(NotPermitted):
            suspected(engine, who)
    assert len(suspected(engine, AUDITOR)) == 1
    with reading(engine) as connection:
        assert [row.who for row in accesses_to(connection, None)] == [AUDITOR.name]
        assert not [entry for entry in timeline_of(connection, NUMBER) if "虚假" in entry.text + entry.what]


def test_it_waits_until_supervision_says_what_it_found(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    not_solved(engine)
    (record,) = suspected(engine)
    settle = {"by": SUPERVISION, "now": NOW}
    with pytest.raises(MoveRefused, match="属实、不属实"):
        settle_suspected(engine, id=record.id, verdict="也许", reason="去看过", **settle)  # type: ignore[arg-type]
    with pytest.raises(MoveRefused, match="没有写查实的原因"):
        settle_suspected(engine, id=record.id, verdict="属实", reason="", **settle)  # type: ignore[arg-type]
    with pytest.raises(NotPermitted):
        settle_suspected(engine, id=record.id, by=LEADER, verdict="不属实", reason="去看过", now=NOW)
    settle_suspected(engine, id=record.id, verdict="属实", reason="去看过，还没修", **settle)  # type: ignore[arg-type]
    assert suspected(engine) == []
    with pytest.raises(MoveRefused, match="没有编号"):
        settle_suspected(engine, id=record.id, verdict="属实", reason="去看过", **settle)  # type: ignore[arg-type]
