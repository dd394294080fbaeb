"""Which flows the lines go by: an edition counts once Asterisk has it to the letter and two test calls reach a person.

A new edition is put beside the one in use, under names of its own; Asterisk's own account of its contexts is compared
with what was compiled; test calls, which ring nobody, go through it. Only then new callers are led to it, and callers
who are in the one before stay there. What does not pass is refused, and nothing has changed. Whatever is broken, the
line has no flow: callers are asked at once.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from dialplans import names
from dialplans.asterisk import FLOWS, write_flows
from dialplans.escaping import Unescapable
from dialplans.flow import HELP, PEOPLE, TERMINALS, digits_of, parse_flow
from dialplans.flow_checks import check, refuse_errors
from dialplans.flow_compile import HOOK, NOTICE, TRY, TRY_SECONDS, Compiled, Line, flows_text, meant
from dialplans.prompts import PromptBook
from dialplans.voice import SynthesisFailed
from ivr.ami import AmiGone, AmiRefused
from ivr.inbox import Event
from routing.faults import BadConfig
from zhitong.errors import DatabaseGone
from zhitong.flows import compiled, line_prompts
from zhitong.settings import Settings
from zhitong.store.engine import reading, writing
from zhitong.store.flows import REFUSED, USED, FlowEdition, newest_flow, settle_flow, waiting_flows
from zhitong.store.records import record_incident
from zhitong.switch import asterisk_config
from zhitong.whole_files import write_whole

log = logging.getLogger(__name__)

LOOK = 0.2
"""Seconds between two looks at a test call."""


class Manager(Protocol):
    """What it needs of ivr.ami.Ami."""

    @property
    def up(self) -> bool: ...
    def act(self, name: str, *, variables: Mapping[str, str] | None = None, **keys: str) -> Mapping[str, str]: ...
    def reload_dialplan(self) -> None: ...
    def dialplan(self, context: str) -> list[tuple[str, str, str, str]]: ...


class Unfit(Exception):
    """An edition that calls cannot go by; the text says why, in Chinese."""


class FlowsInForce:
    """Thread-safe. `look` from time to time, on a thread that may take its time; all else at once."""

    def __init__(
        self, settings: Settings, engine: Engine, book: PromptBook, ami: Manager, *, monotonic: Callable[[], float]
    ) -> None:
        """book: prepared by the first look."""
        self._settings, self._engine, self._book, self._ami = settings, engine, book, ami
        self._monotonic = monotonic
        self._used: Mapping[str, Compiled] = {}
        self._editions: dict[str, FlowEdition] = {}
        self._left: list[tuple[Compiled, float]] = []
        """Those that were replaced, and when: calls may still be in them."""
        self._known = False
        self._stale = True
        self._stopping = threading.Event()
        self._ids = count(1)
        self._tried: dict[str, list[str]] = {}
        """By test call: what it told, steps and ends, and why it was late or lost."""

    def digits(self, dialled: str) -> str:
        """By which the dialplan knows the flow of this line; empty where it has none, or puts no question."""
        line = self._settings.line(dialled)
        key = digits_of(line.number) if line.question else ""
        return key if key in self._used else ""

    def check_again(self) -> None:
        """Asterisk may have been restarted: what it has is compared at the next look."""
        self._stale = True

    def stop(self) -> None:
        """A look that goes on ends soon; an edition that is being tried stays to be tried."""
        self._stopping.set()

    def hear(self, event: Event) -> None:
        """An event of a test call."""
        told = self._tried.get(event.headers.get(names.EVENT_CALL, ""))
        if told is not None:
            told.append(event.headers.get(names.EVENT_WHY) or event.headers.get(names.EVENT_STEP, ""))

    def look(self, now: datetime) -> None:
        """Take in what was published, and see that Asterisk has what calls go by. Never raises because of either."""
        if not self._ami.up:
            return
        try:
            if not self._known:
                self._restore(now)
            if self._stale:
                self._put_right(now)
            for edition in self._waiting():
                self._take(edition, now)
            if self._left and self._monotonic() - self._left[0][1] >= TRY_SECONDS:
                self._write(self._used.values())  # nobody can be in it any more
        except (AmiGone, DatabaseGone) as error:
            log.warning("flows: tried again later: %s", error)
        except (AmiRefused, OSError) as error:
            log.error("flows: %s", error)

    # --- at the start -------------------------------------------------------------------------------------------------

    def _restore(self, now: datetime) -> None:
        """What calls went by before: of the database; without it of the copy; an edition that is broken is none."""
        lines = [digits_of(line.number) for line in self._settings.lines]
        try:
            with reading(self._engine) as connection:
                found = [newest_flow(connection, line, USED) for line in lines]
            editions = [one for one in found if one is not None and one.text]
            self._known = True
        except DatabaseGone:
            if self._used:
                raise
            editions = [one for one in read_copy(copy_path(self._settings)) if one.line in lines]
            log.warning("the database is away: %d flows of the copy in the data folder count", len(editions))
        used = {}
        for edition in editions:
            try:
                used[edition.line] = self._compiled(edition)
                self._editions[edition.line] = edition
            except Unfit as unfit:
                if self._known:
                    self._alarm(edition, f"{unfit}，现在直接提问", now)
        if used.keys() != self._used.keys():
            self._stale = True
        self._used = used

    def _put_right(self, now: datetime) -> None:
        """See that Asterisk has what calls go by; what it cannot be given is no flow."""
        self._stale = False
        if not self._used and not self._file():
            return
        if not self._used or self._differences(self._used.values()):
            self._write(self._used.values())
        if self._used and (told := self._differences(self._used.values())):
            editions, self._used, self._editions = dict(self._editions), {}, {}
            self._write(())
            for edition in editions.values():
                self._alarm(edition, f"Asterisk 装的和发布的不一样（{told}），现在直接提问", now)

    # --- a new edition ------------------------------------------------------------------------------------------------

    def _waiting(self) -> list[FlowEdition]:
        """The newest of each line that waits; those before it never come into use."""
        with reading(self._engine) as connection:
            waiting = waiting_flows(connection)
        newest = {edition.line: edition for edition in waiting}
        for edition in waiting:
            if edition.number < newest[edition.line].number:
                self._settle(edition, f"还没启用，又发布了第 {newest[edition.line].number} 版")
        return list(newest.values())

    def _take(self, edition: FlowEdition, now: datetime) -> None:
        try:
            one = self._compiled(edition) if edition.text else None
            if one is not None:
                self._prove(one)
            self._switch(edition, one)
        except (Unfit, AmiRefused, OSError) as unfit:
            self._write(self._used.values())  # as it was
            self._settle(edition, str(unfit))
            before = self._editions.get(edition.line)
            self._alarm(edition, f"{unfit}；{f'照第 {before.number} 版走' if before else '直接提问'}", now)
        except AmiGone:
            self._stale = True  # nothing is known of what Asterisk has
            raise
        else:
            self._settle(edition, "")
            log.info("line %s goes by edition %d of its flow", edition.line, edition.number)

    def _compiled(self, edition: FlowEdition) -> Compiled:
        """Raises Unfit."""
        if not edition.intact:
            raise Unfit("和发布时的不一样，已经损坏")
        try:
            flow = parse_flow(edition.text)
            refuse_errors(check(flow, line_prompts(self._book), edition.line))
            return compiled(self._settings, self._book, flow, edition.number)
        except (BadConfig, SynthesisFailed, Unescapable, OSError, KeyError) as error:
            raise Unfit(str(error)) from error

    def _prove(self, one: Compiled) -> None:
        """Beside what is in use: nobody is led to it. Raises Unfit, AmiGone, AmiRefused, OSError."""
        self._write(self._used.values(), [one])
        if told := self._differences(self._used.values(), [one]):
            raise Unfit(f"Asterisk 装的和发布的不一样：{told}")
        calls = {self._test_call(one, "s"): "什么都不按", self._test_call(one, HELP): "按 0"}
        until = self._monotonic() + TRY_SECONDS
        try:
            while not all(self._ended(call) for call in calls) and self._monotonic() < until:
                if self._stopping.wait(LOOK) or not self._ami.up:
                    raise AmiGone("a test call was broken off")
            for call, how in calls.items():
                if wrong := [told for told in self._tried[call] if told in ("late", "lost")]:
                    raise Unfit(f"试打（{how}）走不下去：{'缺提示音' if 'lost' in wrong else '时间到了'}")
                end = self._ended(call)
                if end not in PEOPLE:
                    raise Unfit(f"试打（{how}）没有打到人，走到：{end or '没有走完'}")
        finally:
            for call in calls:
                self._tried.pop(call, None)

    def _test_call(self, one: Compiled, exten: str) -> str:
        call = f"flow-test-{one.digits}-{one.number}-{next(self._ids)}"
        self._tried[call] = []
        self._ami.act(
            "Originate",
            variables={names.FLOW_TRY: "yes", names.CALL: call},
            Channel=f"Local/{TRY}@{one.first}/n",
            Context=names.CONTEXT_FLOW_CALLER,
            Exten=exten,
            Priority="1",
            Async="true",
            Timeout="5000",
        )
        return call

    def _ended(self, call: str) -> str:
        return next((told for told in self._tried[call] if told in TERMINALS), "")

    def _switch(self, edition: FlowEdition, one: Compiled | None) -> None:
        """New callers are led to it from now on. Raises Unfit, AmiGone, AmiRefused, OSError."""
        before = self._used.get(edition.line)
        after = {line: used for line, used in self._used.items() if line != edition.line}
        after |= {edition.line: one} if one is not None else {}
        left = [(before, self._monotonic())] if before is not None else []
        self._left += left
        try:
            self._write(after.values())
            if told := self._differences(after.values()):
                raise Unfit(f"Asterisk 装的和发布的不一样：{told}")
        except BaseException:
            self._left = [kept for kept in self._left if kept not in left]
            raise
        self._used = after
        self._editions.pop(edition.line, None)
        if one is not None:
            self._editions[edition.line] = replace(edition, state=USED)
        try:
            write_copy(copy_path(self._settings), self._editions.values())
        except OSError as error:
            log.error("no copy of the flows in the data folder: %s", error)

    # --- Asterisk's side ----------------------------------------------------------------------------------------------

    def _write(self, used: Iterable[Compiled], beside: Iterable[Compiled] = ()) -> None:
        """Raises AmiGone, AmiRefused, OSError."""
        self._left = [one for one in self._left if self._monotonic() - one[1] < TRY_SECONDS]
        write_flows(asterisk_config(self._settings), flows_text(used, [*beside, *self._kept()]))
        self._ami.reload_dialplan()

    def _kept(self) -> list[Compiled]:
        return [one for one, _ in self._left]

    def _differences(self, used: Iterable[Compiled], beside: Iterable[Compiled] = ()) -> str:
        """The contexts that Asterisk has otherwise than they were compiled; empty: none. Raises AmiGone."""
        contexts = meant(used, [*beside, *self._kept()])
        wrong = [name for name, lines in contexts.items() if self._ami.dialplan(name) != _as_shown(lines)]
        leads = any(HOOK in data for _, _, _, data in self._ami.dialplan(NOTICE))
        return "、".join(wrong if leads is bool(contexts) else [NOTICE, *wrong])

    def _file(self) -> bool:
        path = self._settings.asterisk.folder / "etc" / FLOWS
        return path.exists() and path.stat().st_size > 0

    # --- the database's -----------------------------------------------------------------------------------------------

    def _settle(self, edition: FlowEdition, why: str) -> None:
        with writing(self._engine) as connection:
            settle_flow(connection, edition.line, edition.number, state=REFUSED if why else USED, why=why)

    def _alarm(self, edition: FlowEdition, why: str, now: datetime) -> None:
        log.error("line %s, edition %d of its flow: %s", edition.line, edition.number, why)
        mark = f"flow:{edition.line}:{edition.number}"
        text = f"线路 {edition.line} 的话务流程第 {edition.number} 版没有启用：{why}"
        with writing(self._engine) as connection:
            record_incident(connection, at=now, kind="flow", mark=mark, text=text)


def _as_shown(lines: Iterable[Line]) -> list[tuple[str, str, str, str]]:
    """In the order of Ami.dialplan."""
    told = sorted(enumerate(lines), key=lambda one: (one[1].exten, one[0]))
    return [(line.exten, line.label, line.application, line.data) for _, line in told]


def copy_path(settings: Settings) -> Path:
    """Where the editions in use lie for a start without the database."""
    return settings.folders.data / "flow-editions.json"


def write_copy(path: Path, editions: Iterable[FlowEdition]) -> None:
    """Put them in place of those before. Raises OSError."""
    told = [asdict(edition) | {"at": edition.at.isoformat()} for edition in editions]
    write_whole(path, json.dumps(told, ensure_ascii=False), mode=0o600)


def read_copy(path: Path) -> list[FlowEdition]:
    """Those that were written there; none when it is damaged or missing."""
    try:
        return [FlowEdition(**one | {"at": datetime.fromisoformat(one["at"])}) for one in json.loads(path.read_bytes())]
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("no copy of the flows: %s", type(error).__name__)
        return []
