"""Publishing without a command line."""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Actor
from routing.editions import Edition
from tests.fakes.roster_people import SECRETARY
from zhitong.directory_files import directory_of, draft_of
from zhitong.edition_in_force import edition_in_force
from zhitong.settings import Settings
from zhitong.store.editions import heads_of_editions
from zhitong.store.engine import reading
from zhitong.usecases.publish_roster import Draft, publish_roster


def compared(settings: Settings, engine: Engine, now: datetime) -> Draft:
    """The files as they stand, compared with what is in force."""
    found, texts = edition_in_force(settings, engine, now), draft_of(settings)
    on = found.newest[0] if found.newest else 0
    return Draft(texts=texts, directory=directory_of(settings, texts), before=found.directory, on=on)


def publish_files(
    settings: Settings, engine: Engine, now: datetime, *, by: Actor = SECRETARY, reason: str = "换号"
) -> Edition:
    """Has the files as they stand take force."""
    return publish_roster(engine, compared(settings, engine, now), by=by, reason=reason, now=now)


def list_editions(engine: Engine) -> list[Edition]:
    """All editions, newest first, as nobody in particular sees them."""
    with reading(engine) as connection:
        return heads_of_editions(connection)
