"""The prompt studio with real synthesis; the microphone is a sentence spoken by the synthesiser."""

import threading
from collections.abc import Iterator

import pytest

from dialplans.voice import Voice, speak, to_linear
from recognizer.errors import SoundError
from routing.faults import BadConfig
from zhitong.prompt_book import open_prompt_book
from zhitong.prompt_studio import check_prompts, list_prompts, record_prompts
from zhitong.settings import Settings, load_settings

SPOKEN = to_linear(speak("您请说，什么事？", Voice(name="cmn-latn-pinyin", speed=200), 10))


@pytest.fixture
def settings(tmp_path) -> Settings:
    folders = {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "cache")}
    return load_settings(environ={"HOME": str(tmp_path)}, overrides={"folders": folders})


def microphone(*, stop: threading.Event) -> Iterator[bytes]:
    """A person who says the question, then is quiet until the recording ends."""
    sound = b"\0" * 8000 + SPOKEN
    for start in range(0, len(sound) - 320, 320):
        yield sound[start : start + 320]
    while not stop.is_set():
        yield b"\0" * 320


def answers(*lines: str):
    given = iter(lines)
    return lambda question: next(given)


def with_text(settings: Settings, tmp_path, old: str, new: str) -> Settings:
    """The same settings with a sentence of the prompts changed."""
    changed = tmp_path / "changed.toml"
    changed.write_text(settings.files.prompts.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    folders = {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "cache")}
    overrides = {"folders": folders, "files": {"prompts": str(changed)}}
    return load_settings(environ={"HOME": str(tmp_path)}, overrides=overrides)


def record_question(settings: Settings) -> int:
    return record_prompts(settings, ["question"], ask=answers("", "", ""), say=lambda line: None, frames=microphone)


def test_the_shipped_prompts_have_no_fault(settings):
    assert check_prompts(settings) == []


def test_a_recorded_prompt_is_used_from_the_next_start(settings):
    assert record_question(settings) == 1
    line = next(line for line in list_prompts(settings) if line.startswith("question"))
    assert "录音" in line
    book = open_prompt_book(settings)
    book.prepare()
    assert check_prompts(settings) == []
    assert abs(book.prompt("question").seconds - len(SPOKEN) / 16000) < 0.5


def test_in_the_list_key_and_origin_stand_apart_however_long_the_key(settings):
    assert {line.split()[1] for line in list_prompts(settings)} == {"合成", "填词"}


def test_a_recording_of_an_older_text_is_found(settings, tmp_path):
    record_question(settings)
    changed = with_text(settings, tmp_path, "您请说，什么事？", "您请说，出了什么事？")
    assert any("旧的文字" in fault for fault in check_prompts(changed))


def test_a_sentence_that_cannot_keep_its_time_and_letters_are_found(settings, tmp_path):
    long = "{place}，" * 12 + "{matter}的事。"
    faults = check_prompts(with_text(settings, tmp_path, "听明白了，[{place}]{matter}的事。", "微信APP。" + long))
    assert any(fault.startswith("transfer_sure") and "超过" in fault for fault in faults)
    assert any(fault.startswith("transfer_sure") and "A" in fault for fault in faults)


def test_skipping_and_leaving_record_nothing(settings):
    assert record_prompts(settings, ask=answers("s", "q"), say=lambda line: None, frames=microphone) == 0
    assert not list(settings.folders.prompts_recorded.glob("*"))


def test_the_core_prompts_are_led_through_one_by_one(settings):
    lines: list[str] = []
    record_prompts(settings, ask=answers(*["s"] * 20), say=lines.append, frames=microphone)
    assert sum("句，共 20 句" in line for line in lines) == 20


def test_a_recording_that_was_not_liked_is_made_again(settings):
    said = answers("", "", "r", "", "", "")
    assert record_prompts(settings, ["question"], ask=said, say=lambda line: None, frames=microphone) == 1
    assert sorted(path.name for path in settings.folders.prompts_recorded.iterdir()) == ["question.txt", "question.wav"]


def test_silence_is_not_taken_for_a_recording(settings):
    def quiet(*, stop: threading.Event) -> Iterator[bytes]:
        while not stop.is_set():
            yield b"\0" * 320

    said: list[str] = []
    asked = answers("", "", "q")
    assert record_prompts(settings, ["question"], ask=asked, say=said.append, frames=quiet) == 0
    assert any("没有录到说话声" in line for line in said)


def test_without_a_microphone_it_says_so_before_the_first_sentence(settings):
    def none(*, stop: threading.Event) -> Iterator[bytes]:
        raise SoundError("没有麦克风")
        yield b""

    with pytest.raises(SoundError, match="没有麦克风"):
        record_prompts(settings, ask=answers(), say=lambda line: None, frames=none)


@pytest.mark.parametrize("key", ["nobody", "nowhere"])
def test_only_sentences_without_slots_can_be_recorded(settings, key):
    with pytest.raises(ValueError, match=key):
        record_prompts(settings, [key], ask=answers(), say=lambda line: None, frames=microphone)


def test_a_faulty_file_is_refused_with_its_fields(settings, tmp_path):
    with pytest.raises(BadConfig, match="fallback"):
        list_prompts(with_text(settings, tmp_path, 'fallback = "nobody_static"', 'fallback = "nobody"'))
