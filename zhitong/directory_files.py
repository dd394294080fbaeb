"""The directory as texts have it: the draft (the files of the configuration), or an edition."""

from routing.calendar import Calendar, load_calendar
from routing.directory import Directory
from routing.editions import Texts
from routing.fields import read_text, toml_of
from routing.roster_file import read_directory
from zhitong.settings import Settings


def draft_of(settings: Settings) -> Texts:
    """The roster and escalation files as they stand. Raises BadConfig for one that cannot be read."""
    return Texts(roster=read_text(settings.files.roster), escalation=read_text(settings.files.escalation))


def directory_of(settings: Settings, texts: Texts, *, source: str = "", calendar: Calendar | None = None) -> Directory:
    """What the texts say. source: where they are from, for whoever mends them; empty: the files.

    calendar: the county's; None: read it now. Raises BadConfig with every fault, BadCalendar.
    """
    return read_directory(
        toml_of(texts.roster, source or str(settings.files.roster)),
        toml_of(texts.escalation, source or str(settings.files.escalation)),
        source=source or str(settings.files.roster),
        area_code=settings.hotline.area_code,
        service_numbers=settings.dialling.service_numbers,
        calendar=load_calendar(settings.files.calendar) if calendar is None else calendar,
    )
