"""What a county's 12345 platform exports, read as cases, and what it gets back in the same columns. Pure.

Platforms differ in their headings, so these are data (config/exchange.toml). Nothing is guessed: what a row does not
say in words that are known is left empty for the desk to fill in; what it must say and does not is a fault of that row.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cases.lead import ABOVE_TAGS
from cases.register import COLUMNS, Registered, moment
from cases.sla import BadPolicy
from routing.calendar import LOCAL

CHANNEL = "12345"
LONGEST_NUMBER = 60
"""Characters of their number: ours is made of it (call_id)."""
FIELDS = (
    *("their_number", "our_number", "called_at", "accepted_at", "caller", "name", "sex", "address", "place", "type"),
    *("matter", "urgency", "title", "content", "demand", "secrecy", "unit", "state"),
    "above",
)
"""What is read. Further headings are only written."""
_TYPES = ("举报", "咨询", "求助", "投诉", "建议", "表扬")
"""投诉举报 is a 举报: that is secret."""
_URGENCIES = {"特急": "red", "紧急": "orange", "加急": "orange", "红": "red", "橙": "orange", "黄": "yellow"}
_ABOVE = (("省级", "省交办", "省转"), ("市级", "市交办", "市转", "州级"))
"""Words of ABOVE_TAGS."""
_HEADING_ROWS = 10
"""In so many rows the headings are looked for: a title and a date often stand above them."""
_WHEN = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[\sT]*(\d{1,2})\s*[:：时点]\s*(\d{1,2})\s*(?:[:：分]\s*(\d{1,2}))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Headings:
    """Field → the headings that mean it, ours first; and their states in which a case is over."""

    of: Mapping[str, tuple[str, ...]]
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """A row that can become a case. row: as the spreadsheet counts. called_at: when its clocks start.

    matter: a code of ours, or empty. above: a tag (cases.lead). notes: what was not taken over, in Chinese.
    """

    row: int
    their_number: str
    our_number: str
    called_at: datetime
    caller: str
    name: str
    sex: str
    address: str
    place: str
    type: str
    matter: str
    urgency: str
    content: str
    demand: str
    secrecy: str
    unit: str
    over: bool
    above: str = ""
    notes: tuple[str, ...] = ()

    @property
    def call_id(self) -> str:
        """What stands for the call that there was elsewhere: unique, and never Asterisk's."""
        return f"{CHANNEL}:{self.their_number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What was read: rows in order, faults in Chinese, each with its row, and the headings that nobody knows."""

    rows: tuple[Incoming, ...]
    faults: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    n: int
    said: Mapping[str, str]
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def get(self, name: str, longest: int) -> str:
        text = " ".join(self.said.get(name, "").split())
        if len(text) > longest:
            self.notes.append(f"{name} 太长，只留前 {longest} 个字")
        return text[:longest]


def read_sheet(
    rows: Sequence[tuple[int, Sequence[str]]], headings: Headings, *, matters: Mapping[str, str], now: datetime
) -> Sheet:
    """Reads numbered rows of texts. matters: code → name; now: nobody has called after it."""
    meaning = {_bare(word): name for name in FIELDS for word in headings.of.get(name, ())}
    top = next((at for at, (_, row) in enumerate(rows[:_HEADING_ROWS]) if _is_heading(row, meaning)), None)
    if top is None:
        wanted = "、".join(headings.of.get(name, (name,))[0] for name in ("their_number", "content", "called_at"))
        return Sheet(rows=(), faults=(f"前 {_HEADING_ROWS} 行里找不到表头；要有{wanted}，或者 exchange.toml 里同义的",))
    known = [meaning.get(_bare(word)) for word in rows[top][1]]
    written = {_bare(word) for words in headings.of.values() for word in words}
    unknown = tuple(word for word in rows[top][1] if word.strip() and _bare(word) not in written)
    twice = sorted({name for name in known if name and known.count(name) > 1})
    if twice:
        return Sheet(rows=(), faults=(f"几列表头是一个意思：{'、'.join(headings.of[name][0] for name in twice)}",))
    found: list[Incoming] = []
    faults: list[str] = []
    places = dict[str, int]()
    for n, texts in rows[top + 1 :]:
        if not any(text.strip() for text in texts):
            continue
        said = {name: _plain(text) for name, text in zip(known, texts, strict=False) if name}
        row = _Row(n=n, said=said)
        one = _incoming(row, headings, matters, now)
        first = places.setdefault(one.their_number, n) if one else n
        if first != n:
            row.faults.append(f"工单编号和第 {first} 行一样")
        if row.faults:
            faults.append(f"第 {n} 行：{'；'.join(row.faults)}")
        elif one:
            found.append(one)
    if not found and not faults:
        faults.append("表头下面没有工单")
    return Sheet(rows=tuple(found), faults=tuple(faults), unknown=unknown)


def _incoming(row: _Row, headings: Headings, matters: Mapping[str, str], now: datetime) -> Incoming | None:
    number = re.sub(r"\s", "", row.said.get("their_number", ""))
    if not number:
        row.faults.append("没有工单编号")
    elif re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", number):
        row.faults.append(f"工单编号 {number} 被 Excel 改成了科学计数，末尾丢了；请把这一列设成文本再导出")
    elif len(number) > LONGEST_NUMBER:
        row.faults.append(f"工单编号有 {len(number)} 个字，最多 {LONGEST_NUMBER} 个")
    title, content = row.get("title", 200), row.get("content", 10_000)
    told = content if title in content else f"{title}。{content}" if content else title
    demand = row.get("demand", 2000)
    if not (told or demand):
        row.faults.append("没有诉求内容")
    at = _called_at(row, now)
    if row.faults or at is None:
        return None
    kind = next((one for one in _TYPES if one in row.get("type", 50)), "")
    if row.said.get("type", "").strip() and not kind:
        row.notes.append(f"类型 {row.get('type', 50)!r} 不认识，空着")
    asked = row.get("matter", 100)
    matter = next((code for code, name in matters.items() if asked in (code, name)), "")
    if asked and not matter:
        row.notes.append(f"事项 {asked!r} 不是我们的分类，空着")
    hurry, secrecy = (_denied(row.get(name, 20)) for name in ("urgency", "secrecy"))
    sex = row.get("sex", 10)
    state = row.get("state", 40)
    return Incoming(
        row=row.n,
        their_number=number,
        our_number=row.get("our_number", 40),
        called_at=at,
        caller=re.sub(r"[\s-]", "", row.get("caller", 40)),
        name=row.get("name", 100),
        sex=sex[:1] if sex[:1] in ("男", "女") else "",
        address=row.get("address", 200),
        place=row.get("place", 100),
        type=kind,
        matter=matter,
        urgency=next((grade for word, grade in _URGENCIES.items() if word in hurry), "normal"),
        content=told,
        demand=demand,
        secrecy="匿名"
        if "匿名" in secrecy
        else "保密"
        if "保密" in secrecy or secrecy in ("是", "Y", "y", "1")
        else "",
        unit=row.get("unit", 100),
        over=state in headings.closed,
        above=_above(row.get("above", 40)),
        notes=tuple(row.notes),
    )


def _above(text: str) -> str:
    """省级交办, 市级交办 in whatever words their column has; what is from neither is from nobody above."""
    return next((tag for tag, words in zip(ABOVE_TAGS, _ABOVE, strict=True) if any(one in text for one in words)), "")


def _called_at(row: _Row, now: datetime) -> datetime | None:
    """When the citizen called, else when 12345 took it down. A fault where neither can be read."""
    for name, word in (("called_at", "来电时间"), ("accepted_at", "受理时间")):
        text = row.said.get(name, "").strip()
        if not text:
            continue
        at = _moment(text)
        if at is None:
            row.faults.append(f"{word} {text!r} 读不出；请写成 2026-11-21 18:37:12")
        elif at > now + timedelta(minutes=5):
            row.faults.append(f"{word} {text} 还没有到")
        elif at.year < 2000:
            row.faults.append(f"{word} {text} 太早")
        return at
    row.faults.append("没有来电时间，也没有受理时间；时限不知道从哪一刻算起")
    return None


def _moment(text: str) -> datetime | None:
    found = _WHEN.match(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=LOCAL)
    except ValueError:
        return None


def _denied(text: str) -> str:
    """不紧急, 非保密, 否: nothing."""
    return "" if text.startswith(("不", "非", "否", "无")) else text


def _is_heading(row: Sequence[str], meaning: Mapping[str, str]) -> bool:
    there = {meaning.get(_bare(word)) for word in row}
    return "their_number" in there and len(there - {None}) > 2


def _bare(heading: str) -> str:
    text = re.sub(r"[\s*＊:：]", "", unicodedata.normalize("NFKC", heading))
    return re.sub(r"\(.*?\)$", "", text)


def _plain(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running a cell."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].lstrip()[:1] in ("=", "+", "-", "@") else text


WRITTEN: Mapping[str, Callable[[Registered], str]] = {
    "their_number": lambda one: one.case.call_id.removeprefix(f"{CHANNEL}:"),
    "our_number": lambda one: one.case.number,
    "called_at": lambda one: moment(one.case.answered_at),
    "caller": COLUMNS["来电号码"],
    "name": COLUMNS["姓名"],
    "sex": COLUMNS["性别"],
    "address": COLUMNS["地址"],
    "place": COLUMNS["地点"],
    "type": COLUMNS["类型"],
    "matter": COLUMNS["事项"],
    "urgency": COLUMNS["紧急度"],
    "content": lambda one: COLUMNS["诉求"](one) or COLUMNS["内容"](one),
    "secrecy": COLUMNS["保密"],
    "unit": COLUMNS["责任单位"],
    "state": COLUMNS["状态"],
    "result": COLUMNS["给群众的话"],
    "reply": COLUMNS["答复"],
    "disposition": COLUMNS["办理结论"],
    "closed_at": COLUMNS["办结时间"],
    "satisfied": COLUMNS["群众评价"],
}
"""What goes back to them, field by field, under the first heading of each."""


def columns(headings: Headings) -> dict[str, Callable[[Registered], str]]:
    """Heading → what stands below it, for the export."""
    return {headings.of[name][0]: of for name, of in WRITTEN.items() if name in headings.of}


def load_headings(path: Path) -> Headings:
    """Reads config/exchange.toml. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadPolicy(f"没有 {path}；请从安装包里拷一份 config/exchange.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    faults = [f"{name} 不认识；只有 headings、closed" for name in content if name not in ("headings", "closed")]
    of, seen = dict[str, tuple[str, ...]](), dict[str, str]()
    for name, words in content.get("headings", {}).items():
        if name not in (*FIELDS, *WRITTEN):
            faults.append(f"headings.{name} 不认识；可以写 {'、'.join(dict.fromkeys((*FIELDS, *WRITTEN)))}")
        elif not isinstance(words, list) or not words or not all(isinstance(w, str) and _bare(w) for w in words):
            faults.append(f'headings.{name} 是 {words!r}；请写成 ["表头", "也认的表头"]')
        else:
            of[name] = tuple(words)
            for word in words:
                if seen.setdefault(_bare(word), name) != name:
                    faults.append(f"表头“{word}”写在 headings.{seen[_bare(word)]} 和 headings.{name} 两处")
    for name in ("their_number", "content", "called_at"):
        if name not in of and not faults:
            faults.append(f"缺少 headings.{name}")
    states = content.get("closed", {}).get("states", [])
    if not isinstance(states, list) or not all(isinstance(one, str) for one in states):
        faults.append(f'closed.states 是 {states!r}；请写成 ["已办结", …]')
    if faults:
        raise BadPolicy(f"{path.name}：{'；'.join(faults)}")
    return Headings(of=of, closed=frozenset(states))
