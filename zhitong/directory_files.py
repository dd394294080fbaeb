"""The directory as the files of the configuration have it."""

from datetime import datetime

from routing.calendar import load_calendar
from routing.directory import Directory
from routing.roster_file import load_directory
from zhitong.settings import Settings


def directory_of_files(settings: Settings, now: datetime) -> Directory:
    """The roster and escalation files, with the county's calendar, checked for the next 72 hours.

    Raises BadConfig with every fault, or every gap; BadCalendar.
    """
    return load_directory(
        settings.files.roster,
        escalation=settings.files.escalation,
        now=now,
        area_code=settings.hotline.area_code,
        service_numbers=settings.dialling.service_numbers,
        calendar=load_calendar(settings.files.calendar),
    )
