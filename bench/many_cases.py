"""A casework of very many cases, loaded in bulk: a year of them, most of them over, each with all that a call leaves.

Facts, timeline with its chain, clocks, tasks, tries, recordings and records: what is looked for among them is found,
and `zhitong audit verify` finds nothing wrong.
"""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from cases.case import CaseState
from cases.chain import Entry, Head, chained
from routing.calendar import LOCAL
from zhitong.store.tables import (
    accesses,
    calls,
    case_records,
    cases,
    chains,
    clocks,
    due,
    facts,
    recordings,
    timeline,
    tries,
)

GENERATOR = 4
"""Counted up whenever what is made changes: what was loaded by another one is loaded anew."""
FIRST = datetime(2025, 1, 1, 8, tzinfo=LOCAL)
YEAR = timedelta(days=365)
NOW = datetime(2026, 1, 5, 9, tzinfo=LOCAL)
"""After the last of them: when what is measured happens."""
UNITS = tuple(f"第{n}单位" for n in range(40))
OPEN_EACH = 20
"""One of so many cases is still worked on, and has a task."""
PAST_EACH = 100
"""One of so many of these tasks is due now."""
LOOKERS = 60
"""Accounts whose people look at cases."""
OFFICIAL = "13900000001"
_AT_ONCE = 2000
_STEPS = ("来电", "接听", "交办", "签收", "反馈", "审核", "审签", "办结", "回访", "销号")
_SAID = "家里停水三天了，打了几次电话都说在修，到现在一滴水也没有，老人小孩没法过，请领导帮忙问一问什么时候能来水。"

COLUMNS: dict[Table, tuple[str, ...]] = {
    cases: (
        *("number", "call_id", "caller", "dialled", "answered_at", "state", "matter", "matter_name", "type"),
        *("urgency", "place", "unit", "first_unit", "official", "transcript", "result", "disposition", "closed_by"),
        *("closed_at", "struck_off_at", "rework", "transcript_expires_at", "short"),
    ),
    calls: ("call_id", "case_number", "kind", "answered_at", "talked", "rang_ms", "human_ms", "ended_at"),
    facts: ("call_id", "seq", "at", "ms", "kind", "detail"),
    clocks: (
        *("case_number", "round", "code", "name", "policy", "started_at", "due_at", "met_at", "first_due_at"),
        "warn_at",
    ),
    chains: ("case_number", "seq", "link", "anchored"),
    timeline: (*("case_number", "mark", "at", "what", "text", "who", "reason", "seq", "salt", "digest", "link"),),
    recordings: (
        *("case_number", "call_id", "kind", "path", "made_at", "expires_at", "state", "sha256", "size", "seconds"),
    ),
    due: (*("id", "kind", "mark", "case_number", "call_id", "due_at", "attempts", "done_at", "outcome"),),
    tries: (
        *("case_number", "task_id", "kind", "number", "dialled_at", "call_id", "answered", "person", "solved"),
        *("satisfied", "why", "outcome"),
    ),
    case_records: (
        *("case_number", "kind", "owner", "text", "opened_at", "opened_by", "closed_at", "closed_by", "outcome"),
        "detail",
    ),
    accesses: ("at", "who", "case_number", "what", "unmasked", "login"),
}
"""What is written of each table, in an order in which nothing is named before it is there."""

Rows = dict[Table, list[tuple[Any, ...]]]


def portions(n: int) -> Iterator[Rows]:
    """The rows of n cases, some thousand cases at a time, as text and numbers that both databases take."""
    chance = random.Random(7)
    for start in range(0, n, _AT_ONCE):
        found: Rows = {table: [] for table in COLUMNS}
        for k in range(start, min(n, start + _AT_ONCE)):
            _one(found, k, n, chance)
        yield found


def caller_of(k: int, n: int) -> str:
    """The telephone of the k-th case; two cases of three have a caller who has others, too."""
    return f"138{k * 7919 % (n * 2 // 3):08d}"


def _one(found: Rows, k: int, n: int, chance: random.Random) -> None:
    at = FIRST + YEAR * (k / n)
    at = at.replace(microsecond=0)
    number, call = f"{at:%Y%m%d-%H%M%S}-{k % 10000:04d}", f"{k}.{k % 10000}"
    closed = None if k % OPEN_EACH == 7 else at + timedelta(hours=chance.choice((1, 3, 20, 60, 130)))
    unit, caller = UNITS[k % len(UNITS)], caller_of(k, n)
    talked = chance.random() < 0.9
    over = at + timedelta(minutes=4)
    found[cases].append(_case(number, call, k, caller, at, closed, unit, chance))
    human = chance.randrange(8_000, 90_000) if talked else None
    found[calls].append(
        (call, number, "inbound", _text(at), int(talked), chance.randrange(40, 400), human, _text(over))
    )
    found[facts] += _facts(call, caller, at, talked)
    path = f"{at:%Y/%m/%d}/{call}.wav"
    expires = _text(at + timedelta(days=730))
    found[recordings].append(
        (number, call, "talk", path, _text(at), expires, "archived", f"{k:064x}", 1_920_000, 120.0)
    )
    for code, name, days, met in (("respond", "响应", 1, at), ("assign", "交办", 1, at), ("close", "办结", 5, closed)):
        until = at + timedelta(days=days)
        warn = until if met is None and until > NOW - timedelta(days=1) else None
        found[clocks].append(
            (number, 0, code, name, "135", _text(at), _text(until), _text(met), _text(until), _text(warn))
        )
    _chain(found, number, k, at, unit, _STEPS if closed else _STEPS[:4])
    found[accesses] += _looks(number, k, at)
    if closed is None:
        _open_task(found, k, number, call)
        return
    reached = chance.random() < 0.8
    happy = chance.choice(("yes", "yes", "yes", "middle", "no")) if reached else ""
    asked = closed + timedelta(minutes=10)
    done = _text(asked)
    task, how = ("callback", "callback") if k % OPEN_EACH else ("person_callback", "person")
    found[due].append((k + 1, task, f"{task}:{number}:0", number, "", done, 1, done, "群众确认解决"))
    said = ("yes", "yes", happy, "", "群众确认解决") if reached else ("", "", "", "", "没人接")
    found[tries].append((number, k + 1, how, caller, done, f"{k}.c" if reached else "", int(reached), *said))
    if k % 10 == 3:
        found[case_records].append(
            (number, "督办", "督查", "请按时办结", _text(at), "督查孙兰", done, "督查孙兰", "办了", "{}")
        )


def _open_task(found: Rows, k: int, number: str, call: str) -> None:
    """Half of the tasks are calls of the system; the others wait for people, who take their time."""
    nth = k // OPEN_EACH
    kind = "redial" if nth % 2 else "callback"
    at = NOW + timedelta(minutes=1 + nth % 20_000)
    if nth % PAST_EACH == 0:
        at = NOW - timedelta(minutes=nth % 600)
    elif nth % 10 == 1:
        kind, at = "tell", NOW - timedelta(minutes=nth % 20_000)
    found[due].append((k + 1, kind, f"{kind}:{call}", number, call, _text(at), 0, None, ""))


def _looks(number: str, k: int, at: datetime) -> Iterator[tuple[Any, ...]]:
    """Two people have looked at the case, one of them at the board before."""
    who = f"经办{k % LOOKERS:02d}"
    yield _text(at + timedelta(minutes=5)), who, None, "看板", 0, ""
    yield _text(at + timedelta(minutes=6)), who, number, "看网页", 0, ""
    yield _text(at + timedelta(minutes=9)), f"负责人{k % 40:02d}", number, "看网页", int(k % 50 == 0), ""


def _chain(found: Rows, number: str, k: int, at: datetime, unit: str, steps: Sequence[str]) -> None:
    head = Head()
    for step, what in enumerate(steps):
        entry = Entry(
            case_number=number,
            mark=f"{k}/{step}",
            at=at + timedelta(minutes=step),
            what=what,
            text=f"{what}：{unit}，按规定办",
            who="系统",
        )
        one = chained(entry, head, f"{k * 16 + step:032x}")
        head = Head(seq=one.seq, link=one.link)
        found[timeline].append(
            (
                *(number, entry.mark, _text(entry.at), what, entry.text, entry.who, ""),
                *(one.seq, one.salt, one.digest, one.link),
            )
        )
    found[chains].append((number, head.seq, head.link, 0))


def _facts(call: str, caller: str, at: datetime, talked: bool) -> Iterator[tuple[Any, ...]]:
    told: list[tuple[float, str, dict[str, Any]]] = [
        (0, "opened", {"caller": caller, "dialled": "12345", "kind": "inbound", "invite_ms": 60}),
        (4, "understood", {"text": _SAID, "intent": "request", "matter": "A1", "matter_name": "供水饮水"}),
        (
            4.1,
            "planned",
            {"rungs": [{"number": OFFICIAL, "name": "王明", "post": "局长"}], "unit": UNITS[0], "why": "直通"},
        ),
        (4.2, "rung", {"i": 1, "number": OFFICIAL}),
    ]
    if talked:
        told += [
            (24, "accepted", {"i": 1, "number": OFFICIAL, "by": "key"}),
            (24.1, "talk", {"i": 1, "number": OFFICIAL}),
            (239, "talk_over", {"seconds": 215.0}),
        ]
    told.append((240, "ended", {"outcome": "talk" if talked else "gone"}))
    for seq, (second, kind, detail) in enumerate(told):
        moment = _text(at + timedelta(seconds=second))
        yield call, seq, moment, int(second * 1000), kind, json.dumps(detail, ensure_ascii=False, separators=(",", ":"))


def _case(
    number: str, call: str, k: int, caller: str, at: datetime, closed: datetime | None, unit: str, chance: random.Random
) -> tuple[Any, ...]:
    state = CaseState.STRUCK_OFF if closed else CaseState.SIGNED_FOR
    matter, type_ = f"{chance.choice('ABCD')}{chance.randint(1, 4)}", chance.choice(("咨询", "求助", "投诉"))
    result, disposition, by = ("水管已经修好，今天恢复供水", "已解决", "副局长李强") if closed else ("", "", "")
    ended, expires = _text(closed), _text(at + timedelta(days=730))
    short = "" if closed else f"{10000 + k // OPEN_EACH}"
    return (
        *(number, call, caller, "12345", _text(at), state.value, matter, "供水饮水", type_, "normal", "扎西镇"),
        *(unit, unit, "局长王明", _SAID, result, disposition, by, ended, ended, 0, expires, short),
    )


def _text(at: datetime | None) -> str | None:
    """As SQLite keeps a time, which PostgreSQL reads as UTC when it is told to."""
    return at and at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
