"""Whoever owns a case (领办) is told so by notice, once, however he came by it: 退单, by hand, 应急, a trigger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from routing.directory import Directory
from zhitong.notices.notice import due_kind
from zhitong.notices.places import SUPERVISION
from zhitong.store.case_records import get_record
from zhitong.store.due import put_due
from zhitong.usecases.warned_people import named_as

NOTICE = due_kind("lead")


def tell_leader(connection: Connection, number: str, record: int, *, at: datetime) -> None:
    """Has the owner of this 领办 told, in the transaction that opens it."""
    row = {"kind": NOTICE, "mark": f"{NOTICE}:{record}", "case_number": number, "call_id": "", "due_at": at}
    put_due(connection, [row | {"detail": {"record": record}}])


def told_of_lead(connection: Connection, directory: Directory, detail: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom such a notice is for, as addresses name them; empty when nobody owns the case by this any more.

    detail: of its task; `to` names those who are told beside a leader.
    """
    record = get_record(connection, int(detail["record"])) if "record" in detail else None
    if record is None:
        return tuple(map(str, detail.get("to", ())))
    if record.closed_at is not None:
        return ()
    if record.owner == directory.supervision.name:
        return (SUPERVISION,)
    return (named_as(connection, directory, record.owner),)
