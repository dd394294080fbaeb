"""What the cells of a roster write: the words of headers, footers, titles, and the names in one cell. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from routing.roster import Role
from routing.sheets.cells import Cell, dotted, plain
from routing.sheets.people import People

Kind = Literal["date", "month", "until", "weekday", "names", "phone", "shift", "note", "unit", "post", "other"]

_LEAD = re.compile(r"带班|领导|[局县镇乡站所院校]长|主任|书记|总值班|带队|组长|负责人")
_STAFF = re.compile(
    r"值班|值守|人员|主班|副班|工作人员|姓名|白班|夜班|早班|中班|晚班|当班|成员|干部|备班|驾驶员|司机|组员|职工|备勤|[AB][角岗]|门卫|保安"
)
_TITLE = re.compile(r"值班表|安排表|排班表|一览表|带班表|20\d\d年")
_WITH_PHONE = re.compile(r"(领导|人员|值班员|姓名)[及和与、/+(].*(电话|手机|联系方式|号码)")
_SHIFT_WORD = re.compile(r"[上下前后]半夜|上午|下午|晚上|[白夜早中晚日]班|全天|白天|[夜晚]间|[大小]夜")
_SWAP = re.compile(
    r"调班|换班|代班|替班|顶班|调换|对调|互换|调整|换成|改为|改由|更换|替"
    r"|(?<![时现当年世近])代(?!表|码|办|理|会)|请假|病假|(?<![节旦庆定])休假|出差"
)
_FOOTER = re.compile(
    r"^[(\[【*※]*(备?注[:：]|注意|说明[:：]|填表|制表|审核|审批|审签|签发|签字|要求|值班电话|值班要求|值班时间|交接班"
    r"|联系电话[:：]|联系人|报送|抄送|打印|[一二三四五六七八九十]、|\d+[.、]\D|值班室电话|传真|盖章|单位[:：(]|合计|.{0,8}(签字|签名|盖章)[:：])"
)
_ASIDE = re.compile(
    r"序号|编号|合计|(?:值班)?地点|(?:值班)?车[辆号]|.{0,4}(?:签名|签到|签字)|农历|交班人?|接班人?|记录|车牌号?|天数"
    r"|审核人?|审批人?|制表人?|填表人?|检查人?|抽查人?|督查人?"
)
_NOBODY = frozenset({"无", "休", "休息", "公休", "轮休", "放假", "不值班", "不排班", "无需值班"})
_OPEN = frozenset({"待定", "未定", "暂缺", "空缺", "待补", "暂无", "空", "缺", "待安排", "另行通知"})
_DITTO = frozenset(
    {"同上", "〃", '"', "″", "''", "“", "”", "“”", '""', "同前", "上同", "々", "↑", "↓", "|", "丨", "′′", "ditto"}
)

_TITLES = (
    r"(?:党组|党委|党总支|党支部)?(?:常务)?(?:第一)?副?"
    r"(?:总?值?班?局长|县长|镇长|乡长|主任科员|主任|党组书记|书记|科长|股长|队长|所长|部长|站长|组长|院长|校长|处长|主席|会长"
    r"|总工程师|总工|经理|委员|调研员|科员|干事|同志|师傅|老师|驾驶员|值班长|带班领导|值班员|班长|园长|馆长|中心主任|支队长"
    r"|大队长|中队长|指导员|教导员|秘书长|办事员|职员|工程师|成员)"
)
_LABEL = re.compile(
    r"([带值主副白夜早中晚]|[A-Z][角岗组]?|[一-鿿]{2,8}?)\s*[:：]\s*|((?:带班|值班)(?:领导|人员|员)?)\s+"
)
_SIGNS = {
    "带": "带班",
    "值": "值班",
    "主": "主班",
    "副": "副班",
    "白": "白班",
    "夜": "夜班",
    "早": "早班",
    "中": "中班",
    "晚": "晚班",
}
_MOBILE = re.compile(
    r"(?<!\d)(?<!\d-)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|1[3-9]\d{6,13})|(1\.\d+[eE]\+?10)"
)
_HOURS = re.compile(r"\d[:时点].{0,6}\d[:时点]")
_NUMBER = re.compile(r"\d[\d\-]{2,}\d")
_ROLE_BEHIND = re.compile(r"(?:带班|值班)(?:领导|人员|员)?|[主副]班")
_AWAY = re.compile(r".{0,2}休|停.?|取消|离[职岗]|调离|外派|学习|培训|公差|产假|病|事假")
_INSTEAD = re.compile(r"[代替顶换改调]|→|->|=>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One name of a cell. title: the post written with it; surname alone (张局长): name has one character.

    hints: units, posts in brackets. role: told by a label in the cell.
    """

    name: str = ""
    title: str = ""
    phones: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    role: Role | None = None
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What a cell of names says. swap: it also speaks of somebody in another's place."""

    entries: tuple[Entry, ...] = ()
    swap: bool = False


def kind_of(header: str) -> tuple[Kind, Role | None]:
    """What the column under a header holds, and for names whose."""
    flat = plain(header)
    if not flat or _TITLE.search(flat):
        return "other", None
    if len(flat) > 30 or flat.endswith(":") or re.search(r"(填|制|报|印|打).{0,3}(日期|时间)", flat):
        return "other", None
    if re.search(r"电话|手机|号码|联系方式|短号", flat) and not _WITH_PHONE.search(flat):
        return "phone", None
    if re.search(r"备注|说明|附注|^注$|[调换替代]班", flat):
        return "note", None
    if re.fullmatch(r"月|月份", flat):
        return "month", None
    if re.fullmatch(r"(至|止|到|截止|终止|结束)(日期|时间|日)?", flat):
        return "until", None
    if re.fullmatch(r"(起|始|自|从|开始|起始)(日期|时间|日)?", flat):
        return "date", None
    if re.fullmatch(r"(值班|带班)?(日期|时间|日期时间|日|月/?日|公历|日期/?\(?星期\)?|日期/?星期|年月日|日子)", flat):
        return "date", None
    if "日期" in flat and not _LEAD.search(flat) and not re.search(r"\d", flat):
        return "date", None
    if re.fullmatch(r"星期几?|周|周几|礼拜|周次", flat):
        return "weekday", None
    if re.fullmatch(r"(值班)?(班次|班别|班种|时段|起止时间|班)(/?时间)?", flat):
        return "shift", None
    if re.fullmatch(r"(值班|所在)?(单位|部门|科室)(名称)?", flat):
        return "unit", None
    if re.search(r"(职务|岗位|职位)$", flat):
        return "post", None
    if is_aside(flat):
        return "other", None
    role = role_of(flat) or ("staff" if _SHIFT_WORD.search(flat) or _HOURS.search(flat) else None)
    return ("names", role) if role else ("other", None)


def is_aside(header: str) -> bool:
    """A column that is no part of who is on duty: numbers, places, signatures."""
    return bool(_ASIDE.fullmatch(plain(header)))


def role_of(text: str) -> Role | None:
    """The role that words tell; of 值班领导 it is the lead."""
    if _LEAD.search(text):
        return "lead"
    return "staff" if _STAFF.search(text) else None


def shift_word(text: str) -> str:
    """白班, 夜班 …, or nothing; 白天 is 白班."""
    found = _SHIFT_WORD.search(plain(text))
    return {"白天": "白班", "日班": "白班", "夜间": "夜班", "晚间": "夜班"}.get(found[0], found[0]) if found else ""


def is_footer(text: str) -> bool:
    """Notes and signatures below a table."""
    return bool(_FOOTER.match(unicodedata.normalize("NFKC", text).replace(" ", "")))


def is_swap(text: str) -> bool:
    """Whether a note speaks of somebody in another's place."""
    return bool(_SWAP.search(plain(text)))


def is_ditto(text: str) -> bool:
    """The same as above."""
    return re.sub(r"\s+", "", text) in _DITTO or plain(text) in _DITTO


def is_nobody(text: str) -> bool:
    """A cell that says in words that nobody is meant: 无, 休息."""
    return plain(text).strip("()") in _NOBODY


def is_open(text: str) -> bool:
    """A place nobody is in yet: 待定, or only signs such as — and /."""
    flat = plain(text).strip("()")
    return flat in _OPEN or (bool(flat) and re.fullmatch(r"[\W_xX]+", flat) is not None and not is_ditto(text))


def phones_in(text: str) -> tuple[str, ...]:
    """What looks like mobiles, as digits; one in scientific notation stays as it is."""
    return tuple(_digits(m) for m in _MOBILE.finditer(unicodedata.normalize("NFKC", text)))


def sign_word(sign: str) -> str:
    """白 → 白班, for the marks of a grid."""
    return _SIGNS.get(sign, sign)


def names_in(cell: Cell, people: People) -> Written:
    """The names of a cell, with what stands beside each."""
    text = dotted(re.sub(r"[①-⑳]", "、", cell.text))
    # 赵敏（上午）孙伟（下午）: what is in brackets belongs to the name before it.
    text = re.sub(r"([一-鿿\d]\s*[(\[【][^)\]】]*[)\]】])\s*(?=[一-鿿]{2})", r"\1、", text)
    swap = False
    entries: list[Entry] = []
    for label, part in _labelled(text):
        role = role_of(label) if label else None
        hints = (label,) if label else ()
        for piece in re.split(r"(?:[、,;/\n\r|&\\]|(?<![eE])\+)+", _guarded(part)):
            here, spoke = _piece(piece, people)
            swap = swap or spoke
            for entry in here:
                if not entry.name and entry.phones and entries:
                    # A number alone belongs to the name before it.
                    entries[-1] = replace(entries[-1], phones=(*entries[-1].phones, *entry.phones))
                elif not entry.name and entry.hints and entries:
                    entries[-1] = replace(entries[-1], hints=(*entries[-1].hints, *entry.hints))
                elif entry.name or entry.phones:
                    behind = next((hint for hint in entry.hints if _ROLE_BEHIND.fullmatch(hint)), "")
                    duty = role or (role_of(behind) if behind else None)
                    entries.append(replace(entry, role=duty, hints=(*hints, *entry.hints), label=label))
    return Written(entries=tuple(entries), swap=swap)


def _guarded(text: str) -> str:
    """Separators inside brackets part no names: 张伟（水务局、局长）."""
    return re.sub(r"[(\[【][^)\]】]*[)\]】]", lambda m: re.sub(r"[、,;/\n]", " ", m[0]), text)


def _labelled(text: str) -> list[tuple[str, str]]:
    """带班：王强 值班：李四 → each label with what follows it."""
    found = list(_LABEL.finditer(text))
    if not found:
        return [("", text)]
    parts = [("", text[: found[0].start()])]
    ends = [m.start() for m in found[1:]] + [len(text)]
    labels = [_SIGNS.get(m[1] or "", m[1] or m[2]) for m in found]
    parts += [(label, text[m.end() : end]) for label, m, end in zip(labels, found, ends, strict=True)]
    return [(label, part) for label, part in parts if part.strip()]


def _piece(piece: str, people: People) -> tuple[list[Entry], bool]:
    """One piece between separators: one name, or several with spaces between them."""
    swap = False
    hints: list[str] = []
    phones: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        nonlocal swap
        inside = match[1]
        if is_swap(inside) or _AWAY.fullmatch(inside.strip()) or people.mentioned(inside):
            # 郑凯（原周涛）: one of two. 郑凯（休）: is he there?
            swap = True
        elif found := phones_in(inside):
            phones.extend(found)
            return " "
        else:
            hints.extend(part for part in re.split(r"[\s、,;/]+", inside) if part)
        return " "

    piece = re.sub(r"[(\[【]([^)\]】]*)[)\]】]?", bracket, piece)
    # Everything up to a number belongs to the one whose number it is.
    chunks: list[tuple[str, list[str]]] = []
    at = 0
    for match in _MOBILE.finditer(piece):
        chunks.append((piece[at : match.start()], [_digits(match)]))
        at = match.end()
    if piece[at:].strip() or not chunks:
        chunks.append((piece[at:], []))
    entries: list[Entry] = []
    for text, owned in chunks:
        text = re.sub(r"(?<!\d)\d{1,2}[.)]\s*", " ", _NUMBER.sub(" ", text))
        text = re.sub(r"^[\s\d①-⑳.*★☆※]+", "", text).strip(" .。:*★-—()")
        names = _spaced(text, people)
        if names and owned:
            names[-1] = replace(names[-1], phones=tuple(owned))
        entries += names or ([Entry(phones=tuple(owned))] if owned else [])
    if entries:
        last = entries[-1]
        entries[-1] = replace(last, hints=(*last.hints, *hints), phones=(*last.phones, *phones))
    elif hints or phones:
        entries.append(Entry(hints=tuple(hints), phones=tuple(phones)))
    strange = [entry.name for entry in entries if not people.named(entry.name)]
    # 刘洋代陈静, 刘洋 → 陈静: which of the two?
    if any(_INSTEAD.search(name) for name in strange) and people.mentioned(plain(piece)):
        swap = True
    return entries, swap


def _spaced(text: str, people: People) -> list[Entry]:
    """张三 李四 are two, 张  伟 is one, 张伟 局长 is one with a title."""
    tokens = text.split()
    if len(tokens) > 1 and people.named("".join(tokens)):
        return [Entry(name="".join(tokens))]
    entries: list[Entry] = []
    title = unit = ""
    at = 0
    while at < len(tokens):
        token, taken = _joined(tokens, at, people)
        at += taken
        if re.fullmatch(_TITLES, token) or (token in people.posts and not people.named(token)):
            if entries and not entries[-1].title and not title:
                entries[-1] = replace(entries[-1], title=token)
            else:
                title = token
            continue
        if token in people.units:
            unit = token
            continue
        if len(several := _several(token, people)) > 1:
            entries += [Entry(name=name, hints=(unit,) if unit else ()) for name in several]
            continue
        entry = _token(token, people)
        entries.append(replace(entry, title=entry.title or title, hints=(*entry.hints, unit) if unit else entry.hints))
        title = unit = ""
    return entries


def _joined(tokens: list[str], at: int, people: People) -> tuple[str, int]:
    """The token, with those after it that make a name of the directory together, or two single characters."""
    for count in (3, 2):
        joined = "".join(tokens[at : at + count])
        if len(tokens) - at >= count and people.named(joined) and not people.named(tokens[at]):
            return joined, count
    if len(tokens[at]) == 1 and at + 1 < len(tokens):
        following = tokens[at + 1]
        if len(following) == 1:
            return tokens[at] + following, 2
        if len(following) == 2 and not people.named(following) and not re.fullmatch(_TITLES, following):
            return tokens[at] + following, 2
    return tokens[at], 1


def _token(token: str, people: People) -> Entry:
    """A name without the title or the unit stuck to it: the way that leaves a known name, else the first."""
    if people.named(token):
        return Entry(name=token)
    ways = list(_ways(token, people))
    return next((way for way in ways if people.named(way.name)), ways[0] if ways else Entry(name=token))


def _ways(token: str, people: People) -> Iterator[Entry]:
    for unit in sorted(people.units, key=len, reverse=True):
        if token.startswith(unit) and len(token) > len(unit):
            rest = _token(token[len(unit) :], people)
            yield replace(rest, hints=(unit, *rest.hints))
    for post in people.posts:
        if token.startswith(post) and len(token) - len(post) >= 2:
            yield Entry(name=token[len(post) :], title=post)
        if token.endswith(post) and len(token) > len(post):
            yield Entry(name=token[: -len(post)], title=post)
    if found := re.fullmatch(rf"(.+?)({_TITLES})", token):
        yield Entry(name=found[1], title=found[2])
    if (found := re.match(rf"({_TITLES})(.{{2,4}})$", token)) and not re.fullmatch(_TITLES, found[2]):
        yield Entry(name=found[2], title=found[1])


def _several(token: str, people: People) -> list[str]:
    """赵敏和孙伟, 赵敏孙伟 are two, when there is one way to read nothing but known names in it."""
    if people.named(token):
        return [token]
    found = [
        [first, *rest]
        for first in people.mentioned(token)
        if token.startswith(first) and (rest := _several(re.sub("^[和及与·.]", "", token[len(first) :]), people))
    ]
    return found[0] if len(found) == 1 else []


def _digits(match: re.Match[str]) -> str:
    return match[2] if match[2] else re.sub(r"\D", "", match[1])
