"""Files that citizens sent: where they lie, what they hash to, what was heard in them, when they go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from zhitong.store.tables import attachments


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachmentRow:
    """An attachment as it is known. state: kept | deleted. heard: how its transcript came about, or why it did not."""

    id: int
    case_number: str
    medium: str
    media_type: str
    name: str
    path: str
    sha256: str
    size: int
    at: datetime
    by: str
    expires_at: datetime
    state: str
    transcript: str
    heard: str


def add_attachment(connection: Connection, **row: Any) -> int:
    """A new one, kept; returns its id."""
    values = {"state": "kept", "transcript": "", "heard": ""} | row
    (id,) = connection.execute(attachments.insert().values(**values)).inserted_primary_key or (0,)
    return int(id)


def attachments_of(connection: Connection, number: str) -> list[AttachmentRow]:
    """Those of a case, deleted ones too, in the order in which they came."""
    query = select(attachments).where(attachments.c.case_number == number).order_by(attachments.c.id)
    return [AttachmentRow(**row._mapping) for row in connection.execute(query)]


def count_attachments(connection: Connection, number: str) -> int:
    """How many a case has had."""
    query = select(func.count()).select_from(attachments).where(attachments.c.case_number == number)
    return connection.execute(query).scalar_one()


def get_attachment(connection: Connection, number: str, id: int) -> AttachmentRow | None:
    """The attachment of this case with this id."""
    query = select(attachments).where(attachments.c.case_number == number, attachments.c.id == id)
    row = connection.execute(query).one_or_none()
    return None if row is None else AttachmentRow(**row._mapping)


def set_attachment(connection: Connection, id: int, **values: Any) -> None:
    """Sets state, transcript or heard of one."""
    connection.execute(attachments.update().where(attachments.c.id == id).values(**values))


def forget_transcripts(connection: Connection, number: str) -> None:
    """What was heard in a case's attachments goes."""
    query = attachments.update().where(attachments.c.case_number == number, attachments.c.transcript != "")
    connection.execute(query.values(transcript="", heard="保存期满，已删除"))


def expired_attachments(connection: Connection, now: datetime, limit: int) -> list[AttachmentRow]:
    """Those whose time is up and that are not deleted yet."""
    query = select(attachments).where(attachments.c.expires_at <= now, attachments.c.state != "deleted")
    query = query.order_by(attachments.c.expires_at).limit(limit)
    return [AttachmentRow(**row._mapping) for row in connection.execute(query)]


def known_paths(connection: Connection, paths: Collection[str]) -> set[str]:
    """Those of the paths that are an attachment's which is not deleted."""
    query = select(attachments.c.path).where(attachments.c.path.in_(paths), attachments.c.state != "deleted")
    return set(connection.scalars(query))
