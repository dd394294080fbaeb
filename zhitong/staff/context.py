"""What every menu for officials is made with, and the words that all of them share."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from cases.spoken import spoken_time
from ivr.menu import Menu, Sentence
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.officials import Official
from zhitong.errors import ZhitongError
from zhitong.settings import Settings
from zhitong.usecases.rules import Rules

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Staff:
    """The rest of the house, for menus. directory: as it is in force; base: that of the files alone. hears: whether
    what is said in a menu is understood; with 试用识别 it is not listened to.
    """

    engine: Engine
    rules: Rules
    settings: Settings
    directory: Callable[[], Directory]
    base: Callable[[], Directory]
    now: Callable[[], datetime]
    hears: bool = True

    def official(self, official_id: str) -> Official | None:
        """The official with this id, as the roster has him now; None while he is not in post."""
        official = self.directory().roster.official(official_id)
        return official if official is not None and official.in_post(self.today()) else None

    def today(self) -> date:
        """The date in the county."""
        return self.now().astimezone(LOCAL).date()

    def spoken(self, at: datetime) -> str:
        """A moment as it is said now."""
        return spoken_time(at, self.now())


def told(key: str, **slots: str) -> Menu:
    """A last sentence."""
    return Menu(say=(Sentence(key=key, slots=slots),))


def safe(menu: Callable[[], Menu]) -> Callable[[], Menu]:
    """The menu, or a sentence of regret: when the database is away or refuses, and whatever else goes wrong."""

    def tried() -> Menu:
        try:
            return menu()
        except ZhitongError as error:
            _log.warning("an official could not be served: %s", error)
        except Exception:
            # The edge of what a key does: without a sentence the call would go astray, to the duty room or silence.
            _log.exception("an official could not be served")
        return told("staff_sorry")

    return tried


def keys(**offered: Callable[[], Menu] | None) -> Mapping[str, Callable[[], Menu]]:
    """Keys as Menu takes them, of k1=…, k2=…; None: there is no such key now."""
    return {name[1:]: safe(menu) for name, menu in offered.items() if menu is not None}
