"""A trunk that refuses or is dead, prompts that are missing, a manager connection that is cut: never silence."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dialplans import names
from ivr.softphone import PhoneCall
from ivr.softphone_audio import load, speech
from ivr.softphone_plan import refuse
from tests.acceptance.stage import found
from tests.acceptance.witness import LONGEST_SILENCE, ROOM, SURELY, Scene, scene, takes_it, write_roster
from tests.fakes.wire import Wire
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import load_settings, merged
from zhitong.trial import Trial, wait_until

DIRECTOR, DEPUTY = "13808760001", "13808760002"
LADDER = {"rung_seconds": 10, "next_seconds": 4, "offer_seconds": 8, "promise_seconds": 11}


@contextmanager
def _hotline(folder: Path, **more: Mapping[str, Any]) -> Iterator[Scene]:
    """A hotline whose trunk knows no mobile yet, with a cache of prompts of its own."""
    roster = write_roster(folder / "roster.toml", DIRECTOR, DEPUTY)
    shipped = load_settings()
    open_prompt_book(shipped).prepare()
    # Without the drafts that others are writing beside us.
    shutil.copytree(shipped.folders.prompts_cache, folder / "cache", ignore=shutil.ignore_patterns(".*"))
    files, folders = {"roster": str(roster)}, {"prompts_cache": str(folder / "cache")}
    with Trial(overrides={"ladder": LADDER, "files": files, "folders": folders, **more}) as trial, scene(trial) as line:
        yield line


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Scene]:
    with _hotline(tmp_path) as line:
        yield line


def _ends_at_a_message(line: Scene, citizen: PhoneCall) -> None:
    """Nobody can be rung: the citizen hears so, leaves a message, and has a case with a promised time."""
    line.wait(names.KIND_NOBODY, citizen, 40)
    wait_until(line.message_of(citizen).exists, 40, "the message is being recorded")
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    citizen.say(speech("我家停水三天了没有人管", voice="m4"))
    citizen.hang_up()
    record = line.book.wait(citizen.number, 20)
    assert not record.talked and len(record.messages) == 1
    (redial,) = record.redials
    assert redial.promised_at is not None and redial.due_at <= redial.promised_at
    promise = next(fact for fact in record.facts if fact.kind == "promise")
    assert promise.due == redial.promised_at, "what was said aloud is what is due"


def test_a_trunk_that_refuses_every_number(line: Scene) -> None:
    line.trial.start_controller()
    for number in (DEPUTY, ROOM):  # the director's number is answered 404: nobody has it
        line.phone(number).will((refuse(503),))
    citizen = line.press_zero("13900060001")
    _ends_at_a_message(line, citizen)
    tried = [len(line.trial.network.strays), len(line.phone(DEPUTY).incoming), len(line.phone(ROOM).incoming)]
    assert tried == [2, 1, 1], "each of them, and the first one once more"


def test_a_trunk_that_never_says_a_word(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.3", 0))
        host, port = dead.getsockname()
        with _hotline(tmp_path, trunk={"address": f"{host}:{port}"}) as line:
            line.trial.start_controller()
            _ends_at_a_message(line, line.press_zero("13900060002"))


def test_prompts_that_have_gone_are_made_good_by_the_controller(line: Scene) -> None:
    """Emptied and deleted in the cache while the hotline runs: the citizen hears every sentence all the same."""
    line.trial.start_controller()
    emptied = time.time()
    for path in line.trial.settings.folders.prompts_cache.glob("*.alaw"):
        os.truncate(path, 0) if path.name < "8" else path.unlink()
    director = line.phone(DIRECTOR).will(takes_it(4.0))
    citizen = line.trial.call("13900060003")
    line.wait(names.KIND_RECORDING, citizen, 10)
    citizen.wait_quiet(10, quiet=1.0)  # the question is over
    citizen.press("0")
    line.talk_to(citizen, director, 15)
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    cache, heard = line.trial.settings.folders.prompts_cache, citizen.heard().pcm
    # What was said is a file again; the greeting, by day or by night, is the longest one of them.
    restored = [path for path in cache.glob("*.alaw") if path.stat().st_size and path.stat().st_mtime >= emptied]
    assert any(found(load(path), heard) > SURELY for path in restored), restored


def test_static_prompts_that_have_gone_are_replaced_by_the_sorry_sentence(line: Scene) -> None:
    """No controller, and somebody has deleted or emptied the prompts: a sentence is heard, and a person."""
    static = line.trial.asterisk.config.prompts
    sorry = load(static / f"{names.SORRY}.alaw")
    for path in static.glob("*.alaw"):
        if path.stem != names.SORRY:
            path.unlink() if path.stem < "n" else path.write_bytes(b"")
    floor = line.phone(line.trial.settings.dialling.duty_floor).will(takes_it(5.0))
    citizen = line.trial.call("13900060004")
    line.talk_to(citizen, floor, 25)
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    assert found(sorry, citizen.heard().pcm) > SURELY


def test_a_cut_manager_connection_harms_no_call_and_no_case(line: Scene) -> None:
    """Two calls are talked in while nothing is told, one begun before, one after the cut; both are known in the end."""
    trial = line.trial
    with Wire(trial.settings.asterisk.ami_port) as wire:
        trial.overrides = merged(trial.overrides, {"asterisk": {"ami_port": wire.port}})
        trial.start_controller()
        director = line.phone(DIRECTOR).will(takes_it(0.5))
        first = line.press_zero("13900060005")
        line.wait(names.KIND_RUNG, first, 5)
        wire.cut()
        second = line.press_zero("13900060006")
        for citizen in (first, second):
            line.talk_to(citizen, director, 10)
            assert line.waited_in_silence(citizen) < LONGEST_SILENCE
        first.hang_up()
        line.wait(names.KIND_GONE, first, 5)
        wire.mend()
        line.book.wait(first.number, 20)
        second.hang_up()
        line.book.wait(second.number, 20)
        for citizen in (first, second):
            wait_until(lambda number=citizen.number: line.book.only(number).talked, 20, "it is known that they talked")
            record = line.book.only(citizen.number)
            assert [task for task in record.redials if task.done_at is None] == []
        trial.stop_controller()


def test_an_asterisk_that_stands_still_for_three_seconds(line: Scene) -> None:
    line.trial.start_controller()
    director = line.phone(DIRECTOR).will(takes_it(1.0))
    citizen = line.press_zero("13900060007")
    line.wait(names.KIND_RUNG, citizen, 5)
    os.kill(line.trial.asterisk.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            citizen.wait_disconnected(3)
    finally:
        os.kill(line.trial.asterisk.pid, signal.SIGCONT)
    line.talk_to(citizen, director, 15)
    line.hang_up_all()
    record = line.book.wait(citizen.number, 20)
    assert (record.talked, [task for task in record.redials if task.done_at is None]) == (True, []), record.kinds
