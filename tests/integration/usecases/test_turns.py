"""How long after callers had spoken it was decided, and how often before the silence had passed."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted, Role
from tests.fakes.told_calls import MORNING, RULES, ToldCall, tell_it
from zhitong.turn_commands import told
from zhitong.usecases.turns import Turns, turns

SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))


def call(n: int, *heard: tuple[int, bool]) -> ToldCall:
    one = ToldCall(f"1757553630.{n}", MORNING).opened(caller=f"138000000{n:02d}")
    for quiet_ms, early in heard:
        one = one.note(5, "heard", text="停水了", quiet_ms=quiet_ms, early=early)
    return one.planned().note(30, "gone", phase="ring").note(30, "ended", outcome="gone")


def seen(engine: Engine, *, days: int = 0, by: Actor = SUPERVISION) -> Turns:
    since = MORNING.replace(hour=0) + timedelta(days=days)
    return turns(engine, by=by, since=since, until=since + timedelta(days=1), now=MORNING + timedelta(hours=3))


def test_each_call_counts_once_by_the_turn_that_decided_it(engine: Engine) -> None:
    tell_it(engine, RULES, call(1, (240, True)), call(2, (1210, False), (220, True)), call(3, (700, False)))
    assert seen(engine) == Turns(early=(220, 240), waited=(700,), moved=0)
    assert seen(engine, days=1).calls == 0


def test_a_call_in_which_nothing_was_heard_or_noted_does_not_count(engine: Engine) -> None:
    tell_it(engine, RULES, call(1), call(2).understood())
    assert seen(engine).calls == 0
    assert told(seen(engine)) == "没有听到话的来电"


def test_the_share_and_the_times_are_told() -> None:
    text = told(Turns(early=(200, 240, 300), waited=(500, 700), moved=1))
    assert "不等静够就定了的 3 个（60%），说完后 240 毫秒（一半不超过）、300 毫秒" in text
    assert "改归别的单位的 1 个" in text


def test_who_may_see_no_figures_sees_none(engine: Engine) -> None:
    with pytest.raises(NotPermitted):
        seen(engine, by=Actor(name="王小红", roles=frozenset()))
