"""Whose name it is: exactly one person of the directory, or a doubt in words. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from routing.sheets.people import People, Person, has_post, surname_of
from routing.sheets.words import Entry, is_open

IssueKind = Literal[
    "unknown_name",
    "ambiguous_name",
    "typo_suggestion",
    "bad_date",
    "weekday_mismatch",
    "duplicate_day",
    "missing_day",
    "empty",
    "swap_note",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """Why a name is nobody's for sure, and what to do."""

    kind: IssueKind
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What stands around a cell of names and may decide between people of one name.

    phones: those that belong to the cell; near: all of its row; units and posts: of the row and the header. The title
    decides nothing: the sheet of one unit may name people of others. others: mobiles of people named elsewhere in the
    row, whose numbers contradict nobody here.
    """

    phones: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    others: frozenset[str] = field(default_factory=frozenset)


def who(entries: Sequence[Entry], people: People, around: Around) -> list[Person | Doubt]:
    """For each entry its person or a doubt."""
    # 1.38E+10 may be anybody's: it is not taken for somebody else's of the row.
    free = [p for p in around.phones if p not in around.others]
    known = [number for entry in entries for p in meant(entry, people) for number in p.numbers]
    strangers = [p for p in free if not any(same_number(p, mobile) for mobile in known)]
    found: list[Person | Doubt] = []
    for at, entry in enumerate(entries):
        told = entry.phones
        if not told and strangers and (len(entries) == 1 or len(free) == len(entries)):
            # The column of telephones has a number at this name's place that is nobody's of the cell.
            mine = free[0] if len(entries) == 1 and free == strangers else free[at] if len(free) == len(entries) else ""
            told = (mine,) if mine in strangers else ()
        found.append(_one(entry, people, around, told))
    if strangers and not any(isinstance(one, Doubt) for one in found) and len(free) != len(entries):
        matched = {p for p in free if p not in strangers}
        return [
            one if isinstance(one, Doubt) or any(_has(one, p) for p in matched) else _contradicts(one) for one in found
        ]
    return found


def same_number(written: str, mobile: str) -> bool:
    """Whether a number as written may be this mobile: all digits, or the first of 1.38087E+10 and 13808700000."""
    if re.fullmatch(r"1\d{5}0{5}", written) and mobile.isdigit() and written != mobile:
        # A spreadsheet that showed 1.38087E+10 was saved as what it showed.
        digits = len(written.rstrip("0")) - 1
        return f"{int(mobile):.{digits}e}" == f"{int(written):.{digits}e}"
    if re.search("[eE]", written) and mobile.isdigit():
        digits = len(written.split(".")[1].lower().split("e")[0])
        return f"{int(mobile):.{digits}e}".split("e")[0] == re.split("[eE]", written)[0]
    return written == mobile


def _has(person: Person, written: str) -> bool:
    return any(same_number(written, number) for number in person.numbers)


def meant(entry: Entry, people: People) -> tuple[Person, ...]:
    """All who may be meant by the words alone: of this name, or of this surname and post."""
    exact = people.named(entry.name)
    return exact or (people.titled(entry.name, entry.title) if entry.title and len(entry.name) <= 2 else ())


def _one(entry: Entry, people: People, around: Around, told: tuple[str, ...]) -> Person | Doubt:
    if not entry.name:
        return _by_number(told, people)
    found = meant(entry, people)
    called = entry.name + entry.title if len(entry.name) == 1 else entry.name
    if not found and is_open(entry.name):
        return Doubt(kind="empty", message=f"写的是“{called}”，还没有定人；请写上名字")
    if not found:
        return _nobody(entry, called, people, told)
    if told:
        fitting = [p for p in found if any(_has(p, number) for number in told)]
        if not fitting:
            return _contradicts(found[0], called)
        found = tuple(fitting)
    hints = (*entry.hints, *around.units)
    of_unit = _of_the_unit(meant(entry, people), hints, people, around) if told else None
    if of_unit is not None and found != (of_unit,):
        what = f"“{called}”的号码是{found[0].told()}的，单位却是{of_unit.told()}的；请核对是哪一个"
        return Doubt(kind="ambiguous_name", message=what)
    if len(found) > 1:
        found = _narrowed(entry, found, around, hints)
    if len(found) > 1:
        both = "、".join(p.told() for p in found)
        return Doubt(
            kind="ambiguous_name", message=f"“{called}”可能是 {len(found)} 个人：{both}；请在名字后写上手机或单位"
        )
    person = found[0]
    elsewhere = [hint for hint in hints if _is_unit(hint, people, around) and not _in_unit(person, hint)]
    if elsewhere and not told:
        what = f"表里写的是{elsewhere[0]}的{called}，通讯录里只有{person.told()}；请核对是不是同一个人"
        return Doubt(kind="ambiguous_name", message=what)
    if not person.mobile:
        what = f"通讯录里{person.name}这些天没有能拨打的手机（没有登记，或不在任）；请先补上手机，或换人"
        return Doubt(kind="unknown_name", message=what)
    return person


def _of_the_unit(named: Sequence[Person], hints: Sequence[str], people: People, around: Around) -> Person | None:
    """The one of several of a name whose unit stands beside it."""
    units = [hint for hint in hints if _is_unit(hint, people, around)]
    there = [p for p in named if any(_in_unit(p, unit) for unit in units)]
    return there[0] if len(named) > 1 and len(there) == 1 else None


def _narrowed(entry: Entry, found: tuple[Person, ...], around: Around, hints: tuple[str, ...]) -> tuple[Person, ...]:
    """Those that number, unit or post leave; each is asked only when the one before did not decide."""
    # 张局长 was found by its title: it does not tell the head from the deputy.
    title = entry.title if all(p.name == entry.name for p in found) else ""
    posts = (title, *entry.hints, *around.posts)
    tests = (
        lambda p: any(_has(p, number) for number in around.near),
        lambda p: any(_in_unit(p, hint) for hint in (*hints, entry.title) if hint),
        lambda p: any(has_post(p, post) for post in posts if post),
    )
    for test in tests:
        left = tuple(p for p in found if test(p))
        if left and len(left) < len(found):
            found = left
        if len(found) == 1:
            break
    return found


def _is_unit(hint: str, people: People, around: Around) -> bool:
    """Whether words name a unit: one of the directory, what the column of units holds, or by their last character."""
    return (
        hint in people.units
        or hint in around.units
        or bool(re.search("(?:局|(?<![常政])委|办|镇|乡|中心|公司)$", hint))
    )


def _in_unit(person: Person, hint: str) -> bool:
    """县水务局 is the 水务局, and 县府办 the 县人民政府办公室; a single character names no unit."""
    if not person.unit or len(hint) < 2:
        return False
    return person.unit in hint or _shortens(hint, person.unit)


def _shortens(short: str, long: str) -> bool:
    """Whether all characters of the one stand in the other, in their order."""
    signs = iter(long)
    return all(sign in signs for sign in short)


def _by_number(told: Iterable[str], people: People) -> Person | Doubt:
    found = [p for number in told for p in people.of_number(number)]
    if len(found) == 1:
        return found[0]
    return Doubt(kind="unknown_name", message="只有电话没有姓名，通讯录里找不到这个号码；请写上姓名")


def _contradicts(person: Person, called: str = "") -> Doubt:
    what = f"表里“{called or person.name}”的电话和通讯录不一样（{person.told()}）；请核对是不是同一个人、号码是不是换了"
    return Doubt(kind="ambiguous_name", message=what)


def _nobody(entry: Entry, called: str, people: People, told: Iterable[str]) -> Doubt:
    if len(entry.name) == 1 or (entry.title and entry.name == surname_of(entry.name + "某")):
        alike = [p for p in people.everyone if p.name.startswith(entry.name)]
        kind: IssueKind = "ambiguous_name" if alike and entry.title else "unknown_name"
        return Doubt(kind=kind, message=f"“{called}”只写了姓，通讯录里对不上唯一的人；请写全名")
    # 何丽 with the number of 何婷, 孙涛镇长 where the only 镇长 of that surname is 孙浩.
    of_number = [p for number in told for p in people.of_number(number) if set(p.name) & set(entry.name)]
    of_post = people.titled(surname_of(entry.name), entry.title) if entry.title else ()
    alike = of_number or list(people.alike(entry.name)) or [p for p in of_post if len(of_post) == 1]
    if alike:
        both = "、".join(p.told() for p in alike[:3])
        return Doubt(kind="typo_suggestion", message=f"通讯录里没有“{entry.name}”，是不是{both}？请改成正确的名字")
    if re.fullmatch(r"[一-鿿][局科处股所队镇乡]", entry.name):
        shortened = people.titled(entry.name[0], entry.name[1] + "长")
        if shortened:
            both = "、".join(p.told() for p in shortened)
            return Doubt(kind="ambiguous_name", message=f"“{entry.name}”是简称还是全名？可能是{both}；请写全名")
    return Doubt(kind="unknown_name", message=f"通讯录里没有“{entry.name}”；请改正名字，或先把人加进通讯录")
