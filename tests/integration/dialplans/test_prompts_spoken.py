"""The shipped prompts with the real synthesiser."""

import re
import subprocess
import threading
import tomllib
from pathlib import Path

import numpy as np
import pytest

from dialplans.loudness import TARGET, speech_level
from dialplans.names import STATIC_PROMPTS
from dialplans.prompt_texts import load_texts
from dialplans.prompts import PromptBook
from dialplans.spoken_text import spoken_name, spoken_text
from dialplans.voice import SynthesisFailed, Voice, as_read, speak, speak_within
from recognizer.taxonomy import load_taxonomy
from zhitong.prompt_book import open_prompt_book, prompt_constants
from zhitong.prompt_studio import EXAMPLES
from zhitong.settings import load_settings

SETTINGS = load_settings(environ={"HOME": "/nonexistent"})
TEXTS = load_texts(SETTINGS.files.prompts, prompt_constants(SETTINGS))
VOICE = Voice(name="cmn-latn-pinyin+f5", speed=200)

# Two readers, espeak-ng's dictionary of characters and pypinyin's of words, agree on all but these, read by hand.
READ = {
    "打的": "da3 de5",
    "重办": "chong2 ban4",
    "重新": "chong2 xin1",
    "局长": "ju2 zhang3",
    "股长": "gu3 zhang3",
    "班长": "ban1 zhang3",
    "来不了": "lai2 bu4 liao3",
    "办不了": "ban4 bu4 liao3",
    "本地": "ben3 di4",
    "种地": "zhong4 di4",
}
OFFICIALS_WRITE = {
    "科长": "ke1 zhang3",
    "镇长": "zhen4 zhang3",
    "站长": "zhan4 zhang3",
    "调解": "tiao2 jie3",
    "调查": "diao4 cha2",
    "调整": "tiao2 zheng3",
    "重建": "chong2 jian4",
    "重要": "zhong4 yao4",
    "了解": "liao3 jie3",
    "种地": "zhong4 di4",
    "补差": "bu3 cha1",
    "归还": "gui1 huan2",
    "还没": "hai2 mei2",
    "畜牧": "xu4 mu4",
    "会计": "kuai4 ji4",
    "供给": "gong1 ji3",
    "银行": "yin2 hang2",
    "不行": "bu4 xing2",
    "堵塞": "du3 se4",
    "增长": "zeng1 zhang3",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> PromptBook:
    folder = tmp_path_factory.mktemp("prompts")
    overrides = {"folders": {"data": str(folder / "data"), "prompts_cache": str(folder / "cache")}}
    book = open_prompt_book(load_settings(environ={"HOME": str(folder)}, overrides=overrides))
    book.prepare()
    return book


def phonemes(text: str) -> str:
    """What espeak-ng says, without tones and stress: those change with the neighbours."""
    return re.sub("[0-9]", "", spoken(text))


def spoken(text: str) -> str:
    """The same with tones, for words whose neighbours are the same."""
    done = subprocess.run(
        ["espeak-ng", "-v", "cmn-latn-pinyin", "-q", "-x", text], capture_output=True, text=True, timeout=20, check=True
    )
    return re.sub(r"[\s_'|,]", "", done.stdout)


def by_hand(text: str) -> str:
    """The words read by hand as pinyin, the rest left to espeak-ng."""
    for word, reading in READ.items():
        text = text.replace(word, f" {reading} ")
    return text


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
        assert phonemes(as_read(TEXTS.pronounced(part))) == phonemes(by_hand(part)), part


@pytest.mark.parametrize(("word", "reading"), OFFICIALS_WRITE.items())
def test_a_character_with_several_readings_is_read_as_its_word_asks(word, reading):
    assert phonemes(as_read(word)) == phonemes(reading)


SURNAMES = """
单 shan4, 仇 qiu2, 解 xie4, 任 ren2, 曾 zeng1, 区 ou1, 盖 ge3, 查 zha1, 朴 piao2, 覃 qin2, 乐 yue4, 员 yun4,
华 hua4, 折 she2, 繁 po2, 种 chong2, 秘 bi4, 翟 zhai2, 过 guo1, 燕 yan1, 卜 bu3, 洗 xian3, 贾 jia3, 句 gou1, 祭 zhai4,
占 zhan1, 么 yao1, 都 du1, 尉迟 yu4 chi2, 万俟 mo4 qi2, 令狐 ling2 hu2, 长孙 zhang3 sun1, 澹台 tan2 tai2
"""


@pytest.mark.parametrize(("surname", "reading"), [row.strip().split(" ", 1) for row in SURNAMES.split(",")])
def test_a_surname_sounds_as_one_tones_too(surname, reading):
    assert spoken(as_read(spoken_name(f"{surname}志强"))) == spoken(f"{reading} zhi4 qiang2")


def shipped_words() -> list[str]:
    """What is filled into sentences: towns, matters, units, posts, other doors, care, channels."""
    taxonomy = load_taxonomy(SETTINGS.files.taxonomy)
    roster = tomllib.loads(SETTINGS.files.roster.read_text(encoding="utf-8"))
    doors = tomllib.loads(SETTINGS.files.escalation.read_text(encoding="utf-8")).get("doors", [])
    named = [row.get(name) for row in (*roster["units"], *roster["officials"], *doors) for name in ("name", "post")]
    return sorted({word for word in (*taxonomy.towns, *taxonomy.names.values(), *named) if word})


@pytest.mark.parametrize("word", shipped_words())
def test_every_shipped_word_for_a_slot_is_pronounced_as_a_dictionary_reads_it(word):
    for part in re.findall("[一-鿿]+", spoken_text(word)):
        assert phonemes(as_read(TEXTS.pronounced(part))) == phonemes(by_hand(part)), part


def test_a_prompt_begins_and_ends_without_silence(book):
    for key in ("notice", "question", "taken"):
        sound = np.frombuffer(book.prompt(key).pcm(), "<i2").astype(float)
        loud = np.flatnonzero(np.abs(sound) > 300)
        assert loud[0] < 0.06 * 8000
        assert len(sound) - loud[-1] < 0.15 * 8000


def test_all_prompts_are_about_equally_loud(book):
    for key in TEXTS.texts.keys() - {"pause", "beep", "star_on", "star_off"}:
        sound = np.frombuffer(book.prompt(key, **EXAMPLES).pcm(), "<i2") / 32768
        assert abs(speech_level(sound) - TARGET) < 1.5, key


def test_the_dialplan_finds_each_of_its_prompts(book, tmp_path):
    book.export_static(tmp_path, STATIC_PROMPTS)
    for key in STATIC_PROMPTS:
        assert (tmp_path / f"{key}.alaw").stat().st_size == round(book.prompt(key).seconds * 8000)


def test_a_sentence_that_is_too_long_is_spoken_faster_and_then_refused():
    text = "实在对不住，值班的这会儿都没接到，您的事记下了。"
    usual = len(speak(text, VOICE, 10)) / 8000
    assert len(speak_within(text, VOICE, seconds=usual * 0.9, limit=10)) / 8000 <= usual * 0.9
    with pytest.raises(SynthesisFailed, match="说了"):
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
