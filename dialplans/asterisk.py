"""Asterisk: its configuration, written from one frozen record, and a server running on it in a folder of its own."""

import json
import logging
import os
import re
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialplans import names
from dialplans.child_process import ChildProcess
from dialplans.escaping import Where, escape

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "asterisk"

# Asterisk insists that these exist; nothing needs to stand in them.
_EMPTY = ("pjproject", "ccss", "acl", "udptl", "cel", "sorcery", "extconfig", "codecs", "dsp")
_SOCKET_PATH_LIMIT = 107  # bytes of a Unix socket's path
_UNPARSED = r"(ERROR|WARNING)\[.*\] (pbx|config|extconf)"  # in the log: a line that was not understood
FLOWS = "flows.conf"
LINE = "line.conf.j2"
_MODULES = tuple((TEMPLATES / "modules.txt").read_text().split())


class AsteriskFault(Exception):
    """Asterisk could not be configured, started or asked; the message names the folder or log that says more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AsteriskProgram:
    """The Asterisk of this machine, as `make setup` found or unpacked it."""

    argv: tuple[str, ...]
    modules_dir: Path
    data_dir: Path
    version: str

    @classmethod
    def found(cls) -> "AsteriskProgram":
        """The one that passed the check of `make setup`; bin/python tells in which file. Raises AsteriskFault."""
        path = os.environ.get("ZHITONG_ASTERISK")
        if not path:
            raise AsteriskFault("ZHITONG_ASTERISK 没有设：请先运行 make setup，再用 bin/zhitong 启动")
        return cls.described(Path(path))

    @classmethod
    def described(cls, path: Path) -> "AsteriskProgram":
        """The one that a JSON file tells how to start. Raises AsteriskFault."""
        try:
            told = json.loads(path.read_text())
            return cls(
                argv=tuple(told["argv"]),
                modules_dir=Path(told["moddir"]),
                data_dir=Path(told["datadir"]),
                version=told["version"],
            )
        except (OSError, ValueError, KeyError) as error:
            raise AsteriskFault(f"{path}：里面没有可用的 Asterisk（{error}），请运行 make setup") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class AsteriskConfig:
    """All that the dialplan and the other configuration files are made from. Ports and addresses as in the settings.

    Seconds and milliseconds are named; those of the ladder are defaults that a call's SHARED variables override.
    """

    folder: Path  # everything Asterisk reads and writes: etc, log, run, lib (AstDB), spool
    recordings: Path
    prompts: Path  # holds <key>.alaw for each of names.STATIC_PROMPTS
    hotline_number: str  # what officials and citizens see
    duty_floor: str  # rung when AstDB has no ladder for this moment; n1 or n1&n2
    trunk_address: str  # host:port of the carrier
    trunk_match: tuple[str, ...] = ("127.0.0.0/8",)  # the addresses it calls from; all others are refused
    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    rtp_first: int = 10000
    rtp_last: int = 20000
    ami_port: int = 5038
    ami_secret: str = ""  # empty: one of its own for each rendering, in etc/manager.conf
    agi_port: int = 4573
    agi_token: str = ""  # first part of each AGI path: by it the controller knows Asterisk from other local users
    audio_port: int = 4574
    deadman_seconds: float = 4  # so long the controller may think
    suspect_seconds: float = 1.5  # the same after its audio has broken off
    watch_seconds: float = 2  # the same when the watchman asks whether it lives, once a second
    listen_seconds: int = 300  # the longest conversation without a decision
    screen_seconds: int = 45  # the longest screening of one leg
    ring_seconds: int = 18  # a mobile rings so long
    placed_seconds: int = 40  # a telephone rings so long when the system itself calls
    connect_seconds: int = 40  # a citizen's telephone rings so long for an official who calls back
    stagger_ms: int = 12_000  # the next rung starts so long after the one before
    offer_ms: int = 45_000  # “wait or we call you”
    nobody_ms: int = 90_000  # the promise
    grace_ms: int = 15_000  # beyond it, for a leg that is being screened
    dropped_ms: int = 3_000  # a shorter talk is none: the ladder goes on
    room_dropped_ms: int = 10_000  # the same at the duty room, where a machine may have answered: no key is asked for
    dead_ms: int = 4_000  # a mobile from which nothing but “trying” has come after so long is dead; 0 = never
    keyless_seconds: float = 8  # on the last pass: so long after a word without a key, the person is connected
    number_seconds: int = 40  # so long the caller is asked for a number at which they can be called
    spoken_ms: int = 4_000  # telling the number of the case takes so long
    told_seconds: int = 20  # after a talk it is told twice, and no longer than this
    slow_ms: int = 40  # a machine that calls a mobile so late has too much to do: callers hear ringing alone
    message_seconds: int = 180
    monitor_seconds: int = 7200  # nobody listens to one call for longer
    message_silence_seconds: int = 10  # a message ends after so long a silence
    extra_dialplan: str = ""  # more contexts, as extensions.conf has them (the benchmark's plain call)

    def __post_init__(self) -> None:
        faults = []
        for field, value in (("folder", self.folder), ("recordings", self.recordings), ("prompts", self.prompts)):
            if not value.is_absolute() or escape(str(value), Where.DIALPLAN) != str(value) or " " in str(value):
                faults.append(f"{field}={str(value)!r}: must be an absolute path of letters, digits and -_./ only")
        if len(f"{self.folder}/run/asterisk.ctl".encode()) > _SOCKET_PATH_LIMIT:
            faults.append(f"folder={str(self.folder)!r}: is too long for a Unix socket in it; choose a shorter one")
        if not re.fullmatch(r"\+?[0-9]{3,20}", self.hotline_number):
            faults.append(f"hotline_number={self.hotline_number!r}: must be 3 to 20 digits")
        if not re.fullmatch(r"\+?[0-9]{3,20}(&\+?[0-9]{3,20})*", self.duty_floor):
            faults.append(f"duty_floor={self.duty_floor!r}: must be a number, or several joined by &")
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", self.trunk_address):
            faults.append(f"trunk_address={self.trunk_address!r}: must be host:port")
        if not self.trunk_match or not all(re.fullmatch(r"[0-9A-Za-z.:/-]+", match) for match in self.trunk_match):
            faults.append(f"trunk_match={self.trunk_match!r}: must name the carrier's addresses, such as 10.1.2.0/24")
        for secret in ("ami_secret", "agi_token"):
            if not re.fullmatch(r"[A-Za-z0-9_-]*", getattr(self, secret)):
                faults.append(f"{secret}: must be letters, digits, - and _ only")
        for port in ("sip_port", "ami_port", "agi_port", "audio_port", "rtp_first", "rtp_last"):
            if not 0 < getattr(self, port) < 65536:
                faults.append(f"{port}={getattr(self, port)}: must be 1 to 65535")
        if self.rtp_last - self.rtp_first < 20:
            faults.append(f"rtp_last={self.rtp_last}: must leave at least 20 ports after rtp_first={self.rtp_first}")
        if faults:
            raise ValueError("Asterisk cannot be configured so:\n" + "\n".join(faults))


def render(config: AsteriskConfig, program: AsteriskProgram) -> Path:
    """Write all configuration files below `config.folder` and return the path of asterisk.conf.

    Makes the folders that Asterisk and the recordings need. Raises AsteriskFault when a static prompt is missing.
    """
    missing = [key for key in names.STATIC_PROMPTS if not (config.prompts / f"{key}.alaw").is_file()]
    if missing:
        raise AsteriskFault(f"{config.prompts} 里缺这些提示音：{'、'.join(missing)}")
    etc = config.folder / "etc"
    for folder in (etc, config.recordings, *(config.folder / sub for sub in ("lib", "log/cdr-custom", "run", "spool"))):
        folder.mkdir(parents=True, exist_ok=True)
    if not config.ami_secret:
        config = replace(config, ami_secret=secrets.token_hex(16))
    values = asdict(config) | {"modules_dir": program.modules_dir, "data_dir": program.data_dir, "modules": _MODULES}
    for template in TEMPLATES.glob("*.conf.j2"):
        _render(template.name, etc, values)
    for name in _EMPTY:
        (etc / f"{name}.conf").touch()
    return etc / "asterisk.conf"


def write_flows(config: AsteriskConfig, text: str) -> None:
    """Put the compiled flows (flow_compile.flows_text) where the next reload of the dialplan finds them; empty: none.

    Asterisk may be running. Only what leads a call to them is rendered again. Raises OSError.
    """
    etc = config.folder / "etc"
    _write(etc / FLOWS, text)
    _render(LINE, etc, asdict(config))


def _render(template: str, etc: Path, values: Mapping[str, object]) -> None:
    """One of the files in `etc`. Without a flow there it has no trace of them."""
    flows = (etc / FLOWS).exists() and (etc / FLOWS).stat().st_size > 0
    named = {name: value for name, value in vars(names).items() if name.isupper()}
    text = _environment().get_template(template).render(**values, **named, flows=flows)
    _write(etc / template.removesuffix(".j2"), text)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )


def _write(path: Path, text: str) -> None:
    """Whole or not at all: Asterisk may be reading it."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text)
    draft.chmod(0o600)
    draft.replace(path)


class AsteriskServer:
    """One Asterisk in `config.folder`. Configures itself at each start.

    With `die_with_parent` the kernel kills Asterisk when the *thread* that called start() ends (demo, tests).
    """

    def __init__(
        self, config: AsteriskConfig, *, program: AsteriskProgram | None = None, die_with_parent: bool = True
    ) -> None:
        # The secret outlives a restart, so that a running controller can log in again.
        self.config = config if config.ami_secret else replace(config, ami_secret=secrets.token_hex(16))
        self._program = program or AsteriskProgram.found()
        self._conf = config.folder / "etc" / "asterisk.conf"
        self._log = config.folder / "log" / names.LOG_FILE
        self._said = config.folder / "log" / "output"
        launcher = ("setpriv", "--pdeathsig", "KILL", "--") if die_with_parent else ()
        self._process = ChildProcess(
            [*launcher, *self._program.argv, "-C", str(self._conf), "-f", "-g"],
            output=self._said,
            own_session=True,
            stop_limit=10.0,
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.alive

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError when it was never started."""
        return self._process.pid

    def start(self, *, timeout: float = 20) -> None:
        """Start it and return once it is booted with exactly the dialplan that was rendered.

        With flows with which it does not start it starts without them: the hotline matters more. Raises AsteriskFault
        after `timeout` seconds, when it ends at once, or when its dialplan is not ours.
        """
        if self.alive:
            raise AsteriskFault(f"{self.config.folder}：Asterisk 已经在运行（进程 {self.pid}）")
        try:
            self._start(timeout)
        except AsteriskFault as fault:
            flows = self.config.folder / "etc" / FLOWS
            if not flows.exists() or not flows.stat().st_size:
                raise
            log.error("Asterisk does not start with the flows of the lines, they are set aside: %s", fault)
            flows.replace(flows.with_suffix(".broken"))
            self._start(timeout)

    def _start(self, timeout: float) -> None:
        render(self.config, self._program)
        logged = self._log.stat().st_size if self._log.exists() else 0
        (self.config.folder / "run" / "asterisk.ctl").unlink(missing_ok=True)
        if self._said.exists():
            self._said.replace(self._said.with_name("output.1"))  # what it said last time is kept, no more
        self._process.start()
        try:
            self._wait_booted(time.monotonic() + timeout)
            self._check(logged, r"ERROR\[|" + _UNPARSED)
        except AsteriskFault as fault:
            ended = not self.alive
            self.kill()
            if ended:
                raise AsteriskFault(f"{fault}\nAsterisk 已经停了，它最后说的是：\n{self._last_words()}") from fault
            raise

    def stop(self) -> None:
        """Stop it (calls end) and wait for the process to go; kills it after 10 seconds."""
        self._process.stop()

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut would, and wait for the process to go."""
        self._process.kill()

    def restart(self) -> None:
        """Stop it and start it again on the same ports, AstDB and secret."""
        self.stop()
        self.start()

    def reload_dialplan(self) -> None:
        """Write the configuration again, load the dialplan and check that Asterisk has it. Raises AsteriskFault."""
        render(self.config, self._program)
        logged = self._log.stat().st_size if self._log.exists() else 0
        self.cli("dialplan reload")
        self._check(logged, _UNPARSED)

    def cli(self, command: str, *, timeout: float = 5) -> str:
        """What Asterisk's command line answers. Raises AsteriskFault when it does not within `timeout` seconds."""
        try:
            done = subprocess.run(
                [*self._program.argv, "-C", str(self._conf), "-rx", command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise AsteriskFault(f"{self.config.folder}：{timeout:g} 秒内没有回答“{command}”") from error
        if done.returncode:
            why = done.stderr.decode(errors="replace").strip()
            raise AsteriskFault(f"{self.config.folder}：“{command}”不行：{why}")
        return done.stdout.decode(errors="replace")

    def _wait_booted(self, deadline: float) -> None:
        # The control socket is there long before everything is loaded; this command waits for the rest.
        while not (self.config.folder / "run" / "asterisk.ctl").exists():
            if not self.alive:
                raise AsteriskFault("Asterisk 一启动就停了")
            if time.monotonic() > deadline:
                raise AsteriskFault(f"Asterisk 没有及时起来：\n{self._last_words()}")
            time.sleep(0.02)
        while True:
            try:
                self.cli("core waitfullybooted", timeout=max(0.1, deadline - time.monotonic()))
                return
            except AsteriskFault as fault:
                # Not listening yet, or already gone.
                if not self.alive or time.monotonic() > deadline:
                    raise AsteriskFault(f"Asterisk 没有启动好：{fault}") from fault
                time.sleep(0.02)

    def _last_words(self) -> str:
        said = [path for path in (self._log, self._said) if path.exists()]
        return "\n".join("\n".join(path.read_text(errors="replace").splitlines()[-12:]) for path in said)

    def _check(self, logged: int, complaint: str) -> None:
        """Asterisk goes on without a port it did not get or a line it could not parse: compare, and read its log."""
        meant = meant_dialplan(self.config.folder / "etc")
        has = shown_dialplan(self.cli("dialplan show"))
        wrong = sorted(context for context in meant if meant[context] != has.get(context))
        with self._log.open("rb") as log:
            log.seek(logged)
            lines = log.read().decode(errors="replace").splitlines()
        complaints = [line for line in lines if re.search(complaint, line)]
        if wrong or complaints:
            raise AsteriskFault(
                f"{self.config.folder}/etc：Asterisk 装载的和里面写的不一样；"
                f"不同的段落：{'、'.join(wrong) or '没有'}；它的日志说：\n" + "\n".join(complaints)
            )


def meant_dialplan(etc: Path) -> dict[str, Counter[str]]:
    """What the rendered files mean: of each context, which applications how often."""
    contexts: dict[str, Counter[str]] = {}
    context = ""
    for line in _lines(etc / "extensions.conf"):
        if found := re.match(r"\[([^]]+)\]", line):
            context = found[1]
            if context not in ("general", "globals"):
                contexts.setdefault(context, Counter())
        elif found := re.match(r"(?:exten|same)\s*=>\s*(?:[^,]+,)?(?:n|\d+)(?:\([^)]*\))?,(\w+)", line):
            contexts[context][found[1].lower()] += 1
    return contexts


def shown_dialplan(text: str) -> dict[str, Counter[str]]:
    """The same, read from what `dialplan show` prints."""
    contexts: dict[str, Counter[str]] = {}
    context = ""
    for line in text.splitlines():
        if found := re.match(r"\[ Context '([^']+)' created by", line):
            context = found[1]
            contexts[context] = Counter()
        elif (found := re.match(r"\s+(?:'[^']*' =>|\[\w+\])?\s*\d+\. (\w+)\(", line)) and context:
            contexts[context][found[1].lower()] += 1
    return contexts


def _lines(path: Path) -> list[str]:
    lines = []
    for line in path.read_text().splitlines():
        if included := re.match(r"#(try)?include (\S+)", line):
            lines += (
                _lines(path.parent / included[2]) if not included[1] or (path.parent / included[2]).exists() else []
            )
        else:
            lines.append(line.strip())
    return lines
