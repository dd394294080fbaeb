"""What is recorded, and how long each kind is kept. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

# 网络安全法 第二十一条: network logs are kept for at least six months.
SHORTEST_LOG_DAYS = 184


class RecordingKind(StrEnum):
    """The kinds of records that hold what a caller said."""

    TALK = "talk"  # the whole call, two channels
    MESSAGE = "message"  # what was left after the tone
    CLIP = "clip"  # the caller's own words for the official
    TRANSCRIPT = "transcript"
    LOG = "log"
    LEARNING = "learning"  # a clip that the caller lets us keep for learning
    ACCESS = "access"  # who has looked at what
    PERSON = "person"  # what a case tells of who called: name, address, demand, answer; counted from 销号


UNWRITTEN: Mapping[RecordingKind, int] = {
    RecordingKind.PERSON: 1095,
    RecordingKind.LEARNING: 365,
    RecordingKind.ACCESS: 730,
}
"""Days of kinds that a county's file, written before there were such kinds, may leave out."""

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_DAYS = {"年": (365, 366), "个月": (30, 31), "月": (30, 31), "天": (1, 1), "日": (1, 1)}


def days_told(span: str) -> range | None:
    """The days that a span as it is said may mean: 一年 is 365 or 366, 半年 like 六个月, 90天. None: not understood."""
    told = re.fullmatch(r"([0-9]+|[零一二三四五六七八九两十百]+|半)(年|个月|月|天|日)", span.strip())
    if told is None:
        return None
    if told[1] == "半":
        return days_told("六个月") if told[2] == "年" else None
    count, digit = 0, 0
    for c in told[1]:
        if c in "十百":
            count, digit = count + (digit or 1) * (10 if c == "十" else 100), 0
        else:
            digit = _DIGITS[c] if c in _DIGITS else digit * 10 + int(c)
    low, high = _DAYS[told[2]]
    return range((count + digit) * low, (count + digit) * high + 1)


def span_of(days: int) -> str:
    """So many days as they are told: 365 is 1年, 730 is 2年, 90 is 90天."""
    years, rest = divmod(days, 365)
    return f"{days}天" if rest else f"{years}年"


class BadRetention(ValueError):
    """A retention file that cannot be used; names field, value and the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPolicy:
    """Days to keep each kind, for what is made from valid_from on."""

    valid_from: date
    keep_days: Mapping[RecordingKind, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """All dated policies. What was made under one is kept as that one says, also after a later one began."""

    policies: tuple[RetentionPolicy, ...]

    def days(self, kind: RecordingKind, day: date) -> int:
        """Days to keep what is made on this day."""
        valid = [policy for policy in self.policies if policy.valid_from <= day] or [self.policies[0]]
        return max(valid, key=lambda policy: policy.valid_from).keep_days[kind]

    def expires_at(self, kind: RecordingKind, made_at: datetime) -> datetime:
        """When it is to be deleted: the end of the last day, in the zone of made_at. Raises ValueError if naive."""
        if made_at.tzinfo is None:
            raise ValueError(f"expires_at: made_at is {made_at.isoformat()} without a time zone")
        last = made_at.date() + timedelta(days=self.days(kind, made_at.date()))
        return datetime.combine(last, time(23, 59, 59), tzinfo=made_at.tzinfo)

    def spans(self, kind: RecordingKind, now: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """From when until when what is over by now was made, policy by policy, in the zone of now."""
        begins = [datetime.combine(one.valid_from, time(), tzinfo=now.tzinfo) for one in self.policies]
        begins[0] = datetime.min.replace(tzinfo=now.tzinfo) + timedelta(days=2)
        found = []
        for policy, since, until in zip(self.policies, begins, [*begins[1:], now], strict=True):
            midnight = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
            over = min(until, midnight - timedelta(days=policy.keep_days[kind]))
            if since < over:
                found.append((since, over))
        return tuple(found)


def load_retention(path: Path) -> Retention:
    """Reads config/retention.toml. Raises BadRetention, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadRetention(f"{path} 不存在；请按 config/retention.toml 的样子写一个") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRetention(f"{path.name}：不是 TOML（{error}）") from error
    policies, faults = [], []
    for number, raw in enumerate(content.get("policy", ()), start=1):
        where = f"{path.name} 第 {number} 个 policy"
        valid_from, keep = raw.get("valid_from"), raw.get("keep_days", {})
        wrong = []
        if not isinstance(valid_from, date) or isinstance(valid_from, datetime):
            wrong.append(f"{where}：valid_from 是 {valid_from!r}；请写成 2025-01-01，不加引号")
        for kind in RecordingKind:
            days = keep.get(kind.value, UNWRITTEN.get(kind))
            if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 36500:
                wrong.append(f"{where}：keep_days.{kind.value} 是 {days!r}；请写保存的天数，例如 365")
            elif kind in (RecordingKind.LOG, RecordingKind.ACCESS) and days < SHORTEST_LOG_DAYS:
                wrong.append(f"{where}：keep_days.{kind} 是 {days}；法定不少于六个月，请写 {SHORTEST_LOG_DAYS} 以上")
        wrong += [
            f"{where}：keep_days.{key} 不认识；只有 {'、'.join(RecordingKind)}"
            for key in keep
            if key not in list(RecordingKind)
        ]
        faults += wrong
        if not wrong:
            days_of = {kind: keep.get(kind.value, UNWRITTEN.get(kind)) for kind in RecordingKind}
            policies.append(RetentionPolicy(valid_from=valid_from, keep_days=days_of))
    if not policies and not faults:
        faults.append(f"{path.name}：没有 [[policy]]；至少写一个，带 valid_from 和 keep_days")
    if faults:
        raise BadRetention("\n".join(faults))
    return Retention(policies=tuple(sorted(policies, key=lambda policy: policy.valid_from)))
