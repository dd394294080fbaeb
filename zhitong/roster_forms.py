"""Units, people and the numbers of the duty room as forms have them, and as config/roster.toml does. Pure.

A form is flat: texts by name. A number may stand in it masked (138****0001); sent back so, it is the one that it was.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pypinyin import lazy_pinyin

from routing.phone import mask
from zhitong.errors import Refused

Record = Mapping[str, Any]
Form = Mapping[str, str]
PHONE = ("number", "days", "hours", "lines", "first", "last")
"""The fields of a telephone, each with the telephone's place behind it: number_0, days_0…"""
SPARE = 2
"""Empty telephones that a form offers beside those that there are."""
MOST_PHONES = 20
RANKS = {"director": "局长", "deputy": "副局长", "staff": "其他"}
_PARTED = re.compile(r"[\s,，、;；]+")


def person_form(record: Record, *, units: Record, people: Collection[Record], masked: bool) -> dict[str, str]:
    """What stands in the form of an official. units: names by code; people: all officials."""
    told = {name: str(record.get(name, "")) for name in ("id", "name", "post", "unit", "first", "last")}
    told |= {"rank": str(record.get("rank", "staff"))}
    told["languages"] = "、".join(record.get("languages", ()))
    for name, known in (("units", units), ("deputies", _names(people))):
        told[name] = "、".join(_called(code, known) for code in record.get(name, ()))
    for i, phone in enumerate(record.get("phones", ())):
        told |= {f"{name}_{i}": value for name, value in _phone_form(phone, masked=masked).items()}
    return told


def person_record(form: Form, there: Record, *, units: Record, people: Collection[Record]) -> dict[str, Any]:
    """The official as the file is to have him. there: as it has him; empty: he is new. units: names by code; people:
    all officials. Raises Refused for what cannot be read; what is wrong with a number or a name, the reader of the file
    tells."""
    told: dict[str, Any] = {"id": there.get("id") or new_key(form.get("name", ""), [one["id"] for one in people])}
    told |= {name: form.get(name, "").strip() for name in ("name", "post", "unit")}
    if form.get("rank", "staff") != "staff" or "rank" in there:
        told["rank"] = form.get("rank", "staff")
    told["phones"] = phones_of(form, there.get("phones", ()))
    known = _names(people)
    lists = {
        "units": [_meant(one, units, "兼任") for one in parts(form.get("units", ""))],
        "deputies": [_meant(one, known, "替他的人") for one in parts(form.get("deputies", ""))],
        "languages": parts(form.get("languages", "")),
        "first": day(form.get("first", ""), "到任"),
        "last": day(form.get("last", ""), "离任"),
    }
    return told | {name: value for name, value in lists.items() if value}


def phones_of(form: Form, there: Sequence[Any]) -> list[Any]:
    """The telephones of a form, in their order; one whose number was taken out is no more. Raises Refused."""
    found = []
    for i in range(MOST_PHONES):
        typed = {name: form.get(f"{name}_{i}", "").strip() for name in PHONE}
        if not typed["number"]:
            continue
        own = _own(typed["number"], i, there)
        if own is not None and typed | {"number": ""} == _phone_form(own, masked=True) | {"number": ""}:
            found.append(own)  # as it was written
            continue
        number = typed["number"] if own is None else _table(own)["number"]
        if "*" in number:
            raise Refused(f"电话：“{number[:20]}”不是他原来的号码；请写完整的号码")
        table: dict[str, Any] = {"number": number}
        if typed["days"]:
            table["days"] = typed["days"]
        if typed["hours"]:
            table["hours"] = parts(typed["hours"])
        if typed["lines"] not in ("", "1"):
            table["lines"] = int(typed["lines"]) if typed["lines"].isdecimal() else typed["lines"]
        for name, called in (("first", "号码的起日"), ("last", "号码的止日")):
            if at := day(typed[name], called):
                table[name] = at
        found.append(number if len(table) == 1 else table)
    return found


def unit_form(record: Record) -> dict[str, str]:
    """What stands in the form of a unit; its matters are boxes to tick, and are told apart."""
    told = {name: str(record.get(name, "")) for name in ("code", "name", "parent", "level", "days")}
    return told | {name: "、".join(record.get(name, ())) for name in ("places", "numbers", "hours")}


def unit_record(form: Form, matters: Sequence[str], there: Record, *, codes: Iterable[str]) -> dict[str, Any]:
    """The unit as the file is to have it. matters: the codes that were ticked. codes: of all units."""
    told: dict[str, Any] = {"code": there.get("code") or new_key(form.get("name", ""), codes)}
    told["name"] = form.get("name", "").strip()
    if matters or "matters" in there:
        told["matters"] = list(matters)
    for name in ("places", "numbers", "hours"):
        if found := parts(form.get(name, "")):
            told[name] = found
    return told | {name: form[name].strip() for name in ("parent", "level", "days") if form.get(name, "").strip()}


def service_form(record: Record) -> dict[str, str]:
    """What stands in the form of the duty room, supervision, the desk or a service."""
    told = {name: str(record.get(name, "")) for name in ("name", "number", "unit", "days")}
    return told | {name: "、".join(record.get(name, ())) for name in ("numbers", "hours", "matters")}


def service_record(form: Form, there: Record, fields: Collection[str]) -> dict[str, Any]:
    """The same as the file is to have it; fields: those that there are in its form."""
    told = {name: value for name, value in there.items() if name not in fields}
    for name in fields:
        typed = form.get(name, "").strip()
        if typed:
            told[name] = parts(typed) if name in ("numbers", "hours", "matters") else typed
    return told


def parts(told: str) -> list[str]:
    """What was written one after the other, with blanks, commas or 、 between."""
    return list(dict.fromkeys(filter(None, _PARTED.split(told.strip()))))


def day(told: str, called: str) -> date | None:
    """A date; None: nothing was typed. called: the field's name on the page. Raises Refused."""
    try:
        return date.fromisoformat(told.strip()) if told.strip() else None
    except ValueError:
        raise Refused(f"{called}：“{told[:20]}”看不懂；请写成 2026-12-01") from None


def new_key(name: str, taken: Iterable[str]) -> str:
    """A code for somebody or something new that nobody has yet: the name's sound, with a number if need be."""
    sound = "".join(re.sub(r"[^a-z0-9]", "", one.lower()) for one in lazy_pinyin(name.strip())) or "new"
    keys, known = [sound, *(f"{sound}{n}" for n in range(2, 1000))], set(taken)
    return next(key for key in keys if key not in known)


def _names(people: Collection[Record]) -> dict[str, str]:
    return {one["id"]: str(one.get("name", "")) for one in people}


def _called(code: str, known: Record) -> str:
    """By the name, where nobody else has it."""
    name = known.get(code, "")
    alone = name and list(known.values()).count(name) == 1 and name not in known and parts(name) == [name]
    return name if alone else code


def _meant(told: str, known: Mapping[str, Any], called: str) -> str:
    """The code of what was written, by its code or its one name. Raises Refused."""
    found = [code for code, name in known.items() if told in (code, name)]
    if told in known or len(found) == 1:
        return told if told in known else found[0]
    several = "有几个叫这个名字的，请写编号" + "、".join(found) if found else "没有；请从列出的里选"
    raise Refused(f"{called}：“{told[:30]}”{several}")


def _own(number: str, place: int, there: Sequence[Any]) -> Any:
    """The telephone that a number, perhaps masked, is of; that at the same place if several look alike."""
    alike = [one for one in there if number in (_table(one)["number"], mask(_table(one)["number"]))]
    if place < len(there) and there[place] in alike:
        return there[place]
    return alike[0] if len(alike) == 1 else None


def _table(phone: Any) -> Record:
    return phone if isinstance(phone, Mapping) else {"number": str(phone)}


def _phone_form(phone: Any, *, masked: bool) -> dict[str, str]:
    table = _table(phone)
    told = {name: str(table.get(name, "")) for name in PHONE if name != "hours"}
    told["hours"] = "、".join(table.get("hours", ()))
    return told | {"number": mask(told["number"]) if masked else told["number"]}
