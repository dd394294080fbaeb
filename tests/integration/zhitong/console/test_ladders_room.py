"""找人顺序 in the console: the ladders as text, checked, compared, tried before and after, published as an edition."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.axe import serious
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, RULES
from zhitong.console.office import Office
from zhitong.directory_files import directory_of, draft_of
from zhitong.settings import CHECKOUT, load_settings
from zhitong.usecases.publish_roster import edition_numbered

FIRST = '[[ladders.steps]]\nring = ["first"]\n'
SECOND = '[[ladders.steps]]\nring = ["second"]\n'
WATER = "扎西镇石坎村三天没有水了"
INERT = "<img src=x onerror=alert(1)>{{7*7}}"


@dataclass(frozen=True)
class Room:
    """The room, for the desk."""

    address: str
    cookie: str
    office: Office

    @property
    def text(self) -> str:
        return self.office.settings.files.escalation.read_text(encoding="utf-8")

    @property
    def other(self) -> str:
        """The first ladder with its first step gone."""
        assert FIRST in self.text
        return self.text.replace(FIRST, SECOND, 1)

    def post(self, what: str, **form: str) -> str:
        told = asked(self.address, f"/flows/ladders/{what}", cookie=self.cookie, form=form, hx_request="true")
        return unescape(told.headers.get("hx-redirect", "") or told.body)

    def shown(self) -> str:
        return unescape(asked(self.address, "/flows/ladders", cookie=self.cookie).body)


@pytest.fixture
def room(engine: Engine, clock: Clock, tmp_path: Path) -> Iterator[Room]:
    """An office with the shipped roster as files of its own, not published yet."""
    told = {"ZHITONG_FOLDERS__DATA": str(tmp_path / "data")}
    for name in ("roster", "escalation"):
        told[f"ZHITONG_FILES__{name.upper()}"] = shutil.copy(CHECKOUT / "config" / f"{name}.toml", tmp_path)
    settings = load_settings(environ=told)
    directory = directory_of(settings, draft_of(settings))
    office = office_with(engine, settings=settings, clock=clock, directory=directory, rules=lambda: RULES)
    cookie = cookie_of(engine, "受理周敏", Role.DESK, now=MORNING)
    with pages_served(office) as address:
        yield Room(address=address, cookie=cookie, office=office)


def test_what_counts_is_shown_and_what_is_wrong_stands_at_its_line(room: Room) -> None:
    assert 'profile = "找局长直通"' in room.shown() and "和在用的一样" in room.shown()
    text = room.text.replace('ring = ["first"]', 'ring = ["frist"]', 1)
    line = 1 + text.splitlines().index('ring = ["frist"]')
    assert f'data-line="{line}"' in room.post("check", text=text)
    assert "要改" in room.post("check", text="[[ladders]]\nprofile =")


def test_who_rings_is_told_before_and_after_for_typed_sentences(room: Room) -> None:
    told = room.post("try", text=room.other, sentences=f"{WATER}\n路灯坏了", at="2025-09-11T10:00")
    assert told.count("<tr>") == 3 and "<strong>" in told and "138****" in told
    assert "不变" in room.post("try", text=room.text, sentences=WATER, at="2025-09-11T10:00")
    assert "没有写群众说的话" in room.post("try", text=room.text, sentences=" ")
    assert "先把上面的错改好" in room.post("try", text="x", sentences=WATER)


def test_ladders_are_published_as_an_edition_of_the_roster_and_written_to_their_file(room: Room) -> None:
    text = room.other
    assert "还没有生效" in room.post("check", text=text)
    assert "没有写为什么改" in room.post("publish", text=text, on="0", reason=" ")
    assert room.post("publish", text=text.replace("\n", "\r\n"), on="0", reason="先打值班的") == "/flows/ladders?done=1"
    assert room.text == text, "the file is what counts"
    edition = edition_numbered(room.office.engine, 1)
    assert (edition.author, edition.reason, edition.texts.escalation) == ("受理周敏", "先打值班的", text)
    assert "第 1 版里的" in room.shown()


def test_what_stood_in_the_file_unpublished_is_kept_and_who_was_faster_is_not_overwritten(room: Room) -> None:
    room.post("publish", text=room.other, on="0", reason="先打值班的")
    path = room.office.settings.files.escalation
    path.write_text(f"# 半成品\n{room.text}", encoding="utf-8")
    assert "没发布的改动" in room.shown()
    mine = edition_numbered(room.office.engine, 1).texts.escalation + "# 我的\n"
    told = room.post("publish", text=mine, on="0", reason="我也改")
    assert "现在是第 1 版" in told and "# 我的" in told
    assert room.post("publish", text=mine, on="1", reason="我也改").startswith("/flows")
    (kept,) = path.parent.glob("escalation.toml.draft-*")
    assert "半成品" in kept.read_text(encoding="utf-8") and room.text == mine


def test_supervision_looks_and_publishes_nothing(room: Room) -> None:
    cookie = cookie_of(room.office.engine, "督查马", Role.SUPERVISION, now=MORNING)
    told = asked(room.address, "/flows/ladders", cookie=cookie).body
    assert "发布的原因" not in told and "readonly" in told


def test_the_page_is_checked_while_one_types_is_inert_and_fits_a_telephone_and_a_screen_reader(
    room: Room, chromium: Browser
) -> None:
    page = signed_in_page(chromium, room.address, room.cookie, width=390)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{room.address}/flows/ladders")
    page.get_by_role("textbox", name="找人顺序的文字").last.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(f'\n[[ladders]]\nprofile = "x"\n[[ladders.steps]]\nring = ["{INERT}"]')
    expect(page.locator("#checked .found")).to_contain_text("onerror")
    assert page.locator("main img").count() == 0 and said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()
    assert serious(chromium, room.address, room.cookie, "/flows/ladders", 390) == []
