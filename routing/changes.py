"""值班表的改动: what people did to the roster since its file was written, each with author, time and reason. Pure.

Changes are only ever added; one that was undone stays, marked. In force are the file and, in their order, all changes
that stand. What a change says of people or units that are not in the file (any more) has no effect.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.roster import ROLES, Duty, Leave, Override, Role, Sheet, with_indexes_of

T = TypeVar("T")

ChangeKind = Literal["override", "leave", "sheet", "first"]
KINDS: Mapping[ChangeKind, str] = {"override": "调班", "leave": "请假", "sheet": "导入值班表", "first": "先打谁"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change. `detail` is what is stored: see `override_detail` and its like. undone_at: it does not stand."""

    id: int
    kind: ChangeKind
    detail: Mapping[str, Any]
    author: str
    reason: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_reason: str = ""


def change_told(change: Change, directory: Directory) -> str:
    """What was changed, in words: 李强替张明远 12-05 08:00 到 12-06 08:00."""

    def name(official_id: str) -> str:
        official = directory.roster.official(official_id)
        return official.name if official else official_id

    detail = change.detail
    match change.kind:
        case "override":
            return "；".join(f"{name(o['on'])}替{name(o['off'])} {_span_told(o)}" for o in detail["overrides"])
        case "leave":
            return f"{name(detail['official'])} {_span_told(detail)}"
        case "first":
            return {"lead": "带班领导", "staff": "值班人员"}[detail["first"]]
        case "sheet":
            rows = detail["rows"]
            start, end = min(row[1] for row in rows), max(row[2] for row in rows)
            days = " 到 ".join(f"{datetime.fromtimestamp(t, LOCAL):%m-%d %H:%M}" for t in (start, end))
            unit = next((u.name for u in directory.units if u.code == detail["unit"]), detail["unit"])
            return f"{unit} {len(rows)} 个班次，{days}"


def override_detail(overrides: Iterable[Override]) -> dict[str, Any]:
    """One override, or the two of a swap."""
    return {"overrides": [{"off": o.off, "on": o.on, **_span(o)} for o in overrides]}


def leave_detail(leave: Leave) -> dict[str, Any]:
    """One official's leave."""
    return {"official": leave.official, **_span(leave)}


def sheet_detail(unit: str, duties: Iterable[Duty]) -> dict[str, Any]:
    """An imported sheet of a unit: from its first to its last minute it stands in place of the unit's rules."""
    rows = [[d.official, int(d.start.timestamp()), int(d.end.timestamp()), d.role] for d in duties]
    return {"unit": unit, "rows": rows}


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """The rows of all sheets that stand, by unit; `flat` are all of them."""

    by_unit: Mapping[str, tuple[Duty, ...]]
    flat: tuple[Duty, ...]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Standing:
    """What all changes so far amount to; the next one is added to it (`after`)."""

    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    rows: Rows = Rows({}, ())
    first: Role | None = None


def standing(changes: Iterable[Change]) -> Standing:
    """What the changes amount to, in their order; those that were undone to nothing."""
    return after(Standing(), changes)


def after(before: Standing, changes: Iterable[Change]) -> Standing:
    """What they amount to with further changes; what these leave alone stays the very same object."""
    overrides, leaves, sheets = list(before.overrides), list(before.leaves), list(before.sheets)
    rows, first = before.rows, before.first
    by_unit = dict(rows.by_unit)
    for change in changes:
        detail = change.detail
        if change.undone_at is not None:
            continue
        match change.kind:
            case "override":
                overrides += [Override(off=o["off"], on=o["on"], **_moments(o)) for o in detail["overrides"]]
            case "leave":
                leaves.append(Leave(official=detail["official"], **_moments(detail)))
            case "first" if detail["first"] in ROLES:
                first = detail["first"]
            case "sheet" if new := _rows(detail):
                sheet = Sheet(unit=detail["unit"], start=new[0].start, end=max(row.end for row in new))
                # A later sheet stands in place of an earlier one for the days that both have.
                kept = [d for d in by_unit.get(sheet.unit, ()) if not sheet.start <= d.start < sheet.end]
                by_unit[sheet.unit] = (*kept, *new)
                sheets.append(sheet)
    if len(sheets) > len(before.sheets):
        rows = Rows(by_unit, tuple(row for of_unit in by_unit.values() for row in of_unit))
    return Standing(
        overrides=before.overrides if len(overrides) == len(before.overrides) else tuple(overrides),
        leaves=before.leaves if len(leaves) == len(before.leaves) else tuple(leaves),
        sheets=before.sheets if len(sheets) == len(before.sheets) else tuple(sheets),
        rows=rows,
        first=first,
    )


def in_force(base: Directory, changes: Standing, *, before: Directory | None = None) -> Directory:
    """The directory of the files with what has been changed since. before: the last one, whose indexes are kept."""
    roster, changes = base.roster, _of_units(changes, {unit.code for unit in base.units})
    changed = with_indexes_of(
        before.roster if before else roster,
        replace(
            roster,
            overrides=_joined(roster.overrides, changes.overrides),
            leaves=_joined(roster.leaves, changes.leaves),
            sheets=_joined(roster.sheets, changes.sheets),
            duties=_joined(roster.duties, changes.rows.flat),
        ),
    )
    return replace(base, roster=changed, first=changes.first or base.first)


def _of_units(changes: Standing, units: Set[str]) -> Standing:
    """Without the sheets of other units: theirs was taken out of the files since."""
    if all(sheet.unit in units for sheet in changes.sheets):
        return changes
    by_unit = {unit: rows for unit, rows in changes.rows.by_unit.items() if unit in units}
    rows = Rows(by_unit, tuple(row for of_unit in by_unit.values() for row in of_unit))
    return replace(changes, sheets=tuple(sheet for sheet in changes.sheets if sheet.unit in units), rows=rows)


def _joined(some: tuple[T, ...], more: tuple[T, ...]) -> tuple[T, ...]:
    """The very same object where one of them is empty."""
    return some + more if some and more else some or more


def _rows(detail: Mapping[str, Any]) -> list[Duty]:
    return sorted(
        (
            Duty(
                official=official,
                start=datetime.fromtimestamp(start, LOCAL),
                end=datetime.fromtimestamp(end, LOCAL),
                role=role,
                unit=detail["unit"],
            )
            for official, start, end, role in detail["rows"]
        ),
        key=lambda duty: duty.start,
    )


def _span_told(detail: Mapping[str, str]) -> str:
    return " 到 ".join(f"{datetime.fromisoformat(detail[key]):%m-%d %H:%M}" for key in ("start", "end"))


def _span(span: Override | Leave) -> dict[str, str]:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def _moments(detail: Mapping[str, Any]) -> dict[str, datetime]:
    return {key: datetime.fromisoformat(detail[key]) for key in ("start", "end")}
