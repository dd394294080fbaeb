"""提示音 in the console: read, heard, worded anew, recorded in the browser, brought back; none of it reaches a call
before it can be said."""

import http.client
import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select

from cases.roles import Role
from tests.fakes.axe import serious
from tests.fakes.directories import small_directory
from tests.fakes.pages import Clock, asked, browser, cookie_of, office_with, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, RULES
from zhitong.console.office import Office
from zhitong.console.visitor import COOKIE, csrf_of
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import load_settings
from zhitong.store.engine import reading
from zhitong.store.tables import accesses

WORDS = "请您讲，是什么事？"
WHEN_LOADED = """one => new Promise(done => {
  one.duration ? done(one.duration) : one.onloadedmetadata = () => done(one.duration);
})"""
WHEN_HEARD = """one => new Promise(done => {
  let beeps = 0;
  const look = () => (beeps += one.value > 0.05) > 5 ? done(true) : setTimeout(look, 50);
  look();
})"""
INERT = '"><img src=x onerror=alert(1)>{{7*7}}'


@dataclass(frozen=True)
class Room:
    """The room, for an administrator."""

    address: str
    cookie: str
    office: Office
    clock: Clock

    def get(self, path: str = "/question") -> str:
        return asked(self.address, f"/flows/prompts{path}", cookie=self.cookie).body

    def word(self, text: str, *, key: str = "question", on: int = 0) -> str:
        told = asked(self.address, f"/flows/prompts/{key}/text", cookie=self.cookie, form={"text": text, "on": str(on)})
        return told.where or told.body

    def back(self, number: int, *, on: int) -> str:
        form = {"number": str(number), "on": str(on)}
        told = asked(self.address, "/flows/prompts/question/back", cookie=self.cookie, form=form)
        return told.where or told.body

    def upload(self, sound: bytes, *, key: str = "question", on: int = 0) -> str:
        mark, parts = "----form", {"csrf": csrf_of(self.cookie), "on": str(on)}
        body = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in parts.items()
        )
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{INERT}.wav"\r\n\r\n'
        body += head.encode() + sound + f"\r\n--{mark}--\r\n".encode()
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=30)
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Cookie": f"{COOKIE}={self.cookie}"}
        try:
            connection.request("POST", f"/flows/prompts/{key}/sound", body, headers)
            answer = connection.getresponse()
            return answer.headers.get("location", "") or answer.read().decode()
        finally:
            connection.close()

    def said(self, key: str = "question") -> str:
        """As the next start of the hotline says it."""
        return open_prompt_book(self.office.settings).sentence(key)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser with a microphone that beeps."""
    with browser("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as found:
        yield found


@pytest.fixture
def office(engine: Engine, clock: Clock, tmp_path: Path) -> Office:
    """An office whose prompts lie in a folder of the test."""
    folders = {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "cache")}
    settings = load_settings(environ={"HOME": str(tmp_path)}, overrides={"folders": folders})
    return office_with(engine, settings=settings, clock=clock, directory=small_directory(), rules=lambda: RULES)


@pytest.fixture
def room(office: Office, clock: Clock) -> Iterator[Room]:
    """Its pages."""
    cookie = cookie_of(office.engine, "管理员", Role.ADMIN, now=MORNING)
    with pages_served(office) as address:
        yield Room(address=address, cookie=cookie, office=office, clock=clock)


def tone(seconds: float, *, loud: float = 0.3, rate: int = 16000) -> bytes:
    """A WAV."""
    samples = np.sin(np.arange(int(seconds * rate)) * 440 * 2 * np.pi / rate) * loud * 32767
    file = io.BytesIO()
    with wave.open(file, "wb") as told:
        told.setparams((1, 2, rate, 0, "NONE", ""))
        told.writeframes(np.clip(samples, -32767, 32767).astype("<i2").tobytes())
    return file.getvalue()


def test_every_sentence_is_listed_and_found_by_its_words(room: Room) -> None:
    assert "列出全部" in room.get("") and "您请说，什么事？" in room.get("")
    assert room.get("?all=1").count('href="/flows/prompts/') > 150
    found = room.get("?q=线路有点吵")
    assert "ask_again" in found and "silent_again_1" not in found
    assert "没有这样的话" in room.get("?q=没有的话")
    assert "没有这样的话" in room.get("?which=changed")


def test_what_counts_now_is_heard(room: Room) -> None:
    for key in ("question", "open_case"):
        told = asked(room.address, f"/flows/prompts/{key}/now.wav", cookie=room.cookie)
        assert told.status == 200 and told.headers["content-type"] == "audio/wav"
    assert "打电话时才填" in room.get("/open_case")


def test_other_words_count_at_once_and_can_be_taken_back(room: Room) -> None:
    assert room.word(WORDS) == "/flows/prompts/question?done=1"
    assert room.said() == WORDS and "两秒内换上" in room.get("/question?done=1")
    assert "改了文字" in room.get() and "改过" in room.get("?q=请您讲")
    assert room.back(1, on=2).startswith("/flows/prompts/question")
    assert room.said() == "您请说，什么事？" and "换回第 1 次" in room.get()
    with reading(room.office.engine) as connection:
        looks = [row.what for row in connection.execute(select(accesses)) if row.who == "管理员"]
    assert "改提示音 question" in looks and "换回提示音 question" in looks


def test_words_that_cannot_be_said_are_refused_with_why_and_kept_in_the_form(room: Room) -> None:
    for key, text, why in (
        ("question", "Hello，您请说", "读不出来"),
        ("question", "", "不能空着"),
        ("question", "您请说，{when}以前回", "没有词可填"),
        ("question", "您请说" * 40, "太长"),
        ("question", "您请说，什么事？", "文字没有改"),
        ("open_case", "您的事正在办。", "至少留一个"),
    ):
        told = room.word(text, key=key)
        assert why in told and f">{text}</textarea>" in told, why
    for key in ("beep", "nothing"):
        assert "没有提示音" in room.word("嘟", key=key)
    assert not (room.office.settings.folders.prompts_recorded / "changes.jsonl").exists()


def test_an_uploaded_recording_is_heard_from_then_on_and_earlier_ones_are_kept(room: Room) -> None:
    assert room.upload(tone(1.0)) == "/flows/prompts/question?done=1"
    recording = open_prompt_book(room.office.settings).recording("question")
    assert recording is not None and recording.usable
    assert "换了录音" in room.get() and ">录音<" in room.get()
    assert room.upload(tone(1.4), on=2).startswith("/flows")
    assert asked(room.address, "/flows/prompts/question/2.wav", cookie=room.cookie).status == 200
    assert room.back(2, on=3).startswith("/flows")
    again = open_prompt_book(room.office.settings).recording("question")
    assert again is not None and again.sound == recording.sound
    assert room.word(WORDS, on=4).startswith("/flows")
    assert open_prompt_book(room.office.settings).recording("question") is None, "it says the old words"


def test_a_recording_that_cannot_be_used_changes_nothing(room: Room) -> None:
    for sound, why in (
        (b"", "还没有录音"),
        (b"MP3 nothing", "不是 WAV"),
        (tone(9.0), "最多 3 秒"),
        (tone(1.0, loud=0.0), "没有说话声"),
        (tone(1.0, loud=5.0), "削了顶"),
    ):
        assert why in room.upload(sound), why
    assert not (room.office.settings.folders.prompts_recorded / "changes.jsonl").exists()


def test_who_comes_second_sees_what_the_first_one_did_and_loses_nothing(room: Room) -> None:
    room.word(WORDS)
    room.clock.forward(timedelta(minutes=3))
    told = room.word("您说，有什么事？", on=0)
    assert "管理员" in told and WORDS in told and "您说，有什么事？" in told and "没有存" in told
    assert room.said() == WORDS
    assert room.word("好，不录了，您接着说。", key="no_recording_ok", on=0).startswith("/flows"), "another sentence"


def test_the_desk_looks_and_changes_nothing(room: Room) -> None:
    desk = cookie_of(room.office.engine, "受理周敏", Role.DESK, now=MORNING)
    shown = asked(room.address, "/flows/prompts/question", cookie=desk).body
    assert "就用这句" not in shown and "听现在的这一句" in shown


def test_a_sentence_is_heard_and_recorded_in_the_browser(room: Room, chromium: Browser) -> None:
    page = signed_in_page(chromium, room.address, room.cookie)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{room.address}/flows/prompts/ask_again")
    page.fill("textarea", "没有听清，请再说一遍。")
    page.click("text=试听")
    heard = page.locator("#wording audio")
    expect(heard).to_be_visible()
    assert heard.evaluate(WHEN_LOADED) > 0.5
    page.click("text=● 录音")
    assert page.locator("[data-level]").evaluate(WHEN_HEARD)
    page.click("text=■ 念完了")
    expect(page.locator("#recording [role=status]")).to_have_text("录好了，请先听一遍。")
    assert page.locator("#recording audio").evaluate(WHEN_LOADED) > 0
    page.click("text=就用这个录音")
    expect(page.locator(".done")).to_contain_text("存好了")
    recording = open_prompt_book(room.office.settings).recording("ask_again")
    assert recording is not None and recording.usable
    assert said == []
    page.context.close()


def test_without_a_script_everything_can_be_done(room: Room, chromium: Browser, tmp_path: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies([{"name": COOKIE, "value": room.cookie, "url": room.address}])
    page = context.new_page()
    page.goto(f"{room.address}/flows/prompts?q=什么事")
    page.click("text=您请说，什么事？")
    (tmp_path / "a.wav").write_bytes(tone(1.0))
    page.set_input_files("input[type=file]", tmp_path / "a.wav")
    page.click("text=就用这个录音")
    expect(page.locator(".done")).to_contain_text("存好了")
    context.close()


def test_what_was_typed_runs_nowhere_and_the_pages_fit_a_telephone_and_a_screen_reader(
    room: Room, chromium: Browser
) -> None:
    room.word(WORDS)
    room.upload(tone(1.0), on=2)
    page = signed_in_page(chromium, room.address, room.cookie, width=390)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    for path in ("", "/question", "/open_case"):
        page.goto(f"{room.address}/flows/prompts{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert serious(chromium, room.address, room.cookie, f"/flows/prompts{path}", 390) == []
    told = room.word(INERT)
    assert "<img src=x" not in told and "&lt;img src=x" in told and "{{7*7}}" in told
    page.goto(f"{room.address}/flows/prompts?q={INERT}")
    assert page.locator("main img").count() == 0 and page.input_value("input[name=q]") == INERT
    page.keyboard.press("Tab")
    assert said == []
    page.context.close()
