"""What every page of 督查 shows: the sections that one may enter, the units that one may choose from."""

from collections.abc import Sequence
from typing import Any

from cases.roles import Action, units_of
from zhitong.console.visitor import Visitor
from zhitong.errors import Refused

PATH = "/supervision"
SECTIONS: Sequence[tuple[str, str, Action]] = (
    ("", "指标", Action.FIGURES),
    ("/five", "五要", Action.FIGURES),
    ("/months", "各月", Action.FIGURES),
    ("/suspected", "疑似虚假办结", Action.AUDIT),
    ("/clusters", "共性问题", Action.CLUSTERS),
    ("/overdue", "超期", Action.SEE),
    ("/answering", "接听", Action.SEE_ROSTER),
    ("/reports", "报表", Action.REPORT),
    ("/monitored", "监听", Action.MONITORED),
    ("/looks", "查阅记录", Action.LOOKS),
)
"""The pages of the room: path, name, right. A heat map, the red and black list and bulletins are to stand here too."""


def frame(visitor: Visitor, section: str) -> dict[str, Any]:
    """For the templates: `sections`, and the path of this one as `section`."""
    sections = [(PATH + path, name) for path, name, right in SECTIONS if visitor.may(right)]
    return {"sections": sections, "section": PATH + section}


def units_for(visitor: Visitor, action: Action) -> list[str]:
    """The units whose cases he may do this with; for who sees but one there is nothing to choose."""
    mine = units_of(visitor.actor, action)
    return sorted({unit.name for unit in visitor.office.directory().units} if mine is None else mine)


def unit_among(told: str, units: Sequence[str]) -> str:
    """The unit that was chosen; empty: none was. Raises Refused for one that is not listed."""
    unit = told.strip()
    if unit and unit not in units:
        raise Refused(f"单位：没有“{unit[:60]}”；请从列出的单位里选")
    return unit
