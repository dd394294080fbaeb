"""追责红线: what must not happen to a case, found from what is kept of it. Pure.

镇雄's 首办责任制 names fifteen that are answered for; which of what the system sees counts, and after how long, is the
county's (config/policies/red_lines.toml). Whether somebody is at fault, people judge.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from cases.case import NO_MATTER, OPEN, TO_TELL, CaseState
from cases.mandatory import Mandatory, missing
from cases.record import PASSED_ABOUT, SUPERVISION_ONLY, RecordKind
from cases.register import Registered
from cases.shift import SHIFTS
from cases.sla import BadPolicy

LONGEST_HOURS = 24 * 366
_HELD_AGAINST = (RecordKind.YELLOW_CARD, RecordKind.CONDUCT, RecordKind.AUDIT)
_Finds = Callable[[Registered, timedelta, datetime], Iterator[str]]


def _late(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    for clock in one.clocks:
        done = clock.met_at or now
        if done > clock.due_at + within:
            again = f"（第 {clock.round} 次重办）" if clock.round else ""
            yield f"{clock.name}超时 {_span(done - clock.due_at)}{again}{'' if clock.met_at else '，还没有办'}"


def _unsigned(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    given = [at for at, what in one.history if what == "交办"]
    if given and one.case.state is CaseState.ASSIGNED and now > given[-1] + within:
        yield f"交办 {_span(now - given[-1])}没有签收"


def _incomplete(
    one: Registered, within: timedelta, now: datetime, *, must: tuple[str, ...] = Mandatory().close
) -> Iterator[str]:
    lacks = missing(one.case, must)
    if lacks and one.case.state in OPEN and now > one.case.answered_at + within:
        yield f"没有记{'、'.join(lacks)}"


def _unasked(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    since = one.case.closed_at
    if since is not None and one.case.state in TO_TELL and now > since + within:
        yield f"办结 {_span(now - since)}没有回访到"


def _overdue(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    for record in one.records:
        if record.due_at is None or record.kind in SHIFTS or record.kind in SUPERVISION_ONLY:
            continue
        if (record.closed_at or now) > record.due_at + within:
            yield f"{record.kind}（{record.owner}）到期没有了结"


def _passed_about(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    if any(record.kind is RecordKind.LEAD and record.text == PASSED_ABOUT for record in one.records):
        yield "推来推去，退过两次单"


def _again(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    if one.case.rework >= 2:
        yield f"群众说没解决 {one.case.rework} 次"


def _held(one: Registered, within: timedelta, now: datetime) -> Iterator[str]:
    for record in one.records:
        if record.kind in _HELD_AGAINST:
            yield f"{record.kind}：{record.outcome or '没有了结'}"


CHECKS: Mapping[str, _Finds] = {
    "late": _late,
    "unsigned": _unsigned,
    "incomplete": _incomplete,
    "unasked": _unasked,
    "overdue": _overdue,
    "passed_about": _passed_about,
    "again": _again,
    "held": _held,
}
"""What can be looked for, by its key in the policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RedLine:
    """One that counts. after: how long it may last without counting."""

    key: str
    name: str
    after: timedelta = timedelta()


def crossed(
    one: Registered, lines: tuple[RedLine, ...], *, now: datetime, must: tuple[str, ...] = Mandatory().close
) -> tuple[tuple[str, str], ...]:
    """(name of the line, what happened), in the order of the lines. must: what a case must tell (必填项)."""
    if one.case.concluded in NO_MATTER:
        return ()
    checks: Mapping[str, _Finds] = {**CHECKS, "incomplete": partial(_incomplete, must=must)}
    return tuple((line.name, told) for line in lines for told in checks[line.key](one, line.after, now))


def load_red_lines(path: Path) -> tuple[RedLine, ...]:
    """Reads policies/red_lines.toml; without it nothing counts. Raises BadPolicy."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    return tuple(_line(path.name, number, raw) for number, raw in enumerate(content.get("line", ()), start=1))


def _line(file: str, number: int, raw: Mapping[str, object]) -> RedLine:
    where = f"{file} 第 {number} 条"
    key, name, hours = raw.get("key"), raw.get("name"), raw.get("after_hours", 0)
    if not isinstance(key, str) or key not in CHECKS:
        raise BadPolicy(f"{where}：key 是 {key!r}；只有 {'、'.join(CHECKS)}")
    if not isinstance(name, str) or not name.strip():
        raise BadPolicy(f"{where}：name 是 {name!r}；请写这条红线叫什么")
    if not isinstance(hours, int) or isinstance(hours, bool) or not 0 <= hours <= LONGEST_HOURS:
        raise BadPolicy(f"{where}：after_hours 是 {hours!r}；请写 0 到 {LONGEST_HOURS} 的整数（小时）")
    if unknown := raw.keys() - {"key", "name", "after_hours"}:
        raise BadPolicy(f"{where}：{'、'.join(sorted(unknown))} 不认识；只有 key、name、after_hours")
    return RedLine(key=key, name=name.strip(), after=timedelta(hours=hours))


def _span(time: timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    return f"{hours // 24} 天" if hours >= 48 else f"{max(hours, 1)} 小时"
