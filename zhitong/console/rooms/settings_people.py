"""设置 → 人员, 单位, 值班室和服务台: forms over the roster that is in force; each save shows first what it changes."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from cases.roles import Action
from routing.calendar import LOCAL
from routing.faults import BadConfig, Fault
from routing.officials import LEVELS
from routing.phone import mask
from routing.toml_text import with_record, with_table
from zhitong.console.fields import Fields
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.settings_frame import PATH, frame
from zhitong.console.taxonomy_now import taxonomy_now
from zhitong.console.visitor import go
from zhitong.console.words import without_commands
from zhitong.edition_in_force import edition_in_force, is_published
from zhitong.errors import ChangeRefused, Refused
from zhitong.roster_editions import Comparison, compare_change, publish_change
from zhitong.roster_forms import (
    MOST_PHONES,
    RANKS,
    SPARE,
    person_form,
    person_record,
    service_form,
    service_record,
    unit_form,
    unit_record,
)
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.see_settings import see_numbers, see_settings

PER_PAGE = 100
MOST = 200
"""Differences that a page lists."""
TABLES: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "duty_room": ("值班室", ("name", "numbers", "unit"), "全天有人接；最后一个号码是每条转接路线的终点。"),
    "supervision": (
        "督查",
        ("name", "numbers", "unit"),
        "反映值班室和领导的、举报和要求保密的打到这里；单位和号码不能同值班室一样，也不能是别人的号码。",
    ),
    "desk": ("受理台", ("name", "number", "days", "hours"), "上班时间，一直不出声的来电先转这里。"),
}
"""What there is one of: its name, its fields, what it is for."""
SERVICE = ("name", "number", "matters", "days", "hours")
_NUMBER = re.compile(r"(?<![\d-])(?!\d{4}-\d\d-\d\d)\d[\d\- ]{5,}\d")
"""A telephone number as people write it, and no date."""
_LABELS = {
    "name": "名称",
    "post": "职务",
    "unit": "单位",
    "units": "兼任",
    "rank": "职级",
    "phones": "电话",
    "number": "号码",
    "numbers": "号码",
    "deputies": "请假时替他的",
    "languages": "会说的话",
    "first": "起日",
    "last": "止日",
    "days": "哪些日子",
    "hours": "时段",
    "lines": "同时能接几个",
    "parent": "上级",
    "level": "级别",
    "matters": "对口事项",
    "places": "镇村",
    "code": "编码",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """A page that changes one record. path: what it sends to; back: where one goes when it is published."""

    template: str
    path: str
    back: str
    told: Mapping[str, Any]


def add_people(room: Room) -> None:
    """Adds their pages."""

    @room.get("/people")
    def people(request: Request, q: str = "", unit: str = "", start: Number = 0, done: Number = 0) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        see_settings(office.engine, "人员", by=visitor.actor, now=now)
        base, asked, start = office.base(), q.strip(), max(0, start)
        units = {one.code: one.name for one in base.units}
        found = [
            one
            for one in base.roster.officials
            if (not asked or asked in one.called or asked in one.post) and (not unit or unit in (one.unit, *one.units))
        ]
        return page(
            request,
            "settings_people.html",
            **frame(visitor, "/people"),
            people=found[start : start + PER_PAGE],
            listed=len(found),
            start=start,
            per_page=PER_PAGE,
            units=units,
            q=q,
            unit=unit,
            today=now.astimezone(LOCAL).date(),
            mask=mask,
            ranks=RANKS,
            done=done,
            changes_them=visitor.may(Action.PUBLISH_ROSTER),
        )

    @room.get("/people/change", Action.PUBLISH_ROSTER)
    def person(request: Request, id: str = "") -> Response:
        return _person(request, id, masked=True)

    @room.post("/people/reveal", Action.PUBLISH_ROSTER)
    async def reveal(request: Request) -> Response:
        def work(fields: Fields) -> Response:
            visitor = the_visitor(request)
            id = fields("id")
            there = _one(_roster(request), "officials", "id", id)
            see_numbers(
                visitor.office.engine,
                str(there.get("name", id)),
                why=fields("why"),
                by=visitor.actor,
                now=visitor.office.now(),
            )
            return _person(request, id, masked=False)

        return await _answered(request, work)

    @room.post("/people/change", Action.PUBLISH_ROSTER)
    async def change_person(request: Request) -> Response:
        def work(fields: Fields) -> Response:
            roster = _roster(request)
            id = fields("there")
            there = _one(roster, "officials", "id", id) if id else {}
            form = _person_form(roster, there)

            def change(text: str) -> str:
                now = tomllib.loads(text)
                people, was = now.get("officials", ()), _one(now, "officials", "id", id) if id else {}
                record = person_record(_flat(fields), was, units=_unit_names(now), people=people)
                return with_record(text, "officials", record, key="id")

            return _sent(request, form, fields, change)

        return await _answered(request, work)

    @room.get("/units")
    def units(request: Request, done: Number = 0) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        see_settings(office.engine, "单位", by=visitor.actor, now=office.now())
        base = office.base()
        return page(
            request,
            "settings_units.html",
            **frame(visitor, "/units"),
            units=base.units,
            names={one.code: one.name for one in base.units},
            matters=taxonomy_now(office.settings).names,
            people={
                code: sum(one.unit == code for one in base.roster.officials) for code in {u.code for u in base.units}
            },
            done=done,
            changes_them=visitor.may(Action.PUBLISH_ROSTER),
        )

    @room.get("/units/change", Action.PUBLISH_ROSTER)
    def unit(request: Request, code: str = "") -> Response:
        roster = _roster(request)
        there = _one(roster, "units", "code", code) if code else {}
        typed = _fields(unit_form(there), matters=there.get("matters", ()))
        return _shown(request, _unit_form(request, roster, there), typed)

    @room.post("/units/change", Action.PUBLISH_ROSTER)
    async def change_unit(request: Request) -> Response:
        def work(fields: Fields) -> Response:
            roster, code = _roster(request), fields("there")
            there = _one(roster, "units", "code", code) if code else {}

            def change(text: str) -> str:
                now = tomllib.loads(text)
                was = _one(now, "units", "code", code) if code else {}
                codes = [one["code"] for one in now.get("units", ())]
                record = unit_record(_flat(fields), fields.many("matters"), was, codes=codes)
                return with_record(text, "units", record, key="code")

            return _sent(request, _unit_form(request, roster, there), fields, change)

        return await _answered(request, work)

    @room.get("/numbers")
    def numbers(request: Request, done: Number = 0) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        see_settings(office.engine, "值班室和服务台", by=visitor.actor, now=office.now())
        return page(
            request,
            "settings_numbers.html",
            **frame(visitor, "/numbers"),
            roster=_roster(request),
            tables=TABLES,
            units={one.code: one.name for one in office.base().units},
            done=done,
            changes_them=visitor.may(Action.PUBLISH_ROSTER),
        )

    @room.get("/numbers/change", Action.PUBLISH_ROSTER)
    def number(request: Request, which: str = "", service: str = "") -> Response:
        roster = _roster(request)
        there = _number_there(roster, which, service)
        return _shown(request, _number_form(request, roster, which, service), _fields(service_form(there)))

    @room.post("/numbers/change", Action.PUBLISH_ROSTER)
    async def change_number(request: Request) -> Response:
        def work(fields: Fields) -> Response:
            roster, which, service = _roster(request), fields("which"), fields("service")
            form = _number_form(request, roster, which, service)

            def change(text: str) -> str:
                was = _number_there(tomllib.loads(text), which, service)
                if which in TABLES:
                    return with_table(text, which, service_record(_flat(fields), was, TABLES[which][1]))
                record = service_record(_flat(fields), was, SERVICE)
                if service and record.get("name") != service:
                    raise Refused("名称：改了名称就是另一个服务台；请不要改名称")
                return with_record(text, "services", record | {"name": record.get("name", "")}, key="name")

            return _sent(request, form, fields, change)

        return await _answered(request, work)


def _person(request: Request, id: str, *, masked: bool) -> Response:
    roster = _roster(request)
    there = _one(roster, "officials", "id", id) if id else {}
    typed = person_form(there, units=_unit_names(roster), people=roster.get("officials", ()), masked=masked)
    return _shown(request, _person_form(roster, there), _fields(typed), revealed=not masked)


def _person_form(roster: Mapping[str, Any], there: Mapping[str, Any]) -> _Form:
    told = {
        "there": there.get("id", ""),
        "called": f"{there.get('post', '')}{there.get('name', '')}",
        "units": roster.get("units", ()),
        "people": [one for one in roster.get("officials", ()) if one["id"] != there.get("id")],
        "ranks": RANKS,
        "phones": range(min(MOST_PHONES, len(there.get("phones", ())) + SPARE)),
    }
    path = f"{PATH}/people"
    return _Form(template="settings_person.html", path=f"{path}/change", back=path, told=told)


def _unit_form(request: Request, roster: Mapping[str, Any], there: Mapping[str, Any]) -> _Form:
    taxonomy = taxonomy_now(the_visitor(request).office.settings)
    told = {
        "there": there.get("code", ""),
        "units": [one for one in roster.get("units", ()) if one["code"] != there.get("code")],
        "levels": LEVELS,
        "matters": dict(taxonomy.names) | {one: one for one in there.get("matters", ()) if one not in taxonomy.names},
    }
    path = f"{PATH}/units"
    return _Form(template="settings_unit.html", path=f"{path}/change", back=path, told=told)


def _number_form(request: Request, roster: Mapping[str, Any], which: str, service: str) -> _Form:
    called, fields, hint = TABLES.get(which, ("服务台", SERVICE, "这些事可以直接打它：供水抢修、燃气、95598。"))
    told = {
        "which": which,
        "service": service,
        "called": called,
        "fields": fields,
        "hint": hint,
        "units": roster.get("units", ()),
        "matters": taxonomy_now(the_visitor(request).office.settings).names,
    }
    path = f"{PATH}/numbers"
    return _Form(template="settings_number.html", path=f"{path}/change", back=path, told=told)


def _number_there(roster: Mapping[str, Any], which: str, service: str) -> Mapping[str, Any]:
    if which in TABLES:
        found: Mapping[str, Any] = roster.get(which, {})
        return found
    return _one(roster, "services", "name", service) if service else {}


def _roster(request: Request) -> Mapping[str, Any]:
    """The roster in force as its file has it."""
    office = the_visitor(request).office
    return tomllib.loads(edition_in_force(office.settings, office.engine, office.now()).edition.texts.roster)


def _unit_names(roster: Mapping[str, Any]) -> dict[str, str]:
    return {one["code"]: one.get("name", "") for one in roster.get("units", ())}


def _one(roster: Mapping[str, Any], part: str, key: str, value: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = next((one for one in roster.get(part, ()) if one.get(key) == value), None)
    if found is None:
        raise Refused(f"在用的值班表里没有 {value[:60]!r}；请从列出的里选")
    return found


def _fields(values: Mapping[str, str], *, matters: Sequence[str] = ()) -> Fields:
    return Fields(form=FormData([*values.items(), *(("matters", one) for one in matters)]))


def _flat(fields: Fields) -> dict[str, str]:
    return {name: fields(name) for name in fields.form}


async def _answered(request: Request, work: Callable[[Fields], Response]) -> Response:
    fields = Fields(form=await request.form())
    answer: Response = await request.app.state.threads.run(lambda: work(fields))
    return answer


def _sent(request: Request, form: _Form, fields: Fields, change: Callable[[str], str]) -> Response:
    """What was typed: shown with what it would change, or published, as the form says."""
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    try:
        changes = list_changes(office.engine)
        compared = compare_change(office.settings, office.engine, change, changes, now=now)
    except (BadConfig, Refused) as error:
        return _shown(request, form, fields, told=_why_not(error))
    seen = (fields("on"), fields("seen"))
    if fields("do") != "publish":
        return _shown(request, form, fields, compared=compared)
    if seen != (str(compared.draft.on), compared.draft.texts.digest):
        told = "和刚才看的不一样了（又改了，或者别人先发布了）。请再看一遍会变什么。"
        return _shown(request, form, fields, compared=compared, told=told)
    try:
        if not fields("reason").strip():
            raise ChangeRefused("没有写为什么改；每次改动都要写明")
        draft = replace(compared.draft, on=int(seen[0]))
        edition = publish_change(
            office.settings,
            office.engine,
            replace(compared, draft=draft),
            by=visitor.actor,
            reason=fields("reason"),
            now=now,
        )
    except (BadConfig, Refused) as error:
        return _shown(request, form, fields, compared=compared, told=_why_not(error))
    except OSError as error:
        office.look()
        raise Refused(
            f"发布了，已经生效，但是写不进值班表文件（{error.strerror}）；请管理员到 值班表 → 版次 写回"
        ) from None
    office.look()
    return go(request, f"{form.back}?done={edition.id}")


def _shown(
    request: Request,
    form: _Form,
    typed: Fields,
    *,
    compared: Comparison | None = None,
    told: str = "",
    revealed: bool = False,
) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    found = edition_in_force(office.settings, office.engine, office.now())
    return page(
        request,
        form.template,
        status=409 if told else 200,
        **frame(visitor, form.back.removeprefix(PATH)),
        **form.told,
        path=form.path,
        back=form.back,
        typed=typed,
        compared=compared,
        most=MOST,
        told=told,
        revealed=revealed,
        unpublished=found.edition.id > 0 and not is_published(office.settings, found.edition),
    )


def _why_not(error: Exception) -> str:
    if not isinstance(error, BadConfig):
        return without_commands(str(error))
    return "\n".join(dict.fromkeys(_fault(one) for one in error.faults[:20]))


def _fault(fault: Fault) -> str:
    """In the words of the form: which field, what was typed (a number masked), how to mend it."""
    key = fault.field.rpartition(".")[2].partition("[")[0]
    value = _NUMBER.sub(lambda found: mask(found[0]), "" if fault.value is None else str(fault.value))
    return f"{_LABELS.get(key, fault.field)}{f'：“{value[:60]}”' if value else ''}：{fault.mend}"
