"""The recognizer killed, hung or full while a citizen speaks: a sentence, then a person; the next one is recognized."""

import os
import signal
from collections.abc import Iterator

import pytest

from ivr.facts import Fact
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from tests.acceptance.stage import found
from tests.acceptance.witness import LONGEST_SILENCE, ROOM, Scene, scene, short_notice, takes_it, write_roster
from zhitong.app import Hotline
from zhitong.trial import Trial, wait_until
from zhitong.watching import Watcher

DIRECTOR, DEPUTY = "13808740001", "13808740002"
AT_ONCE = 1000
"""Milliseconds from the caller's voice to the first telephone, the dialplan's way there included."""
WORDS = "我住在扎西镇河边今天又停水没人管"


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A hotline that can listen to one caller at a time; the director takes every call."""
    folder = tmp_path_factory.mktemp("hotline")
    roster = write_roster(folder / "roster.toml", DIRECTOR, DEPUTY)
    short_notice(folder)
    with Trial(folder=folder, overrides={"decoder": {"streams": 1}, "files": {"roster": str(roster)}}) as trial:
        trial.start_hotline()
        yield trial


@pytest.fixture
def line(trial: Trial) -> Iterator[Scene]:
    with scene(trial) as line:
        line.phone(DIRECTOR).will(takes_it(5.0))  # so late that the sentence is heard to its end
        for number in (DEPUTY, ROOM):
            line.phone(number)
        yield line


@pytest.fixture
def hotline(trial: Trial) -> Hotline:
    assert trial.hotline is not None
    return trial.hotline


@pytest.fixture
def told(hotline: Hotline) -> Watcher:
    watcher = Watcher()
    hotline.watch(watcher.see)
    return watcher


def _asked(line: Scene, told: Watcher, number: str) -> PhoneCall:
    """A citizen who has just been asked what it is about."""
    citizen = line.trial.call(number)
    told.wait("asked", limit=15, prompt="question")
    return citizen


def _reaches_a_person(line: Scene, told: Watcher, citizen: PhoneCall, hotline: Hotline) -> None:
    """The recognizer is gone: the citizen hears so, and the director talks to them."""
    told.wait("asked", limit=10, prompt="recognizer_gone")
    line.talk_to(citizen, line.phone(DIRECTOR), 15)
    assert found(hotline.book.prompt("recognizer_gone").pcm(), citizen.heard().pcm) > 0.8
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    line.hang_up_all()
    record = line.book.wait(citizen.number, 10)
    assert (record.talked, record.redials) == (True, [])


def _is_recognized(line: Scene, told: Watcher, number: str) -> Fact:
    """The next citizen is understood again."""
    since = told.count
    citizen = line.trial.call(number)
    told.wait("asked", limit=15, since=since, prompt="question")
    citizen.say(speech(WORDS, voice="m4"))
    heard = told.wait("heard", limit=10, since=since)
    assert "停水" in heard.detail["text"]
    line.hang_up_all()
    return heard


@pytest.mark.parametrize(("blow", "tail"), [(signal.SIGKILL, 1), (signal.SIGSTOP, 2)])
def test_a_recognizer_that_dies_or_hangs_in_the_middle_of_a_word(
    line: Scene, hotline: Hotline, told: Watcher, blow: signal.Signals, tail: int
) -> None:
    wait_until(lambda: hotline.decoder.alive, 10, "the recognizer runs")
    citizen = _asked(line, told, f"1390004000{tail}")
    citizen.play(speech(WORDS, voice="m4"))
    told.wait("partial", limit=6)
    (process,) = hotline.decoder.process_ids
    os.kill(process, blow)
    _reaches_a_person(line, told, citizen, hotline)
    wait_until(lambda: hotline.decoder.alive and hotline.decoder.process_ids != (process,), 15, "another one runs")
    _is_recognized(line, told, f"1390004001{tail}")


def test_a_recognizer_without_a_free_place(line: Scene, hotline: Hotline, told: Watcher) -> None:
    wait_until(lambda: hotline.decoder.alive, 10, "the recognizer runs")
    taken = hotline.decoder.open(deadline=5)
    citizen = _asked(line, told, "13900040003")
    citizen.play(speech(WORDS, voice="m4"))
    voice, rung = told.wait("speech", limit=6), told.wait("rung", limit=6)
    assert rung.ms - voice.ms < AT_ONCE, "nobody waits for a place"
    _reaches_a_person(line, told, citizen, hotline)
    taken.close()
    _is_recognized(line, told, "13900040013")
