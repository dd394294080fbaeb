"""When a citizen wants to be called: 今晚多晚都可以, 明天下午, 清晨, 07:00-08:30, 先约. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from routing.calendar import LOCAL

Window = tuple[time, time]

APPOINTMENT = "先约"
"""A person is to agree on a time first (商户): no machine rings."""
_PARTS: dict[str, Window] = {
    "清晨": (time(7, 0), time(8, 30)),
    "早上": (time(7, 0), time(9, 0)),
    "上午": (time(8, 30), time(11, 30)),
    "中午": (time(11, 30), time(14, 0)),
    "下午": (time(14, 30), time(18, 0)),
    "傍晚": (time(18, 0), time(20, 0)),
    "晚上": (time(18, 30), time(21, 0)),
}
_SHORT = {"今早": "今天早上", "今晚": "今天晚上", "明早": "明天早上", "明晚": "明天晚上"}
_DAYS = {"今天": 0, "明天": 1, "后天": 2}
_ANY_HOUR = re.compile(r"多晚都(?:可以|行|得)|再晚都(?:可以|行|得)")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


class BadWish(ValueError):
    """A wish that cannot be understood; the text says what can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """since–until: what was agreed on once, which overrides every quiet hour. hours: every day; None: as for all."""

    since: datetime | None = None
    until: datetime | None = None
    hours: Window | None = None

    def promised(self, at: datetime) -> bool:
        """Whether this moment was agreed on."""
        return self.since is not None and self.until is not None and self.since <= at < self.until


NO_WISH = Wish()


def wish_of(text: str, said_at: datetime) -> Wish:
    """What these words mean, said then; empty and APPOINTMENT: no time at all. Raises BadWish."""
    plain = text.replace("：", ":").replace("－", "-").strip()
    if plain in ("", APPOINTMENT):
        return NO_WISH
    if plain in _PARTS:
        return Wish(hours=_PARTS[plain])
    if hours := _HOURS.fullmatch(plain):
        return Wish(hours=_hours(text, *(int(part) for part in hours.groups())))
    named = _ANY_HOUR.sub("", plain).rstrip("，, ")
    named = next((named.replace(short, whole) for short, whole in _SHORT.items() if short in named), named)
    day, part = named[:2], named[2:]
    if day not in _DAYS or part not in _PARTS:
        told = "、".join([*_PARTS, *_SHORT, "明天下午", "今晚多晚都可以", "07:00-08:30", APPOINTMENT])
        raise BadWish(f"回访时间 {text!r} 看不懂；可以写 {told}")
    on = said_at.astimezone(LOCAL).date() + timedelta(days=_DAYS[day])
    begin, end = (_at(on, moment) for moment in _PARTS[part])
    if _ANY_HOUR.search(plain):
        end = _at(on + timedelta(days=1), time(0, 0))
    if end <= said_at:
        raise BadWish(f"回访时间 {text!r} 已经过了；请写以后的时间")
    return Wish(since=begin, until=end)


def _hours(text: str, *told: int) -> Window:
    try:
        begin, end = time(told[0], told[1]), time(told[2], told[3])
    except ValueError:
        raise BadWish(f"回访时间 {text!r} 不是钟点；请写成 07:00-08:30") from None
    if not begin < end:
        raise BadWish(f"回访时间 {text!r} 先后颠倒；请写成 07:00-08:30")
    return begin, end


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=LOCAL)
