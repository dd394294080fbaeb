"""The shipped prompts with the real synthesiser."""

import re
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from pypinyin import Style, lazy_pinyin

from dialplans.names import STATIC_PROMPTS
from dialplans.prompt_texts import load_texts
from dialplans.prompts import PromptBook
from dialplans.voice import SynthesisFailed, Voice, speak, speak_within
from zhitong.prompt_book import open_prompt_book, prompt_constants
from zhitong.prompt_studio import EXAMPLES
from zhitong.settings import load_settings

SETTINGS = load_settings(environ={"HOME": "/nonexistent"})
TEXTS = load_texts(SETTINGS.files.prompts, prompt_constants(SETTINGS))
VOICE = Voice(name="cmn-latn-pinyin+f5", speed=200)

# What pypinyin reads wrongly here: 打的 as the short word for taking a taxi, 重办 as 重要.
MISREAD = {"打的": "da3 de5", "重办": "chong2 ban4"}


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> PromptBook:
    folder = tmp_path_factory.mktemp("prompts")
    overrides = {"folders": {"data": str(folder / "data"), "prompts_cache": str(folder / "cache")}}
    book = open_prompt_book(load_settings(environ={"HOME": str(folder)}, overrides=overrides))
    book.prepare()
    return book


def phonemes(text: str) -> str:
    """What espeak-ng says, without tones and stress: those change with the neighbours."""
    done = subprocess.run(
        ["espeak-ng", "-v", "cmn-latn-pinyin", "-q", "-x", text], capture_output=True, text=True, timeout=20, check=True
    )
    return re.sub(r"[\s_'|0-9,]", "", done.stdout)


@pytest.mark.parametrize("key", ["notice", "notice_night"])
def test_the_recording_notice_lasts_at_most_six_seconds(book, key):
    assert 2 < book.prompt(key).seconds <= 6


@pytest.mark.parametrize("key", sorted(TEXTS.texts))
def test_every_prompt_keeps_its_time_also_with_long_words(book, key):
    prompt = book.prompt(key, **EXAMPLES)
    assert prompt.key == key
    assert prompt.seconds <= TEXTS.texts[key].max_seconds


def test_the_brief_to_an_official_lasts_at_most_eight_seconds(book):
    brief = book.prompt("brief_sure", urgency="红色", place="扎西镇双河村", matter="供水饮水", times="第三次打来")
    assert brief.key == "brief_sure"
    assert brief.seconds <= 8


@pytest.mark.parametrize("key", sorted(key for key, text in TEXTS.texts.items() if text.tone is None))
def test_every_word_is_pronounced_as_a_dictionary_reads_it(key):
    sentence = TEXTS.texts[key].fill({**EXAMPLES, **prompt_constants(SETTINGS)})
    assert sentence is not None
    for part in re.findall("[一-鿿]+", sentence):
        wanted = part
        for word, reading in MISREAD.items():
            wanted = wanted.replace(word, f" {reading} ")
        reading = " ".join(lazy_pinyin(wanted, style=Style.TONE3, neutral_tone_with_five=True))
        assert phonemes(TEXTS.pronounced(part)) == phonemes(reading), part


def test_a_prompt_begins_and_ends_without_silence(book):
    for key in ("notice", "question", "taken"):
        sound = np.frombuffer(book.prompt(key).pcm(), "<i2").astype(float)
        loud = np.flatnonzero(np.abs(sound) > 300)
        assert loud[0] < 0.06 * 8000
        assert len(sound) - loud[-1] < 0.15 * 8000


def test_all_prompts_are_about_equally_loud(book):
    for key in STATIC_PROMPTS.keys() - {"pause"}:
        peak = np.abs(np.frombuffer(book.prompt(key).pcm(), "<i2").astype(int)).max()
        assert 6_000 < peak < 32_000, key


def test_the_dialplan_finds_each_of_its_prompts(book, tmp_path):
    book.export_static(tmp_path, STATIC_PROMPTS)
    for key in STATIC_PROMPTS:
        assert (tmp_path / f"{key}.alaw").stat().st_size == round(book.prompt(key).seconds * 8000)


def test_a_sentence_that_is_too_long_is_spoken_faster_and_then_refused():
    text = "实在对不住，值班的这会儿都没接到，您的事记下了。"
    usual = len(speak(text, VOICE, 10)) / 8000
    assert len(speak_within(text, VOICE, seconds=usual * 0.9, limit=10)) / 8000 <= usual * 0.9
    with pytest.raises(SynthesisFailed, match="spoken"):
        speak_within(text, VOICE, seconds=usual * 0.3, limit=10)


def test_no_time_left_is_a_failed_synthesis():
    with pytest.raises(SynthesisFailed):
        speak("您好。", VOICE, 0.0001)


@pytest.mark.parametrize("text", ["", "。。。", "-v en --stdin", "<speak>", "[[a]]", "$(reboot)"])
def test_odd_texts_are_spoken_or_refused_but_never_do_anything_else(text):
    try:
        assert speak(text, VOICE, 10)
    except SynthesisFailed:
        assert not re.search(r"[a-z一-鿿]", text)


def test_twenty_callers_at_once_all_get_a_prompt(book):
    got = []
    threads = [
        threading.Thread(target=lambda n=n: got.append(book.prompt("brief_sure", place=f"扎西镇{n}村", matter="供水")))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(got) == 20
    assert {prompt.key for prompt in got} <= {"brief_sure", "brief_plain"}
    assert all(Path(prompt.path + ".alaw").stat().st_size > 8000 for prompt in got)
