"""领办: by which triggers a leader owns a case, as the county says; and whoever does is told so, once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.record import PASSED_ABOUT, CaseRecord, RecordKind
from cases.roles import Actor, Role
from cases.triage import Way
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HEAD, LEADER, UNIT, left_to_people, signed_off
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.notices.places import Places
from zhitong.store.accounts import add_account
from zhitong.store.case_records import records_of
from zhitong.store.cases import get_case
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.assign_case import assign_case, return_case
from zhitong.usecases.called_back import called_back
from zhitong.usecases.emergency import open_emergency
from zhitong.usecases.keep_record import end_record, open_record
from zhitong.usecases.lead_cases import BADLY, FALSE, OVERDUE, lead_due
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.rules import Rules
from zhitong.usecases.send_notices import send_due
from zhitong.usecases.suspect_closing import (
    CALLS_AGAIN,
    COACHED,
    UNSOLVED,
    list_suspected,
    settle_suspected,
    suspect,
)
from zhitong.usecases.triage_case import triage_case
from zhitong.usecases.warn_of_clocks import warn_of_clocks

SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))
DIRECTORY = small_directory(
    more=(official("governor", "13900000004", unit="county", rank="director", post="县长"),),
)
CLOSED = MORNING + timedelta(days=1)
NOW = CLOSED + timedelta(hours=1)
AGAIN = "20250912-132030-0001"
DUE = datetime(2025, 9, 18, 17, 30, tzinfo=LOCAL)
"""When the close clock of the case runs out: a Thursday."""


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A citizen has talked with the deputy of the water bureau: 交办."""
    tell_it(engine, RULES, talked())
    return engine


def leads(engine: Engine, number: str = NUMBER) -> list[CaseRecord]:
    with reading(engine) as connection:
        return [one for one in records_of(connection, number, RecordKind.LEAD) if one.closed_at is None]


def whys(engine: Engine, number: str = NUMBER) -> list[str]:
    return [one.text for one in leads(engine, number)]


def without(**numbers: object) -> Rules:
    return replace(RULES, lead=replace(RULES.lead, **numbers))  # type: ignore[arg-type]


# ── triggers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def watched(engine: Engine, rules: Rules, until: datetime) -> None:
    now = MORNING
    while now <= until:
        warn_of_clocks(engine, rules, now=now)
        lead_due(engine, rules, DIRECTORY, now=now)
        now += timedelta(hours=6)
    warn_of_clocks(engine, rules, now=until)
    lead_due(engine, rules, DIRECTORY, now=until)


def test_what_is_overdue_for_days_is_a_leaders_case_and_not_before(engine: Engine) -> None:
    watched(engine, RULES, DUE + timedelta(days=4))  # Monday evening: two working days
    assert whys(engine) == []
    watched(engine, RULES, DUE + timedelta(days=5))
    assert whys(engine) == [OVERDUE]
    with reading(engine) as connection:
        told = [row for row in timeline_of(connection, NUMBER) if row.what == "领办"]
        assert [row.reason for row in told] == [OVERDUE]
        assert len([row for row in timeline_of(connection, NUMBER) if row.what == "预警"]) == 4, "as before"


@pytest.mark.parametrize(("workdays", "days", "led"), [(1, 1, True), (0, 30, False)])
def test_after_how_many_days_is_the_countys_to_say(engine: Engine, workdays: int, days: int, led: bool) -> None:
    rules = without(overdue_workdays=workdays)
    tell_it(engine, rules, talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    watched(engine, rules, DUE + timedelta(days=days))
    assert bool(leads(engine, "20250911-092130-0008")) is led


def test_who_has_ended_his_leading_has_it_again_when_the_next_round_is_overdue(engine: Engine) -> None:
    watched(engine, RULES, DUE + timedelta(days=5))
    end_record(engine, leads(engine)[0].id, outcome="办了", by=LEADER, now=DUE + timedelta(days=5))
    at = DUE + timedelta(days=5, hours=1)
    signed_off(engine, RULES, number=NUMBER, now=at)
    not_solved(engine, RULES, at)
    for days in range(6, 20):
        warn_of_clocks(engine, RULES, now=DUE + timedelta(days=days))
        lead_due(engine, RULES, DIRECTORY, now=DUE + timedelta(days=days))
    assert whys(engine) == [OVERDUE]


def not_solved(engine: Engine, rules: Rules, at: datetime) -> None:
    left_to_people(engine, rules, number=NUMBER, now=at)
    called_back(engine, rules, number=NUMBER, by=DESK, outcome="没解决", why="没水", now=at)


@pytest.mark.parametrize(("reworks", "told"), [(1, [BADLY]), (2, []), (0, [])])
def test_which_time_it_is_to_be_done_again_is_the_countys_to_say(engine: Engine, reworks: int, told: list[str]) -> None:
    rules = without(reworks=reworks)
    signed_off(engine, rules, number=NUMBER, now=CLOSED)
    not_solved(engine, rules, NOW)
    lead_due(engine, rules, DIRECTORY, now=NOW)
    assert whys(engine) == told


def upheld(engine: Engine, verdict: str = "属实") -> None:
    for record in list_suspected(engine, by=SUPERVISION, now=NOW):
        settle_suspected(engine, id=record.id, verdict=verdict, reason="去看过", by=SUPERVISION, now=NOW)


@pytest.mark.parametrize(
    ("verdict", "rules", "told"),
    [("属实", RULES, [FALSE]), ("不属实", RULES, []), ("属实", without(false_closing=False), [])],
)
def test_a_false_closing_that_supervision_upheld_is_a_leaders_case(
    engine: Engine, verdict: str, rules: Rules, told: list[str]
) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    not_solved(engine, RULES, NOW)
    assert [one.text for one in list_suspected(engine, by=SUPERVISION, now=NOW)] == [UNSOLVED]
    upheld(engine, verdict)
    lead_due(engine, rules, DIRECTORY, now=NOW)
    assert whys(engine) == told


def test_one_upheld_while_nobody_works_on_it_is_led_when_the_citizen_says_it_is_not_solved(engine: Engine) -> None:
    rules = replace(RULES, empty_phrases=("取水许可",))
    signed_off(engine, rules, number=NUMBER, now=CLOSED)
    upheld(engine)
    lead_due(engine, rules, DIRECTORY, now=NOW)
    assert whys(engine) == []
    not_solved(engine, rules, NOW)
    lead_due(engine, rules, DIRECTORY, now=NOW)
    assert whys(engine) == [FALSE]


def test_who_had_to_call_again_has_his_new_case_led(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    tell_it(engine, RULES, unheard("1757654430.1", CLOSED + timedelta(hours=4)))
    assert [one.text for one in list_suspected(engine, by=SUPERVISION, now=NOW)] == [CALLS_AGAIN]
    upheld(engine)
    lead_due(engine, RULES, DIRECTORY, now=NOW)
    assert (whys(engine), whys(engine, AGAIN)) == ([], [FALSE])


def test_what_only_supervision_may_know_that_a_citizen_said_gives_him_away_to_nobody(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED, disposition="暂不能解决")
    with writing(engine) as connection:
        suspect(connection, get_case(connection, NUMBER), why=COACHED, at=NOW)
    upheld(engine)
    not_solved(engine, RULES, NOW)
    lead_due(engine, RULES, DIRECTORY, now=NOW)
    assert whys(engine) == []


# ── whoever owns it is told ─────────────────────────────────────────────────────────────────────────────────────────


class Carrier:
    """Takes texts."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __call__(self, text: str, addresses: Iterable[str]) -> dict[str, str]:
        told = list(addresses)
        self.sent += [f"{address} {text}" for address in told]
        return dict.fromkeys(told, "")


ADDRESSES = {name: (f"json://{name}",) for name in ("director", "governor", "supervision")}


def told(engine: Engine, addresses: dict[str, tuple[str, ...]] = ADDRESSES, *, of: str = "由领导领办") -> list[str]:
    """Who was told of a case to lead."""
    carrier = Carrier()
    places = Places(to={"lead": ("route",), "emergency": ("route",)}, addresses=addresses)
    for _ in range(2):
        send_due(
            engine,
            now=lambda: NOW,
            directory=lambda: DIRECTORY,
            places=lambda: places,
            towns=("扎西镇",),
            send=carrier,
            going=lambda: True,
        )
    return [text.split(" ")[0].removeprefix("json://") for text in carrier.sent if of in text and NUMBER in text]


def returned_twice(engine: Engine) -> None:
    head = replace(HEAD, units=frozenset({UNIT, "城管局"}))
    found = {"leader": lambda case: leader_of(case, case.unit, DIRECTORY), "now": NOW}
    return_case(engine, number=NUMBER, by=head, reason="不归我们管", **found)  # type: ignore[arg-type]
    assign_case(engine, number=NUMBER, unit="城管局", by=DESK, reason="对口", units={"城管局"}, now=NOW)
    return_case(engine, number=NUMBER, by=head, reason="也不归我们", **found)  # type: ignore[arg-type]


def by_hand(engine: Engine, owner: str = "director") -> int:
    given = {"kind": RecordKind.LEAD, "owner": owner, "text": "请您盯着", "by": LEADER, "now": NOW}
    return open_record(engine, number=NUMBER, **given)  # type: ignore[arg-type]


def test_a_leader_whose_units_passed_a_case_about_is_told(engine: Engine) -> None:
    returned_twice(engine)
    (lead,) = leads(engine)
    assert lead.text == PASSED_ABOUT
    assert told(engine) == [next(one.id for one in DIRECTORY.roster.officials if one.called == lead.owner)]


def test_whoever_is_given_it_by_hand_is_told_once(engine: Engine) -> None:
    by_hand(engine)
    assert told(engine) == ["director"]
    assert told(engine) == []


def test_whoever_is_given_it_by_sorting_or_an_emergency_is_told(engine: Engine) -> None:
    found = {"by": DESK, "reason": "几个部门的事", "now": NOW, "directory": DIRECTORY}
    triage_case(engine, RULES, number=NUMBER, way=Way.ESCALATE, **found)  # type: ignore[arg-type]
    assert told(engine) == ["director"]
    end_record(engine, leads(engine)[0].id, outcome="好了", by=LEADER, now=NOW)
    open_emergency(engine, RULES, number=NUMBER, reason="水淹到屋里了", by=DESK, now=NOW, directory=DIRECTORY)
    assert told(engine) == ["director"]


def test_whoever_owns_it_by_his_accounts_name_is_told_as_the_official_he_is(engine: Engine) -> None:
    with writing(engine) as connection:
        add_account(connection, "县长办小杨", roles={Role.LEADER}, units=(), by="王芳", at=NOW, official="governor")
    by_hand(engine, "县长办小杨")
    assert told(engine) == ["governor"]


def test_supervision_that_leads_for_want_of_a_leader_is_told(engine: Engine) -> None:
    by_hand(engine, DIRECTORY.supervision.name)
    assert told(engine) == ["supervision"]


def test_who_does_not_own_it_any_more_is_not_told(engine: Engine) -> None:
    end_record(engine, by_hand(engine), outcome="弄错了", by=LEADER, now=NOW)
    assert told(engine) == []


def test_a_leader_who_has_no_address_is_told_by_people(engine: Engine) -> None:
    by_hand(engine, "没有登记的人")
    assert told(engine) == []
    with reading(engine) as connection:
        (text,) = [row.text for row in all_incidents(connection, "notice") if NUMBER in row.text]
    assert "没有登记的人" in text and "请打电话告诉" in text
