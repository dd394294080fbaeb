"""A machine that is slow to call a mobile says nothing first: the caller hears ringing, and gets through."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from dialplans import names
from dialplans.asterisk import AsteriskServer
from dialplans.ports import free_ports
from ivr.softphone import PhoneNetwork
from ivr.softphone_audio import RATE, Sound
from ivr.softphone_plan import accepts
from tests.fakes.ami_ear import AmiEar
from tests.fakes.scripted_controller import ScriptedController
from tests.fakes.tone_prompts import prompts_in
from tests.integration.dialplans.conftest import Line, _numbers

HALF = RATE // 2


@pytest.fixture
def slow(asterisk: AsteriskServer, network: PhoneNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The line on an Asterisk for which any call of a mobile takes too long."""
    folder = tmp_path_factory.mktemp("slow")
    sip, ami, agi, audio = free_ports(udp=1, tcp=3)
    config = replace(
        asterisk.config,
        folder=folder / "run",
        recordings=folder / "recordings",
        sip_port=sip,
        ami_port=ami,
        agi_port=agi,
        audio_port=audio,
        ami_secret="",
        slow_ms=-60_000,
    )
    server = AsteriskServer(config)
    server.start()
    with AmiEar(ami, server.config.ami_secret) as ear:
        yield Line(server, network, ear, _numbers)
    for call in network.live_calls():
        call.hang_up()
    network.wait_all_over(5)
    server.stop()


def test_a_caller_of_a_slow_machine_hears_ringing_instead_of_a_sentence_and_talks(slow: Line) -> None:
    slow.duty(slow.phone(accepts(after=0.2, key_after=3.5)))
    citizen = slow.dial()
    call = slow.call_id(citizen)
    slow.ear.wait(names.KIND_TALK, 15, call=call)
    assert prompts_in(citizen.heard()) == ["notice"]
    assert _rings(citizen.heard())
    citizen.hang_up()
    slow.ear.wait(names.KIND_GONE, 3, call=call)


def test_where_life_is_in_danger_the_sentence_is_said_all_the_same(slow: Line) -> None:
    official = slow.phone()
    opened = {names.UBASE: "a-", names.NOTICE: names.SAY_NOTHING, names.LADDER: official.number}
    with ScriptedController(slow.asterisk.config.agi_port, slow.asterisk.config.audio_port) as controller:
        controller.answers[names.AGI_ANSWER] = lambda agi: agi.set(
            **opened, **{names.STAY: names.STAY_YES, names.STATE: names.STATE_RING}
        )
        citizen = slow.dial()
        slow.hears(citizen, "transfer", limit=10)
        citizen.hang_up()


def test_the_sentence_of_the_next_rung_is_said_there_too(slow: Line) -> None:
    slow.duty(slow.phone(), slow.phone())
    citizen = slow.dial()
    slow.hears(citizen, "notice", "waiting", limit=20)
    citizen.hang_up()


def _rings(heard: Sound) -> bool:
    """Half a second of the ringing tone, 450 Hz, is somewhere in it."""
    samples = np.frombuffer(heard.pcm, np.int16)
    halves = samples[: len(samples) // HALF * HALF].reshape(-1, HALF)
    return any(np.abs(half).mean() > 100 and abs(np.abs(np.fft.rfft(half)).argmax() * 2 - 450) <= 4 for half in halves)
