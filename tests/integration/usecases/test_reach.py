"""How often an official was reached: fair to who hardly rang, and told apart by night."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import NotPermitted
from tests.fakes.closing import HANDLER, LEADER
from tests.fakes.told_calls import DEPUTY, MORNING, RULES, ToldCall, talked, tell_it, unheard
from zhitong.usecases.reach import Rang, rang_in, reach

DIRECTOR = "13900000001"
NAMES = {"局长王明", "副局长李强"}


def call(id: str = "1757553630.5", at: datetime = MORNING) -> ToldCall:
    return ToldCall(id, at).opened().understood().planned()


def came(told: ToldCall) -> dict[str, str]:
    return {one.who: one.came for one in rang_in(told.facts)}


def test_who_rang_long_has_missed_it_and_who_took_it_has_not() -> None:
    assert came(talked()) == {"局长王明": "missed", "副局长李强": "talked"}
    assert came(unheard()) == {"局长王明": "missed"}
    (taken,) = [one for one in rang_in(talked().facts) if one.came == "talked"]
    assert taken.seconds == pytest.approx(7.8, abs=0.5)


def test_who_hardly_rang_before_another_took_it_has_missed_nothing() -> None:
    told = call().note(4, "rung", i=1, number=DIRECTOR).note(5, "rung", i=2, number=DEPUTY)
    told.note(9, "accepted", i=2, number=DEPUTY, by="key").note(9.1, "leg", i=1, why="late", cause=0)
    assert came(told) == {"副局长李强": "talked"}


@pytest.mark.parametrize(
    ("why", "what"),
    [("refused", "passed"), ("deputy", "passed"), ("later", "passed"), ("hopeless", "dead"), ("noscreen", "missed")],
)
def test_each_end_of_a_leg_is_told_apart(why: str, what: str) -> None:
    told = call().note(4, "rung", i=1, number=DIRECTOR).note(20, "leg", i=1, why=why, cause=0)
    assert came(told.note(30, "ended", outcome="gone")) == {"局长王明": what}


def test_the_best_of_several_rounds_counts_once() -> None:
    told = call().note(4, "rung", i=1, number=DIRECTOR).note(20, "leg", i=1, why="rang", cause=0)
    told.note(40, "rung", i=1, number=DIRECTOR).note(48, "accepted", i=1, number=DIRECTOR, by="key")
    assert [(one.who, one.came) for one in rang_in(told.facts)] == [("局长王明", "talked")]


def test_the_table_has_who_was_reached_least_first_and_nights_apart(engine: Engine) -> None:
    night = MORNING.replace(hour=23, minute=30)
    tell_it(engine, RULES, talked(), talked("1757553690.8", night), unheard("1757553790.8", MORNING))
    table = reach(engine, by=LEADER, since=MORNING - timedelta(days=1), until=MORNING + timedelta(days=2), now=MORNING)
    rows = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    assert [row[0] for row in table.rows] == ["局长王明", "副局长李强"]
    assert (rows["局长王明"]["接到的比例"], rows["局长王明"]["没接"]) == ("0 %（0/3）", "3")
    assert (rows["副局长李强"]["接到的比例"], rows["副局长李强"]["夜里叫到"], rows["副局长李强"]["夜里接到"]) == (
        "100 %（2/2）",
        "1",
        "1",
    )
    with pytest.raises(NotPermitted):
        reach(engine, by=HANDLER, since=MORNING, until=MORNING, now=MORNING)


def test_night_is_from_ten_to_seven() -> None:
    hours = {hour: Rang(who="x", at=MORNING.replace(hour=hour, minute=0), came="dead").night for hour in (6, 7, 21, 22)}
    assert hours == {6: True, 7: False, 21: False, 22: True}
