"""A due time as people say it. Pure."""

from datetime import datetime

from routing.calendar import LOCAL

_DIGITS = "零一二三四五六七八九"
_WEEKDAYS = "一二三四五六日"


def spoken_time(due: datetime, now: datetime) -> str:
    """明早八点半, 今天下午三点十分, 星期四上午九点: a moment as it is said now. Both times aware."""
    local = due.astimezone(LOCAL)
    day, part = spoken_day(due, now), _part(local.hour)
    if (day, part) == ("明天", "早上"):
        day, part = "", "明早"
    elif (day, part) == ("今天", "晚上"):
        day, part = "", "今晚"
    elif (day, part) == ("明天", "晚上"):
        day, part = "", "明晚"
    hour = local.hour if local.hour <= 12 else local.hour - 12
    return f"{day}{part}{_number(hour) if hour != 2 else '两'}点{_minutes(local.minute)}"


def spoken_day(day: datetime, now: datetime) -> str:
    """昨天, 前天, 今天, 明天, 后天, 星期四 (within the next six days), else 十二月三号. Both times aware."""
    local, today = day.astimezone(LOCAL).date(), now.astimezone(LOCAL).date()
    away = (local - today).days
    near = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
    if away in near:
        return near[away]
    if 2 < away < 7:
        return f"星期{_WEEKDAYS[local.weekday()]}"
    return f"{_number(local.month)}月{_number(local.day)}号"


def _part(hour: int) -> str:
    for until, name in ((6, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午")):
        if hour < until:
            return name
    return "晚上"


def _minutes(minute: int) -> str:
    if minute == 0:
        return ""
    if minute == 30:
        return "半"
    return f"零{_number(minute)}分" if minute < 10 else f"{_number(minute)}分"


def _number(value: int) -> str:
    """0 to 99."""
    tens, ones = divmod(value, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
