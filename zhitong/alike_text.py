"""Cases that look like the same matter, as a terminal tells them."""

from collections.abc import Mapping, Sequence

from cases.duplicates import Likeness
from zhitong.case_text import case_line


def alike_line(one: Likeness) -> str:
    """One such case in one line, with the reasons."""
    return f"{case_line(one.case)}  （{'、'.join(one.why)}）"


def alike_note(number: str, found: Sequence[Likeness], *, show: int) -> list[str]:
    """What a clerk is told before a case is dispatched; nothing where there is none."""
    if not found:
        return []
    more = f"（还有 {len(found) - show} 个：zhitong case duplicates {number}）" if len(found) > show else ""
    return [
        f"请注意：在办的有 {len(found)} 个工单像是同一件事{more}",
        *(f"  {alike_line(one)}" for one in found[:show]),
        f"是同一件，就别派两次：zhitong case merge {number} --into 那一个 --reason 为什么",
    ]


def alike_of_rows(found: Mapping[str, Sequence[Likeness]], rows: Mapping[str, int], *, show: int) -> list[str]:
    """What is like the new cases of an import, row by row. rows: by number of the new case."""
    return [
        f"第 {rows[number]} 行：和在办的像是同一件事：" + "；".join(map(_short, some[:show]))
        for number, some in found.items()
    ]


def _short(one: Likeness) -> str:
    return f"{one.case.number} 【{one.case.state}】{one.case.unit}（{'、'.join(one.why)}）"
