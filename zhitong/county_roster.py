"""The first roster of a county, made of what a clerk has: who is in which office, as what, with which telephone.

Everybody is on duty at any time until shifts are imported: better a leader too many than a minute without one. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pypinyin import lazy_pinyin

from routing.sheets.book import Book
from routing.sheets.cells import Page

_HEADINGS = {
    "unit": ("单位", "部门", "科室", "股室", "乡镇"),
    "name": ("姓名", "名字", "责任人", "领导"),
    "post": ("职务", "职位", "岗位"),
    "phone": ("手机", "电话", "号码", "联系方式"),
}
_USUAL = ("unit", "name", "post", "phone")
"""The columns of a table without headings."""
_NUMBER = re.compile(r"\+?\d[\d\- ]{5,}\d")
_HEADS = ("局长", "主任", "书记", "镇长", "乡长", "县长", "院长", "队长", "站长", "所长", "部长")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A row of the table. row: where it stands; phones: as written, the first is rung first."""

    row: int
    unit: str
    name: str
    post: str
    phones: tuple[str, ...]

    @property
    def rank(self) -> str:
        """director, deputy or staff, by the post."""
        if "副" in self.post:
            return "deputy"
        return "director" if self.post.endswith(_HEADS) else "staff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Desks:
    """What every roster needs besides: the duty room and supervision, each with its numbers."""

    duty_room: str
    duty_numbers: Sequence[str]
    supervision: str
    supervision_numbers: Sequence[str]


def people_of(book: Book) -> tuple[list[Person], list[str]]:
    """The people of a table, and what in it could not be read, row by row."""
    people, issues = list[Person](), list[str]()
    for page in book.pages:
        (columns, heading), unit = _columns(page), ""
        for row in page.rows:
            cells = [cell.text.strip() for cell in page.row(row)]
            if row < heading or not any(cells) or _is_heading(cells):
                continue  # above the headings stands the table's title
            told = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
            unit = told["unit"] or unit
            phones = tuple(_NUMBER.findall(told["phone"]))
            missing = [what for what, one in (("单位", unit), ("姓名", told["name"]), ("号码", phones)) if not one]
            if missing:
                issues.append(f"第 {row} 行（{'，'.join(filter(None, cells))[:40]}）：没有{'、'.join(missing)}")
                continue
            people.append(Person(row=row, unit=unit, name=told["name"], post=told["post"] or "工作人员", phones=phones))
    if not people and not issues:
        issues.append("表里一个人也没有；请从 Excel 里选中 单位、姓名、职务、手机 四列，复制，粘贴进来")
    return people, issues


def roster_of(people: Iterable[Person], desks: Desks) -> dict[str, Any]:
    """The roster as a table for the file. The first unit of the people is the one that all falls to."""
    people = list(people)
    names = list(dict.fromkeys(person.unit for person in people))
    home = names[0] if names else ""
    units = names + [desks.supervision] * (desks.supervision not in names)
    codes, ids = _codes(units), list[str]()
    for person in people:
        ids.append(_new(_code(person.name), ids))
    return {
        "home_unit": codes.get(home, ""),
        "first": "lead",
        "duty_room": {"name": desks.duty_room, "numbers": list(desks.duty_numbers), "unit": codes.get(home, "")},
        "supervision": {
            "name": desks.supervision,
            "numbers": list(desks.supervision_numbers),
            "unit": codes[desks.supervision],
        },
        "units": [{"code": codes[name], "name": name} for name in units],
        "officials": [
            {
                "id": id,
                "name": person.name,
                "post": person.post,
                "unit": codes[person.unit],
                "rank": person.rank,
                "phones": list(person.phones),
            }
            for id, person in zip(ids, people, strict=True)
        ],
        "shifts": [
            {"official": id, "hours": ["00:00-24:00"]}
            | ({"always": True} if person.rank == "director" and person.unit == home else {})
            for id, person in zip(ids, people, strict=True)
        ],
    }


def _columns(page: Page) -> tuple[dict[str, int], int]:
    """Which column is what, and the row of headings; 0: there is none."""
    for row in page.rows[:10]:
        cells = [cell.text.strip() for cell in page.row(row)]
        if _is_heading(cells):
            found: dict[str, int] = {}
            for name, words in _HEADINGS.items():
                at = (i for i, cell in enumerate(cells) if any(word in cell for word in words))
                # “分管领导姓名” is a name, “单位电话” a telephone: who is found first keeps the column.
                found[name] = next((i for i in at if i not in found.values()), len(cells))
            return found, row
    return {name: at for at, name in enumerate(_USUAL)}, 0


def _is_heading(cells: Sequence[str]) -> bool:
    """A row of headings: names a name's column and a telephone's, and holds no number."""
    return (
        any(word in cell for cell in cells for word in _HEADINGS["name"])
        and any(word in cell for cell in cells for word in _HEADINGS["phone"])
        and not any(_NUMBER.search(cell) for cell in cells)
    )


def _codes(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        found[name] = _new(_code(name), found.values())
    return found


def _code(name: str) -> str:
    """Pinyin: the same for the same name whenever a roster is made anew."""
    return re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(name)).lower())[:24] or "x"


def _new(code: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    return next(one for one in (code, *(f"{code}{n}" for n in range(2, 10_000))) if one not in taken)
