"""The way of a case (分流), as it is kept and told: one at a time."""

from datetime import datetime

from sqlalchemy import Connection

from cases.triage import WAYS, WHAT, Way, way_in
from zhitong.store.tags import add_tag, end_tags, tags_of
from zhitong.usecases.moving import tell


def set_way(
    connection: Connection,
    number: str,
    way: Way,
    *,
    by: str,
    now: datetime,
    reason: str,
    unless_set: bool = False,
) -> bool:
    """The case goes this way from now on; False when it did already, or, with unless_set, went any."""
    tags = tags_of(connection, number)
    before = way_in(tags)
    if before is way or (before is not None and unless_set):
        return False
    end_tags(connection, number, [tag for tag in tags if tag in WAYS], at=now, by=by)
    add_tag(connection, number, way.value, at=now, by=by)
    text = f"{before.value} → {way.value}" if before else way.value
    tell(connection, number, WHAT, at=now, text=text, who=by, reason=reason)
    return True
