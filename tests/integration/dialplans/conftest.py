"""One Asterisk with our dialplan, software telephones around it, an ear on its events: for all tests of this folder.

Every test has numbers of its own, so one Asterisk serves all. The controller's ports are free: nobody listens there,
unless a test starts a ScriptedController on them.
"""

import itertools
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dialplans import names
from dialplans.asterisk import AsteriskConfig, AsteriskServer
from dialplans.ports import free_ports
from ivr.softphone import Phone, PhoneCall, PhoneNetwork
from ivr.softphone_plan import Plan
from tests.fakes.ami_ear import AmiEar
from tests.fakes.scripted_controller import ScriptedController
from tests.fakes.tone_prompts import make_prompts, prompts_in

HOTLINE = "08701234567"
FLOOR = "13899999999"
FOR_TESTS = f"""
[idle]
exten => s,1,Answer()
 same => n,Wait(300)
; Wakes the engine of the call HAMMERED all the time, as a leg's end does.
[hammer]
exten => s,1,Answer()
 same => n(on),ExecIf($[${{CHANNEL_EXISTS(${{HAMMERED}})}}=0]?Hangup())
 same => n,Set(WAKE=${{SHARED({names.WAKE},${{HAMMERED}})}})
 same => n,ExecIf($["${{WAKE}}"!=""]?ChannelRedirect(${{WAKE}},ladder,s,woken))
 same => n,Wait(0.001)
 same => n,Goto(on)
"""


@dataclass
class Line:
    """The hotline as a test sees it."""

    asterisk: AsteriskServer
    network: PhoneNetwork
    ear: AmiEar
    _numbers: Iterator[int]

    @property
    def via(self) -> str:
        return f"127.0.0.1:{self.asterisk.config.sip_port}"

    @property
    def recordings(self) -> Path:
        return self.asterisk.config.recordings

    def phone(self, *plans: Plan) -> Phone:
        """A new mobile with a number that nobody had before."""
        return self.network.phone(f"138{next(self._numbers):08d}").will(*plans)

    def duty(self, *phones: Phone | str, room: Phone | None = None, lines: str = "") -> None:
        """From now on these are on duty, as the controller would have pushed it to AstDB; `room` takes no key.

        lines: how many calls each takes at once, with & between them.
        """
        every = [*phones, room] if room else [*phones]
        numbers = "&".join(phone if isinstance(phone, str) else phone.number for phone in every)
        numbers += f"|{room.number if room else ''}|{lines}"
        self.asterisk.cli("database deltree duty")
        self.asterisk.cli(f"database put duty {int(time.time()) - 60:010d} {numbers}")

    def dial(self, to: str = "12345", plan: Plan = ()) -> PhoneCall:
        """A citizen with a new number calls the hotline."""
        return self.phone().dial(to, via=self.via, plan=plan)

    def call_id(self, citizen: PhoneCall, limit: float = 5) -> str:
        """The call's id, from AstDB's note of it."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            for row in self.asterisk.cli("database show call").splitlines():
                if f"|{citizen.number}|" in row:
                    return row.split(":")[0].strip().removeprefix("/call/")
        raise AssertionError(f"no note of {citizen!r} in AstDB")

    def engines(self) -> list[str]:
        """The channels on which ladders run just now."""
        return [channel for channel in self.channels("ladder") if "@engine" in channel]

    def channels(self, context: str) -> list[str]:
        """The channels that are in this context of the dialplan just now."""
        rows = [row.split("!") for row in self.asterisk.cli("core show channels concise").splitlines()]
        return [row[0] for row in rows if row[1:2] == [context]]

    def hears(self, call: PhoneCall, *prompts: str, limit: float = 10) -> None:
        """Until these prompts have begun to be heard in a call, in this order, after nothing else."""
        until = time.monotonic() + limit
        while prompts_in(call.heard())[: len(prompts)] != list(prompts):
            assert time.monotonic() < until, f"{call!r} heard {prompts_in(call.heard())}, not {prompts}"
            time.sleep(0.1)

    def note(self, call: str) -> list[str]:
        """AstDB's note of a call: epoch, kind, caller, dialled, phase, number of the leg, epoch of the end."""
        return self.asterisk.cli(f"database get call {call}").strip().removeprefix("Value: ").split("|")


@pytest.fixture(scope="session")
def network() -> Iterator[PhoneNetwork]:
    with PhoneNetwork() as network:
        yield network


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory, network: PhoneNetwork) -> Iterator[AsteriskServer]:
    folder = tmp_path_factory.mktemp("asterisk")
    sip, ami, agi, audio = free_ports(udp=1, tcp=3)
    config = AsteriskConfig(
        folder=folder / "run",
        recordings=folder / "recordings",
        prompts=make_prompts(folder / "prompts"),
        hotline_number=HOTLINE,
        duty_floor=FLOOR,
        trunk_address=network.address,
        trunk_match=("127.0.0.1/32", "127.0.0.3/32"),
        sip_port=sip,
        ami_port=ami,
        agi_port=agi,
        audio_port=audio,
        deadman_seconds=1,
        suspect_seconds=0.5,
        watch_seconds=1,
        ring_seconds=4,
        stagger_ms=2_000,
        offer_ms=6_000,
        nobody_ms=9_000,
        grace_ms=6_000,
        dropped_ms=2_000,
        room_dropped_ms=4_000,
        keyless_seconds=2,
        slow_ms=60_000,
        told_seconds=12,
        message_silence_seconds=2,
        extra_dialplan=FOR_TESTS,
    )
    server = AsteriskServer(config)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def ear(asterisk: AsteriskServer) -> Iterator[AmiEar]:
    with AmiEar(asterisk.config.ami_port, asterisk.config.ami_secret) as ear:
        yield ear


_numbers = itertools.count(1)


@pytest.fixture
def line(asterisk: AsteriskServer, network: PhoneNetwork, ear: AmiEar) -> Iterator[Line]:
    """The line; whatever the test did, no call is left on it afterwards."""
    line = Line(asterisk, network, ear, _numbers)
    yield line
    for call in network.live_calls():
        call.hang_up()
    network.wait_all_over(5)


@pytest.fixture
def controller(line: Line) -> Iterator[ScriptedController]:
    """A controller that does as the test tells it."""
    with ScriptedController(line.asterisk.config.agi_port, line.asterisk.config.audio_port) as controller:
        yield controller


def rings(controller: ScriptedController, *phones: Phone, **more: str) -> str:
    """The controller rings this ladder at once; the base of the call's uuids."""
    base = str(uuid.uuid4())[:23]
    opened = {
        "UBASE": f"{base}-",
        "HL_UUID": f"{base}-{names.UUID_ROUND}01",
        "HL_NOTICE": names.SAY_NOTHING,
        "LADDER": "&".join(phone.number for phone in phones),
    } | more
    controller.answers[names.AGI_ANSWER] = lambda agi: agi.set(**opened, HL_STATE=names.STATE_RING)
    return base


def rung(line: Line, call: str) -> list[str]:
    """The numbers rung so far in a call."""
    return [event["Number"] for event in line.ear.of(names.KIND_RUNG, call)]
