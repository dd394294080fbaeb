"""config/roster.toml and config/escalation.toml read into a Directory, field by field, with every fault at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from routing.calendar import Calendar
from routing.directory import Directory
from routing.escalation_file import read_escalation
from routing.faults import BadConfig, Fault, unknown_keys
from routing.fields import FieldReader
from routing.hours import ALL_DAY
from routing.officials import LEVELS, RANKS, Desk, Official, Phone, Service, Terminal, Unit
from routing.roster import ROLES, Leave, Override, Role, Roster, Rotation, Shift
from routing.router import MIN_NUMBERS, Gap, gaps

_SECTIONS = (
    "home_unit",
    "first",
    "duty_room",
    "supervision",
    "desk",
    "services",
    "units",
    "officials",
    "shifts",
    "rotations",
    "leaves",
    "overrides",
)


def read_directory(
    table: Mapping[str, Any],
    escalation: Mapping[str, Any],
    *,
    source: str,
    area_code: str = "",
    service_numbers: frozenset[str] = frozenset(),
    calendar: Calendar | None = None,
) -> Directory:
    """The directory described by two parsed TOML documents. Raises BadConfig with every fault at once."""
    reader = _Reader(area_code=area_code, service_numbers=service_numbers)
    directory = reader.directory(table, escalation, calendar or Calendar())
    if reader.faults or directory is None:
        raise BadConfig(source, reader.faults)
    return directory


def refuse_gaps(directory: Directory, now: datetime, *, source: str, known: Iterable[Gap] = ()) -> None:
    """Raises BadConfig with every gap of the next 72 h; those that are `known` already stand in nobody's way."""
    known = tuple(known)
    mend = f"每一分钟都要有 {MIN_NUMBERS} 个号码，请给有人在岗的人补号码，或加值班室电话。"
    found = [gap for gap in gaps(directory, now) if not any(gap.within(one) for one in known)]
    if found:
        raise BadConfig(source, [Fault(field="值班", value=str(gap), mend=mend) for gap in found])


class _Reader(FieldReader):
    """The parts of the roster file."""

    def directory(
        self, table: Mapping[str, Any], escalation: Mapping[str, Any], calendar: Calendar
    ) -> Directory | None:
        self.faults += unknown_keys(table, _SECTIONS, "")
        units = self.each(table, "units", self._unit)
        officials = self.each(table, "officials", self._official)
        self.once([u.code for u in units], "units.code")
        self.once([o.id for o in officials], "officials.id")
        self.once([n for u in units for n in u.numbers], "units.numbers")
        codes, ids = {u.code for u in units}, {o.id for o in officials}
        self._tree(units)
        for i, official in enumerate(officials, 1):
            for unit in (official.unit, *official.units):
                self.among(unit, codes, f"officials[{i}].unit")
            for deputy in official.deputies:
                self.among(deputy, ids, f"officials[{i}].deputies")
                if deputy == official.id:
                    self.fault(f"officials[{i}].deputies", deputy, "自己不能替自己，请写别人。")
        shifts = self.each(table, "shifts", self._shift)
        rotations = tuple(r for r in self.each(table, "rotations", self._rotation) if r is not None)
        leaves = self.each(table, "leaves", lambda row, at: Leave(**self._spanned(row, at, "official")))
        overrides = self.each(table, "overrides", lambda row, at: Override(**self._spanned(row, at, "off", "on")))
        for name, who in (
            *((f"shifts[{i}].official", s.official) for i, s in enumerate(shifts, 1)),
            *((f"rotations[{i}].officials", o) for i, r in enumerate(rotations, 1) for turn in r.turns for o in turn),
            *((f"leaves[{i}].official", x.official) for i, x in enumerate(leaves, 1)),
            *((f"overrides[{i}].{key}", getattr(o, key)) for i, o in enumerate(overrides, 1) for key in ("off", "on")),
        ):
            self.among(who, ids, name)
        for name, unit in (
            *((f"shifts[{i}].unit", s.unit) for i, s in enumerate(shifts, 1)),
            *((f"rotations[{i}].unit", r.unit) for i, r in enumerate(rotations, 1)),
        ):
            self.among(unit, codes, name)
        home_unit = self.text(table, "home_unit", "")
        self.among(home_unit, codes, "home_unit")
        duty_room = self._terminal(table, "duty_room", codes, home_unit, "写上全天有人接的值班室号码。")
        supervision = self._terminal(
            table, "supervision", codes, "", "写上督查（纪委）的号码和单位：反映值班室和领导的电话打到那里。"
        )
        services = self.each(table, "services", self._service)
        desk = self._desk(table.get("desk"))
        first: Role = self.one_of(table, "first", "", ROLES, "lead")
        ladders, doors, faults = read_escalation(escalation, officials=ids)
        self.faults += faults
        if duty_room and supervision:
            self._apart(duty_room, supervision)
            self._supervisions_own(supervision, officials, (*services, *([desk] if desk else [])))
        if self.faults or duty_room is None or supervision is None:
            return None
        roster = Roster(
            officials=officials,
            shifts=shifts,
            rotations=rotations,
            leaves=leaves,
            overrides=overrides,
            calendar=calendar,
        )
        return Directory(
            units=units,
            roster=roster,
            duty_room=duty_room,
            supervision=supervision,
            home_unit=home_unit,
            ladders=ladders,
            desk=desk,
            services=services,
            doors=doors,
            first=first,
        )

    def _unit(self, row: Mapping[str, Any], at: str) -> Unit:
        known = ("code", "name", "matters", "places", "parent", "level", "numbers", "days", "hours")
        self.faults += unknown_keys(row, known, at)
        return Unit(
            code=self.text(row, "code", at),
            name=self.text(row, "name", at),
            matters=self.texts(row, "matters", at),
            places=self.texts(row, "places", at),
            parent=self.text(row, "parent", at) if "parent" in row else None,
            level=self.one_of(row, "level", at, LEVELS, ""),
            numbers=self.numbers(row, "numbers", at) if "numbers" in row else (),
            hours=self.hours(row, at, needed=False),
        )

    def _tree(self, units: tuple[Unit, ...]) -> None:
        """Every parent is there, and nobody is above themselves."""
        above = {u.code: u.parent for u in units}
        for i, unit in enumerate(units, 1):
            if unit.parent is None:
                continue
            self.among(unit.parent, above, f"units[{i}].parent")
            seen = {unit.code}
            code: str | None = unit.parent
            while code is not None and code not in seen:
                seen.add(code)
                code = above.get(code)
            if code == unit.code:
                self.fault(f"units[{i}].parent", unit.parent, "上级转了一圈又回到自己，请改成真正的上级。")

    def _official(self, row: Mapping[str, Any], at: str) -> Official:
        known = ("id", "name", "post", "phones", "unit", "units", "rank", "deputies", "languages", "first", "last")
        self.faults += unknown_keys(row, known, at)
        first, last = self.dates(row, at)
        return Official(
            id=self.text(row, "id", at),
            name=self.text(row, "name", at),
            post=self.text(row, "post", at),
            phones=self._phones(row, at),
            unit=self.text(row, "unit", at),
            rank=self.one_of(row, "rank", at, RANKS, "staff"),
            units=self.texts(row, "units", at),
            deputies=self.texts(row, "deputies", at),
            languages=self.texts(row, "languages", at),
            first=first,
            last=last,
        )

    def _phones(self, row: Mapping[str, Any], at: str) -> tuple[Phone, ...]:
        """Numbers, or tables of a number, its hours and its dates; each number once."""
        given = row.get("phones")
        if not isinstance(given, list) or not given:
            self.fault(f"{at}.phones", given, "至少写一个号码。")
            return ()
        phones: dict[str, Phone] = {}
        for i, one in enumerate(given, 1):
            here = f"{at}.phones" if isinstance(one, str) else f"{at}.phones[{i}]"
            table = one if isinstance(one, Mapping) else {"number": one}
            self.faults += unknown_keys(table, ("number", "days", "hours", "lines", "first", "last"), here)
            number = self.number(table.get("number"), here)
            hours = self.hours(table, here, needed=False)
            lines = self.amount(table, "lines", here, 1, 999)
            first, last = self.dates(table, here)
            phone = Phone(number=number, hours=hours, lines=int(lines or 1), first=first, last=last)
            before = phones.get(number, phone)
            if number and before is not phone and any((first, last, before.first, before.last)):
                self.fault(here, number, "这个号码前面已经写过，请合成一条，起止日期写在一起。")
            phones.setdefault(number, phone)
        return tuple(phones.values())

    def _shift(self, row: Mapping[str, Any], at: str) -> Shift:
        self.faults += unknown_keys(row, ("official", "days", "hours", "first", "last", "role", "unit", "always"), at)
        first, last = self.dates(row, at)
        return Shift(
            official=self.text(row, "official", at),
            hours=self.hours(row, at),
            first=first,
            last=last,
            **self._duty(row, at),
        )

    def _rotation(self, row: Mapping[str, Any], at: str) -> Rotation | None:
        known = ("officials", "start", "every_days", "every_hours", "days", "hours", "last", "role", "unit", "always")
        self.faults += unknown_keys(row, known, at)
        before = len(self.faults)
        given = row.get("officials")
        listed = [[one] if isinstance(one, str) else one for one in given] if isinstance(given, list) else []
        turns = tuple(tuple(turn) for turn in listed if isinstance(turn, list))
        if not listed or len(turns) < len(listed) or not all(turn and all(map(_is_text, turn)) for turn in turns):
            self.fault(
                f"{at}.officials",
                given,
                '按轮到的先后写，如 ["li", "wang"]；几个人一起值写 [["li", "chen"], ["wang"]]。',
            )
        days = self.amount(row, "every_days", at, 1, 366)
        hours = self.amount(row, "every_hours", at, 1, 8784)
        every = timedelta(days=days or 0, hours=hours or 0) or timedelta(days=1)
        weekdays, kind = self.days(row.get("days", "每天"), f"{at}.days")
        if kind != "all" and every % timedelta(days=1):
            self.fault(f"{at}.every_hours", hours, "只在工作日或休息日轮的，按整天轮，请写 every_days。")
        spans = self.hours({"days": row.get("days", "每天"), **row}, at) if "hours" in row else (ALL_DAY,)
        if "hours" not in row and len(weekdays) < 7:
            self.fault(f"{at}.days", row.get("days"), "只轮一周里某几天的，请写上 hours。")
        start = self.moment(row, "start", at)
        if len(self.faults) > before:
            return None
        return Rotation(
            turns=turns,
            start=start,
            every=every,
            hours=spans,
            kind=kind,
            last=self.day(row, "last", at),
            **self._duty(row, at),
        )

    def _spanned(self, row: Mapping[str, Any], at: str, *who: str) -> dict[str, Any]:
        """A row that says of whom (these keys) something holds, and from when to when."""
        self.faults += unknown_keys(row, (*who, "start", "end"), at)
        start, end = self.span(row, at)
        return {key: self.text(row, key, at) for key in who} | {"start": start, "end": end}

    def _duty(self, row: Mapping[str, Any], at: str) -> dict[str, Any]:
        """What a shift and a rotation have in common."""
        return {
            "role": self.one_of(row, "role", at, ROLES, None),
            "unit": self.text(row, "unit", at, ""),
            "always": self.one_of(row, "always", at, (True, False), False),
        }

    def _terminal(self, table: Mapping[str, Any], key: str, codes: set[str], unit: str, mend: str) -> Terminal | None:
        """unit: whose it is when the file does not say."""
        row = table.get(key)
        if not isinstance(row, Mapping):
            self.fault(key, row, f"必须有 [{key}]，{mend}")
            return None
        self.faults += unknown_keys(row, ("name", "numbers", "unit"), key)
        whose = self.text(row, "unit", key, unit or None)
        self.among(whose, codes, f"{key}.unit")
        name = {"duty_room": "值班室", "supervision": "督查"}[key]
        return Terminal(
            name=self.text(row, "name", key, name),
            numbers=self.numbers(row, "numbers", key),
            unit=whose,
        )

    def _apart(self, duty_room: Terminal, supervision: Terminal) -> None:
        """Complaints about one go to the other: they share neither unit nor number."""
        if duty_room.unit == supervision.unit:
            self.fault("supervision.unit", supervision.unit, "要和值班室的单位不同，反映值班室的电话才有处可打。")
        for number in set(duty_room.numbers) & set(supervision.numbers):
            self.fault("supervision.numbers", number, "和值班室同号，请写督查自己的号码。")

    def _supervisions_own(
        self, supervision: Terminal, officials: tuple[Official, ...], desks: tuple[Service | Desk, ...]
    ) -> None:
        """What is secret, and complaints about officials, must not ring a telephone of whoever may be meant."""
        mend = "也是别的单位的人的号码：举报和反映他的电话会打到他自己那里，知道反映的是他就没有督查可打。"
        for number in supervision.numbers:
            for official in officials:
                if number in official.numbers and {official.unit, *official.units} != {supervision.unit}:
                    self.fault("supervision.numbers", f"{number}（{official.called}）", f"{mend}请写督查自己的号码。")
            for desk in desks:
                if number == desk.number:
                    told = "也是受理台或服务台的号码：举报和要保密的会打到那里，请写督查自己的号码。"
                    self.fault("supervision.numbers", f"{number}（{desk.name}）", told)

    def _service(self, row: Mapping[str, Any], at: str) -> Service:
        self.faults += unknown_keys(row, ("name", "number", "matters", "days", "hours"), at)
        return Service(
            name=self.text(row, "name", at),
            number=self.number(row.get("number"), f"{at}.number"),
            matters=self.texts(row, "matters", at),
            hours=self.hours(row, at, needed=False),
        )

    def _desk(self, row: object) -> Desk | None:
        if row is None:
            return None
        if not isinstance(row, Mapping):
            self.fault("desk", row, "应写成 [desk] 一节，或删去。")
            return None
        self.faults += unknown_keys(row, ("name", "number", "days", "hours"), "desk")
        return Desk(
            number=self.number(row.get("number"), "desk.number"),
            hours=self.hours(row, "desk"),
            name=self.text(row, "name", "desk", "受理台"),
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)
