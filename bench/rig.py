"""The hotline and a plain dialplan on one Asterisk, and one load that is put on either."""

import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row, func, select

from bench.processes import Machine, Usage, children, keep_to, machine, usage
from bench.sipp import OFFICIALS, Outcome, citizens, officials
from dialplans.ports import free_ports
from zhitong.clock import SystemClock
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import CHECKOUT, load_settings
from zhitong.store import tables
from zhitong.store.due import finish, open_tasks
from zhitong.store.engine import open_engine, reading, writing
from zhitong.trial import Trial, roster_of_switchboards, wait_until

PLAIN = "08700000000"
"""Dialling this number reaches the plain dialplan."""

DIRECTOR = "13808700001"
"""The first mobile of the shipped roster in office hours; the director's, whose absence would move the figures."""

KEY_AFTER = 1.0
"""Seconds for which an official listens before pressing 1."""
MOST_TAKEN, TRIES = 0.03, 4
"""A load is made again, so many times in all, while others on the host take more than this share of the machine."""
TRANSACTIONS = 33.0
"""Seconds for which Asterisk may send a BYE again to a sipp that is gone (timer F, RFC 3261, 17.1.2.2); the next sipp
would take it for a failed call of its own."""

_PLAIN = """
[line](+)
exten => {number},1,Goto(plain,s,1)

; What the hotline is compared with: no controller, no ladder, no notes; one mobile, screened by keys. It has a call
; record, as any line of Asterisk has unless told otherwise, and as ours tells the hotline's calls alone to have.
[plain]
exten => s,1,Set(CDR_PROP(disable)=0)
 same => n,Answer()
 same => n,Playback({notice})
 same => n,MixMonitor({recordings}/plain-${{UNIQUEID}}.raw,D)
 same => n,Dial(PJSIP/trunk/sip:{director}@{carrier},18,rU(plain-screen))
 same => n,Hangup(16)

[plain-screen]
exten => s,1,Read(OK,{brief}&{keys},1,,1,3)
 same => n,ExecIf($["${{OK}}"!="1"]?Set(GOSUB_RESULT=CONTINUE))
 same => n,Return()
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What one load came to. CPU in seconds of the whole load; short: talks so short that they count as none."""

    calls: int
    citizens: Outcome
    officials: Outcome
    asterisk: float
    controller: float
    parts: Mapping[str, float]
    seconds: float
    machine: Machine
    short: int
    fault: str

    @property
    def clean(self) -> bool:
        """No failure: both sipps ended with 0, every citizen had a talk, and the hotline knows it."""
        return self.citizens.clean and self.officials.clean and not self.fault

    @property
    def asterisk_ms(self) -> float:
        """Asterisk's CPU per call in milliseconds."""
        return self.asterisk * 1000 / self.calls

    @property
    def controller_ms(self) -> float:
        """The controller's CPU per call in milliseconds."""
        return self.controller * 1000 / self.calls

    def __str__(self) -> str:
        made = f"{self.citizens.good}/{self.calls} calls"
        cpu = f"Asterisk {self.asterisk_ms:.1f} ms, controller {self.controller_ms:.1f} ms a call"
        again = self.citizens.retransmissions + self.officials.retransmissions
        sipp = (self.citizens.cpu + self.officials.cpu) / max(self.seconds, 1)
        told = f"{made}; {cpu}; {again} SIP messages sent again, sipp {sipp:.0%} of a core, {self.machine}"
        codes = f"exit codes {self.citizens.code} and {self.officials.code}"
        return told if self.clean else f"{told}; NOT CLEAN: {codes} {self.fault}"


class Rig:
    """From entering to leaving: Asterisk with both dialplans and the controller, in a folder of its own."""

    def __init__(
        self,
        *,
        say: Callable[[str], None],
        question: bool = False,
        phones: bool = False,
        voice: bool = False,
        model: Path | None = None,
    ) -> None:
        """question: the line asks and listens. phones: the mobiles are the trial's own telephones and not sipp's.

        voice: officials may take a call by a word, as they may with a full-sized recognizer model. model: what the line
        listens with; None: the shipped small one.
        """
        self.say, self._voice = say, voice
        self.folder = Path(mkdtemp(prefix="bench-"))
        self.carrier = f"{OFFICIALS}:{free_ports(udp=1)[0]}"
        shipped = load_settings()
        self.line = shipped.lines[0].number
        self.director = DIRECTOR
        given: dict[str, Any] = {
            "ladder": {"slow_seconds": shipped.ladder.slow_seconds},
            "lines": [{"number": self.line, "name": shipped.lines[0].name, "question": question}],
            "files": {"roster": str(roster_of_switchboards(self.folder, 999))},
            "trunk": {"match": ["127.0.0.0/8"], **({} if phones else {"address": self.carrier})},
            **({"decoder": {"model": str(model)}} if model else {}),
        }
        settings = load_settings(overrides=given)
        book = open_prompt_book(settings)
        book.prepare()
        hour = SystemClock().now().hour
        night = hour >= settings.hotline.night_from or hour < settings.hotline.night_until
        recordings = self.folder / "data" / "recordings"
        plain = _PLAIN.format(
            number=PLAIN,
            notice=book.prompt("notice_night" if night else "notice").path,
            brief=book.prompt("brief_plain").path,
            keys=book.prompt("screen_keys_plain").path,
            recordings=recordings,
            carrier=self.carrier,
            director=DIRECTOR,
        )
        self.talk_begins = book.prompt("notice_night" if night else "notice").seconds + KEY_AFTER + 1.0
        self.trial = Trial(overrides=given, extra_dialplan=plain, folder=self.folder)
        self._loads = 0
        self._clean = True
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.trial)
            overrides = self.folder / "overrides.json"
            overrides.write_text(json.dumps(self.trial.overrides))
            with (self.folder / "controller.log").open("wb") as log:
                self._controller = subprocess.Popen(
                    [sys.executable, "-m", "bench.controller", str(overrides), *(["voice"] if self._voice else [])],
                    cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                )  # fmt: skip
            stack.callback(self._stop_controller)
            asterisk = self.trial.asterisk
            wait_until(lambda: "/duty/" in asterisk.cli("database show duty"), 30.0, "the controller is ready")
            self.engine = open_engine(self.trial.settings.store.database_url)
            stack.callback(self.engine.dispose)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if error is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.say(f"  what was written lies in {self.folder}")

    def _stop_controller(self) -> None:
        assert self._controller.stdin is not None
        self._controller.stdin.close()
        try:
            self._controller.wait(20)
        except subprocess.TimeoutExpired:
            self._controller.kill()
            self._controller.wait()

    # ── what is read ────────────────────────────────────────────────────────────────────────────────────────────────

    def asterisk(self) -> Usage:
        """Asterisk's usage so far."""
        return usage(self.trial.asterisk.pid)

    def controller(self) -> Usage:
        """The controller's usage so far, its recognizer processes included."""
        own = [usage(pid) for pid in (self._controller.pid, *children(self._controller.pid))]
        return Usage(cpu=sum(one.cpu for one in own), rss=sum(one.rss for one in own))

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Asterisk on one core and everything else on the others, while this lasts."""
        cores = os.sched_getaffinity(0)
        own = {min(cores)}
        others = cores - own or cores
        pids = {self.trial.asterisk.pid: own}
        pids |= dict.fromkeys((os.getpid(), self._controller.pid, *children(self._controller.pid)), others)
        try:
            for pid, allowed in pids.items():
                keep_to(pid, allowed)
            yield
        finally:
            for pid in pids:
                keep_to(pid, cores)

    def parts(self) -> dict[str, float]:
        """The controller's CPU seconds so far, by thread; returns when all that was noted stands in the database."""
        assert self._controller.stdin is not None and self._controller.stdout is not None
        self._controller.stdin.write("\n")
        self._controller.stdin.flush()
        told = json.loads(self._controller.stdout.readline())
        if not told["written"]:
            raise RuntimeError("the controller could not write its facts in time")
        return dict(told["parts"])

    def _quiet(self) -> None:
        """Wait until nothing is left of the load before; ends what a failed one left: legs, and calls to be made.

        A channel that Bridge() took over may leave its shell behind, a Surrogate that no call belongs to.
        """
        asterisk, began = self.trial.asterisk, time.monotonic()

        def channels() -> list[str]:
            up = asterisk.cli("core show channels concise", timeout=600).splitlines()
            return [one for one in up if not one.startswith("Surrogate/")]

        while channels():
            if (waited := time.monotonic() - began) > 120.0:
                self.say("    channels of the load before are still up; it goes on")
                break
            if waited > 30.0 or not self._clean:
                asterisk.cli("channel request hangup all", timeout=600)
                time.sleep(5.0)
            time.sleep(0.5)
        if not self._clean:
            self._idle()
            time.sleep(TRANSACTIONS)
        with writing(self.engine) as connection:
            redials = [task.id for task in open_tasks(connection, kind="redial")]
            finish(connection, redials, at=datetime.now(UTC), outcome="bench")

    def _idle(self) -> None:
        """Wait until Asterisk has sent what it had still to say to a load that was broken off: it may be behind."""
        until = time.monotonic() + 120.0
        while time.monotonic() < until:
            before = self.asterisk().cpu
            time.sleep(1.0)
            if self.asterisk().cpu - before < 0.1:
                return

    def archived(self, limit: float) -> bool:
        """Wait until the recordings of all calls so far have their final form; False after `limit` seconds."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            with reading(self.engine) as connection:
                if not open_tasks(connection, kind="archive"):
                    return True
            time.sleep(1.0)
        return False

    def _ends(self) -> Counter[str]:
        """How the calls so far ended, and how often the dialplan had to go on without the controller."""
        with reading(self.engine) as connection:
            kinds = connection.execute(
                select(tables.facts.c.kind, func.count().label("many"))
                .where(tables.facts.c.kind.in_(("talk", "ended", "fallback", "opened")))
                .group_by(tables.facts.c.kind)
            )
            counts = Counter({row.kind: row.many for row in kinds})
            counts["talked"] = connection.scalars(
                select(func.count()).select_from(tables.calls).where(tables.calls.c.talked)
            ).one()
            return counts

    def told(self, *kinds: str) -> dict[str, tuple[str, list[Row[Any]]]]:
        """Of each call so far, by its id: the caller's number, and its facts of these kinds in their order."""
        facts = tables.facts.c
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(facts.call_id, facts.kind, facts.at, facts.detail)
                .where(facts.kind.in_(("opened", *kinds)))
                .order_by(facts.call_id, facts.seq)
            ).all()
        found: dict[str, tuple[str, list[Row[Any]]]] = {}
        for row in rows:
            if row.kind == "opened":
                found[row.call_id] = row.detail["caller"], []
            else:
                found[row.call_id][1].append(row)
        return found

    def undisturbed(self, number: str, **load: Any) -> Load:
        """A load made on the machine's own cores; the least disturbed one when none was. Arguments as for `load`."""
        made: list[Load] = []
        while len(made) < TRIES:
            made.append(self.load(number, **load))
            if made[-1].machine.taken <= MOST_TAKEN:
                return made[-1]
            self.say(f"    others on the host took {made[-1].machine.taken:.0%} of the machine: once more")
        return min(made, key=lambda one: one.machine.taken)

    # ── the load ────────────────────────────────────────────────────────────────────────────────────────────────────

    def load(
        self,
        number: str,
        *,
        calls: int,
        rate: int,
        talk: float = 6.0,
        sound: tuple[Path, Path] | None = None,
        while_up: Callable[[], None] = lambda: None,
        afterwards: Callable[[], object] = lambda: None,
        hopeless: bool = False,
    ) -> Load:
        """So many calls to this number, `rate` a second; officials take them, citizens hang up after `talk` seconds.

        A talk that a slow moment makes shorter than three seconds is none: its citizen would be rung again.
        sound: what citizens and officials say, as .alaw. while_up: done once all calls have been begun; afterwards:
        when all are over, and still in the figures. hopeless: it is broken off, and has failed, once a quarter more
        calls are up than should be: those last too long.
        """
        self._quiet()
        self._loads += 1
        folder = self.folder / f"load{self._loads}"
        stay = self.talk_begins + talk
        cpu, controller, parts, ends = self.asterisk().cpu, self.controller().cpu, self.parts(), self._ends()
        began, busy = time.monotonic(), machine()
        mobiles = officials(
            folder,
            port=int(self.carrier.rpartition(":")[2]),
            key_after=KEY_AFTER,
            limit=stay + 10.0,
            sound=sound and sound[1],
        )
        callers = citizens(
            folder,
            target=self.trial.address,
            number=number,
            calls=calls,
            rate=rate,
            stay=stay,
            sound=sound and sound[0],
        )
        try:
            crowd = 1.25 * rate * (stay + 0.5) if hopeless else math.inf
            while time.monotonic() - began < calls / rate and callers.alive and callers.up < crowd:
                time.sleep(0.5)
            while_up()
            broken_off = callers.up >= crowd
            calling = callers.wait(0.0 if broken_off else stay + 30.0)
            taking = mobiles.finish(0.0 if broken_off else 10.0)
        finally:
            callers.kill()
            mobiles.kill()
        seconds = time.monotonic() - began
        time.sleep(1.5)  # the last facts of the last calls
        afterwards()
        parts_after = self.parts()
        now = self._ends()
        now.subtract(ends)
        fault = ""
        lived = {"opened": calls, "talk": calls, "ended": calls, "fallback": 0}
        if taking.talks < calls:
            fault = f"{calls - taking.talks} citizens had no talk of three seconds"
        elif number != PLAIN and any(now[kind] != many for kind, many in lived.items()):
            fault = f"the hotline's own records: {dict(now)}"
        load = Load(
            calls=calls,
            citizens=calling,
            officials=taking,
            asterisk=self.asterisk().cpu - cpu,
            controller=self.controller().cpu - controller,
            parts={part: spent - parts.get(part, 0.0) for part, spent in parts_after.items()},
            seconds=seconds,
            machine=machine() - busy,
            short=0 if number == PLAIN else now["talk"] - now["talked"],
            fault=fault,
        )
        self.say(f"    {'plain  ' if number == PLAIN else 'hotline'} {rate}/s: {load}")
        if not load.clean:
            for one in (callers, mobiles):
                self.say("      " + one.first_errors().replace("\n", "\n      "))
        self._clean = load.clean
        return load
