"""The directory that the names of a sheet are looked up in. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from routing.directory import Directory
from routing.officials import Official, Phone
from routing.phone import BadNumber, normalise
from routing.sheets.alike import alike
from routing.sheets.cells import dotted, plain

_COLUMNS = {
    "name": ("name", "姓名", "名字"),
    "unit": ("unit", "单位", "部门", "单位名称", "工作单位"),
    "post": ("post", "职务", "岗位", "职位"),
    "mobile": ("mobile", "手机", "手机号", "手机号码", "电话", "联系电话", "电话号码", "联系方式", "phone"),
}
_DOUBLE = ("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "长孙")


class BadPeople(ValueError):
    """A directory that cannot be used; the text names the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody of the directory. mobile: canonical digits, empty when there is none. key: their id in the roster.

    further: other numbers of theirs, before or after; on a sheet they name the same person.
    """

    name: str
    unit: str = ""
    post: str = ""
    mobile: str = ""
    key: str = ""
    further: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """All numbers by which a sheet may name them."""
        return (self.mobile, *self.further) if self.mobile else self.further

    def told(self) -> str:
        """Unit, post and the end of the number: enough for a person to tell two of one name apart."""
        tail = f"尾号{self.mobile[-4:]}" if self.mobile else "没有手机"
        return f"{self.unit}{self.post}{self.name}（{tail}）"


@dataclass(frozen=True, eq=False)
class People:
    """All of them, with what they are looked up by."""

    everyone: tuple[Person, ...]

    def named(self, name: str) -> tuple[Person, ...]:
        """Those of exactly this name."""
        return self._named.get(name, ())

    def mentioned(self, text: str) -> frozenset[str]:
        """The names of people that stand anywhere in a text."""
        lengths = {len(name) for name in self._named}
        parts = (text[at : at + length] for length in lengths for at in range(len(text) - length + 1))
        return frozenset(part for part in parts if part in self._named)

    def titled(self, surname: str, title: str) -> tuple[Person, ...]:
        """Those of the surname with the post: 局长 is nobody's who is 副局长.

        With deputies of the same surname, for people call both 局长.
        """
        family = [p for p in self.everyone if surname_of(p.name) == surname]
        exact = tuple(p for p in family if has_post(p, title))
        return tuple(p for p in family if p in exact or f"副{title}" in p.post) if exact else ()

    def alike(self, name: str) -> tuple[Person, ...]:
        """Those whose name is one slip of the pen away."""
        return tuple(p for p in self.everyone if alike(name, p.name))

    def of_number(self, number: str) -> tuple[Person, ...]:
        """Whose mobile it is."""
        return tuple(p for p in self.everyone if number in p.numbers)

    @cached_property
    def units(self) -> frozenset[str]:
        """The names of all units."""
        return frozenset(p.unit for p in self.everyone if p.unit)

    @cached_property
    def posts(self) -> tuple[str, ...]:
        """All posts, the longest first."""
        return tuple(sorted({p.post for p in self.everyone if p.post}, key=len, reverse=True))

    @cached_property
    def _named(self) -> dict[str, tuple[Person, ...]]:
        found: defaultdict[str, list[Person]] = defaultdict(list)
        for person in self.everyone:
            found[person.name].append(person)
        return {name: tuple(there) for name, there in found.items()}


def people_of(rows: Sequence[Sequence[str]]) -> People:
    """A directory from the rows of a table with the columns 姓名, 单位, 职务, 手机. Raises BadPeople."""
    heads = [at for at, row in enumerate(rows[:20]) if {"name", "mobile"} <= _places(row).keys()]
    if not heads:
        raise BadPeople("通讯录要有一行表头：姓名,单位,职务,手机（或 name,unit,post,mobile）")
    places = _places(rows[heads[0]])
    found = []
    for row in rows[heads[0] + 1 :]:
        values = {field: row[col].strip() if col < len(row) else "" for field, col in places.items()}
        if name := dotted(plain(values["name"])):
            mobile = _mobile(values["mobile"])
            unit, post = plain(values.get("unit", "")), plain(values.get("post", ""))
            found.append(Person(name=name, unit=unit, post=post, mobile=mobile))
    # The same person on two lines is one person.
    return People(tuple(dict.fromkeys(found)))


def people_in_force(directory: Directory, first: date = date.min, last: date = date.max) -> People:
    """The officials of the directory in force, each with the number that is theirs on these days, the first one if
    there are several; none for who is not in post on any of them."""
    names = {unit.code: unit.name for unit in directory.units}
    return People(
        tuple(
            Person(
                name=dotted(o.name),
                unit=names.get(o.unit, ""),
                post=o.post,
                mobile=mobile,
                key=o.id,
                further=tuple(number for number in o.numbers if number != mobile),
            )
            for o in directory.roster.officials
            for mobile in [next((p.number for p in o.phones if _meet((o, p), first, last)), "")]
        )
    )


def _meet(dated: tuple[Official, Phone], first: date, last: date) -> bool:
    """Whether all of them hold together on one of these days."""
    begins = max([first, *(one.first for one in dated if one.first)])
    return begins <= min([last, *(one.last for one in dated if one.last)])


def surname_of(name: str) -> str:
    """The first character, or the first two of the compound surnames."""
    return name[:2] if len(name) > 2 and name[:2] in _DOUBLE else name[:1]


def has_post(person: Person, title: str) -> bool:
    """Whether the post is this title; a deputy's is not, and 党组成员、副局长 is a 副局长."""
    if title.startswith("副"):
        return title in person.post
    return any(person.post[:at].endswith("副") is False for at in _places_of(title, person.post))


def _places_of(part: str, text: str) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(part, at)]


def _places(row: Iterable[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for col, text in enumerate(row):
        for field, words in _COLUMNS.items():
            if plain(text).lower() in words:
                places.setdefault(field, col)
    return places


def _mobile(text: str) -> str:
    """A number that cannot be dialled is none: the sheet then says so for its owner."""
    digits = re.sub(r"[\s-]|\.0$", "", text)
    if re.fullmatch(r"1[3-9]\d{9}", digits):
        # A mobile by its form; new ranges come into use before the tables of a library know them.
        return digits
    try:
        return normalise(text.removesuffix(".0"))
    except BadNumber:
        return ""
