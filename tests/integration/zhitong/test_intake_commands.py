"""What the desk takes in by hand, and tokens, as an administrator types it; a real voice and the shipped model."""

import re
import wave
from datetime import datetime
from pathlib import Path

import pytest

from dialplans.voice import Voice, speak, to_linear
from routing.calendar import LOCAL
from tests.fakes.admin import ADMIN
from tests.fakes.sent_files import EXE, JPEG
from zhitong.cli import main


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Typed":
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    return Typed(capsys)


class Typed:
    """Commands and what they say."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, status: int = 0) -> str:
        assert main(list(words)) == status
        told = self._capsys.readouterr()
        return told.err if status else told.out


def voice_file(path: Path, text: str) -> Path:
    sound = to_linear(speak(text, Voice(name="cmn-latn-pinyin", speed=150), 20.0))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(sound)
    return path


def test_a_letter_with_a_voice_becomes_a_case_with_its_words(typed: "Typed", tmp_path: Path) -> None:
    typed("account", "first", ADMIN)
    typed("account", "add", "小周", "--role", "受理台", "--by", ADMIN)
    voice = voice_file(tmp_path / "话.wav", "我们扎西镇停水三天了")
    new = ("case", "new", "--by", "小周", "--channel", "信件", "--caller", "13800000009", "--key", "信-1")
    told = typed(*new, "--received", "2026-11-20T09:00", "--file", str(voice))
    (number,) = re.findall(r"\d{8}-\d{6}-\d{4}", told.splitlines()[0])
    assert number.startswith("20261120-090000") and re.search(r"口头编号 \d{4}，提取码 \d{6}", told)
    assert "转写了 1 段语音" in told
    assert "已经有了" in typed(*new, "--received", "2026-11-20T09:00", "--text", "停水")
    page = typed("case", "show", number, "--by", "小周")
    assert "停水" in page and "试用识别" in page and "供水饮水" in page and "核实电话" in page

    photo = tmp_path / "photo"
    photo.write_bytes(JPEG)
    assert "有 2 个附件" in typed("case", "attach", number, str(photo), "--by", "小周")
    listed = typed("case", "attachments", number, "--by", "小周", "--out", str(tmp_path / "out"))
    assert "语音" in listed and "图片" in listed
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".wav", ".jpg"}

    photo.write_bytes(EXE)
    assert "attachments[1]" in typed("case", "attach", number, str(photo), "--by", "小周", status=1)
    assert "没有内容" in typed(*new[:-1], "信-2", status=1)


def test_a_token_is_told_once_listed_without_itself_and_ended(typed: "Typed") -> None:
    typed("account", "first", ADMIN)
    typed("account", "add", "微信公众号", "--role", "渠道", "--by", ADMIN)
    by = ("--by", ADMIN)
    add = ("token", "add", "小程序", "--account", "微信公众号", "--days", "30", *by, "--scope")
    token = typed(*add, "来件").splitlines()[0]
    assert token.startswith("zt_") and "已经有叫" in typed(*add, "来件", status=1)
    listed = typed("token", "list", *by)
    assert "小程序  微信公众号  来件" in listed and "没有用过" in listed and token not in listed
    assert "停用了" in typed("token", "end", "小程序", *by) and typed("token", "list", *by) == "还没有令牌。\n"
    assert "自己就不能查看" in typed(*add, "查看", status=1)


def test_the_document_of_the_api_is_printed(typed: "Typed") -> None:
    assert '"/api/v1/cases/{number}/attachments"' in typed("openapi")


def test_what_looks_the_same_is_told_when_it_comes_in_and_when_it_is_assigned(typed: "Typed") -> None:
    typed("account", "first", ADMIN)
    typed("account", "add", "小周", "--role", "受理台", "--by", ADMIN)
    new = ("case", "new", "--by", "小周", "--channel", "信件", "--text", "扎西镇停水三天了没有人管，请快点修水管")
    told = [typed(*new, "--caller", f"1380000000{n}") for n in (1, 2)]
    first, second = (text.split()[0] for text in told)
    assert "同一件事" not in told[0] and f"  {first}  受理" in told[1] and "说的话 100% 相近" in told[1]
    assign = ("case", "assign", first, "--by", "小周", "--unit", "水务局", "--reason", "归口")
    lines = typed(*assign).splitlines()
    assert lines[0] == "请注意：在办的有 1 个工单像是同一件事" and second in lines[1]
    assert lines[-1] == f"{first} 【交办】。", "told, and not kept from it"
    typed("case", "merge", second, "--into", first, "--by", "小周", "--reason", "一件事")
    assert typed("case", "duplicates", first, "--by", "小周") == "没有像的工单。\n"


def test_a_text_that_only_says_stop_and_a_meeting_without_a_case_are_no_cases(typed: "Typed") -> None:
    typed("account", "first", ADMIN)
    typed("account", "add", "小周", "--role", "受理台", "--by", ADMIN)
    text = ("case", "new", "--by", "小周", "--channel", "短信", "--caller", "13800000009", "--text")
    assert typed(*text, "退订") == "没有立单，短信照群众说的：不要短信。\n"
    assert "138****0009：不要短信" in typed("sms", "list", "--by", "小周")
    sat = ("case", "forum", "--by", "小周", "--meeting-place", "田坝村", "--held-by", "李县长", "--meeting-date")
    assert "写板凳会是哪天开的" in typed(*sat, "昨天", status=1)
    assert "记下了" in typed(*sat, f"{datetime.now(LOCAL):%Y-%m-%d}")
    assert typed("case", "list", "--by", "小周") == "没有工单。\n"
