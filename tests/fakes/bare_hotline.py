"""A hotline without casework: real Asterisk, prompts, recognizer and controller; the facts go into a list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cases.callback import CallbackBrief
from cases.redial import RedialBrief
from dialplans import names
from dialplans.asterisk import AsteriskServer
from dialplans.ports import free_ports
from ivr.agi import agi_server
from ivr.ami import Ami
from ivr.audio import audio_server
from ivr.ports import CallPorts, CallSettings, Line
from ivr.softphone import PhoneNetwork
from ivr.switchboard import Switchboard
from recognizer.activity import ActivitySettings, VoiceActivity
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.taxonomy import load_taxonomy
from recognizer.understanding import understand
from routing.route import Route, Rung
from tests.fakes.call_ports import NOON, Facts
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import load_settings
from zhitong.switch import asterisk_config, export_prompts

MODEL = Path(__file__).parents[2] / "recognizer" / "demo_model"
LINE, DIRECTOR, DEPUTY, DUTY_ROOM = "08702128888", "13800000001", "13800000002", "08702120001"


class BareHotline:
    """Use as a context manager. `phones` is the carrier; `facts` what the controller noted."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Callable[[CallSettings], CallSettings] = lambda s: s,
        ladder: Mapping[str, Any] | None = None,
        route: tuple[str, ...] = (DIRECTOR, DEPUTY, DUTY_ROOM),
        callback: CallbackBrief | None = None,
        redial: RedialBrief | None = None,
        recognizer: bool = True,
        question: bool = True,
        change: Callable[[CallPorts], CallPorts] = lambda ports: ports,
    ) -> None:
        self.facts = Facts()
        self._folder = folder
        self._change = settings
        self._ladder = dict(ladder or {})
        self._rungs = route
        self._callback = callback
        self._redial = redial
        self._recognizer = recognizer
        self._question = question
        self._change_ports = change
        self._stack = ExitStack()

    def __enter__(self) -> BareHotline:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        self.phones = stack.enter_context(PhoneNetwork(host="127.0.0.3"))
        (sip, ami_port) = free_ports(udp=1, tcp=1)
        self.sip_port = sip
        taxonomy = load_taxonomy(Path(__file__).parents[2] / "config" / "taxonomy.toml")
        self.decoder = Decoder(DecoderSettings(model=MODEL))
        if self._recognizer:
            self.decoder.start()
            stack.callback(self.decoder.stop)
        box: dict[str, Switchboard] = {}
        agi = agi_server(lambda request: box["it"].on_request(request))
        audio = audio_server(lambda connection: box["it"].on_audio(connection))
        for server in (agi, audio):
            server.start()
            stack.callback(server.stop)
        shown = load_settings(
            overrides={
                "asterisk": {
                    "folder": str(self._folder / "a"),
                    "sip_bind": "127.0.0.1",
                    "sip_port": sip,
                    "ami_port": ami_port,
                    "agi_port": agi.port,
                    "audio_port": audio.port,
                },
                "trunk": {"address": self.phones.address, "match": ["127.0.0.0/8"], "caller_id": LINE},
                "ladder": self._ladder,
                "folders": {"data": str(self._folder / "data"), "recordings": str(self._folder / "rec")},
            }
        )
        book = open_prompt_book(shown)
        book.prepare()
        export_prompts(shown, book)
        config = replace(asterisk_config(shown), agi_token="")  # its port was needed before its settings were known
        self.asterisk = AsteriskServer(config)
        self.asterisk.start()
        stack.callback(self.asterisk.stop)
        self.ami = Ami(
            port=ami_port,
            user=names.AMI_USER,
            secret=self.asterisk.config.ami_secret,
            on_event=lambda headers: box["it"].on_event(headers),
            on_resync=lambda: box["it"].resync(self.ami.channels),
        )
        base = CallSettings(
            lines=(Line(number=LINE, name="找局长热线", question=self._question),),
            clips=self._folder / "clips",
            hotline="零八七零二幺二八八八八",
        )
        route = Route(
            rungs=tuple(
                Rung(
                    number=n,
                    official_id="duty_room" if n == DUTY_ROOM else f"o{i}",
                    name=f"某{i}",
                    post="局长",
                    reason="值班",
                )
                for i, n in enumerate(self._rungs)
            ),
            unit="shuiwu",
            reason="值班",
        )
        ports = CallPorts(
            note=self.facts.note,
            now=lambda: NOON,
            route=lambda facts: route,
            understand=lambda text: understand(text, taxonomy=taxonomy),
            listen=lambda: self.decoder.open(deadline=0.5),
            activity=lambda: VoiceActivity(ActivitySettings(silence=0.2)),
            prompt=book.prompt,
            ready=book.ready,
            prepare=lambda key, **slots: threading.Thread(
                target=book.prompt, args=(key,), kwargs=slots, daemon=True
            ).start(),
            promise=lambda urgency: NOON + timedelta(minutes=30),
            spoken=lambda due: "十二点半",
            spoken_day=lambda day: "昨天",
            unit_name=lambda code: "水务局",
            callback=lambda task: self._callback,
            redial=lambda task: self._redial,
            settings=self._change(base),
        )
        ports = self._change_ports(ports)
        self.ports = ports
        self.switchboard = box["it"] = Switchboard(ports)
        self.ami.start()
        stack.callback(self.ami.stop)
        assert self.ami.wait_up(5)

    @property
    def via(self) -> str:
        """Where a telephone dials the line."""
        return f"127.0.0.1:{self.sip_port}"


__all__ = ["DEPUTY", "DIRECTOR", "DUTY_ROOM", "LINE", "NOON", "BareHotline", "Facts"]
