"""Several calls about one matter: an official says that he knows, or records what whoever calls next is to hear."""

import logging
from collections.abc import Sequence
from pathlib import Path

from ivr.menu import Menu, Sentence
from routing.officials import Official
from zhitong.errors import SurgeRefused, ZhitongError
from zhitong.settings import announcements_folder
from zhitong.staff.context import Staff, keys, told
from zhitong.store.due import DueTask
from zhitong.store.engine import reading, writing
from zhitong.store.surges import surge_of_call
from zhitong.usecases.know_surge import OpenSurge, acknowledge, open_surges_for, set_announcement
from zhitong.usecases.staff_calls import seen_to, tell_official

_log = logging.getLogger(__name__)


def surge_opened(staff: Staff, task: DueTask, number: str) -> Menu | None:
    """The call to an official on duty when a surge has opened that nobody knows of."""
    people = staff.directory().whose(number, staff.now())
    official = next(filter(None, (staff.official(one) for one, _ in people)), None)
    with reading(staff.engine) as connection:
        row = surge_of_call(connection, task.call_id)
    if official is None or row is None:
        return None

    def done() -> None:
        with writing(staff.engine) as connection:
            seen_to(connection, task, f"{official.called}知道了集中来电", staff.now())

    def knows() -> Menu:
        acknowledge(staff.engine, row.id, official=official.called, now=staff.now())
        done()
        return told("staff_surge_known")

    def records() -> Menu:
        knows()
        return _announce(staff, official, row.id)

    return Menu(
        say=(Sentence(key="staff_surge", slots={"place": row.town, "matter": row.matter_name}),),
        keys=keys(k1=knows, k2=records),
    )


def surges_of(staff: Staff, official: Official) -> list[OpenSurge]:
    """Those about which this official may be asked, the newest first."""
    found = open_surges_for(staff.engine, staff.directory(), official.id, now=staff.now())
    return [surge for surge in reversed(found) if not surge.lapsed]


def surge_menu(staff: Staff, official: Official, surges: Sequence[OpenSurge]) -> Menu:
    """He has dialled: which surge, and what is to be done with it."""
    if not surges:
        return told("staff_no_more")
    first = surges[0]

    def knows() -> Menu:
        acknowledge(staff.engine, first.id, official=official.called, now=staff.now())
        return told("staff_surge_known")

    slots = {"place": first.town, "matter": first.matter_name}
    return Menu(
        say=(Sentence(key="staff_surge_one", slots=slots),),
        keys=keys(
            k1=knows,
            k2=lambda: _announce(staff, official, first.id),
            k3=lambda: surge_menu(staff, official, surges[1:]),
        ),
    )


def _announce(staff: Staff, official: Official, surge: int) -> Menu:
    def recorded(path: str) -> None:
        """On the call's thread, once he has hung up or was silent: he is called if it cannot be used."""
        file, now = Path(path), staff.now()
        try:
            try:
                folder = announcements_folder(staff.settings)
                set_announcement(staff.engine, surge, file, official=official.called, now=now, folder=folder)
                file.unlink(missing_ok=True)
            except (SurgeRefused, OSError) as error:
                _log.warning("the announcement of surge %d is not used: %s", surge, error)
                mark = f"announce:{file.stem}"
                with writing(staff.engine) as connection:
                    tell_official(connection, official.id, "staff_announce_bad", {}, mark=mark, at=now)
        except ZhitongError as error:
            _log.error("the announcement of surge %d is not used: %s", surge, error)

    return Menu(say=(Sentence(key="staff_announce"),), record=recorded)
