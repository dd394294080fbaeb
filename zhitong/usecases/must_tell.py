"""必填项 at every door by which a case goes a step further: all that is missing is named at once, and where to add."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case
from cases.mandatory import missing
from cases.roles import is_accused
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.usecases.moving import tell

_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "类型": ("type",),
    "事项": ("matter", "matter_name"),
    "承办单位": ("unit",),
    "诉求": ("demand",),
    "地点": ("place",),
}
"""What may be the same of several cases that are one matter."""
_BY_MOVES = {"承办单位": "交办（zhitong case assign）", "经办": "签收（zhitong case sign）"}


def must_tell(case: Case, names: tuple[str, ...]) -> None:
    """Raises Incomplete, naming all of these that the case does not tell."""
    if lacks := missing(case, names):
        raise Incomplete(case, lacks)


class Incomplete(MoveRefused):
    """The case lacks something that it must tell; lacks: the names of it."""

    def __init__(self, case: Case, lacks: tuple[str, ...]) -> None:
        self.lacks = lacks
        super().__init__(f"工单 {case.number} 还没有写{'、'.join(lacks)}；请先{_ways(lacks)}")


def _ways(lacks: tuple[str, ...]) -> str:
    ways = [_BY_MOVES[name] for name in lacks if name in _BY_MOVES]
    if any(name not in _BY_MOVES for name in lacks):
        ways.append("补登记（zhitong case edit）")
    return "、".join(ways)


def filled_in(
    connection: Connection, case: Case, names: tuple[str, ...], known: Mapping[str, str], *, by: str, at: datetime
) -> Case:
    """The case with what it lacks of these, as far as it is known from what it is closed together with (fields of Case
    by name, all of one matter). Nothing that it tells itself is touched; it stays as it is where that is not enough.

    Raises Incomplete, naming what it would lack all the same.
    """
    lacks = missing(case, names)
    if not lacks:
        return case
    fields = [field for name in lacks for field in _SAID_BY.get(name, ())]
    said = {field: known[field] for field in fields if known.get(field)}
    if case.secret or is_accused(case, said.get("unit", "")):
        said.pop("unit", None)  # who gets to see it, people decide
    full = replace(case, **said)  # type: ignore[arg-type]
    if still := missing(full, names):
        raise Incomplete(case, still)
    update_cases(connection, [full])
    tell(connection, case.number, "改工单", at=at, text=f"一起办结，照同一件事补上{'、'.join(lacks)}", who=by)
    return full
