"""What people must see to, newest first: the system could not, may not, or did not manage to do it by itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from zhitong.store.engine import writing
from zhitong.store.records import newest_incidents, record_access


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One such thing. text: Chinese; names the case where there is one, never a whole number."""

    at: datetime
    text: str


def list_incidents(engine: Engine, *, who: str, now: datetime, limit: int = 50) -> list[Incident]:
    """The newest ones, and a record that `who` looked. Raises DatabaseGone."""
    with writing(engine) as connection:
        record_access(connection, at=now, who=who, case_number=None, what="待处理", unmasked=False)
        return [Incident(at=row.at, text=row.text) for row in newest_incidents(connection, limit)]
