"""办件链接: links that open one case to one official, as digests."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from zhitong.store.tables import pocket_links


@dataclass(frozen=True, kw_only=True, slots=True)
class PocketLink:
    """official: id in the roster. session_digest: of the page that is open by it now, until session_until."""

    digest: str
    case_number: str
    official: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    session_digest: str
    session_until: datetime | None


def add_link(
    connection: Connection, digest: str, *, case_number: str, official: str, at: datetime, expires_at: datetime
) -> None:
    """A new one; nothing is open by it."""
    row = {"digest": digest, "case_number": case_number, "official": official, "made_at": at, "expires_at": expires_at}
    connection.execute(pocket_links.insert(), row | {"session_digest": ""})


def link_with(connection: Connection, digest: str) -> PocketLink | None:
    """The link of this digest."""
    row = connection.execute(select(pocket_links).where(pocket_links.c.digest == digest)).one_or_none()
    return None if row is None else PocketLink(**row._mapping)


def set_session(connection: Connection, digest: str, session: str, *, until: datetime | None) -> None:
    """What is open by the link, instead of what was before; empty: nothing."""
    values = {"session_digest": session, "session_until": until}
    connection.execute(pocket_links.update().where(pocket_links.c.digest == digest).values(**values))


def end_links_of(connection: Connection, case_number: str, *, at: datetime, official: str = "") -> int:
    """Ends all that open this case, of this official or of all; how many there were."""
    mine = pocket_links.c.case_number == case_number
    query = pocket_links.update().where(mine, pocket_links.c.ended_at.is_(None), pocket_links.c.expires_at > at)
    if official:
        query = query.where(pocket_links.c.official == official)
    return connection.execute(query.values(ended_at=at)).rowcount


def forget_links(connection: Connection, *, expired: datetime) -> None:
    """Those that had expired by then."""
    connection.execute(pocket_links.delete().where(pocket_links.c.expires_at < expired))
