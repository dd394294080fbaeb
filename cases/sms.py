"""短信: what citizens are texted, when, in which words. Never about what: anybody may hold the telephone. Pure."""

import hashlib
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from cases.sla import BadPolicy
from cases.warning import quiet_until
from routing.calendar import LOCAL


class SmsKind(StrEnum):
    """Why a citizen is texted. What comes later tells all that came before would have."""

    RECEIPT = "receipt"
    PROGRESS = "progress"
    DATE = "date"
    MISSED = "missed"

    @property
    def due_kind(self) -> str:
        """The kind of its due task."""
        return f"sms:{self.value}"


KINDS: Mapping[SmsKind, str] = {
    SmsKind.RECEIPT: "来电收到了",
    SmsKind.PROGRESS: "还在办理",
    SmsKind.DATE: "时限改了",
    SmsKind.MISSED: "回访没有接到",
}

SLOTS: Mapping[SmsKind, tuple[frozenset[str], frozenset[str]]] = {
    SmsKind.RECEIPT: (frozenset({"short", "line"}), frozenset({"hotline"})),
    SmsKind.PROGRESS: (frozenset({"short", "line"}), frozenset({"hotline"})),
    SmsKind.DATE: (frozenset({"short", "line", "date"}), frozenset({"hotline"})),
    SmsKind.MISSED: (frozenset({"line"}), frozenset({"short", "hotline"})),
}
"""What each text must have in it, and what it may have. There is no other slot: nothing of the case gets into one."""

LONGEST = 134
"""Characters: two parts of a long text."""
TEST = "【{hotline}】这是测试短信，收到就是通了。"

_AGAIN = (20, 40, 120, 600, 3600)
TRIES = len(_AGAIN) + 1
STALE = timedelta(days=1)
"""After that a text says nothing any more; people are told instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SmsRules:
    """config/policies/sms.toml. on: there is a gateway. quiet: from–until, local, without texts, but for a receipt.

    word_after: so long after the answered call a citizen whose case is open still hears of it; zero: not. A policy
    with a clock `progress` says so itself. ring_back: so long after the text about a missed callback a person calls.
    most: texts to one number in 24 hours. awake: so long after a call its caller is, whatever the hour. a_minute: so
    many texts of one cause: who is texted calls, and the line is for those who call anyway, too. told_within: so soon
    people tell what no text has. stop_words, resume_words: what citizens answer to get none, or them again.
    """

    on: bool = False
    texts: Mapping[SmsKind, str] = field(default_factory=dict)
    quiet: tuple[time, time] = (time(21, 0), time(8, 0))
    word_after: timedelta = timedelta()
    ring_back: timedelta = timedelta(hours=24)
    most: int = 8
    awake: timedelta = timedelta(minutes=30)
    a_minute: int = 12
    told_within: timedelta = timedelta(hours=24)
    stop_words: tuple[str, ...] = ("退订", "TD", "T", "退订短信", "不要短信")
    resume_words: tuple[str, ...] = ("恢复", "HF", "恢复短信")

    def asks(self, text: str) -> bool | None:
        """What a text from a citizen asks that says nothing else: no texts (False), or them again (True); else None."""
        said = _bare(text)
        for words, wanted in ((self.stop_words, False), (self.resume_words, True)):
            if said in map(_bare, words):
                return wanted
        return None


def _bare(text: str) -> str:
    """Letters and digits alone: as one writes 退订。, 【TD】 or ｔｄ."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())


def text_of(template: str, **slots: str) -> str:
    """The text as it is sent."""
    return template.format_map(slots)


def id_of(mark: str) -> str:
    """The id of a message: the same at every try, another for every other message."""
    return hashlib.sha256(mark.encode()).hexdigest()[:32]


def again_after(attempts: int) -> timedelta | None:
    """How long to wait after so many tries; None: it was tried often enough."""
    return timedelta(seconds=_AGAIN[attempts - 1]) if attempts <= len(_AGAIN) else None


def hold_until(kind: SmsKind, now: datetime, caused: datetime, rules: SmsRules) -> datetime | None:
    """Until when it must wait for the morning; None: it may go now. caused: when what it tells of happened."""
    if kind is SmsKind.RECEIPT and now - caused <= rules.awake:
        return None
    return quiet_until(now, rules.quiet)


def not_in_quiet(at: datetime, quiet: tuple[time, time], *, earliest: datetime) -> datetime:
    """`at`, or the last moment before the quiet hours that it falls into, but not before `earliest`."""
    morning = quiet_until(at, quiet)
    if morning is None:
        return at
    evening = datetime.combine(morning.date(), quiet[0], LOCAL)
    if evening > morning:
        evening -= timedelta(days=1)
    return max(evening - timedelta(minutes=5), earliest)


def spread(start: datetime, rules: SmsRules) -> Iterator[datetime]:
    """Moments from `start` on, `a_minute` each minute and none in the quiet hours: for many texts of one cause."""
    at = start
    while True:
        at = quiet_until(at, rules.quiet) or at
        yield at
        at += timedelta(minutes=1) / rules.a_minute


def date_words(due_at: datetime, now: datetime, *, closes: time) -> str:
    """11月28日下班前, 11月28日14:30前; with the year if it is another one. closes: when offices close."""
    local = due_at.astimezone(LOCAL)
    year = f"{local.year}年" if local.year != now.astimezone(LOCAL).year else ""
    hour = "下班" if local.time() == closes else f"{local:%H:%M}"
    return f"{year}{local.month}月{local.day}日{hour}前"


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────

_NUMBERS = {
    "progress_hours": (24, 0, 720),
    "ring_back_hours": (24, 1, 240),
    "most_a_day": (8, 1, 50),
    "a_minute": (12, 1, 600),
    "awake_minutes": (30, 0, 240),
    "told_within_hours": (24, 1, 240),
}
"""The usual number, the least and the most."""
_KEYS = ("quiet", *_NUMBERS, "stop_words", "resume_words", "text")


def load_sms_rules(path: Path, *, on: bool) -> SmsRules:
    """Reads sms.toml; without the file nothing is sent, nor word at 24 h. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SmsRules()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    faults = [f"{key} 不认识；只有 {'、'.join(_KEYS)}" for key in content if key not in _KEYS]
    quiet = content.get("quiet", [time(21, 0), time(8, 0)])
    if not isinstance(quiet, list) or len(quiet) != 2 or not all(isinstance(one, time) for one in quiet):
        faults.append(f"quiet 是 {quiet!r}；请写成 [21:00:00, 08:00:00]，不加引号")
    given: dict[str, int] = {}
    for key, (usual, least, most) in _NUMBERS.items():
        value = content.get(key, usual)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            faults.append(f"{key} 是 {value!r}；请写 {least} 到 {most} 的整数")
        given[key] = value
    words = {name: content.get(name, list(getattr(SmsRules(), name))) for name in ("stop_words", "resume_words")}
    for name, told in words.items():
        if not isinstance(told, list) or not all(isinstance(one, str) and _bare(one) for one in told):
            faults.append(f'{name} 是 {told!r}；请写成 ["退订", "TD"]')
    texts, wrong = _texts(content.get("text", {}))
    faults += wrong
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return SmsRules(
        on=on,
        texts=texts,
        quiet=(quiet[0], quiet[1]),
        word_after=timedelta(hours=given["progress_hours"]),
        ring_back=timedelta(hours=given["ring_back_hours"]),
        most=given["most_a_day"],
        awake=timedelta(minutes=given["awake_minutes"]),
        a_minute=given["a_minute"],
        told_within=timedelta(hours=given["told_within_hours"]),
        stop_words=tuple(words["stop_words"]),
        resume_words=tuple(words["resume_words"]),
    )


def _texts(raw: Any) -> tuple[dict[SmsKind, str], list[str]]:
    if not isinstance(raw, Mapping):
        return {}, ["text 要写成 [text] 一节"]
    known = "、".join(SmsKind)
    faults = [f"text.{key} 不认识；只有 {known}" for key in raw if key not in list(SmsKind)]
    faults += [f"text.{kind} 没有写" for kind in SmsKind if kind not in raw]
    found = {kind: raw[kind] for kind in SmsKind if kind in raw}
    faults += [f"text.{kind} {fault}" for kind, text in found.items() for fault in _faults(kind, text)]
    return found, faults


def _faults(kind: SmsKind, text: Any) -> list[str]:
    if not isinstance(text, str) or not text.strip():
        return ["要写在引号里"]
    needed, may = SLOTS[kind]
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        return [f"的花括号不成对（{error}）"]
    slots = {name for _, name, _, _ in pieces if name is not None}
    faults = [f"里的 {{{slot}}} 不能用；可以用 {_named(needed | may)}" for slot in sorted(slots - needed - may)]
    faults += [f"里没有 {{{slot}}}；要有 {_named(needed)}" for slot in sorted(needed - slots)]
    if any(spec or conversion for _, _, spec, conversion in pieces):
        faults.append("的花括号里只写名字")
    if re.search(r"[\x00-\x1f\x7f]", text):
        faults.append("要写成一行")
    longest = sum(len(words) for words, _, _, _ in pieces) + 12 * len(slots)
    if longest > LONGEST:
        faults.append(f"填上以后有 {longest} 个字，最多 {LONGEST} 个")
    return faults


def _named(slots: frozenset[str]) -> str:
    return "、".join(f"{{{slot}}}" for slot in sorted(slots))
