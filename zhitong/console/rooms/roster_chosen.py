"""What a page of the roster's room is about: a unit, a line, a moment."""

from dataclasses import dataclass
from datetime import datetime

from cases.roles import Action
from routing.calendar import FIRST_YEAR, LAST_YEAR, LOCAL
from routing.directory import Directory
from zhitong.console.visitor import Visitor
from zhitong.errors import Refused
from zhitong.settings import Line
from zhitong.usecases.roster_named import find_unit
from zhitong.usecases.roster_rights import permit_units
from zhitong.usecases.see_roster import units_seen

LINE = "line:"
ROLE = {"lead": "带班", "staff": "值班"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What a page is about: a unit, perhaps by the line that reaches it. of: how the address of the page says it."""

    of: str
    unit: str
    line: Line | None = None


def chosen_unit(visitor: Visitor, directory: Directory, of: str) -> Chosen:
    """The unit, or that of the line (line:号码); where nothing is said the county's own, or one that he may see.

    Raises Refused, NotPermitted.
    """
    line = visitor.office.settings.line_of(of.removeprefix(LINE)) if of.startswith(LINE) else None
    if line is not None:
        code = directory.unit_dialled(line.number)
    elif of:
        code = find_unit(directory, of, field="线路或单位")
    else:
        codes = [unit.code for unit in units_seen(directory, visitor.actor)]
        code = directory.home_unit if directory.home_unit in codes or not codes else codes[0]
    permit_units(visitor.actor, Action.SEE_ROSTER, [directory.unit(code).name])
    return Chosen(of=f"{LINE}{line.number}" if line else code, unit=code, line=line)


def moment_of(field: str, told: str) -> datetime:
    """A moment as a form or a script writes it; without a zone it is Shanghai's. Raises Refused."""
    try:
        # FullCalendar says Z for what it was given without a zone.
        at = datetime.fromisoformat(told.removesuffix("Z"))
    except ValueError:
        raise Refused(f"{field}：“{told[:60]}”不是时间；请写成 2026-12-05T08:00") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Refused(f"{field}：{told[:60]} 的年份不对；请写 {FIRST_YEAR} 年到 {LAST_YEAR} 年")
    return at.astimezone(LOCAL) if at.tzinfo else at.replace(tzinfo=LOCAL)


def local(at: datetime) -> str:
    """As browsers write a moment in a form."""
    return f"{at.astimezone(LOCAL):%Y-%m-%dT%H:%M}"
