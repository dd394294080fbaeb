"""What two directories differ in, in the words of whoever keeps the roster; numbers masked. Pure.

Records are gone through field by field, so that what a unit, an official or a rule comes to have is told too.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime, time, timedelta
from difflib import SequenceMatcher
from typing import Any, Literal

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.escalation import Condition, Ladder
from routing.hours import ALL_DAY, EVERY_DAY, Hours
from routing.officials import Phone
from routing.phone import mask

How = Literal["加", "去", "改"]

_PARTS = {
    "home_unit": "本级单位",
    "first": "先打的一类",
    "duty_room": "值班室",
    "supervision": "督查",
    "desk": "受理台",
    "units": "单位",
    "officials": "人",
    "shifts": "班次",
    "rotations": "轮值",
    "leaves": "请假",
    "overrides": "调班",
    "services": "服务台",
    "ladders": "升级链",
    "doors": "别的门",
}
"""The parts of the files in the order they are told, of the directory or its roster."""

_KEYS: dict[str, Callable[[Any], str]] = {
    "units": lambda unit: unit.code,
    "officials": lambda official: official.id,
    "services": lambda service: service.name,
    "doors": lambda door: door.name,
}
"""By what a record is known again; others are told whole."""

_FIELDS = {
    "id": "编号",
    "code": "编码",
    "name": "名字",
    "post": "职务",
    "phones": "电话",
    "number": "号码",
    "numbers": "号码",
    "unit": "单位",
    "units": "兼任",
    "rank": "职级",
    "deputies": "请假时替他的",
    "languages": "会说",
    "matters": "事项",
    "places": "地点",
    "parent": "上级",
    "level": "级别",
    "hours": "时段",
    "official": "谁",
    "first": "从",
    "last": "到",
    "start": "从",
    "end": "到",
    "role": "带班或值班",
    "always": "导入了值班表也打",
    "turns": "轮流",
    "every": "每班",
    "kind": "哪些日子",
    "off": "原来的人",
    "on": "替他的人",
    "words": "群众说的词",
    "ring": "打",
    "seconds": "响几秒",
    "next": "几秒后打下一个",
    "together": "一起响",
    "repeat": "打几遍",
    "urgency": "紧急程度",
    "secret": "举报和保密",
}

_PEOPLE = ("official", "deputies", "turns", "off", "on")
_UNITS = ("unit", "units", "parent", "home_unit")
_NUMBERS = ("number", "numbers")
_WORDS = {
    "lead": "带班",
    "staff": "值班人员",
    "director": "局长",
    "deputy": "副局长",
    "first": "在班先打的一类",
    "second": "在班后打的一类",
    "desk": "受理台",
    "service": "服务台",
    "all": "每天",
    "workdays": "工作日",
    "restdays": "休息日",
    "red": "红",
    "orange": "橙",
    "yellow": "黄",
    "normal": "一般",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One thing that was added, removed or changed. part: of the roster, as people name it."""

    part: str
    how: How
    text: str

    def __str__(self) -> str:
        return f"{self.how} {self.part}：{self.text}"


def differences(before: Directory, after: Directory) -> list[Difference]:
    """Everything that calls might go by differently; nothing for a change of remarks or blanks."""
    told = _Telling(before, after)
    return [difference for part in _PARTS for difference in told.part(part)]


def in_a_line(found: Iterable[Difference]) -> str:
    """How many of what, for a list."""
    counts = Counter[tuple[str, str]]((one.part, one.how) for one in found)
    parts = dict.fromkeys(part for part, _ in counts)
    told = [part + " ".join(f"{how}{counts[part, how]}" for how in "加去改" if (part, how) in counts) for part in parts]
    return "，".join(told) or "只有说明文字"


class _Telling:
    """The words for two directories: people and units are called as in the later one."""

    def __init__(self, before: Directory, after: Directory) -> None:
        self._before, self._after = before, after
        both = (before, after)
        self._people = {o.id: o.called for one in both for o in one.roster.officials}
        self._units = {unit.code: unit.name for one in both for unit in one.units}

    def part(self, name: str) -> Iterator[Difference]:
        """What differs in one part."""
        old, new = (getattr(d if hasattr(d, name) else d.roster, name) for d in (self._before, self._after))
        label = _PARTS[name]
        if old == new:
            return
        if name == "ladders":
            yield from self._ladders(old, new)
        elif not isinstance(new, tuple):
            yield from self._single(name, label, old, new)
        elif name in _KEYS:
            yield from self._known(name, label, old, new)
        else:
            yield from self._whole(label, old, new)

    def _single(self, name: str, label: str, old: Any, new: Any) -> Iterator[Difference]:
        if old is None or new is None:
            yield Difference(part=label, how="去" if new is None else "加", text=self._record(old or new))
        elif isinstance(new, str):
            yield Difference(part=label, how="改", text=self._changed(self._value(name, old), self._value(name, new)))
        else:
            yield Difference(part=label, how="改", text="；".join(self._fields(old, new)))

    def _known(self, name: str, label: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Difference]:
        key = _KEYS[name]
        olds, news = {key(one): one for one in old}, {key(one): one for one in new}
        for gone in (one for one in old if key(one) not in news):
            yield Difference(part=label, how="去", text=self._record(gone))
        for one in new:
            was = olds.get(key(one))
            if was is None:
                yield Difference(part=label, how="加", text=self._record(one))
            elif was != one:
                text = f"{self._called(one, key(one))}：{'；'.join(self._fields(was, one))}"
                yield Difference(part=label, how="改", text=text)
        if [k for k in olds if k in news] != [k for k in news if k in olds]:
            yield Difference(part=label, how="改", text="先后变了（同级的按这个先后打）")

    def _whole(self, label: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Difference]:
        olds, news = set(old), set(new)
        gone, come = [one for one in old if one not in news], [one for one in new if one not in olds]
        for how, records in (("去", gone), ("加", come)):
            for one in records:
                yield Difference(part=label, how=how, text=self._record(one))  # type: ignore[arg-type]
        if not gone and not come:
            yield Difference(part=label, how="改", text="先后变了，或者同一条写了几次")

    def _ladders(self, old: tuple[Ladder, ...], new: tuple[Ladder, ...]) -> Iterator[Difference]:
        olds, news = {one.profile: one.steps for one in old}, {one.profile: one.steps for one in new}
        for profile in dict.fromkeys((*olds, *news)):
            was, now = olds.get(profile, ()), news.get(profile, ())
            for tag, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
                if tag == "equal":
                    continue
                for n, step in enumerate(was[i1:i2], i1 + 1):
                    yield Difference(part="升级链", how="去", text=f"“{profile}”原第 {n} 步：{self._record(step)}")
                for n, step in enumerate(now[j1:j2], j1 + 1):
                    yield Difference(part="升级链", how="加", text=f"“{profile}”第 {n} 步：{self._record(step)}")
        if list(olds)[:1] != list(news)[:1]:
            yield Difference(part="升级链", how="改", text="排在第一的变了：没有写的线路方案按第一个打")

    # --- words --------------------------------------------------------------------------------------------------------

    def _called(self, record: Any, key: str) -> str:
        if key in self._people and hasattr(record, "post"):
            return f"{self._people[key]}（{key}）"
        return f"{record.name}（{key}）" if record.name != key else key

    def _fields(self, old: Any, new: Any) -> Iterator[str]:
        for one in fields(new):
            was, now = getattr(old, one.name), getattr(new, one.name)
            if was != now:
                told = self._changed(self._value(one.name, was), self._value(one.name, now))
                yield f"{_FIELDS.get(one.name, one.name)} {told}"

    def _changed(self, old: str, new: str) -> str:
        return f"{old} → {new}" if old != new else f"{new}（改的是打码的几位）"

    def _record(self, record: Any) -> str:
        """All of it that is not as a matter of course."""
        told = []
        for one in fields(record):
            value = getattr(record, one.name)
            default = one.default_factory() if one.default_factory is not MISSING else one.default
            if value != default:
                told.append(self._value(one.name, value) if one.name == "when" else self._labelled(one.name, value))
        return "；".join(told)

    def _labelled(self, name: str, value: Any) -> str:
        return f"{_FIELDS.get(name, name)} {self._value(name, value)}"

    def _value(self, name: str, value: Any) -> str:
        match value:
            case None | "" | ():
                return "（没有）"
            case bool():
                return "是" if value else "否"
            case Phone():
                lines = f"，同时接 {value.lines} 个" if value.lines > 1 else ""
                more = [self._labelled(f.name, getattr(value, f.name)) for f in fields(value) if f.name not in _PHONE]
                at = f"（{self._value('hours', value.hours)}）" if value.hours else ""
                return mask(value.number) + at + lines + "".join(f"，{one}" for one in more if "（没有）" not in one)
            case Hours():
                return _hours(value)
            case Condition():
                return "；".join(f"只在：{told}" for told in [self._record(value)] if told)
            case datetime():
                return f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M}"
            case date():
                return value.isoformat()
            case timedelta():
                days, rest = divmod(value, timedelta(days=1))
                hours = f"{rest / timedelta(hours=1):g} 小时" if rest else ""
                return f"{days} 天{hours}" if days else hours
            case tuple() if name == "turns":
                return "、".join("和".join(self._text(name, who) for who in together) for together in value)
            case tuple():
                return "、".join(self._value(name, one) for one in value)
            case frozenset():
                return "、".join(self._value(name, one) for one in sorted(value))
            case str():
                return self._text(name, value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _text(self, name: str, value: str) -> str:
        if name in _PEOPLE:
            return self._people.get(value, value)
        if name in _UNITS:
            return self._units.get(value, value)
        if name in _NUMBERS:
            return mask(value)
        if name == "ring":
            return self._selector(value)
        return _WORDS.get(value, value) if name in ("role", "rank", "first", "kind", "urgency") else value

    def _selector(self, selector: str) -> str:
        kind, _, named = selector.partition(":")
        if named:
            return self._people.get(named, named) if kind == "official" else named
        where, _, whom = selector.rpartition(".")
        return {"": "", "unit": "对口单位", "up": "上级"}.get(where, where) + _WORDS.get(whom, whom)


_PHONE = ("number", "hours", "lines")


def _hours(hours: Hours) -> str:
    days = "一二三四五六日"
    on = "".join(days[n - 1] for n in sorted(hours.days)) if hours.days != EVERY_DAY else _WORDS[hours.kind]
    if (hours.start, hours.end) == (ALL_DAY.start, ALL_DAY.end):
        return f"{on}全天"
    end = "24:00" if hours.end == time(0) else f"{hours.end:%H:%M}"
    return f"{on} {hours.start:%H:%M}-{end}"
