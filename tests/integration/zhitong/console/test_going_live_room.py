"""上线检查: a local person's sentence is heard on the page; it stays a trial until enough were right."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cases.roles import Role
from recognizer.errors import SoundError
from tests.fakes.admin import ADMIN
from tests.fakes.looking import NASTY, assert_accessible, assert_fit, looking
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.console.office import Office
from zhitong.console.set_up import SetUp
from zhitong.own_settings import put_own
from zhitong.settings import load_settings
from zhitong.speech_model import speech_model
from zhitong.usecases.understood import Understood


@pytest.fixture
def listening(office: Office, tmp_path: Path) -> Office:
    """An office that hears what the file says, and takes all for water."""

    def hear(path: Path) -> tuple[str, Understood]:
        words = path.read_text(encoding="utf-8")
        if words == "broken":
            raise SoundError("这里读不了这个 wav 文件，多半坏了")
        matter = "A1" if "水" in words else ""
        about = Understood(matter=matter, matter_name="供水饮水", type="", urgency="", place="", unit="水务局")
        return words, about

    settings = load_settings(environ={}, overrides={"folders": {"data": str(tmp_path / "data")}})
    return replace(office, settings=settings, set_up=SetUp(hear=hear))


def test_sentences_are_heard_and_the_wrong_ones_stay(listening: Office, chromium: Browser, tmp_path: Path) -> None:
    with looking(listening, chromium, width=390, role=Role.ADMIN, who=ADMIN) as (page, address):
        page.goto(f"{address}/going-live")
        expect(page.get_by_role("main")).to_contain_text("每个来电都转给真人")
        expect(page.get_by_role("button", name="按听懂的派单")).to_be_disabled()
        for name, words, speaker, told in (
            ("a.txt", "没水", "扎西镇", "录音要是"),
            ("a.wav", "broken", "扎西镇", "多半坏了"),
            ("b.wav", f"停水了{NASTY}", NASTY[:40], "听过了"),
            ("b.wav", f"停水了{NASTY}", "扎西镇", "试过了"),
            ("c.wav", "路灯坏了", "旧城镇", "听过了"),
        ):
            (tmp_path / name).write_text(words, encoding="utf-8")
            page.get_by_label("录音（一句话）").set_input_files(tmp_path / name)
            page.get_by_label("这句话应该归哪个事项").select_option("A1")
            page.get_by_label("谁说的").fill(speaker)
            page.get_by_role("button", name="听一听").click()
            expect(page.get_by_role("alert")).to_contain_text(told)
        expect(page.get_by_role("main")).to_contain_text("现在 1 句对，1 句不对")
        expect(page.get_by_role("row", name="路灯坏了")).to_contain_text("不对")
        assert_fit(page)
        assert_accessible(page)


def test_it_is_not_opened_with_the_shipped_model(listening: Office) -> None:
    cookie = cookie_of(listening.engine, ADMIN, Role.ADMIN, now=MORNING)
    assert speech_model(listening.settings).trial
    with pages_served(listening) as address:
        told = asked(address, "/going-live/open", cookie=cookie, form={})
        assert told.status == 409 and "还不能上线：装了真正的语音模型" in told.body
        put_own(listening.settings, {"hotline": {"county": "青山县"}}, now=MORNING)
        assert asked(address, "/going-live", cookie=cookie).status == 200
