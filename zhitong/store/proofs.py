"""Telephones at which a person was reached. A number that was changed is another number, and unproven again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from zhitong.store.engine import insert_new
from zhitong.store.tables import proofs

How = Literal["answered", "test ring"]


def put_proofs(connection: Connection, reached: Iterable[tuple[str, datetime]], how: How) -> None:
    """Notes (number, when) of telephones that were answered; the first time that a number was stays."""
    insert_new(connection, proofs, [{"number": number, "at": at, "how": how} for number, at in reached])


def proven_numbers(connection: Connection) -> frozenset[str]:
    """The numbers at which a person was ever reached."""
    return frozenset(connection.scalars(select(proofs.c.number)))
