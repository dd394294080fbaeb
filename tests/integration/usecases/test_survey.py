"""抽样调查: drawn once a month for supervision alone, asked by others, and never in place of the callback."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.figures import Figure
from cases.roles import Actor, NotPermitted, Role
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HEAD, LEADER, UNIT, left_to_people, signed_off
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import MoveRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.tries import callbacks_of
from zhitong.usecases.called_back import called_back
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.figures import figures
from zhitong.usecases.keep_record import end_record, list_records
from zhitong.usecases.survey import draw_survey, list_survey, rate_survey
from zhitong.usecases.suspect_closing import list_suspected

SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
SEPTEMBER = (datetime(2025, 9, 1, tzinfo=LOCAL), datetime(2025, 10, 1, tzinfo=LOCAL))
OCTOBER = SEPTEMBER[1] + timedelta(days=4)
OTHER = "20250911-092130-0008"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Two citizens have been called back and are satisfied; what the second one told is to be kept secret."""
    tell_it(engine, RULES, talked(), talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    closed = MORNING + timedelta(days=1)
    other_desk = replace(DESK, name="受理台老马")  # who writes that does not record the callback
    edit_case(engine, RULES, number=OTHER, by=other_desk, reason="要求", now=closed, matters={}, secrecy="保密")
    for number in (NUMBER, OTHER):
        signed_off(engine, RULES, number=number, now=closed)
        if number == NUMBER:  # of the other one, which is secret, only people call
            left_to_people(engine, RULES, number=number, now=closed)
        called_back(engine, RULES, number=number, by=DESK, outcome="解决", satisfied="满意", now=closed)
    return engine


def draw(engine: Engine, by: Actor = SUPERVISION, now: datetime = OCTOBER) -> int:
    since, until = SEPTEMBER
    return draw_survey(engine, RULES, by=by, since=since, until=until, now=now)


def rate(engine: Engine, rating: str, surveyor: str = "县统计局", by: Actor = SUPERVISION) -> None:
    ((record, _),) = list_survey(engine, by=SUPERVISION, now=OCTOBER)
    rate_survey(engine, record.id, rating=rating, surveyor=surveyor, by=by, now=OCTOBER)


def seen(engine: Engine, month: tuple[datetime, datetime]) -> dict[str, Figure]:
    found = figures(
        engine,
        by=SUPERVISION,
        since=month[0],
        until=month[1],
        now=OCTOBER + timedelta(days=30),
        repeat_within=timedelta(days=30),
        settle_within=RULES.settle_within,
        targets={},
    )
    return {figure.code: figure for figure in found}


def test_what_is_not_secret_is_drawn_once_and_told_to_supervision_alone(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="没有过完"):
        draw(engine, now=MORNING)
    assert draw(engine) == 1
    with pytest.raises(MoveRefused, match="已经抽过了"):
        draw(engine)
    for who in (DESK, LEADER, HEAD):
        with pytest.raises(NotPermitted):
            list_survey(engine, by=who, now=OCTOBER)
        assert list_records(engine, number=NUMBER, by=who, now=OCTOBER) == []
    ((record, case),) = list_survey(engine, by=SUPERVISION, now=OCTOBER, unmasked=True)
    assert (record.detail["month"], case.number, case.caller) == ("2025-09", NUMBER, CITIZEN)
    with reading(engine) as connection:
        assert [one.what for one in accesses_to(connection, NUMBER) if one.unmasked][-1:] == ["抽样调查"]
    assert "*" in list_survey(engine, by=SUPERVISION, now=OCTOBER)[0][1].caller


def test_what_others_are_told_stands_beside_the_callback_and_changes_nothing_of_it(engine: Engine) -> None:
    draw(engine)
    with reading(engine) as connection:
        before = callbacks_of(connection, [NUMBER])
    rate(engine, "不满意")
    with reading(engine) as connection:
        assert callbacks_of(connection, [NUMBER]) == before
    of_september, of_october = (seen(engine, (one, one + timedelta(days=30))) for one in SEPTEMBER)
    assert (of_september["satisfied"].numerator, of_september["satisfied"].n) == (2, 2)
    assert (of_october["satisfied_survey"].numerator, of_october["satisfied_survey"].n) == (0, 1)
    assert of_september["satisfied_survey"].value is None
    assert [one.text for one in list_suspected(engine, by=SUPERVISION, now=OCTOBER)] == ["抽样调查，群众不满意"]


def test_a_rating_is_given_once_by_somebody_who_had_no_part(engine: Engine) -> None:
    draw(engine)
    ((record, _),) = list_survey(engine, by=SUPERVISION, now=OCTOBER)
    with pytest.raises(MoveRefused, match="survey rate"):
        end_record(engine, record.id, outcome="满意", by=SUPERVISION, now=OCTOBER)
    for surveyor in (UNIT, DESK.name):
        with pytest.raises(NotPermitted, match="别的人"):
            rate(engine, "满意", surveyor=surveyor)
    with pytest.raises(NotPermitted):
        rate(engine, "满意", by=LEADER)
    with pytest.raises(MoveRefused, match="不认识"):
        rate(engine, "很好")
    rate_survey(engine, record.id, rating="满意", surveyor="", by=SUPERVISION, now=OCTOBER)
    with pytest.raises(MoveRefused, match="已经由督查老钱记了：满意"):
        rate_survey(engine, record.id, rating="不满意", surveyor="", by=SUPERVISION, now=OCTOBER)
    assert list_survey(engine, by=SUPERVISION, now=OCTOBER) == []


def test_who_had_the_case_under_post_and_name_does_not_ask_how_it_was(engine: Engine) -> None:
    draw(engine)
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), official=f"股长{SUPERVISION.name}")])
    with pytest.raises(NotPermitted, match="别的人"):
        rate(engine, "满意")


def test_a_case_that_waits_is_told_beside_the_figure(engine: Engine) -> None:
    draw(engine)
    of_october = seen(engine, (SEPTEMBER[1], SEPTEMBER[1] + timedelta(days=31)))
    assert "抽到还没有问的 1 个" in of_october["satisfied_survey"].beside


def test_a_clock_that_ran_out_has_an_answer_or_none(engine: Engine) -> None:
    tell_it(engine, RULES, talked("1757553690.9", MORNING + timedelta(seconds=120), caller="13800000019"))
    found = seen(engine, SEPTEMBER)["replied"]
    assert (found.numerator, found.n) == (2, 3) and "没有答复的 1 个" in found.beside
