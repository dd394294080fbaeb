"""Recordings: where they lie, what they hash to, when they go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from zhitong.store.engine import insert_new
from zhitong.store.tables import recordings

_ARCHIVED = (
    recordings.update()
    .where(recordings.c.id == bindparam("id_"))
    .values({"state": "archived"} | {name: bindparam(name) for name in ("path", "sha256", "size", "seconds")})
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingRow:
    """A recording as the database knows it. state: fresh | archived | missing | deleted. path: in the folder."""

    id: int
    case_number: str | None
    call_id: str
    kind: str
    path: str
    made_at: datetime
    expires_at: datetime
    state: str
    sha256: str
    size: int
    seconds: float


def put_recordings(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds recordings: case_number, call_id, kind, path, made_at, expires_at. One that is known is not added."""
    insert_new(
        connection, recordings, [{"state": "fresh", "sha256": "", "size": 0, "seconds": 0.0} | row for row in rows]
    )


def set_recording(connection: Connection, id: int, **values: Any) -> None:
    """Sets state, path, sha256, size or seconds of a recording."""
    connection.execute(recordings.update().where(recordings.c.id == id).values(**values))


def set_archived(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Archives many recordings in one go: id_ (whose), path, sha256, size, seconds."""
    if rows:
        connection.execute(_ARCHIVED, rows)


def recordings_of_calls(connection: Connection, call_ids: Sequence[str]) -> list[RecordingRow]:
    """The recordings of these calls."""
    query = select(recordings).where(recordings.c.call_id.in_(call_ids)).order_by(recordings.c.id)
    return [_recording(row) for row in connection.execute(query)]


def recordings_of_case(connection: Connection, number: str) -> list[RecordingRow]:
    """The recordings of a case, those of its callbacks and redials too."""
    query = select(recordings).where(recordings.c.case_number == number).order_by(recordings.c.made_at, recordings.c.id)
    return [_recording(row) for row in connection.execute(query)]


def expired_recordings(connection: Connection, now: datetime, limit: int) -> list[RecordingRow]:
    """Recordings whose time is up and that are not deleted yet."""
    query = (
        select(recordings)
        .where(recordings.c.expires_at <= now, recordings.c.state != "deleted")
        .order_by(recordings.c.expires_at)
        .limit(limit)
    )
    return [_recording(row) for row in connection.execute(query)]


def _recording(row: Row[Any]) -> RecordingRow:
    return RecordingRow(**row._mapping)
