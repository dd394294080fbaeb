"""Another program speaks: whatever it does, there is something to say in time."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dialplans.loudness import TARGET, speech_level
from dialplans.prompt_texts import read_texts
from dialplans.prompts import PromptBook
from dialplans.voice import SpokenTooLong, SynthesisFailed, by_command, to_linear

ESPEAK = ("espeak-ng", "-v", "cmn-latn-pinyin", "-a", "20")
HELLO = "ni3 hao3"
ROWS = {
    "sorry": {"version": 1, "text": "对不住。"},
    "nobody_static": {"version": 1, "text": "都没接到。"},
    "nobody": {"version": 1, "text": "{when}以前打给您。", "fallback": "nobody_static"},
}


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def book(folder: Path, command: tuple[str, ...]) -> PromptBook:
    table = {"voice": {"name": "cmn-latn-pinyin", "speed": 200, "command": list(command)}, "prompts": ROWS}
    texts = read_texts(table, {}, source="test")
    book = PromptBook(texts, constants={}, recorded=folder / "recorded", cache=folder / "cache")
    book.prepare()
    return book


@pytest.mark.parametrize(
    "command",
    [
        (*ESPEAK, "--stdin", "--stdout"),
        (*ESPEAK, "--stdout", "{text}"),
        (*ESPEAK, "-w", "{out}", "--stdin"),
        (*ESPEAK, "-w", "{out}", "{text}"),
        (
            "sh",
            "-c",
            'espeak-ng -v cmn-latn-pinyin --stdout "$1" | sox -t wav --ignore-length - -c 2 -r 48k -b 24 {out}',
            "sh",
            "{text}",
        ),
    ],
)
def test_a_command_gets_the_text_and_gives_wav_in_any_of_these_ways(command):
    sound = np.frombuffer(to_linear(by_command(HELLO, command, seconds=5, limit=10)), "<i2") / 32768
    assert 0.2 < len(sound) / 8000 < 3
    assert speech_level(sound) == pytest.approx(TARGET, abs=1.5)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("no-such-program",), "no-such-program 出错，退出码 127"),
        (python("import sys; sys.exit('no model')"), "no model"),
        (python("print('ID3 mp3')"), "不是 WAV"),
        (("true",), "不是 WAV"),
        (("sh", "-c", "exit 0", "{out}"), "没有这个文件"),
        (("sox", "-n", "-r", "8000", "-t", "wav", "-", "trim", "0", "1"), "没有说话声"),
        (("cat", "/dev/zero"), "出错"),
        (("sleep", "60"), "还没说完"),
        (("sh", "-c", "sleep 60 & sleep 60"), "还没说完"),
    ],
)
def test_what_a_command_does_wrong_is_told_in_time(command, told):
    before = time.monotonic()
    with pytest.raises(SynthesisFailed, match=told):
        by_command(HELLO, command, seconds=5, limit=3)
    assert time.monotonic() - before < 8


def test_what_is_a_little_too_long_is_played_faster_and_what_is_far_too_long_is_refused():
    command = (*ESPEAK, "--stdin", "--stdout")
    usual = len(by_command(HELLO * 5, command, seconds=30, limit=10)) / 8000
    assert len(by_command(HELLO * 5, command, seconds=usual / 1.2, limit=10)) / 8000 <= usual / 1.2
    with pytest.raises(SpokenTooLong):
        by_command(HELLO * 5, command, seconds=usual / 2, limit=10)


def test_a_command_that_fails_costs_no_sentence_and_is_not_asked_at_once_again(tmp_path, caplog):
    asked = tmp_path / "asked"
    told = book(tmp_path, ("sh", "-c", f"echo x >> {asked}; sleep 0.6; exit 3"))
    assert asked.read_text() == "x\n"
    prompt = told.prompt("nobody", when="明早八点半")
    assert (prompt.key, prompt.text) == ("nobody", "明早八点半以前打给您。")
    assert asked.read_text() == "x\n"
    assert {"sorry", "nobody_static", "nobody"} <= told.troubles.keys()
    assert "明早" not in caplog.text


def test_a_command_that_fails_at_once_for_one_text_is_asked_for_the_others(tmp_path):
    asked = tmp_path / "asked"
    told = book(tmp_path, ("sh", "-c", f"echo x >> {asked}; exit 3"))
    assert asked.read_text() == "x\n" * 2
    assert told.troubles.keys() == {"sorry", "nobody_static"}


def test_what_espeak_said_in_its_place_is_not_kept_for_the_command(tmp_path):
    works = tmp_path / "works"
    command = ("sh", "-c", f"test -e {works} && espeak-ng -v cmn-latn-pinyin -p 99 --stdin --stdout")
    before = book(tmp_path, command).prompt("sorry").pcm()
    works.touch()
    assert book(tmp_path, command).prompt("sorry").pcm() != before


def test_changing_one_text_speaks_that_one_alone(tmp_path, monkeypatch):
    asked = tmp_path / "asked"
    command = ("sh", "-c", f"echo x >> {asked}; espeak-ng -v cmn-latn-pinyin --stdin --stdout")
    book(tmp_path, command)
    book(tmp_path, command)
    assert asked.read_text() == "x\n" * 2
    monkeypatch.setitem(ROWS, "sorry", {"version": 2, "text": "实在对不住。"})
    book(tmp_path, command)
    assert asked.read_text() == "x\n" * 3
