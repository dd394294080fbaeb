"""Changing the roster between two versions of its file: 调班, 换班, 请假, an imported sheet, and taking one back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from cases.roles import Action, Actor, permit, units_of
from routing.calendar import LOCAL
from routing.changes import Change, ChangeKind, in_force, leave_detail, override_detail, sheet_detail, standing
from routing.directory import Directory
from routing.officials import Official
from routing.roster import Duty, Leave, Override, Role
from routing.router import gaps
from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading, writing
from zhitong.store.roster import add_change, changes_of_roster, mark_undone
from zhitong.store.roster_sheets import keep_sheet
from zhitong.usecases.roster_rights import acted, permit_units, units_of_people

LONGEST_NAME = 100
"""Characters of an author's name; a reason may have twice as many."""


def put_override(
    engine: Engine, base: Directory, overrides: Iterable[Override], *, by: Actor, reason: str, now: datetime
) -> Change:
    """`on` does the duty of `off` for a time; a swap is two of them.

    Raises NotPermitted, ChangeRefused, DatabaseGone.
    """
    permit(by, Action.CHANGE_ROSTER)
    overrides = tuple(overrides)
    permit_units(by, Action.CHANGE_ROSTER, units_of_people(base, _both(overrides)))
    return _put(engine, base, "override", _checked(base, overrides, now), by=by, reason=reason, now=now)


def put_leave(engine: Engine, base: Directory, leave: Leave, *, by: Actor, reason: str, now: datetime) -> Change:
    """An official is not rung for a time; the deputy has the duty. Raises NotPermitted, ChangeRefused, DatabaseGone."""
    permit(by, Action.CHANGE_ROSTER)
    permit_units(by, Action.CHANGE_ROSTER, units_of_people(base, [leave.official]))
    _known(base, leave.official, "official")
    _span(leave.start, leave.end, now)
    return _put(engine, base, "leave", leave_detail(leave), by=by, reason=reason, now=now)


def put_sheet(
    engine: Engine,
    base: Directory,
    unit: str,
    duties: Iterable[Duty],
    *,
    by: Actor,
    reason: str,
    now: datetime,
    first: Role | None = None,
    sheet: Mapping[str, Any] | None = None,
) -> tuple[Change, ...]:
    """The rows of a sheet stand in place of the unit's rules for its days; `first` is put with it, or neither is.

    sheet: the sheet itself, kept to be exported again. Raises NotPermitted, ChangeRefused, DatabaseGone.
    """
    permit(by, Action.CHANGE_ROSTER)
    duties = tuple(duties)
    people = units_of_people(base, [duty.official for duty in duties])
    permit_units(by, Action.CHANGE_ROSTER, None if first else people | {base.unit(unit).name})
    if not duties:
        raise ChangeRefused("值班表里一个班次也没有；请先照提示改好再导入")
    for duty in duties:
        _known(base, duty.official, "official")
    details: list[tuple[ChangeKind, dict[str, object]]] = [("sheet", sheet_detail(unit, duties))]
    if first:
        details.append(("first", {"first": first}))
    keep = (unit, sheet) if sheet else None
    return _put_all(engine, base, details, author=by.name, actor=by, reason=reason, now=now, keep=keep)


def put_first(engine: Engine, base: Directory, first: Role, *, by: Actor, reason: str, now: datetime) -> Change:
    """Which class of those on duty is rung first, from now on, everywhere.

    Raises NotPermitted, ChangeRefused, DatabaseGone.
    """
    permit_units(by, Action.CHANGE_ROSTER, None)
    return _put(engine, base, "first", {"first": first}, by=by, reason=reason, now=now)


def undo_change(engine: Engine, base: Directory, change_id: int, *, by: Actor, reason: str, now: datetime) -> None:
    """Takes a change back; it stays on record. Raises NotPermitted, ChangeRefused, DatabaseGone."""
    permit(by, Action.CHANGE_ROSTER)
    with writing(engine) as connection:
        for change in changes_of_roster(connection):
            if change.id == change_id:
                permit_units(by, Action.CHANGE_ROSTER, _concerned(base, change))
        acted(connection, by, f"撤销值班改动 {change_id}", now)
        _undo(connection, change_id, by=by.name, reason=reason, now=now)


def put_own_leave(
    engine: Engine, base: Directory, official: Official, end: datetime, *, why: str, now: datetime
) -> None:
    """He who says so from his own telephone is not rung from now until then. Raises ChangeRefused, DatabaseGone."""
    leave = Leave(official=official.id, start=now, end=end)
    _known(base, leave.official, "official")
    _span(leave.start, leave.end, now)
    details: list[tuple[ChangeKind, dict[str, object]]] = [("leave", leave_detail(leave))]
    _put_all(engine, base, details, author=official.called, reason=why, now=now)


def end_own_leave(engine: Engine, change_id: int, official: Official, *, why: str, now: datetime) -> None:
    """He is back sooner, as he says from his own telephone. Raises ChangeRefused, DatabaseGone."""
    with writing(engine) as connection:
        own = [one.id for one in changes_of_roster(connection) if one.detail.get("official") == official.id]
        if change_id not in own:
            raise ChangeRefused(f"第 {change_id} 号改动不是{official.called}的请假")
        _undo(connection, change_id, by=official.called, reason=why, now=now)


def put_agreed_swap(
    engine: Engine,
    base: Directory,
    overrides: Iterable[Override],
    *,
    between: tuple[Official, Official],
    why: str,
    now: datetime,
) -> None:
    """Two officials swap duties, as both agreed from their own telephones. Raises ChangeRefused, DatabaseGone."""
    overrides = tuple(overrides)
    if not _both(overrides) <= {one.id for one in between}:
        raise ChangeRefused("只能换自己的班")
    details: list[tuple[ChangeKind, dict[str, object]]] = [("override", _checked(base, overrides, now))]
    _put_all(engine, base, details, author="、".join(one.called for one in between), reason=why, now=now)


def see_changes(engine: Engine, base: Directory, *, by: Actor, now: datetime) -> list[Change]:
    """The changes, oldest first, of everybody, or those that his units have a part in; that he looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE_ROSTER)
    own = units_of(by, Action.SEE_ROSTER)
    with writing(engine) as connection:
        acted(connection, by, "看值班改动", now)
        changes = changes_of_roster(connection)
    found = ((change, _concerned(base, change)) for change in changes)
    return [change for change, units in found if own is None or units is None or units & own]


def list_changes(engine: Engine) -> list[Change]:
    """All changes, oldest first, for what follows the roster. Raises DatabaseGone."""
    with reading(engine) as connection:
        return changes_of_roster(connection)


def _put(
    engine: Engine,
    base: Directory,
    kind: ChangeKind,
    detail: dict[str, object],
    *,
    by: Actor,
    reason: str,
    now: datetime,
) -> Change:
    return _put_all(engine, base, [(kind, detail)], author=by.name, actor=by, reason=reason, now=now)[0]


def _put_all(
    engine: Engine,
    base: Directory,
    details: Iterable[tuple[ChangeKind, dict[str, object]]],
    *,
    author: str,
    reason: str,
    now: datetime,
    actor: Actor | None = None,
    keep: tuple[str, Mapping[str, Any]] | None = None,
) -> tuple[Change, ...]:
    """Nothing is written that would leave a minute with too few numbers, unless it has no more already.

    actor: by whose account; None: an official by his telephone.
    """
    author, reason = named(author, "谁改的", most=LONGEST_NAME), named(reason, "为什么改")
    by: dict[str, Any] = {"author": author, "reason": reason, "at": now}
    new = [Change(id=0, kind=kind, detail=detail, **by) for kind, detail in details]
    with writing(engine) as connection:
        changes = changes_of_roster(connection)
        _enough(base, changes, [*changes, *new], now)
        put = [replace(one, id=add_change(connection, kind=one.kind, detail=one.detail, **by)) for one in new]
        if keep is not None:
            keep_sheet(connection, put[0].id, *keep)
        if actor is not None:
            acted(connection, actor, f"改值班安排 {'、'.join(str(one.id) for one in put)}", now)
        return tuple(put)


def _undo(connection: Connection, change_id: int, *, by: str, reason: str, now: datetime) -> None:
    by, reason = named(by, "谁撤销的", most=LONGEST_NAME), named(reason, "为什么撤销")
    if not mark_undone(connection, change_id, by=by, reason=reason, at=now):
        raise ChangeRefused(f"没有编号 {change_id} 的改动，或者已经撤销过；看 zhitong roster changes")


def _checked(base: Directory, overrides: Iterable[Override], now: datetime) -> dict[str, object]:
    """The overrides as they are kept. Raises ChangeRefused."""
    for override in overrides:
        _known(base, override.off, "off")
        _known(base, override.on, "on")
        _span(override.start, override.end, now)
        if override.off == override.on:
            name = _name(base, override.on)
            raise ChangeRefused(f"替班的和原来的都是{name}：不能替自己的班；请写两个不同的人")
    return override_detail(overrides)


def _both(overrides: Iterable[Override]) -> set[str]:
    return {id for override in overrides for id in (override.off, override.on)}


def _concerned(base: Directory, change: Change) -> frozenset[str] | None:
    """The units that a change is about; None: all."""
    detail = change.detail
    match change.kind:
        case "override":
            return units_of_people(base, [one[side] for one in detail["overrides"] for side in ("off", "on")])
        case "leave":
            return units_of_people(base, [detail["official"]])
        case "sheet":
            return frozenset(unit.name for unit in base.units if unit.code == detail["unit"]) or None
        case "first":
            return None


def _enough(base: Directory, before: list[Change], after: list[Change], now: datetime) -> None:
    """Raises ChangeRefused when the roster has a minute with too few numbers that it did not have before."""
    found = gaps(in_force(base, standing(after)), now)
    already = gaps(in_force(base, standing(before)), now) if found else ()
    for gap in found:
        if not any(gap.within(one) for one in already):
            raise ChangeRefused(f"这样改，{gap}；请先安排别人")


def _known(base: Directory, official: str, field: str) -> None:
    if base.roster.official(official) is None:
        raise ChangeRefused(f"{field} = {official!r}：名单里没有这个人；编号看 config/roster.toml 的 [[officials]]")


def _span(start: datetime, end: datetime, now: datetime) -> None:
    told, since = (moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M") for moment in (end, start))
    if end <= start:
        raise ChangeRefused(f"结束 {told} 不晚于开始 {since}；请改成开始以后的时间")
    if end <= now:
        raise ChangeRefused(f"结束 {told} 已经过去了；请写以后的时间")


def named(text: str, what: str, *, most: int = 200) -> str:
    """An author or a reason as it is kept, in one line. most: characters. Raises ChangeRefused for an empty one."""
    if not text.strip():
        raise ChangeRefused(f"没有写{what}；每次改动都要写明")
    return " ".join(text.split())[:most]


def _name(base: Directory, official_id: str) -> str:
    official = base.roster.official(official_id)
    return official.name if official else official_id
