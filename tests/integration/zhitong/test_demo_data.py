"""A county that does not exist, smaller than `zhitong demo-data` makes it: on SQLite, as the command does."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from cases.roles import Role
from routing.calendar import LOCAL
from zhitong.cli import main
from zhitong.clock import SystemClock
from zhitong.demo_county.seed import Seeded, seed_county
from zhitong.demo_county.words import MATTERS
from zhitong.errors import Refused
from zhitong.roster_now import directory_now
from zhitong.settings import Settings, load_settings
from zhitong.store.accounts import all_actors
from zhitong.store.cases import find_cases
from zhitong.store.engine import reading
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.sign_in import sign_in

UNTIL = datetime(2026, 3, 18, 10, 30, tzinfo=LOCAL)
"""A Wednesday morning."""
NOW = UNTIL
CASES = 60


@dataclass(frozen=True)
class Made:
    """A county in a data folder of its own."""

    settings: Settings
    engine: Engine
    told: Seeded

    @property
    def drawn(self) -> list[tuple[str, ...]]:
        """What is the same for the same seed."""
        with reading(self.engine) as connection:
            found = find_cases(connection, limit=1000)
        return [(one.number, one.state, one.matter, one.type, one.caller, one.unit, one.result) for one in found]


def made(folder: Path, *, seed: int = 1) -> Made:
    settings = load_settings(environ={}, overrides={"folders": {"data": str(folder)}})
    _, directory, engine = directory_now(settings, NOW)
    told = seed_county(engine, settings, directory, seed=seed, until=UNTIL, now=NOW, login="desk", cases=CASES)
    return Made(settings, engine, told)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("county"))


def test_cases_stand_in_every_state_in_which_a_case_can_stay(county: Made) -> None:
    assert set(county.told.states) == set(CaseState) - {CaseState.APPROVED}, "审签 becomes 办结 in the same step"
    assert sum(county.told.states.values()) == county.told.cases == CASES


def test_hardly_a_step_was_one_that_the_rules_do_not_allow(county: Made) -> None:
    assert len(county.told.refused) < CASES / 10, county.told.refused


def test_every_role_has_an_account_and_all_that_use_the_console_sign_in_with_what_was_told(county: Made) -> None:
    with reading(county.engine) as connection:
        roles = {role for actor in all_actors(connection) for role in actor.roles}
    assert roles == set(Role)
    assert {role for actor, _ in county.told.passwords for role in actor.roles} == set(Role) - {Role.CHANNEL}
    for actor, password in county.told.passwords:
        assert sign_in(county.engine, actor.name, password, address="127.0.0.1", now=NOW)


def test_the_chains_of_all_cases_verify_against_their_anchors(county: Made) -> None:
    found = verify_chains(county.engine, folder=county.settings.folders.data / "anchors")
    assert (found.cases, found.breaks) == (CASES, ()) and found.anchors > 50


def test_nothing_happens_before_the_first_day_or_after_the_end(county: Made) -> None:
    with reading(county.engine) as connection:
        found = find_cases(connection, limit=1000)
    moments = [at for one in found for at in (one.answered_at, one.closed_at, one.struck_off_at) if at]
    assert max(moments) <= UNTIL and (UNTIL - min(moments)).days <= 56


def test_a_folder_that_has_cases_is_left_as_it_is(
    county: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = county.drawn
    monkeypatch.delenv("ZHITONG_STORE__DATABASE_URL", raising=False)
    assert main(["demo-data", str(county.settings.folders.data)]) == 1
    assert "已经有工单" in capsys.readouterr().err and county.drawn == before


def test_an_end_that_is_still_to_come_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    settings = load_settings(environ={}, overrides={"folders": {"data": str(tmp_path)}})
    _, directory, engine = directory_now(settings, NOW)
    with pytest.raises(Refused, match="还没有到"):
        seed_county(engine, settings, directory, seed=1, until=SystemClock().now(), now=NOW, login="desk", cases=CASES)
    with reading(engine) as connection:
        assert not find_cases(connection, limit=1) and not all_actors(connection)


def test_the_same_seed_makes_the_same_cases_and_another_one_others(county: Made, tmp_path: Path) -> None:
    again, other = made(tmp_path / "again"), made(tmp_path / "other", seed=2)
    assert again.drawn == county.drawn and again.told.states == county.told.states
    assert other.drawn != county.drawn


def test_citizens_turn_to_it_in_many_ways_about_many_things(county: Made) -> None:
    with reading(county.engine) as connection:
        found = find_cases(connection, limit=1000)
    for name, least in (("channel", 5), ("type", 5), ("urgency", 3), ("place", 8), ("unit", 10)):
        assert len(Counter(getattr(one, name) for one in found)) >= least, name
    assert len({one.matter for one in found}) >= len(MATTERS) - 4
