"""The colour of a case is reckoned from its clocks and the moment, for a list of them at once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from routing.calendar import LOCAL
from tests.fakes.closing import HEAD, LEADER, signed_off
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.case_text import case_line
from zhitong.store.cases import get_cases
from zhitong.store.engine import reading
from zhitong.usecases.ask_time import ask_suspension
from zhitong.usecases.case_colours import case_colours
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.rules import Rules


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A case that was talked about and one that nobody heard."""
    tell_it(engine, RULES, talked(), unheard())
    return engine


UNHEARD = "20250911-092030-0008"


def lines(engine: Engine, now: str, rules: Rules = RULES) -> list[str]:
    with reading(engine) as connection:
        cases = get_cases(connection, [NUMBER, UNHEARD])
    moment = datetime.fromisoformat(now).replace(tzinfo=LOCAL)
    sights = case_colours(engine, rules, cases.values(), now=moment)
    return [case_line(cases[number], sights[number]).split("  ")[2] for number in (NUMBER, UNHEARD)]


@pytest.mark.parametrize(
    ("now", "colours"),
    [
        ("2025-09-11T10:00", ["●绿 办结 09-18 17:30", "●绿 交办 09-12 17:30"]),
        ("2025-09-12T15:00", ["●绿 办结 09-18 17:30", "●橙 交办 09-12 17:30"]),
        ("2025-09-12T17:30", ["●绿 办结 09-18 17:30", "●红 交办 09-12 17:30"]),
        ("2025-09-16T09:00", ["●黄 办结 09-18 17:30", "●红 交办 09-12 17:30"]),
        ("2025-09-17T14:00", ["●橙 办结 09-18 17:30", "●红 交办 09-12 17:30"]),
        ("2025-09-18T17:30", ["●红 办结 09-18 17:30", "●红 交办 09-12 17:30"]),
    ],
)
def test_the_worst_clock_gives_the_colour(engine: Engine, now: str, colours: list[str]) -> None:
    assert lines(engine, now) == colours


def test_a_suspended_case_says_so_and_one_that_is_closed_has_no_colour(engine: Engine) -> None:
    now, until = MORNING + timedelta(days=1), MORNING + timedelta(days=5)
    ask_suspension(
        engine, RULES, number=NUMBER, until=until, by=HEAD, reason="等判决", leader=lambda _: "李县长", now=now
    )
    grant_time(engine, RULES, number=NUMBER, by=LEADER, now=now)
    assert lines(engine, "2025-09-15T09:00")[0] == "挂起到 09-16 09:20，办结 09-22 17:30"
    assert lines(engine, "2025-09-16T10:00")[0] == "●绿 办结 09-22 17:30"
    signed_off(engine, RULES, number=NUMBER, now=now)
    assert lines(engine, "2025-10-30T10:00")[0].startswith("2025-09-11"), "the next column"


def test_a_clock_of_a_policy_that_is_gone_is_red_when_it_has_run_out(engine: Engine) -> None:
    gone = replace(RULES, policies=tuple(policy for policy in RULES.policies if policy.id != "135"))
    assert lines(engine, "2025-09-17T14:00", gone)[0] == "●绿 办结 09-18 17:30"
    assert lines(engine, "2025-09-18T17:30", gone)[0] == "●红 办结 09-18 17:30"
