"""话务流程: editions, added one by one and never deleted; of a draft the newest state, one a line."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, inspect, literal, select

from zhitong.store.tables import flow_drafts, flow_editions

State = Literal["published", "used", "refused"]
PUBLISHED: Final = "published"
"""Calls do not go by it yet: Asterisk has still to prove that it can."""
USED: Final = "used"
"""Calls go by it, or went by it until a newer one came."""
REFUSED: Final = "refused"
"""It was rolled back, or never came into use: `why`."""
LONGEST_WHY: Final = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowEdition:
    """An edition of a line's flow. line: its digits; text: empty = no flow; digest: the text's as it was published."""

    line: str
    number: int
    author: str
    at: datetime
    reason: str
    digest: str
    text: str
    state: State
    why: str = ""

    @property
    def intact(self) -> bool:
        """Whether the text is the one that was published."""
        return self.digest == digest_of(self.text)


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowDraft:
    """What is being written for a line. based_on: the edition it began from, 0: none; saved: how often it was saved."""

    line: str
    text: str
    author: str
    at: datetime
    based_on: int
    saved: int


def digest_of(text: str) -> str:
    """By which a text is known again: SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_flow(connection: Connection, edition: FlowEdition) -> None:
    """Writes one down. Raises IntegrityError when its number is another's already."""
    connection.execute(flow_editions.insert().values(**asdict(edition)))


def flow_heads(connection: Connection, line: str) -> list[FlowEdition]:
    """All of a line, newest first, without their texts."""
    table = flow_editions
    told = [column for column in table.c if column.name != "text"]
    query = select(*told, literal("").label("text")).where(table.c.line == line).order_by(table.c.number.desc())
    return [FlowEdition(**row._mapping) for row in connection.execute(query)]


def flow_numbered(connection: Connection, line: str, number: int) -> FlowEdition | None:
    """The edition of this number."""
    query = select(flow_editions).where(flow_editions.c.line == line, flow_editions.c.number == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else FlowEdition(**row._mapping)


def newest_flow(connection: Connection, line: str, state: State | None = None) -> FlowEdition | None:
    """The newest of a line; state: the newest one of that state."""
    query = select(flow_editions).where(flow_editions.c.line == line).order_by(flow_editions.c.number.desc()).limit(1)
    if state is not None:
        query = query.where(flow_editions.c.state == state)
    row = connection.execute(query).one_or_none()
    return None if row is None else FlowEdition(**row._mapping)


def waiting_flows(connection: Connection) -> list[FlowEdition]:
    """Those that were published and are neither used nor refused yet, oldest first."""
    if not inspect(connection).has_table(flow_editions.name):
        return []
    table = flow_editions
    query = select(table).where(table.c.state == PUBLISHED).order_by(table.c.at, table.c.line, table.c.number)
    return [FlowEdition(**row._mapping) for row in connection.execute(query)]


def settle_flow(connection: Connection, line: str, number: int, *, state: State, why: str = "") -> None:
    """What became of an edition."""
    mine = (flow_editions.c.line == line) & (flow_editions.c.number == number)
    connection.execute(flow_editions.update().where(mine).values(state=state, why=why[:LONGEST_WHY]))


def flow_draft(connection: Connection, line: str) -> FlowDraft | None:
    """What is being written for a line."""
    row = connection.execute(select(flow_drafts).where(flow_drafts.c.line == line)).one_or_none()
    return None if row is None else FlowDraft(**row._mapping)


def put_flow_draft(connection: Connection, draft: FlowDraft) -> None:
    """Instead of the one before."""
    connection.execute(flow_drafts.delete().where(flow_drafts.c.line == draft.line))
    connection.execute(flow_drafts.insert().values(**asdict(draft)))


def drop_flow_draft(connection: Connection, line: str) -> None:
    """There is none any more."""
    connection.execute(flow_drafts.delete().where(flow_drafts.c.line == line))
