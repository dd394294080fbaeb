"""Which flow a line goes by, whatever is broken: Asterisk, a test call, the database, an edition itself."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from cases.roles import Actor, Role
from dialplans.prompt_texts import load_texts
from dialplans.prompts import PromptBook, own_key
from tests.fakes.flow_asterisk import FlowAsterisk
from tests.fakes.flows import DAY_AND_NIGHT
from tests.fakes.told_calls import MORNING, new_database
from zhitong.flow_keeper import FlowsInForce, copy_path
from zhitong.flows import line_prompts
from zhitong.prompt_book import prompt_constants
from zhitong.settings import Settings, load_settings
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.tables import flow_editions, incidents
from zhitong.usecases.edit_flow import see_flow
from zhitong.usecases.publish_flow import publish_flow, restore_flow

LINE = "08702128888"
CHEN = Actor(name="陈工", roles=frozenset({Role.ADMIN}))
OTHER = DAY_AND_NIGHT.replace("seconds = 5", "seconds = 6")


class House:
    """Settings, a database and an Asterisk of the test, and what keeps the flows."""

    def __init__(self, folder: Path) -> None:
        overrides = {"asterisk": {"folder": str(folder / "asterisk")}, "folders": {"data": str(folder / "data")}}
        self.settings: Settings = load_settings(environ={"HOME": str(folder)}, overrides=overrides)
        etc = folder / "asterisk" / "etc"
        etc.mkdir(parents=True)
        (folder / "data").mkdir()
        (etc / "line.conf").touch()
        self.engine: Engine = new_database(folder)
        constants = prompt_constants(self.settings)
        self.book = PromptBook(
            load_texts(self.settings.files.prompts, constants),
            constants=constants,
            recorded=folder / "recorded",
            cache=folder / "cache",
            synthesise=lambda *_, **__: bytes(4000),
        )
        self.book.prepare()
        self.asterisk = FlowAsterisk(etc)
        self.seconds = 0.0
        self.keeper = self.started()

    def started(self, engine: Engine | None = None) -> FlowsInForce:
        keeper = FlowsInForce(
            self.settings, engine or self.engine, self.book, self.asterisk, monotonic=lambda: self.seconds
        )
        self.asterisk.hear = keeper.hear
        self.keeper = keeper
        return keeper

    def publish(self, text: str = DAY_AND_NIGHT) -> int:
        told = {"prompts": line_prompts(self.book), "by": CHEN, "reason": "上线", "now": MORNING}
        if not text:
            return restore_flow(self.engine, line=LINE, edition=0, on=self.newest, **told).number
        return publish_flow(self.engine, line=LINE, text=text, on=self.newest, **told).number

    @property
    def newest(self) -> int:
        return see_flow(self.engine, line=LINE, by=CHEN, now=MORNING).newest

    def look(self) -> None:
        self.keeper.look(MORNING)

    def states(self) -> list[tuple[int, str, str]]:
        """Of all editions, newest first: number, state, why."""
        seen = see_flow(self.engine, line=LINE, by=CHEN, now=MORNING)
        return [(one.number, one.state, one.why) for one in seen.editions]

    def alarms(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(incidents.c.text)).scalars())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_line_without_a_flow_touches_nothing_in_asterisk(house: House):
    house.look()
    assert house.keeper.digits(LINE) == ""
    assert house.asterisk.reloads == 0
    assert not (house.asterisk.etc / "flows.conf").exists()


def test_an_edition_is_proven_by_two_test_calls_before_any_caller_is_led_to_it(house: House):
    house.publish()
    led = []
    hear = house.keeper.hear
    house.asterisk.hear = lambda event: (led.append(house.asterisk.leads_to(LINE)), hear(event))[1]
    house.look()
    assert set(led) == {""}, "while it is tried nobody is led there"
    assert len(house.asterisk.calls) == 2
    assert house.keeper.digits("0870-2128888") == LINE
    assert house.asterisk.leads_to(LINE).startswith(f"flow-{LINE}-")
    assert house.states() == [(1, "used", "")]
    key = own_key("现在是夜里，正在为您找值班的人。")
    assert (house.settings.asterisk.folder / "prompts" / f"{key}.alaw").stat().st_size > 0


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ({"s": "留言"}, "试打（什么都不按）没有打到人，走到：留言"),
        ({"0": "再见"}, "试打（按 0）没有打到人，走到：再见"),
        ({"0": "lost"}, "试打（按 0）走不下去：缺提示音"),
    ],
)
def test_an_edition_whose_test_call_reaches_nobody_is_rolled_back(house: House, ends: dict[str, str], why: str):
    house.publish()
    house.look()
    before = house.asterisk.leads_to(LINE)
    house.asterisk.ends |= ends
    house.publish(OTHER)
    house.look()
    assert house.states() == [(2, "refused", why), (1, "used", "")]
    assert house.asterisk.leads_to(LINE) == before
    assert house.keeper.digits(LINE) == LINE
    assert house.alarms() == [f"线路 {LINE} 的话务流程第 2 版没有启用：{why}；照第 1 版走"]


def test_an_edition_that_asterisk_has_otherwise_is_rolled_back(house: House):
    house.publish()
    house.look()
    house.publish(OTHER)
    house.asterisk.odd = frozenset({"flow-caller"})
    house.look()
    [(number, state, why), _] = house.states()
    assert (number, state) == (2, "refused")
    assert "Asterisk 装的和发布的不一样：flow-caller" in why


def test_callers_in_the_edition_before_stay_there_and_it_goes_once_nobody_can_be_in_it(house: House):
    house.publish()
    house.look()
    first = house.asterisk.leads_to(LINE)
    house.publish(OTHER)
    house.look()
    assert house.asterisk.leads_to(LINE) != first
    assert house.asterisk.dialplan(first)
    house.seconds += timedelta(minutes=5).total_seconds()
    house.look()
    assert not house.asterisk.dialplan(first)
    house.publish("")
    house.look()
    house.seconds += timedelta(minutes=5).total_seconds()
    house.look()
    assert house.keeper.digits(LINE) == ""
    assert (house.asterisk.etc / "flows.conf").read_text(encoding="utf-8") == ""


def test_of_two_that_wait_the_newest_is_tried(house: House):
    house.publish()
    house.publish(OTHER)
    house.look()
    assert house.states() == [(2, "used", ""), (1, "refused", "还没启用，又发布了第 2 版")]


def test_an_asterisk_that_is_away_is_waited_for(house: House):
    house.publish()
    house.asterisk.up = False
    house.look()
    assert house.states() == [(1, "published", "")]
    house.asterisk.up = True
    house.look()
    assert house.states() == [(1, "used", "")]


def test_after_a_start_the_edition_in_use_goes_on_without_a_reload(house: House):
    house.publish()
    house.look()
    reloads = house.asterisk.reloads
    house.started()
    house.look()
    assert house.keeper.digits(LINE) == LINE
    assert house.asterisk.reloads == reloads


def test_an_asterisk_that_came_back_without_its_flows_is_given_them_again(house: House):
    house.publish()
    house.look()
    (house.asterisk.etc / "flows.conf").write_text("")
    house.asterisk.reload_dialplan()
    assert house.asterisk.leads_to(LINE) == ""
    house.keeper.check_again()
    house.look()
    assert house.asterisk.leads_to(LINE) != ""


def test_an_asterisk_that_cannot_be_given_them_asks_at_once_and_people_are_told(house: House):
    house.publish()
    house.look()
    house.asterisk.odd = frozenset({LINE})
    house.asterisk.reload_dialplan()
    house.keeper.check_again()
    house.look()
    assert house.keeper.digits(LINE) == ""
    assert "现在直接提问" in house.alarms()[0]


def test_without_the_database_the_copy_counts_and_afterwards_the_database_again(house: House, tmp_path: Path):
    house.publish()
    house.look()
    assert copy_path(house.settings).stat().st_mode & 0o077 == 0
    house.started(open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite3'}"))
    house.look()
    assert house.keeper.digits(LINE) == LINE
    copy_path(house.settings).write_text("{")
    house.started(open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite3'}"))
    house.look()
    assert house.keeper.digits(LINE) == ""


def test_an_edition_that_is_damaged_is_none(house: House):
    house.publish()
    house.look()
    with writing(house.engine) as connection:
        connection.execute(update(flow_editions).values(text=OTHER))
    house.started()
    house.look()
    assert house.keeper.digits(LINE) == ""
    assert house.alarms() == [f"线路 {LINE} 的话务流程第 1 版没有启用：和发布时的不一样，已经损坏，现在直接提问"]


def test_a_test_call_that_ends_nowhere_is_left_when_the_program_stops(house: House):
    house.publish()
    house.asterisk.ends = {"s": "菜单", "0": "菜单"}
    house.keeper.stop()
    house.look()
    assert house.states() == [(1, "published", "")]
