"""Changes of the roster on a real database, and how they come into force."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from routing.calendar import LOCAL
from routing.roster import Duty, Leave, Override
from routing.router import duty_ladder
from tests.fakes.databases import Databases
from tests.fakes.roster_people import SECRETARY, secretary
from zhitong.directory_files import directory_of, draft_of
from zhitong.errors import ChangeRefused
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import CHECKOUT, Settings, load_settings
from zhitong.usecases.change_roster import (
    list_changes,
    put_first,
    put_leave,
    put_override,
    put_sheet,
    undo_change,
)

NOW = datetime(2026, 12, 4, 9, tzinfo=LOCAL)
DAY = timedelta(days=1)
ZHANG, LI, WANG, CHEN = "13808700001", "13808700002", "13808700003", "13808700004"
BY = {"by": SECRETARY, "reason": "出差", "now": NOW}
SWAP = Override(off="zhang", on="chen", start=NOW, end=NOW + DAY)


@pytest.fixture
def roster_file(tmp_path: Path) -> Path:
    path = tmp_path / "roster.toml"
    path.write_text((CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def settings(tmp_path: Path, roster_file: Path) -> Settings:
    return load_settings(environ={"HOME": str(tmp_path)}, overrides={"files": {"roster": str(roster_file)}})


def test_an_override_is_in_force_at_the_next_look_and_gone_once_it_is_undone(
    engine: Engine, settings: Settings
) -> None:
    base = directory_of(settings, draft_of(settings))
    roster = RosterInForce(settings, engine, NOW)
    assert roster.look(NOW) and not roster.look(NOW), "the second look finds nothing new"
    assert duty_ladder(NOW, roster.directory)[0] == ZHANG
    change = put_override(engine, base, [SWAP], **BY)
    assert roster.look(NOW)
    assert duty_ladder(NOW, roster.directory)[0] == CHEN
    undo_change(engine, base, change.id, by=secretary("李"), reason="写错了", now=NOW)
    assert roster.look(NOW)
    assert duty_ladder(NOW, roster.directory)[0] == ZHANG


def test_every_change_stays_with_author_reason_and_time_also_when_it_was_undone(
    engine: Engine, settings: Settings
) -> None:
    base = directory_of(settings, draft_of(settings))
    put_first(engine, base, "staff", **BY)
    change = put_leave(engine, base, Leave(official="zhang", start=NOW, end=NOW + DAY), **BY)
    undo_change(engine, base, change.id, by=secretary("李"), reason="写错了", now=NOW + DAY)
    first, leave = list_changes(engine)
    assert (first.kind, first.author, first.reason, first.at, first.undone_at) == ("first", "王秘书", "出差", NOW, None)
    assert (leave.kind, leave.undone_by, leave.undone_at) == ("leave", "李", NOW + DAY)
    assert leave.undone_reason == "写错了"


def test_a_sheet_is_in_force_for_its_days_and_the_directors_mobile_beside_it(
    engine: Engine, settings: Settings
) -> None:
    base = directory_of(settings, draft_of(settings))
    duty = Duty(official="wang", start=NOW, end=NOW + DAY, role="lead", unit="zwfw")
    put_sheet(engine, base, "zwfw", [duty], **BY)
    roster = RosterInForce(settings, engine, NOW)
    roster.look(NOW)
    there = [d.official.id for d in roster.directory.roster.on_duty(NOW + timedelta(hours=1), "zwfw")]
    assert there == ["zhang", "wang"]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (Override(off="nobody", on="chen", start=NOW, end=NOW + DAY), "名单里没有这个人"),
        (Override(off="zhang", on="zhang", start=NOW, end=NOW + DAY), "两个不同的人"),
        (Override(off="zhang", on="chen", start=NOW + DAY, end=NOW), "请改成开始以后的时间"),
        (Override(off="zhang", on="chen", start=NOW - 2 * DAY, end=NOW - DAY), "已经过去了"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused_and_nothing_is_written(
    engine: Engine, settings: Settings, override: Override, said: str
) -> None:
    base = directory_of(settings, draft_of(settings))
    with pytest.raises(ChangeRefused, match=said):
        put_override(engine, base, [override], **BY)
    assert list_changes(engine) == []


def test_a_change_needs_a_reason(engine: Engine, settings: Settings) -> None:
    base = directory_of(settings, draft_of(settings))
    with pytest.raises(ChangeRefused, match="没有写"):
        put_override(engine, base, [SWAP], **{**BY, "reason": " "})


@pytest.fixture
def few(tmp_path: Path, roster_file: Path) -> Settings:
    """Two officials who cannot stand in for each other, and one number of the duty room: three in all."""
    text = roster_file.read_text(encoding="utf-8").replace('"0870-2120001", "0870-2120002"', '"0870-2120002"')
    head, *people = text.split("[[officials]]")
    zhang, li = people[0].replace('deputies = ["li", "wang"]', ""), people[1].replace('deputies = ["wang"]', "")
    shifts = '[[shifts]]\nofficial = "zhang"\nhours = ["00:00-24:00"]\n'
    roster_file.write_text(f"{head}[[officials]]{zhang}[[officials]]{li}{shifts}", encoding="utf-8")
    escalation = tmp_path / "escalation.toml"
    escalation.write_text(
        '[[ladders]]\nprofile = "找局长直通"\n[[ladders.steps]]\nring = ["first"]\n', encoding="utf-8"
    )
    return load_settings(
        environ={"HOME": str(tmp_path)},
        overrides={"files": {"roster": str(roster_file), "escalation": str(escalation)}},
    )


def test_a_change_that_leaves_too_few_numbers_is_refused(engine: Engine, few: Settings) -> None:
    base = directory_of(few, draft_of(few))
    with pytest.raises(ChangeRefused, match="只有 2 个号码可打"):
        put_leave(engine, base, Leave(official="li", start=NOW, end=NOW + DAY), **BY)
    assert list_changes(engine) == []


def test_what_was_wrong_before_does_not_stand_in_the_way_of_another_change(engine: Engine, few: Settings) -> None:
    base = directory_of(few, draft_of(few))
    far = NOW + 5 * DAY
    put_leave(engine, base, Leave(official="li", start=far, end=far + DAY), **BY)
    later = {**BY, "now": NOW + 4 * DAY}
    assert put_first(engine, base, "staff", **later).id == 2
    with pytest.raises(ChangeRefused, match="只有 1 个号码可打"):
        put_leave(engine, base, Leave(official="zhang", start=far, end=far + DAY), **later)


def test_what_was_undone_cannot_be_undone_again(engine: Engine, settings: Settings) -> None:
    base = directory_of(settings, draft_of(settings))
    with pytest.raises(ChangeRefused, match="没有编号 7 的改动"):
        undo_change(engine, base, 7, by=secretary("李"), reason="写错了", now=NOW)


def test_holidays_that_are_entered_are_in_force_at_the_next_look_and_a_slip_changes_nothing(
    tmp_path: Path, engine: Engine, settings: Settings
) -> None:
    (tmp_path / "calendar").mkdir()
    settings = replace(settings, files=replace(settings.files, rules=tmp_path))
    roster = RosterInForce(settings, engine, NOW)
    roster.look(NOW)
    monday = datetime(2030, 1, 7, tzinfo=LOCAL).date()
    assert roster.directory.roster.calendar.is_workday(monday)
    entered = tmp_path / "calendar" / "2030.toml"
    entered.write_text("rest = [2030-01-07]")
    assert roster.look(NOW) and not roster.directory.roster.calendar.is_workday(monday)
    entered.write_text("rest = ['neujahr']")
    assert not roster.look(NOW) and "2030.toml" in roster.trouble
    assert not roster.directory.roster.calendar.is_workday(monday)


def test_without_a_database_the_file_counts_and_changes_known_before_stay(
    engine: Engine, databases: Databases, database_url: str, settings: Settings
) -> None:
    base = directory_of(settings, draft_of(settings))
    put_override(engine, base, [SWAP], **BY)
    roster = RosterInForce(settings, engine, NOW)
    roster.look(NOW)
    databases.destroy(database_url)
    assert not roster.look(NOW)
    assert duty_ladder(NOW, roster.directory)[0] == CHEN
    new = RosterInForce(settings, engine, NOW)
    new.look(NOW)
    assert duty_ladder(NOW, new.directory)[0] == ZHANG
