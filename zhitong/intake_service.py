"""The ports of the API: tokens, cases, attachments and status, as the console is handed them."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from cases.sla import SlaClock
from routing.calendar import LOCAL
from zhitong.console.ports import Bearer, FoundFile, IntakePorts, SentFile
from zhitong.errors import DatabaseGone, StoreError
from zhitong.intake_desk import IntakeDesk
from zhitong.store.attachments import AttachmentRow
from zhitong.usecases.attachments import Upload, open_attachment
from zhitong.usecases.case_status import StatusDesk
from zhitong.usecases.see_case import see_case
from zhitong.usecases.tokens import Holder, holder_of, keep_used

log = logging.getLogger(__name__)

_MOST_ALIKE = 20
_SEEN = ("channel", "caller", "name", "address", "place", "type", "matter", "matter_name", "urgency", "secrecy", "unit")


class IntakeService:
    """Answers what other channels ask. ready: whether the database is of this program's version by now."""

    def __init__(
        self,
        engine: Engine,
        desk: IntakeDesk,
        status: StatusDesk,
        *,
        now: Callable[[], datetime],
        ready: Callable[[], bool],
    ) -> None:
        self._engine, self._desk, self._status, self._now, self._ready = engine, desk, status, now, ready
        self._used: dict[int, datetime] = {}
        self._lock = threading.Lock()

    @property
    def ports(self) -> IntakePorts:
        """What the console calls."""
        return IntakePorts(
            bearer=self._bearer,
            take=self._take,
            add=self._add,
            see=self._see,
            file=self._file,
            status=self._told,
        )

    def keep(self, now: datetime) -> None:
        """Writes down when tokens were used last; what could not be written waits."""
        with self._lock:
            used, self._used = self._used, {}
        try:
            keep_used(self._engine, used)
        except DatabaseGone as gone:
            log.warning("the use of tokens is written down later: %s", gone)
            with self._lock:
                self._used = used | self._used

    def transcribe(self, now: datetime) -> None:
        """Hears one voice that waits."""
        if self._ready():
            try:
                self._desk.transcribe(now)
            except DatabaseGone as gone:
                log.warning("voices are heard later: %s", gone)

    def _bearer(self, token: str) -> Bearer:
        if not self._ready():
            raise StoreError("the database is not (yet) of this version")
        holder = holder_of(self._engine, token, now=self._now())
        with self._lock:
            self._used[holder.id] = self._now()
        return Bearer(id=holder.id, who=holder)

    def _take(
        self, bearer: Bearer, told: Mapping[str, str], key: str, files: Sequence[SentFile]
    ) -> tuple[bool, dict[str, Any]]:
        if heeded := self._desk.heed(told, files=len(files), by=_holder(bearer).actor, now=self._now()):
            return False, {"heeded": heeded}
        taken = self._desk.take(told, key=key, uploads=_uploads(files), by=_holder(bearer).actor, now=self._now())
        case = taken.case
        return taken.new, {
            "number": case.number,
            "short": case.short,
            "code": taken.code,
            "new": taken.new,
            "state": case.state.value,
            "received_at": case.answered_at.astimezone(LOCAL),
            "clocks": _clocks(taken.clocks),
            "attachments": [_attachment(row, words=False) for row in taken.attachments],
            "alike": [{"number": one.case.number, "why": list(one.why)} for one in taken.alike[:_MOST_ALIKE]],
        }

    def _add(self, bearer: Bearer, number: str, files: Sequence[SentFile]) -> dict[str, Any]:
        found = self._desk.add(number, _uploads(files), by=_holder(bearer).actor, now=self._now())
        return {"number": number, "attachments": [_attachment(row, words=False) for row in found]}

    def _see(self, bearer: Bearer, number: str) -> dict[str, Any]:
        seen = see_case(self._engine, number=number, by=_holder(bearer).actor, now=self._now())
        case = seen.case
        return {name: getattr(case, name) for name in _SEEN} | {
            "number": case.number,
            "short": case.short,
            "state": case.state.value,
            "received_at": case.answered_at.astimezone(LOCAL),
            "text": case.demand or case.transcript,
            "result": case.result,
            "clocks": _clocks(seen.clocks),
            "attachments": [_attachment(row, words=True) for row in seen.attachments if row.state == "kept"],
        }

    def _file(self, bearer: Bearer, number: str, id: int) -> FoundFile:
        found = open_attachment(
            self._engine,
            number=number,
            id=id,
            folder=self._desk.folder,
            by=_holder(bearer).actor,
            now=self._now(),
            secret=False,
        )
        suffix = found.path.suffix.removeprefix(".")
        return FoundFile(path=found.path, media_type=found.row.media_type, suffix=suffix)

    def _told(self, bearer: Bearer | None, number: str, code: str, address: str) -> dict[str, Any]:
        if not self._ready():
            raise StoreError("the database is not (yet) of this version")
        holder = None if bearer is None else _holder(bearer)
        found = asdict(self._status.status(number, code, address=address, holder=holder, now=self._now()))
        return {name: one.astimezone(LOCAL) if isinstance(one, datetime) else one for name, one in found.items()}


def _holder(bearer: Bearer) -> Holder:
    assert isinstance(bearer.who, Holder)
    return bearer.who


def _uploads(files: Sequence[SentFile]) -> list[Upload]:
    return [Upload(name=one.name, source=one.source) for one in files]


def _clocks(clocks: Sequence[SlaClock]) -> list[dict[str, Any]]:
    return [{"name": clock.name, "due_at": clock.due_at.astimezone(LOCAL)} for clock in clocks]


def _attachment(row: AttachmentRow, *, words: bool) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("id", "medium", "media_type", "size", "sha256", "heard")}
    return told | {"transcript": row.transcript if words else ""}
