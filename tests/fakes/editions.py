"""Publishing without a command line."""

from datetime import datetime

from sqlalchemy import Engine

from routing.editions import Edition
from zhitong.directory_files import directory_of, draft_of
from zhitong.edition_in_force import edition_in_force
from zhitong.settings import Settings
from zhitong.usecases.publish_roster import Draft, publish_roster


def compared(settings: Settings, engine: Engine, now: datetime) -> Draft:
    """The files as they stand, compared with what is in force."""
    found, texts = edition_in_force(settings, engine, now), draft_of(settings)
    on = found.newest[0] if found.newest else 0
    return Draft(texts=texts, directory=directory_of(settings, texts), before=found.directory, on=on)


def publish_files(
    settings: Settings, engine: Engine, now: datetime, *, author: str = "王秘书", reason: str = "换号"
) -> Edition:
    """Has the files as they stand take force."""
    return publish_roster(engine, compared(settings, engine, now), author=author, reason=reason, now=now)
