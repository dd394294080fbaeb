"""The addresses of duty calendars, as nobody in particular sees them."""

from sqlalchemy import Engine

from zhitong.store.engine import reading
from zhitong.store.feeds import Feed, all_feeds


def list_feeds(engine: Engine) -> list[Feed]:
    """All of them, oldest first."""
    with reading(engine) as connection:
        return all_feeds(connection)
