"""责任倒查: from a bad rating to everybody who acted on its case, and what was late when they did."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.roles import Actor, NotPermitted, Role
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, UNIT, left_to_people, signed_off
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, placed, talked, tell_it
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import put_due, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.tries import put_try
from zhitong.trace_commands import trace_page
from zhitong.usecases.assign_case import assign_case
from zhitong.usecases.called_back import called_back
from zhitong.usecases.looking import HIDDEN
from zhitong.usecases.survey import draw_survey, list_survey, rate_survey
from zhitong.usecases.trace_case import Rated, bad_ratings, trace_case

SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
OTHER_HEAD = replace(HEAD, name="局长外", units=frozenset({"能源局"}))
LATE = MORNING + timedelta(days=20)
"""When every clock of the case has run out."""
CALLED = LATE + timedelta(hours=2)
DAY = timedelta(days=1)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Closed three weeks late; the citizen says to a person that it is not solved."""
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=LATE)
    left_to_people(engine, RULES, number=NUMBER, now=LATE)
    called_back(engine, RULES, number=NUMBER, by=DESK, outcome="没解决", why="证还没有拿到", now=CALLED)
    return engine


def listed(
    engine: Engine, by: Actor = SUPERVISION, unit: str = "", person: str = "", at: datetime = CALLED
) -> list[Rated]:
    return bad_ratings(engine, by=by, since=at - DAY, until=at + DAY, now=at + DAY, unit=unit, person=person)


def test_a_bad_rating_tells_who_had_the_case_then_and_who_answers_for_it(engine: Engine) -> None:
    (one,) = listed(engine)
    assert (one.rating.source, one.rating.said, one.rating.why) == ("人工回访", "没解决", "证还没有拿到")
    assert one.unit == UNIT
    assert dict(one.people) == {
        "交办": DESK.name,
        "签收": HANDLER.name,
        "反馈": HANDLER.name,
        "审核": HEAD.name,
        "审签": LEADER.name,
    }
    assert not listed(engine, at=CALLED + 5 * DAY), "of another span"


def test_it_stays_theirs_when_another_unit_has_the_case_by_now(engine: Engine) -> None:
    at = CALLED + timedelta(hours=1)
    assign_case(engine, number=NUMBER, unit="能源局", by=DESK, reason="归口", units={"能源局"}, now=at)
    (one,) = listed(engine)
    assert (one.case.unit, one.unit) == ("能源局", UNIT)
    assert listed(engine, unit=UNIT) and not listed(engine, unit="能源局")


def test_by_person_and_by_unit(engine: Engine) -> None:
    assert listed(engine, person=HANDLER.name) and listed(engine, person=LEADER.name)
    assert not listed(engine, person="张三")


def test_heads_are_shown_their_own_unit_and_nobody_else_who_may_not(engine: Engine) -> None:
    assert listed(engine, by=HEAD) and listed(engine, by=HEAD, unit=UNIT)
    assert not listed(engine, by=OTHER_HEAD)
    with pytest.raises(NotPermitted, match="本单位"):
        listed(engine, by=OTHER_HEAD, unit=UNIT)
    for who in (DESK, HANDLER):
        with pytest.raises(NotPermitted):
            listed(engine, by=who)
        with pytest.raises(NotPermitted):
            trace_case(engine, number=NUMBER, by=who, now=CALLED)
    with pytest.raises(NotPermitted):
        trace_case(engine, number=NUMBER, by=OTHER_HEAD, now=CALLED)


def test_who_is_complained_of_is_shown_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        case = get_case(connection, NUMBER)
        update_cases(connection, [replace(case, accused=kept_with("", official_keys("wang", "王明")))])
    accused = replace(HEAD, official="wang")
    assert not listed(engine, by=accused) and listed(engine)
    with pytest.raises(NotPermitted, match="有疑问请找督查"):
        trace_case(engine, number=NUMBER, by=accused, now=CALLED)


def test_of_what_is_secret_the_words_are_supervisions(engine: Engine) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), secrecy="保密")])
    (one,) = listed(engine, by=HEAD)
    assert one.rating.why == HIDDEN and listed(engine)[0].rating.why == "证还没有拿到"
    assert trace_case(engine, number=NUMBER, by=HEAD, now=CALLED).ratings[0].why == HIDDEN


def test_a_recheck_that_found_it_broken_again_and_a_survey_count_too(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CALLED + DAY)
    left_to_people(engine, RULES, number=NUMBER, now=CALLED + DAY)
    ended = CALLED + DAY + timedelta(hours=1)
    called_back(engine, RULES, number=NUMBER, by=DESK, outcome="解决", satisfied="满意", now=ended)
    row = {"kind": "recheck", "mark": "r", "case_number": NUMBER, "call_id": "", "due_at": ended}
    with writing(engine) as connection:
        put_due(connection, [row])
        (task,) = [one for one in tasks_of(connection, NUMBER) if one.mark == "r"]
    again = ended + 30 * DAY
    with writing(engine) as connection:
        put_try(connection, case_number=NUMBER, task_id=task.id, kind="recheck", number=CITIZEN, dialled_at=again)
    call = placed("callback", NUMBER, task.id, again)
    call.note(9, "answered", question="person", answer="yes", by="key")
    call.note(20, "answered", question="solved", answer="no", by="key")
    tell_it(engine, RULES, call.note(30, "ended", outcome="callback"))
    (one,) = listed(engine, at=again)
    assert (one.rating.source, one.rating.said) == ("回头看", "又出了问题")
    month = (datetime(2025, 10, 1, tzinfo=LOCAL), datetime(2025, 11, 1, tzinfo=LOCAL))
    asked = datetime(2025, 11, 20, 9, tzinfo=LOCAL)
    draw_survey(engine, RULES, by=SUPERVISION, since=month[0], until=month[1], now=asked)
    ((record, _),) = list_survey(engine, by=SUPERVISION, now=asked)
    rate_survey(engine, record.id, rating="不满意", surveyor="县统计局", by=SUPERVISION, now=asked)
    (one,) = listed(engine, at=asked)
    assert (one.rating.source, one.rating.said) == ("抽样调查（县统计局）", "不满意")
    assert not listed(engine, by=HEAD, at=asked), "units see nothing of a survey"
    assert len(trace_case(engine, number=NUMBER, by=SUPERVISION, now=asked).ratings) == 3
    assert len(trace_case(engine, number=NUMBER, by=HEAD, now=asked).ratings) == 2


def test_the_trace_names_everybody_and_what_was_late_when_he_acted(engine: Engine) -> None:
    trace = trace_case(engine, number=NUMBER, by=SUPERVISION, now=CALLED)
    assert {DESK.name, HANDLER.name, HEAD.name, LEADER.name} <= set(trace.people)
    (review,) = [act for act in trace.acts if act.what == "审核"]
    assert review.who == HEAD.name and review.late
    first = {one.clock.code: one for one in trace.late if not one.clock.round}
    assert first["close"].clock.met_at is not None and first["close"].by > timedelta(days=5)
    page = trace_page(trace)
    for told in ("没解决", "证还没有拿到", HANDLER.name, "★已超期", "超了的时限", "到期时"):
        assert told in page
    with reading(engine) as connection:
        assert "责任倒查" in [row.what for row in accesses_to(connection, NUMBER) if row.who == SUPERVISION.name]
