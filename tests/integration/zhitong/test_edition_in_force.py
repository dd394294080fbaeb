"""Which edition counts, whatever is broken: database, copy, files. On real files and a real database."""

import json
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.editions import OWN, Texts
from routing.faults import BadConfig
from tests.fakes.editions import list_editions, publish_files
from tests.fakes.told_calls import new_database
from zhitong.directory_files import draft_of
from zhitong.edition_in_force import copy_path, edition_in_force
from zhitong.errors import ChangeRefused, DatabaseGone
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import CHECKOUT, Settings, load_settings
from zhitong.store.engine import writing
from zhitong.store.tables import roster_editions

NOW = datetime(2026, 12, 4, 9, tzinfo=LOCAL)
ROSTER, ESCALATION = (
    (CHECKOUT / "config" / name).read_text(encoding="utf-8") for name in ("roster.toml", "escalation.toml")
)


@dataclass
class House:
    """A data folder, the two files and a database, all of which may break. Both files bear a mark each."""

    folder: Path

    def __post_init__(self) -> None:
        self.files = {name: self.folder / f"{name}.toml" for name in ("roster", "escalation")}
        self.write(0)
        self.engine: Engine = new_database(self.folder)
        self.database = self.folder / "cases.sqlite3"
        changed = {"files": {name: str(path) for name, path in self.files.items()}}
        self.settings: Settings = load_settings(environ={"HOME": str(self.folder)}, overrides=changed)
        self.copy = copy_path(self.settings)
        self.copy.parent.mkdir(parents=True)

    def write(self, mark: int, *, faulty: bool = False) -> None:
        """The draft is another one."""
        number = "110" if faulty else f"138087{mark:05}"
        self.files["roster"].write_text(ROSTER.replace("13808700001", number), encoding="utf-8")
        step = 'ring = ["first"]'
        self.files["escalation"].write_text(ESCALATION.replace(step, f"{step}\nseconds = {5 + mark}", 1), "utf-8")

    def start(self) -> RosterInForce:
        """The controller starts, and takes what there is."""
        roster = RosterInForce(self.settings, self.engine, NOW)
        roster.look(NOW)
        return roster

    def lose_database(self) -> None:
        for path in self.folder.glob("cases.sqlite3*"):
            path.rename(path.with_name(f"away-{path.name}"))

    def find_database(self) -> None:
        for path in self.folder.glob("away-*"):
            path.rename(path.with_name(path.name.removeprefix("away-")))

    @property
    def copy_stands(self) -> bool:
        """Whether the copy is there and whole."""
        try:
            told = json.loads(self.copy.read_bytes())
            return bool(Texts(**told["texts"]).digest == told["digest"])
        except (OSError, ValueError):
            return False

    def publish(self, mark: int) -> int:
        self.write(mark)
        return publish_files(self.settings, self.engine, NOW).id


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.engine.dispose()


def marks(directory: Directory) -> tuple[int, int]:
    """The marks of the two files that this was read from."""
    zhang = directory.roster.official("zhang")
    assert zhang is not None
    return int(zhang.numbers[0][6:]), int(directory.ladders[0].steps[0].seconds or 0) - 5


def test_files_that_were_looked_at_before_they_are_published_count_with_the_calendar_of_now(tmp_path: Path) -> None:
    house = House(tmp_path)
    (tmp_path / "calendar").mkdir()
    house.settings = replace(house.settings, files=replace(house.settings.files, rules=tmp_path))
    roster, monday = house.start(), date(2030, 6, 3)
    house.write(7)
    roster.look(NOW)
    assert roster.unpublished and marks(roster.directory) == (0, 0)
    (tmp_path / "calendar" / "2030.toml").write_text("rest = [2030-06-03]", encoding="utf-8")
    roster.look(NOW)
    publish_files(house.settings, house.engine, NOW)
    assert roster.look(NOW) and not roster.unpublished
    assert marks(roster.directory) == (7, 7) and not roster.directory.roster.calendar.is_workday(monday)
    house.engine.dispose()


def test_the_files_are_the_first_edition_and_published_by_the_system(house: House) -> None:
    assert marks(house.start().directory) == (0, 0)
    (first,) = list_editions(house.engine)
    assert (first.id, first.author, first.digest) == (1, OWN, draft_of(house.settings).digest)
    house.start()
    assert len(list_editions(house.engine)) == 1


def test_a_file_that_was_changed_counts_once_it_is_published(house: House, caplog: pytest.LogCaptureFixture) -> None:
    roster = house.start()
    house.write(3)
    with caplog.at_level(logging.WARNING):
        assert not roster.look(NOW) and not roster.look(NOW)
        house.write(4)
        assert not roster.look(NOW) and marks(roster.directory) == (0, 0)
    assert caplog.text.count("not published") == 1 and roster.unpublished
    assert marks(house.start().directory) == (0, 0), "nor after a restart"
    publish_files(house.settings, house.engine, NOW)
    assert roster.look(NOW) and marks(roster.directory) == (4, 4)
    assert not roster.unpublished


def test_a_faulty_draft_stops_neither_calls_nor_a_start(house: House) -> None:
    house.start()
    house.write(3, faulty=True)
    assert marks(house.start().directory) == (0, 0)
    house.files["roster"].unlink()
    roster = house.start()
    assert marks(roster.directory) == (0, 0) and roster.unpublished and roster.trouble == ""


def test_faulty_files_are_refused_at_the_very_first_start(house: House) -> None:
    house.write(0, faulty=True)
    with pytest.raises(BadConfig, match="紧急号码"):
        house.start()
    house.write(0)
    text = house.files["roster"].read_text("utf-8")
    alone = text.split("[[officials]]")[0] + '[[officials]]\nid = "a"\nname = "甲"\npost = "局长"\nunit = "zwfw"\n'
    alone = alone.replace('"0870-2120001", "0870-2120002"', '"0870-2120001"')
    house.files["roster"].write_text(alone + 'phones = ["13800000001"]\n', "utf-8")
    with pytest.raises(BadConfig, match="个号码可打"):
        house.start()


def test_the_copy_is_for_its_owner_alone_and_counts_while_the_database_is_away(house: House) -> None:
    house.start()
    house.publish(2)
    house.start()
    assert stat.S_IMODE(house.copy.stat().st_mode) == 0o600
    house.write(3)
    house.lose_database()
    roster = house.start()
    assert marks(roster.directory) == (2, 2) and roster.edition.id == 2 and "数据库用不了" in roster.trouble
    house.find_database()
    roster.look(NOW)
    assert roster.trouble == "" and roster.edition.id == 2


def test_a_database_that_is_none_any_more_is_as_one_that_is_away(house: House) -> None:
    house.start()
    house.publish(2)
    house.start()
    house.engine.dispose()
    for path in house.folder.glob("cases.sqlite3*"):
        path.write_bytes(b"no database at all" * 500)
    assert marks(house.start().directory) == (2, 2)


def test_a_copy_that_was_tampered_with_is_not_believed(house: House) -> None:
    house.start()
    told = json.loads(house.copy.read_text("utf-8"))
    told["texts"]["roster"] = told["texts"]["roster"].replace("13808700000", "13808799999")
    house.copy.write_text(json.dumps(told), "utf-8")
    house.lose_database()
    roster = house.start()
    assert marks(roster.directory) == (0, 0) and "已经损坏" in roster.trouble and roster.edition.id == 0


def test_a_copy_that_cannot_be_written_is_told_once_and_tried_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(house.copy.parent)
    house.copy.parent.write_text("no folder")
    roster = house.start()
    roster.look(NOW)
    assert caplog.text.count("no copy of edition 1") == 1
    house.copy.parent.unlink()
    house.copy.parent.mkdir()
    roster.look(NOW)
    assert house.copy.exists()


def test_an_edition_that_is_damaged_or_no_longer_understood_gives_way_to_the_one_before(house: House) -> None:
    house.start()
    house.publish(2)
    house.publish(3)
    running = house.start()
    with writing(house.engine) as connection:
        connection.execute(update(roster_editions).where(roster_editions.c.id == 3).values(roster="home_unit = 1"))
    assert not running.look(NOW) and marks(running.directory) == (3, 3), "who has it goes by it"
    roster = house.start()
    assert marks(roster.directory) == (2, 2) and "第 3 版" in roster.trouble
    assert house.publish(4) == 4
    roster.look(NOW)
    assert marks(roster.directory) == (4, 4) and roster.trouble == ""


def test_the_example_that_was_shipped_comes_after_the_files_when_a_persons_edition_is_damaged(house: House) -> None:
    house.start()
    house.publish(2)
    house.copy.unlink()
    house.write(3)
    with writing(house.engine) as connection:
        connection.execute(update(roster_editions).where(roster_editions.c.id == 2).values(roster="home_unit = 1"))
    assert marks(house.start().directory) == (3, 3)
    house.write(3, faulty=True)
    house.copy.unlink(missing_ok=True)
    assert marks(edition_in_force(house.settings, house.engine, NOW).directory) == (0, 0)


def test_a_new_edition_that_cannot_be_read_changes_nothing_and_is_told_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    roster = house.start()
    house.publish(2)
    with writing(house.engine) as connection:
        connection.execute(update(roster_editions).where(roster_editions.c.id == 2).values(escalation="x = 1"))
    for _ in range(3):
        assert not roster.look(NOW)
    assert marks(roster.directory) == (0, 0) and "第 2 版" in roster.trouble
    assert caplog.text.count("stays in force") == 1


def test_what_is_in_force_is_the_first_edition_of_a_database_that_was_made_anew(house: House) -> None:
    house.start()
    house.publish(2)
    roster = house.start()
    house.write(3)
    house.lose_database()
    house.engine = new_database(house.folder)
    roster = house.start()
    assert marks(roster.directory) == (2, 2)
    (first,) = list_editions(house.engine)
    assert first.author == OWN and "沿用第 2 版" in first.reason and roster.edition.id == 1


def test_after_a_backup_was_put_back_another_edition_of_the_same_number_is_another_one(house: House) -> None:
    roster = house.start()
    house.engine.dispose()
    shutil.copy(house.database, house.folder / "backup")
    house.publish(2)
    roster.look(NOW)
    house.engine.dispose()
    for path in house.folder.glob("cases.sqlite3-*"):
        path.unlink()
    os.replace(house.folder / "backup", house.database)
    house.publish(3)
    roster.look(NOW)
    assert roster.edition.id == 2 and marks(roster.directory) == (3, 3)


STEPS = st.one_of(
    st.tuples(st.sampled_from(["publish", "edit", "truncate", "damage"]), st.integers(1, 40)),
    st.tuples(st.sampled_from(["break", "lose", "find", "look", "restart", "no copy", "restart", "look"]), st.just(0)),
)


@given(st.lists(STEPS, max_size=14))
@settings(max_examples=50)
def test_what_counts_is_always_one_published_edition_never_a_mix_and_never_nothing(
    steps: list[tuple[str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        house = House(Path(name))
        roster = house.start()
        published, away, damaged, files = {0}, False, False, (0, False)  # marks; whether the files are faulty
        for step, n in steps:
            match step:
                case "publish":
                    files = (n, False)
                    try:
                        house.publish(n)
                        published.add(n)
                    except (ChangeRefused, DatabaseGone):
                        house.write(n)
                case "edit":
                    files = (n, False)
                    house.write(n)
                case "break":
                    files = (0, True)
                    house.write(0, faulty=True)
                case "truncate" if house.copy.exists():
                    whole = house.copy.read_bytes()
                    house.copy.write_bytes(whole[: len(whole) * n // 41])
                case "no copy":
                    house.copy.unlink(missing_ok=True)
                case "damage" if not away:
                    damaged = True
                    numbers = [edition.id for edition in list_editions(house.engine)]
                    with writing(house.engine) as connection:
                        one = roster_editions.c.id == numbers[n % len(numbers)]
                        connection.execute(update(roster_editions).where(one).values(roster=ROSTER))
                case "lose" if not away:
                    away = True
                    house.lose_database()
                case "find" if away:
                    away = False
                    house.find_database()
                case "look":
                    roster.look(NOW)
                case "restart":
                    nothing_else = (away or damaged) and not house.copy_stands
                    try:
                        roster = house.start()
                    except BadConfig:
                        assert files[1] and nothing_else, "there is something to go by"
                        continue
                    if roster.edition.id == 0:
                        assert marks(roster.directory) == (files[0], files[0]) and nothing_else
                        published.add(files[0])
            one, other = marks(roster.directory)
            assert one == other, "never a mix"
            assert one in published
        if away:
            house.find_database()
        for _ in range(3):  # a look at a database that is slow just then is no look: there is one every half second
            roster.look(NOW)
        newest = list_editions(house.engine)[0]
        assert roster.edition.key == newest.key or roster.trouble
        house.engine.dispose()
