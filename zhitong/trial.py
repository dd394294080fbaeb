"""A whole hotline on loopback: Asterisk, software telephones and the controller, each really running.

The demo, the acceptance tests and the benchmark stand on it. Every port is free and every file lies in one folder, so
several run side by side.
"""

import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dialplans.asterisk import AsteriskServer
from dialplans.child_process import ChildProcess
from dialplans.ports import free_ports
from ivr.softphone import Phone, PhoneCall, PhoneNetwork
from recognizer.model import DEMO
from zhitong.app import Hotline
from zhitong.clock import Clock
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import CHECKOUT, Settings, load_settings, merged
from zhitong.switch import asterisk_config, export_prompts
from zhitong.toml_text import as_toml
from zhitong.understanding import learn_ahead

HOST = "127.0.0.1"
READY_LIMIT = 30.0
"""Seconds that the controller has for being ready."""


class Trial:
    """Asterisk and telephones run from entering to leaving; the controller from `start_hotline` or `start_controller`.

    overrides: settings other than those of config/, section by section. clock: what the in-process hotline goes by.
    """

    def __init__(
        self,
        *,
        overrides: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        extra_dialplan: str = "",
        folder: Path | None = None,
    ) -> None:
        self._given, self._clock, self._extra_dialplan = overrides or {}, clock, extra_dialplan
        self._keep_folder = folder is not None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="zhitong-"))
        self._open = ExitStack()
        self.hotline: Hotline | None = None
        self.controller: ChildProcess | None = None

    # ── from beginning to end ───────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.network = stack.enter_context(PhoneNetwork())
            self.overrides = merged(self._loopback(), self._given)
            self.settings: Settings = load_settings(overrides=self.overrides)
            self.settings.folders.data.mkdir(parents=True, exist_ok=True)
            learn_ahead(self.settings)
            book = open_prompt_book(self.settings)
            book.prepare()
            export_prompts(self.settings, book)
            self.asterisk = AsteriskServer(asterisk_config(self.settings, extra_dialplan=self._extra_dialplan))
            stack.callback(self.asterisk.stop)
            self.asterisk.start()
            stack.callback(self.stop_controller)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if error is None and not self._keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _loopback(self) -> dict[str, Any]:
        data = self.folder / "data"
        sip, ami, agi, audio = free_ports(udp=1, tcp=3)
        return {
            "folders": {name: str(data / below) for name, below in _FOLDERS.items()},
            "store": {"database_url": f"sqlite:///{data / 'zhitong.sqlite3'}"},
            "asterisk": {
                "folder": str(self.folder / "asterisk"),
                "sip_bind": HOST,
                "sip_port": sip,
                "ami_port": ami,
                "agi_port": agi,
                "audio_port": audio,
            },
            "trunk": {"address": self.network.address, "match": ["127.0.0.0/8"]},
            # Nobody is called but for what the call at hand brings.
            "staff": {"missed_seconds": 0, "remind_at": "", "surge_seconds": 0},
            # Others work on this machine too: a slow moment of it is not to change what callers hear.
            "ladder": {"slow_seconds": 60},
            # The shipped model, also where an official one has been fetched: the telephones speak with its voices.
            "decoder": {"model": str(DEMO)},
            "files": {"rules": str(self._rules())},
        }

    def _rules(self) -> Path:
        """The shipped rules, but that nobody is drawn for a question more: whoever is drawn changes from run to run."""
        shipped, rules = load_settings().files.rules, self.folder / "rules"
        for name in ("policies", "calendar"):
            shutil.copytree(shipped / name, rules / name)
        shutil.copy(shipped / "retention.toml", rules)
        calling = rules / "policies" / "calling.toml"
        told = calling.read_text(encoding="utf-8")
        calling.write_text(re.sub(r"(?m)^coached_percent *= *\d+", "coached_percent = 0", told), encoding="utf-8")
        return rules

    def start_hotline(self, *, recognition_trial: bool | None = None) -> Hotline:
        """The controller in this very process, on the clock given; returns when a call would find it ready.

        recognition_trial: False believes the shipped model as if it had been proven; None: 试用识别 with that model.
        """
        self.hotline = Hotline(self.settings, clock=self._clock, trial=recognition_trial)
        self.hotline.start()
        hotline = self.hotline
        wait_until(lambda: hotline.ami.up and hotline.decoder.alive, READY_LIMIT, "the hotline is ready")
        hotline.push_duty()
        return hotline

    def start_controller(self, *program: str) -> ChildProcess:
        """The controller as a process of its own, which can be stopped or killed; returns when it is ready.

        program: arguments for Python, for a controller other than `zhitong controller` (on another clock).
        """
        settings = self.folder / "settings.toml"
        settings.write_text(as_toml(self.overrides))
        self.controller = ChildProcess(
            [sys.executable, *(program or ("-m", "zhitong.cli", "controller"))],
            folder=CHECKOUT,
            environ={**os.environ, "ZHITONG_CONFIG": str(settings)},
        )
        since = int(time.time())
        self.controller.start()
        wait_until(lambda: self._pushed_since(since), READY_LIMIT, "the controller is ready")
        return self.controller

    def start_console(self) -> tuple[str, str]:
        """The console as a process of its own; returns where its pages and the pocket pages are (http://…) once they
        answer. It ends before the hotline does."""
        ports = dict(zip(("listen", "pages", "pocket"), free_ports(tcp=3), strict=True))
        console = {name: f"{HOST}:{port}" for name, port in ports.items()}
        settings = self.folder / "console.toml"
        settings.write_text(as_toml(merged(self.overrides, {"console": console})))
        child = ChildProcess(
            [sys.executable, "-m", "zhitong.cli", "console"],
            folder=CHECKOUT,
            environ={**os.environ, "ZHITONG_CONFIG": str(settings)},
            output=self.folder / "console.out",
            own_session=True,
        )
        self._open.callback(child.stop)
        child.start()
        wait_until(lambda: all(_listens(port) for port in ports.values()), READY_LIMIT, "the console listens")
        return f"http://{console['pages']}", f"http://{console['pocket']}"

    def stop_controller(self) -> None:
        """End the controller, in whichever form it runs."""
        if self.hotline is not None:
            self.hotline.stop()
            self.hotline = None
        if self.controller is not None:
            if self.controller.alive:
                os.kill(self.controller.pid, signal.SIGCONT)
            self.controller.stop()
            self.controller = None

    def _pushed_since(self, epoch: int) -> bool:
        # The ladders of the coming days are the last thing a starting controller does, and the first is valid at once.
        keys = re.findall(r"^/duty/(\d+)", self.asterisk.cli("database show duty"), re.MULTILINE)
        return bool(keys) and int(min(keys)) > epoch

    # ── what happens on it ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def line(self) -> str:
        """The first line's number."""
        return self.settings.lines[0].number

    @property
    def address(self) -> str:
        """Where Asterisk takes calls, host:port."""
        return f"{HOST}:{self.settings.asterisk.sip_port}"

    def phone(self, number: str) -> Phone:
        """A telephone with this number; it rings and waits unless told otherwise."""
        return self.network.phone(number)

    def call(self, number: str, **how: Any) -> PhoneCall:
        """A citizen with this number dials the line."""
        return self.phone(number).dial(how.pop("to", self.line), via=self.address, **how)


_FOLDERS = {"data": "", "recordings": "recordings", "journal": "journal", "prompts_recorded": "prompts"}


def roster_of_switchboards(folder: Path, lines: int) -> Path:
    """The shipped roster, with officials who take so many calls at once: the same ladder for so many callers."""
    shipped = (CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8")
    path = folder / "roster.toml"
    path.write_text(
        re.sub(r'^phones = \["(\d+)"', rf'phones = [{{ number = "\1", lines = {lines} }}', shipped, flags=re.MULTILINE),
        encoding="utf-8",
    )
    return path


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(true: Callable[[], bool], limit: float, what: str, *, every: float = 0.05) -> None:
    """Return as soon as it is true. Raises TimeoutError after `limit` seconds, saying what never was."""
    deadline = time.monotonic() + limit
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {limit:g} s still not: {what}")
        time.sleep(every)
