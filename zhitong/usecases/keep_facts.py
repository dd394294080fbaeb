"""Keeps every fact of every call, and never makes a call wait for it.

One thread writes. It takes what has gathered, of many calls, in one transaction. When the database does not take it,
the facts go to the journal and are loaded when it is back. Facts that it refuses are put aside, and the others go on.
"""

import logging
import queue
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from ivr.facts import Fact
from zhitong.errors import DatabaseGone
from zhitong.store.engine import writing
from zhitong.store.journal import Journal
from zhitong.store.records import record_incident
from zhitong.usecases.apply_facts import KnownCall, apply_facts, reached
from zhitong.usecases.rules import Rules

_log = logging.getLogger(__name__)

_BATCH = 500  # facts a transaction
_CALLS_IN_MEMORY = 2000


class _Flush:
    """Passes through the queue behind the facts noted before it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.in_database = False


class FactKeeper:
    """Takes facts from calls (note) and makes casework of them.

    journal: a folder of its own. capacity: facts that may wait in memory; more go straight to the journal. linger:
    seconds to gather facts before writing. retry_every: seconds between attempts while the database is gone. named:
    told the number under which a call's new case is spoken of, once it is stored; must not block.
    """

    def __init__(
        self,
        engine: Engine,
        rules: Rules,
        *,
        journal: Path,
        capacity: int = 4096,
        linger: float = 0.25,
        retry_every: float = 1.0,
        named: Callable[[str, str], None] = lambda call_id, short: None,
    ) -> None:
        """Raises OSError when the journal folder cannot be made."""
        self._engine, self._rules = engine, rules
        self._journal = Journal(journal)
        self._queue: queue.Queue[Fact | _Flush] = queue.Queue(maxsize=capacity)
        self._held: deque[Fact] = deque(maxlen=capacity)
        self._linger, self._retry_every = linger, retry_every
        self._calls: OrderedDict[str, KnownCall] = OrderedDict()
        self._proven: set[str] = set()  # telephones of officials: as many as there are
        self._gone_since: float | None = None
        self._retry_at = 0.0
        self._named = named
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="facts", daemon=True)

    def start(self) -> None:
        """Starts the writer; what an earlier run left in the journal is loaded first."""
        self._thread.start()

    def go_by(self, rules: Rules) -> None:
        """The next facts are worked into cases by these rules."""
        self._rules = rules

    def note(self, fact: Fact) -> None:
        """Takes a fact. Never blocks and never raises: a call must not suffer from its records."""
        if not self._stopping.is_set():
            try:
                self._queue.put_nowait(fact)
                return
            except queue.Full:
                pass
        try:
            self._journal.append([fact], sync=False)
        except OSError as error:
            _log.critical(
                "a fact (%s) of call %s is lost: memory is full and the journal failed: %s",
                fact.kind,
                fact.call_id,
                error,
            )

    def flush(self, timeout: float) -> bool:
        """Waits until what was noted so far is written; True when all of it is in the database, within the timeout."""
        mark = _Flush()
        until = time.monotonic() + timeout
        try:
            self._queue.put(mark, timeout=timeout)
        except queue.Full:
            return False
        return mark.done.wait(max(0.0, until - time.monotonic())) and mark.in_database

    def stop(self, timeout: float) -> bool:
        """Writes what is left, to the database or the journal, and ends the writer. False: not done in time."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def state(self) -> str:
        """`database`, or `journal` while the database does not take facts."""
        return "database" if self._gone_since is None else "journal"

    @property
    def alive(self) -> bool:
        """Whether the writer runs."""
        return self._thread.is_alive()

    # ── the writer's thread ─────────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        try:
            self._load_journal()
            while not (self._stopping.is_set() and self._queue.empty()):
                facts, flushes = self._gather()
                self._keep(facts)
                self._load_journal()
                for flush in flushes:
                    flush.in_database = self._gone_since is None and not self._held and not self._journal.waiting()
                    flush.done.set()
        except Exception:
            # The outermost edge of the thread: later facts go to the journal by way of the full queue.
            _log.critical("the writer of facts has failed; facts go to the journal from now on", exc_info=True)
            self._stopping.set()
            self._to_journal(self._drain())
        finally:
            self._journal.close()

    def _gather(self) -> tuple[list[Fact], list[_Flush]]:
        """What has come; waits for something at most as long as a retry is due, and a little for company."""
        facts: list[Fact] = []
        flushes: list[_Flush] = []
        try:
            item = self._queue.get(timeout=min(self._retry_every, 0.25))
        except queue.Empty:
            return facts, flushes
        if isinstance(item, Fact) and not self._stopping.is_set() and self._queue.qsize() < _BATCH:
            time.sleep(self._linger)
        while True:
            if isinstance(item, _Flush):
                flushes.append(item)
            else:
                facts.append(item)
            if len(facts) >= _BATCH:
                break
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
        return facts, flushes

    def _drain(self) -> list[Fact]:
        facts: list[Fact] = []
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return facts
            if isinstance(item, _Flush):
                item.done.set()
            else:
                facts.append(item)

    def _keep(self, facts: Sequence[Fact]) -> None:
        if self._held:
            facts = [*self._held, *facts]
            self._held.clear()
        if not facts:
            return
        if self._gone_since is not None:
            self._to_journal(facts)
            return
        try:
            self._store(facts)
        except DatabaseGone as error:
            self._gone(error)
            self._to_journal(facts)

    def _store(self, facts: Sequence[Fact]) -> None:
        """Into the database, all together; if that is refused, call by call, so that one bad call stops no other."""
        try:
            self._apply(facts)
            return
        except DatabaseGone:
            raise
        except Exception:
            _log.exception("%d facts together were refused; trying them call by call", len(facts))
        self._calls.clear()
        for call_id in dict.fromkeys(fact.call_id for fact in facts):
            own = [fact for fact in facts if fact.call_id == call_id]
            try:
                self._apply(own)
            except DatabaseGone:
                raise
            except Exception as error:
                _log.exception("the facts of call %s make no casework; they are kept as they are", call_id)
                self._refused(call_id, own, error)

    def _apply(self, facts: Sequence[Fact]) -> None:
        with writing(self._engine) as connection:
            after = apply_facts(connection, self._rules, facts, self._calls, proven=self._proven)
        self._proven |= {number for number, _ in reached(facts)}
        for call_id, call in after.items():
            if call.short:
                self._named(call_id, call.short)
            self._calls.pop(call_id, None)
            if call.record.ended is None:
                self._calls[call_id] = replace(call, short="") if call.short else call
        while len(self._calls) > _CALLS_IN_MEMORY:
            self._calls.popitem(last=False)

    def _refused(self, call_id: str, facts: Sequence[Fact], error: Exception) -> None:
        """A fault of the program: the facts are kept beside the journal, and people are told."""
        try:
            self._journal.put_aside(facts)
        except OSError:
            _log.critical("facts of call %s could not be put aside", call_id, exc_info=True)
        with writing(self._engine) as connection:
            record_incident(
                connection,
                at=facts[0].at,
                kind="refused",
                mark=f"refused:{call_id}",
                text=f"来电 {call_id} 的 {len(facts)} 条记录没能进入工单（{type(error).__name__}），已另存",
            )

    def _to_journal(self, facts: Sequence[Fact]) -> None:
        if not facts:
            return
        try:
            self._journal.append(facts, sync=True)
        except OSError as error:
            _log.critical("the journal failed (%s); %d facts are held in memory", error, len(facts))
            self._held.extend(facts)

    def _load_journal(self) -> None:
        """Loads the journal if there is one and it is time to try."""
        if self._gone_since is not None and time.monotonic() < self._retry_at and not self._stopping.is_set():
            return
        if self._gone_since is None and not self._journal.waiting():
            return
        loaded = 0
        try:
            with writing(self._engine):
                pass  # is it back at all?
            for part in self._journal.parts():
                in_part, since = 0, None
                for facts in self._journal.read(part, _BATCH):
                    self._store(facts)
                    in_part, since = in_part + len(facts), since or facts[0].at
                if since is not None:
                    with writing(self._engine) as connection:
                        record_incident(
                            connection,
                            at=since,
                            kind="journal",
                            mark=f"journal:{part.name}",
                            text=f"数据库有一段时间没能写入，{in_part} 条记录先记在日志文件里，已补入",
                        )
                part.unlink()
                loaded += in_part
            if self._gone_since is not None:
                self._back(loaded)
        except DatabaseGone as error:
            self._gone(error)
        except OSError as error:
            _log.error("the journal cannot be read (%s); it is tried again", error)
            self._retry_at = time.monotonic() + self._retry_every

    def _gone(self, error: DatabaseGone) -> None:
        self._retry_at = time.monotonic() + self._retry_every
        self._calls.clear()
        self._proven.clear()  # the database that comes back may be another one
        if self._gone_since is None:
            self._gone_since = time.monotonic()
            _log.error("the database does not take facts (%s); they go to the journal", error)

    def _back(self, loaded: int) -> None:
        assert self._gone_since is not None
        _log.warning(
            "the database is back after %.0f s; %d facts came from the journal",
            time.monotonic() - self._gone_since,
            loaded,
        )
        self._gone_since = None
