"""What was written, as it is said: dates, clock times, telephone numbers, money, units, surnames. Pure.

A synthesiser reads digits by rules of its own (espeak-ng: 一百五 for 105, 十二千五百 for 12500), so it is given none.
"""

import re
import unicodedata
from itertools import accumulate

_DIGITS = "零一二三四五六七八九"
_ONE_BY_ONE = str.maketrans("0123456789", "零幺二三四五六七八九")
_YEAR = str.maketrans("0123456789", _DIGITS)

_UNITS = {
    "km": "公里",
    "kg": "公斤",
    "kV": "千伏",
    "kW": "千瓦",
    "mm": "毫米",
    "cm": "厘米",
    "m2": "平方米",
    "m3": "立方米",
    "m": "米",
    "g": "克",
    "t": "吨",
    "°C": "度",
}
_TWO_OF = "点元块户人个件次处亩米吨公平立年天周小分倍名位台条层间辆头棵株斤克家种项批句段座所份张万千亿"
"""Before these 2 is 两; before 月 日 号 楼 组 社 栋, which a name or a date has, it is 二."""
_COUNTED = f"{_TWO_OF}角厘毫度里多余来几百十"
"""After these signs of a quantity a long number is no telephone number."""

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?![\d.])")
_CLOCK = re.compile(
    r"(上午|中午|下午|傍晚|[今明当每]晚|晚上|夜里|夜间)?\s*(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?(?![\d:])"
)
_MONEY = re.compile(rf"¥\s*({_NUMBER})([万亿]?)元?")
_CALENDAR_YEAR = re.compile(r"(?<![\d.])((?:19|20)\d\d)(?=年(?!多|以|内|来)|〕|\]|\)年)")
_TELEPHONE = re.compile(
    r"(?<![\d.])(?:0\d{2,3}[- ]?\d{7,8}|[48]00-?\d{3}-?\d{4}|(?:\+86[- ]?)?1\d\d[- ]?\d{4}[- ]?\d{4}"
    rf"|\d{{8}}-\d{{4}}|\d{{7,}})"
    rf"(?![\d.%]|,\d|[{_COUNTED}])"
)
_SHORT = re.compile(
    r"((?:拨打|拨|打|电话|热线|专线|号码|致电)[是为到给:，]?)(\d{3,6})(?!\d|[.,]\d)"
    r"|(?<!\d)(\d{3,6})(?=热线|专线|平台|急救|报警)"
)
_ROOM = re.compile(r"(?<!\d)(\d{3,4})(?=号?(?:室|房间|房(?!屋)))")
_RANGE = re.compile(rf"({_NUMBER}%?)[-~—～至到]({_NUMBER})(?![-\d])")
_PERCENT = re.compile(rf"({_NUMBER})%")
_PART = re.compile(r"(?<![\d/])([1-9])/([1-9]\d?)(?![\d/])")
_UNIT = re.compile(rf"(?<=\d)\s*({'|'.join(_UNITS)})(?![A-Za-z0-9])")
_ANY = re.compile(rf"(?P<nth>第|初|[A-Za-z])?(?P<number>{_NUMBER})(?P<of>.)?", re.DOTALL)

# Surnames that are read otherwise than the word, and a sign that is read as they are. 纪 哈 宁 那 牟 隗 have two
# readings as surnames, too: left as the synthesiser reads them.
_SURNAMES = {"尉迟": "玉迟", "万俟": "莫其", "令狐": "灵狐", "长孙": "掌孙", "澹台": "谈台"} | dict(
    zip(
        "单仇解任曾区盖查朴覃乐员华折繁种秘翟过燕卜洗贾句祭占么都",
        "善求谢仁增欧舸渣瓢秦月运画舌婆虫必宅锅烟补显甲勾债沾腰督",
        strict=True,
    )
)
_TITLE = (
    "(?:副|总|正)?(?:局|科|股|处|部|所|站|队|院|校|镇|乡|县|村|组|班|园|行|台|会|区)长"
    "|主任|书记|经理|主席|同志|老师|医生|工程师|委员|专员|干事"
)
_SURNAME = re.compile(
    rf"(?:^|(?<=[长任记员理席志师]))({'|'.join(_SURNAMES)})(?=(?:副|总)?(?:{_TITLE})|[一-鿿]{{1,2}}$)"
)
_POST = re.compile(r"[员长任记理席办科股室]$")


def spoken_text(written: str) -> str:
    """What an official or a citizen wrote, with every number in the characters that are said."""
    return spoken_numbers(unicodedata.normalize("NFKC", written))


def spoken_numbers(text: str) -> str:
    """The text with its numbers in characters; all else, punctuation too, stays as it is."""
    if not re.search(r"\d", text):
        return text
    text = _DAY.sub(lambda m: f"{m[1].translate(_YEAR)}年{_whole(int(m[2]))}月{_whole(int(m[3]))}日", text)
    text = _CLOCK.sub(_time, text)
    text = re.sub(r"(?<=[点半分])[-~—～](?=[零一二三四五六七八九十两下晚])", "到", text)
    text = _MONEY.sub(r"\1\2元", text)
    text = re.sub(r"(?<=\d)[x×*](?=\d)", "乘", text)
    text = _CALENDAR_YEAR.sub(lambda m: m[1].translate(_YEAR), text)
    text = _TELEPHONE.sub(lambda m: f"，{spoken_phone(m[0].removeprefix('+86'))}，", text)
    text = _SHORT.sub(lambda m: (m[1] or "") + (m[2] or m[3]).translate(_ONE_BY_ONE), text)
    text = _ROOM.sub(lambda m: m[1].translate(_ONE_BY_ONE), text)
    text = _UNIT.sub(lambda m: _UNITS[m[1]], text)
    text = _RANGE.sub(r"\1到\2", text)
    text = re.sub(r"-(?=\d+(?:\.\d+)?度)", "零下", text)
    text = _PERCENT.sub(lambda m: f"百分之{_decimal(m[1])}", text)
    text = _PART.sub(lambda m: f"{_whole(int(m[2]))}分之{_whole(int(m[1]))}" if int(m[1]) < int(m[2]) else m[0], text)
    text = _ANY.sub(_said, text)
    return re.sub(r"，{2,}", "，", text)


def spoken_name(name: str) -> str:
    """A post with a name, or a name, respelled where a surname is read otherwise than the word: 单局长, 局长任志强."""

    def respelled(found: re.Match[str]) -> str:
        # What begins the name of a post is none: 查验员, 解说员.
        post = found.start() == 0 and _POST.search(name) and not re.match(_TITLE, name[found.end() :])
        return found[0] if post else _SURNAMES[found[1]]

    return _SURNAME.sub(respelled, name)


def spoken_integer(value: int) -> str:
    """A whole number as it is said: 一百零五, 十二, 两万, 一亿零三. Raises ValueError below 0 or from 10¹⁶ on."""
    if not 0 <= value < 10**16:
        raise ValueError(f"{value}: only 0 to 10¹⁶ are spoken as a number")
    return _whole(value)


def spoken_clock(hour: int, minute: int) -> str:
    """A time of day without its part: 两点半, 八点, 十一点零五分."""
    minutes = {0: "", 30: "半"}.get(minute) or (f"{'零' if minute < 10 else ''}{_whole(minute)}分" if minute else "")
    return f"{'两' if hour == 2 else _whole(hour)}点{minutes}"


def spoken_quantity(count: int) -> str:
    """How many there are of something that is counted: 两(位), 十二(位)."""
    return "两" if count == 2 else spoken_integer(count)


def phone_cuts(digits: str) -> tuple[int, ...]:
    """Where a telephone number is divided when it is told: 138-0870-0001, 0870-212-8888, 400-123-4567."""
    if len(digits) == 11 and digits[0] == "1":
        sizes = [3, 4]
    elif digits.startswith("0"):
        area = 3 if digits[1:2] in ("1", "2") else 4
        sizes = [area, {7: 3, 8: 4}.get(len(digits) - area, 0)]
    elif len(digits) == 10 and digits[:3] in ("400", "800"):
        sizes = [3, 3]
    else:
        sizes = [{7: 3, 8: 4}.get(len(digits), 0)]
    return tuple(accumulate(size for size in sizes if size and size < len(digits)))


def spoken_phone(number: str) -> str:
    """A telephone number as it is read aloud, in groups: “幺三八，零八七零，零零零幺”."""
    digits = re.sub(r"\D", "", number)
    cuts = phone_cuts(digits)
    groups = [digits[i:j] for i, j in zip((0, *cuts), (*cuts, len(digits)), strict=True)]
    return "，".join(groups).translate(_ONE_BY_ONE)


def _time(found: re.Match[str]) -> str:
    """14:30 as 下午两点半: people do not count to 24."""
    part, hour, minute = found[1] or "", int(found[2]), int(found[3])
    if hour > 12:
        part, hour = part or ("下午" if hour < 18 else "晚上"), hour - 12
    return part + spoken_clock(hour, minute)


def _said(found: re.Match[str]) -> str:
    """One number that no other rule knew, with what stands around it."""
    nth, number, of = found["nth"] or "", found["number"], found["of"] or ""
    whole = number.replace(",", "")
    if (nth and nth not in "第初") or (len(whole) > 1 and whole[0] == "0" and "." not in whole) or len(whole) > 16:
        return nth + whole.replace(".", "点").translate(_ONE_BY_ONE) + of
    if not nth and whole == "2" and of and of in _TWO_OF:
        return f"两{of}"
    return nth + _decimal(number, counted=not nth) + of


def _decimal(number: str, *, counted: bool = False) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    said = _whole(int(whole)) if len(whole) <= 16 else whole.translate(_YEAR)
    if counted and re.match(r"二[千万亿]", said):
        said = "两" + said[1:]
    return f"{said}点{part.translate(_YEAR)}" if part else said


def _whole(value: int) -> str:
    """0 … 10¹⁶ - 1; 10 to 19 without 一 in front."""
    if value == 0:
        return "零"
    said, gap = "", False
    for size, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        group = value // size % 10**4
        if group:
            said += ("零" if said and (gap or group < 1000) else "") + _thousands(group) + name
        gap = bool(said) and not group
    return said.removeprefix("一") if said.startswith("一十") else said


def _thousands(value: int) -> str:
    """1 … 9999, all ones said."""
    said, gap = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // size % 10
        if digit:
            said += ("零" if said and gap else "") + _DIGITS[digit] + name
        gap = bool(said) and not digit
    return said
