"""来件: what comes in by another way than a call, checked field by field, all faults at once. Pure."""

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from cases.lead import ABOVE_TAGS
from routing.calendar import LOCAL
from routing.faults import Fault
from routing.phone import BadNumber, mask

SMS, FORUM, IDEAS = "短信", "板凳会", "金点子"
CHANNELS = ("网站", "微信", "APP", "邮件", SMS, "信箱", "信件", "走访", IDEAS, FORUM)
"""信箱: the mailbox of a leader; 金点子, 板凳会: what is collected, not complained of (万源)."""
CONFIRMED_FIRST = frozenset(CHANNELS) - {"走访", FORUM}
"""Nobody has spoken with the citizen yet: a call confirms what was written (网上反映后主动去电确认, 奉节)."""
SECRECIES = ("", "保密", "匿名")
LONGEST: Mapping[str, int] = {"text": 5000, "caller": 40, "name": 100, "address": 200, "place": 100}
MEETING = ("meeting_place", "meeting_date", "held_by")
"""What tells one 板凳会 from another."""
LONGEST_KEY = 200
_LONGEST_MEETING = 100
OLDEST = timedelta(days=366)
SKEW = timedelta(minutes=2)
"""So far ahead of ours another clock may be; what is received then was received now."""
FIELDS = ("channel", "received_at", "text", "caller", "name", "address", "place", "type", "secrecy", "above", *MEETING)
_SHOWN = frozenset({"channel", "above", "received_at", "type", "secrecy", "place", "key", "meeting_date"})


class BadDraft(ValueError):
    """What came in cannot be taken; `faults` names each field, its value (personal ones masked) and the mend."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Meeting:
    """板凳会: where and on which day people sat together, and who held it."""

    place: str
    day: date
    held_by: str

    @property
    def subject(self) -> str:
        """By which the cases of one meeting find each other."""
        told = sha256("\0".join((self.place, self.held_by)).encode()).hexdigest()[:32]
        return f"{self.day:%Y-%m-%d}:{told}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a citizen sent. received_at: when the channel had it, from which the clocks run. key: the sender's own, by
    which the same thing is known when it is sent again. type: empty: understood from the text. above: who handed it
    down (cases.lead). meeting: at which it was gathered."""

    channel: str
    received_at: datetime
    key: str
    text: str = ""
    caller: str = ""
    name: str = ""
    address: str = ""
    place: str = ""
    type: str = ""
    secrecy: str = ""
    above: str = ""
    meeting: Meeting | None = None


def draft_of(
    told: Mapping[str, str],
    *,
    key: str,
    files: int,
    now: datetime,
    types: Collection[str],
    number: Callable[[str], str],
) -> Draft:
    """The draft from fields by name. files: how many come with it; number: a telephone number in canonical form.

    Raises BadDraft.
    """
    given = {name: " ".join(value.split()) for name, value in told.items()}
    faults = [
        Fault(field=name[:100], value="", mend=f"没有这一项；可以写 {'、'.join(FIELDS)}。")
        for name in given
        if name not in FIELDS
    ]
    given = {name: given.get(name, "") for name in FIELDS}
    meeting, wrong = _meeting({name: given.pop(name) for name in MEETING}, given["channel"], now)
    faults += wrong
    received_at = now
    try:
        received_at = _moment(given["received_at"], now)
    except BadDraft as error:
        faults += error.faults
    try:
        given["caller"] = number(given["caller"]) if given["caller"] else ""
    except BadNumber as error:
        faults.append(Fault(field="caller", value=mask(given["caller"]), mend=error.mend))
    for name, known in (
        ("channel", CHANNELS),
        ("type", ("", *types)),
        ("secrecy", SECRECIES),
        ("above", ("", *ABOVE_TAGS)),
    ):
        if given[name] not in known:
            faults.append(_fault(name, given[name], f"请写 {'、'.join(filter(None, known))}。"))
    for name, value in given.items():
        if len(value) > LONGEST.get(name, 100):
            faults.append(_fault(name, value, f"有 {len(value)} 个字，最多 {LONGEST.get(name, 100)} 个。"))
        elif any(unicodedata.category(letter)[0] == "C" for letter in value):
            faults.append(_fault(name, value, "有看不见或认不出的字符，请去掉。"))
    if not given["text"] and not files:
        faults.append(_fault("text", "", "没有内容；请写诉求，或者带上语音、图片、视频。"))
    if given["channel"] == SMS and given["caller"] and not files:
        key = _same_words(given["caller"], given["text"], received_at)
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        mend = f"写来件自己的编号（1 到 {LONGEST_KEY} 个字，看得见的），再发一次同样的编号不会多出一个工单。"
        faults.append(_fault("Idempotency-Key", key, mend))
    if faults:
        raise BadDraft(*faults)
    told_at = {"received_at": received_at, "key": key.strip(), "meeting": meeting}
    return Draft(**given | told_at)  # type: ignore[arg-type]


def meeting_of(told: Mapping[str, str], *, now: datetime) -> Meeting:
    """A 板凳会 from its fields (MEETING) by name. Raises BadDraft, all faults at once."""
    given = {name: " ".join(told.get(name, "").split()) for name in MEETING}
    meeting, faults = _meeting(given, FORUM, now)
    if meeting is None or faults:
        raise BadDraft(*faults)
    return meeting


def _meeting(told: Mapping[str, str], channel: str, now: datetime) -> tuple[Meeting | None, list[Fault]]:
    """The meeting at which it was gathered; of another channel there is none."""
    if channel != FORUM:
        return None, [_fault(name, value, f"只有{FORUM}才写。") for name, value in told.items() if value]
    faults = [
        _fault(name, value, f"最多 {_LONGEST_MEETING} 个字。")
        for name, value in told.items()
        if len(value) > _LONGEST_MEETING
    ]
    words = {"meeting_place": "在哪里开的", "held_by": "谁主持的"}
    faults += [_fault(name, "", f"没有写{FORUM}{word}。") for name, word in words.items() if not told[name]]
    faults += [
        _fault(name, told[name], "有看不见或认不出的字符，请去掉。")
        for name in words
        if any(unicodedata.category(letter)[0] == "C" for letter in told[name])
    ]
    try:
        day = date.fromisoformat(told["meeting_date"])
    except ValueError:
        return None, [*faults, _fault("meeting_date", told["meeting_date"], f"写{FORUM}是哪天开的，如 2026-12-01。")]
    today = now.astimezone(LOCAL).date()
    if not today - OLDEST <= day <= today:
        faults.append(_fault("meeting_date", told["meeting_date"], "请写过去一年里的一天。"))
    return Meeting(place=told["meeting_place"], day=day, held_by=told["held_by"]), faults


def _same_words(caller: str, text: str, at: datetime) -> str:
    """The key of a text message: gateways send one twice under two numbers of their own, and citizens press twice."""
    words = sha256("\0".join((caller, text)).encode("utf-8", "replace")).hexdigest()[:40]
    return f"sms:{at.astimezone(LOCAL):%Y%m%d}:{words}"


def _moment(told: str, now: datetime) -> datetime:
    """Raises BadDraft."""
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        raise BadDraft(_fault("received_at", told, "写收到的时间，如 2026-12-01T09:30:00+08:00。")) from None
    if found.tzinfo is None:
        raise BadDraft(_fault("received_at", told, "没有写时区；请写成 2026-12-01T09:30:00+08:00。"))
    if found > now + SKEW:
        raise BadDraft(_fault("received_at", told, f"还没有到；现在是 {now.astimezone(LOCAL):%Y-%m-%dT%H:%M:%S%z}。"))
    if found < now - OLDEST:
        raise BadDraft(_fault("received_at", told, "是一年以前；请查年份。"))
    return min(found, now)


def _fault(field: str, value: str, mend: str) -> Fault:
    shown = value[:100] if field in _SHOWN else f"（{len(value)} 个字）" if value else ""
    return Fault(field=field, value=shown, mend=mend)
