import logging
import os
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path

import pytest

from dialplans.prompt_texts import read_texts
from dialplans.prompts import PromptBook, PromptsMissing, own_key
from dialplans.voice import SynthesisFailed, Voice, speak_within, to_linear

ROWS = {
    "sorry": {"version": 1, "text": "对不住。"},
    "nobody_static": {"version": 1, "text": "都没接到。", "max_seconds": 2},
    "nobody": {"version": 3, "text": "{when}以前打给您。", "fallback": "nobody_static"},
    "notice": {"version": 7, "text": "您好，{hotline}热线。", "max_seconds": 1},
}


class Synthesiser:
    """A synthesiser that says each sentence as a run of one byte, counts, and fails or waits as told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.failing = False
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self, text: str, voice: Voice, *, seconds: float, limit: float) -> bytes:
        if self.failing or not self.hold.wait(limit):
            raise SynthesisFailed("told to")
        self.said.append(text)
        return bytes([len(text)]) * 800


@pytest.fixture
def voice():
    return Synthesiser()


@pytest.fixture
def book(tmp_path, voice):
    book = make_book(tmp_path, voice)
    book.prepare()
    voice.said.clear()
    return book


CONSTANTS = {"hotline": "找局长"}


def texts_of(rows):
    return read_texts({"voice": {"name": "v", "speed": 200}, "prompts": rows}, CONSTANTS, source="test")


def make_book(folder: Path, voice) -> PromptBook:
    return PromptBook(
        texts_of(ROWS), constants=CONSTANTS, recorded=folder / "recorded", cache=folder / "cache", synthesise=voice
    )


def file_of(prompt) -> Path:
    return Path(prompt.path + ".alaw")


def record(folder: Path, key: str, *, seconds: float = 0.5, text: str | None = None) -> None:
    (folder / "recorded").mkdir(exist_ok=True)
    with wave.open(str(folder / "recorded" / f"{key}.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x40\x00\xc0" * int(4000 * seconds))
    if text is not None:
        (folder / "recorded" / f"{key}.txt").write_text(text, encoding="utf-8")


def test_an_offices_own_sentence_is_made_once_and_its_recording_counts(book, voice, tmp_path):
    key = book.say_own("请按1。", 3.0)
    assert key == book.say_own("请按1。", 3.0) == own_key("请按1。")
    assert len(voice.said) == 1
    book.export_static(tmp_path / "out", [key])
    made = (tmp_path / "out" / f"{key}.alaw").read_bytes()
    record(tmp_path, key)
    assert book.renew(texts_of(ROWS)) == (key,)
    book.export_static(tmp_path / "out", [key])
    assert (tmp_path / "out" / f"{key}.alaw").read_bytes() != made


def test_static_prompts_are_ready_after_the_start_without_any_synthesis(book, voice):
    prompt = book.prompt("notice")
    assert voice.said == []
    assert (prompt.version, prompt.text, prompt.seconds) == (7, "您好，找局长热线。", 0.1)
    assert file_of(prompt).read_bytes() == bytes([9]) * 800


def test_a_second_start_finds_everything_in_the_cache(book, voice, tmp_path):
    make_book(tmp_path, voice).prepare()
    assert voice.said == []


def test_the_start_tells_its_progress_to_the_end(tmp_path, voice):
    steps = []
    make_book(tmp_path, voice).prepare(lambda done, total, key: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_start_without_synthesiser_names_every_missing_prompt_and_the_mend(tmp_path, voice):
    voice.failing = True
    with pytest.raises(PromptsMissing, match="espeak-ng") as missing:
        make_book(tmp_path, voice).prepare()
    assert all(key in str(missing.value) for key in ("sorry", "notice", "nobody_static"))


def test_a_prompt_with_a_slot_is_made_once(book, voice):
    first = book.prompt("nobody", when="明早八点半")
    second = book.prompt("nobody", when="明早八点半")
    assert voice.said == ["明早八点半以前打给您。"]
    assert first == second
    assert file_of(first).exists()
    assert book.prompt("nobody", when="后天").path != first.path


def test_only_what_is_there_is_ready(book, voice):
    assert book.ready("nobody", when="明早八点半") is None
    book.prompt("nobody", when="明早八点半")
    assert book.ready("nobody", when="明早八点半").text == "明早八点半以前打给您。"
    assert book.ready("notice").key == "notice"
    assert len(voice.said) == 1


def test_a_failing_synthesis_is_replaced_by_the_fallback(book, voice):
    voice.failing = True
    prompt = book.prompt("nobody", when="明早八点半")
    assert (prompt.key, prompt.text) == ("nobody_static", "都没接到。")
    assert file_of(prompt).exists()


def test_a_failure_is_not_kept_for_the_next_call(book, voice):
    voice.failing = True
    book.prompt("nobody", when="明早八点半")
    voice.failing = False
    assert book.prompt("nobody", when="明早八点半").key == "nobody"


def test_an_empty_slot_and_an_unknown_key_still_say_something(book):
    assert book.prompt("nobody", when="").key == "nobody_static"
    assert book.prompt("nobody").key == "nobody_static"
    assert book.prompt("nowhere").key == "sorry"


def test_a_prompt_whose_file_was_deleted_is_put_back(book):
    prompt = book.prompt("notice")
    file_of(prompt).unlink()
    assert file_of(book.prompt("notice")).exists()


def test_an_emptied_or_unwritable_cache_leaves_something_to_say(book, voice, tmp_path):
    for path in sorted((tmp_path / "cache").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("a file where the folder was")
    assert book.prompt("nobody", when="明早八点半").pcm() == to_linear(bytes([5]) * 800)
    assert book.prompt("notice").pcm() == to_linear(bytes([9]) * 800)


def test_a_prompt_forgotten_while_a_call_holds_it_sounds_like_its_fallback(book):
    prompt = book.prompt("nobody", when="明早八点半")
    assert book.forget(time.time() + 10) == 1
    assert not file_of(prompt).exists()
    assert prompt.pcm() == to_linear(bytes([5]) * 800)
    assert file_of(book.prompt("notice")).exists()


def test_forgetting_keeps_what_is_younger(book):
    prompt = book.prompt("nobody", when="明早八点半")
    assert book.forget(file_of(prompt).stat().st_mtime - 1) == 0


def test_the_words_of_a_case_are_not_in_the_log(book, voice, caplog):
    voice.failing = True
    with caplog.at_level(logging.DEBUG):
        book.prompt("nobody", when="扎西镇双河村")
    assert caplog.records
    assert "扎西" not in caplog.text


def test_a_recording_wins_over_the_synthesiser(tmp_path, voice):
    record(tmp_path, "notice", seconds=0.5)
    book = make_book(tmp_path, voice)
    book.prepare()
    assert "您好，找局长热线。" not in voice.said
    assert book.prompt("notice").seconds == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("wrong", [{"seconds": 1.5}, {"text": "您好，别的热线。"}])
def test_a_recording_that_is_too_long_or_says_another_text_is_not_used(tmp_path, voice, wrong):
    record(tmp_path, "notice", **wrong)
    book = make_book(tmp_path, voice)
    book.prepare()
    assert "您好，找局长热线。" in voice.said


def test_a_damaged_recording_does_not_stop_the_start(tmp_path, voice):
    record(tmp_path, "notice")
    (tmp_path / "recorded" / "notice.wav").write_bytes(b"RIFFnothing")
    make_book(tmp_path, voice).prepare()
    assert "您好，找局长热线。" in voice.said


def test_the_static_prompts_are_written_for_the_dialplan_under_their_keys(book, tmp_path):
    book.export_static(tmp_path / "out", ["notice", "sorry"])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["notice.alaw", "sorry.alaw"]
    assert (tmp_path / "out" / "notice.alaw").read_bytes() == bytes([9]) * 800
    with pytest.raises(KeyError):
        book.export_static(tmp_path / "out", ["nobody"])


def test_many_threads_asking_for_one_prompt_all_get_it_whole(book, voice):
    voice.hold.clear()
    got = []
    threads = [
        threading.Thread(target=lambda: got.append(book.prompt("nobody", when="明早八点半").pcm())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    voice.hold.set()
    for thread in threads:
        thread.join(timeout=10)
    assert got == [to_linear(bytes([11]) * 800)] * 8
    assert not list(Path(book.prompt("notice").path).parent.rglob(".*"))


def test_a_busy_synthesiser_makes_nobody_wait_beyond_the_limit(tmp_path, voice):
    book = make_book(tmp_path, voice)
    book.prepare()
    voice.hold.clear()
    keys = []
    threads = [
        threading.Thread(target=lambda n=n: keys.append(book.prompt("nobody", when=f"{n}点").key)) for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert keys == ["nobody_static"] * 5


def test_linear_sound_is_remembered_up_to_a_bound(book):
    for n in range(3):
        sound = book.prompt("nobody", when=f"{n}点").pcm()
        assert len(sound) == 1600
    assert book.prompt("notice").pcm() is book.prompt("notice").pcm()


def test_a_law_is_decoded_as_g711_says():
    codes = bytes([0xD5, 0x55, 0xAA, 0x2A, 0x80, 0x00])
    samples = memoryview(to_linear(codes)).cast("h").tolist()
    assert samples == [8, -8, 32256, -32256, 5504, -5504]


def test_a_program_that_is_not_there_is_a_failed_synthesis():
    speaks = (
        "from dialplans.voice import Voice, speak_within\n"
        "speak_within('您好', Voice(name='cmn-latn-pinyin', speed=200), seconds=5, limit=2)"
    )
    command = [sys.executable, "-c", speaks]
    ended = subprocess.run(command, env={**os.environ, "PATH": "/nonexistent"}, capture_output=True, text=True)
    assert "SynthesisFailed" in ended.stderr and "espeak-ng" in ended.stderr


def test_a_text_without_end_is_refused_before_it_is_spoken():
    with pytest.raises(SynthesisFailed, match="601 个字"):
        speak_within("好" * 601, Voice(name="cmn-latn-pinyin", speed=200), seconds=900, limit=2)


def test_an_offices_own_sentence_stays_when_others_are_renewed_and_a_recording_of_it_counts(book, tmp_path):
    texts = read_texts({"voice": {"name": "v", "speed": 200}, "prompts": ROWS}, {"hotline": "找局长"}, source="test")
    key = book.say_own("请按一。", 3)
    assert book.renew(texts) == () and book.prompt(key).text == "请按一。"
    record(tmp_path, key)
    assert book.renew(texts) == (key,)
