"""Who may be rung: units, the officials in them, their telephones, and the numbers that are nobody's own."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from routing.hours import Hours, holds

Rank = Literal["director", "deputy", "staff"]
RANKS: tuple[Rank, ...] = ("director", "deputy", "staff")

Level = Literal["", "村级直办", "镇级承办", "市级攻坚"]
LEVELS: tuple[Level, ...] = ("村级直办", "镇级承办", "市级攻坚")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """单位: a command centre, a sub-centre, a grid station, a department or a township, in a tree by `parent`.

    `matters` are the codes (A1 … D4) it answers for; of several units with one matter the caller's place decides,
    by the towns and villages named in `places`. `numbers` are those that citizens dial to reach it. `hours`: when it
    works, and is to have somebody on duty; empty: day and night.
    """

    code: str
    name: str
    matters: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    parent: str | None = None
    level: Level = ""
    numbers: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A telephone of an official, canonical digits (routing.phone), rung in these hours only; empty: at any time.

    lines: how many calls it takes at once; more than one for a switchboard. first, last: the dates (both included)
    between which it is theirs; None: no bound.
    """

    number: str
    hours: tuple[Hours, ...] = ()
    lines: int = 1
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Official:
    """责任领导: `phones` in the order to ring them. `units` are further ones they serve; `deputies` their stand-ins.

    `languages`: languages and dialects, as people name them. first, last: the dates (both included) between which they
    are in post (到任, 离任); None: no bound.
    """

    id: str
    name: str
    post: str
    phones: tuple[Phone, ...]
    unit: str
    rank: Rank = "staff"
    units: tuple[str, ...] = ()
    deputies: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def called(self) -> str:
        """How people call them: 局长张明远."""
        return f"{self.post}{self.name}"

    @property
    def numbers(self) -> tuple[str, ...]:
        """All their numbers, whatever the hour and the date."""
        return tuple(phone.number for phone in self.phones)

    def in_post(self, day: date) -> bool:
        """Whether they are in post on a date (Asia/Shanghai)."""
        return holds(day, self.first, self.last)

    def phones_on(self, day: date) -> tuple[Phone, ...]:
        """Their telephones on a date (Asia/Shanghai), whatever the hour; none while they are not in post."""
        if not self.in_post(day):
            return ()
        return tuple(phone for phone in self.phones if holds(day, phone.first, phone.last))

    def numbers_on(self, day: date) -> tuple[str, ...]:
        """The numbers of those telephones."""
        return tuple(phone.number for phone in self.phones_on(day))

    @property
    def dated(self) -> bool:
        """Whether a date changes how they are reached."""
        return bool(self.first or self.last) or any(phone.first or phone.last for phone in self.phones)

    def serves(self, unit: str) -> bool:
        """Whether they belong to the unit."""
        return unit == self.unit or unit in self.units


@dataclass(frozen=True, kw_only=True, slots=True)
class Terminal:
    """A number that always answers: the duty room (值班室), or supervision (督查/纪委) for complaints about the former.

    Staffed day and night; its last number ends ladders. The two belong to different units, and neither can be removed.
    """

    name: str
    numbers: tuple[str, ...]
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """受理台: where a caller who says nothing goes in working hours."""

    number: str
    hours: tuple[Hours, ...]
    name: str = "受理台"


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service desk of the county that may be rung for some matters (供水抢修, 燃气, 95598)."""

    name: str
    number: str
    matters: tuple[str, ...]
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """Another door (12348, 12388, the court, 12345): told to the caller whose words name it, never rung."""

    name: str
    number: str
    words: tuple[str, ...]
