"""zhitong figures --months: the figures of one month beside those of the next (平均办理周期 7.2→3.5 天, 万源)."""

import argparse
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise

from cases.figures import Figure, shown
from cases.five import HIDDEN
from zhitong.errors import ReportRefused
from zhitong.sheet_files import write_rows
from zhitong.usecases.figures import MOST_MONTHS


def of_what(arguments: argparse.Namespace) -> str:
    """Of which unit and line, as it follows the span."""
    parts = (arguments.unit, f"打 {arguments.line} 的" if arguments.line else "")
    return "".join(f"，{part}" for part in parts if part)


def check_months(arguments: argparse.Namespace) -> None:
    """Raises ReportRefused for what does not go with --months."""
    if not 1 <= arguments.months <= MOST_MONTHS:
        raise ReportRefused(f"--months 是 {arguments.months}；请写 1 到 {MOST_MONTHS}")
    if arguments.since or arguments.until:
        raise ReportRefused("--months 按整月看，不和 --from、--to 一起用；到哪个月为止写 --month")
    if arguments.json and arguments.out:
        raise ReportRefused("--json 和 --out 只写一个")


def last_months(last: datetime, n: int) -> list[tuple[datetime, datetime]]:
    """n months, from the first moment of each to that of the next; `last`: the first moment of the last of them."""
    count = last.year * 12 + last.month - 1
    starts = [last.replace(year=one // 12, month=one % 12 + 1) for one in range(count - n + 1, count + 2)]
    return list(pairwise(starts))


def show_months(
    arguments: argparse.Namespace,
    months: Sequence[tuple[datetime, datetime]],
    columns: Sequence[Sequence[Figure]],
    now: datetime,
) -> int:
    """Prints them, one line per figure and one column per month, or writes them to a file; returns the exit status."""
    names = [f"{since:%Y-%m}" + ("（到现在）" if until > now else "") for since, until in months]
    by_code = [{one.code: one for one in column} for column in columns]
    every = {code: one for column in by_code for code, one in column.items()}  # a channel may come later
    if arguments.targets:
        every = {code: one for code, one in every.items() if one.target is not None}
    if arguments.json:
        told = [
            {"month": f"{since:%Y-%m}", "figures": [asdict(column[code]) for code in every if code in column]}
            for (since, _), column in zip(months, by_code, strict=True)
        ]
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    rows = [
        (
            f"{one.name}{'' if one.target is None else f'（目标 {one.target:g} %）'}",
            *(_cell(column.get(code)) for column in by_code),
        )
        for code, one in every.items()
    ]
    headings = ("指标", *names)
    if arguments.out is not None:
        told_rows = [(*row, one.formula) for row, one in zip(rows, every.values(), strict=True)]
        n = write_rows(arguments.out, (*headings, "公式"), told_rows, title="各月指标")
        print(f"{arguments.out}：{n} 行")
        return 0
    print(f"{names[0]} 到 {names[-1]}{of_what(arguments)}；领导和工作人员的来电不算。公式：不写 --months，看一个月。")
    print("\n".join(aligned([headings, *rows])))
    print("近的月份还会变：没到期的、没办结的、没回访到的，以后才算得进去。")
    if any(one.beside == HIDDEN for one in every.values()):
        print(f"{HIDDEN}。")
    return 0


def _cell(figure: Figure | None) -> str:
    return "没有" if figure is None else shown(figure)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns stand below each other on a screen, where a Chinese character is as wide as two letters."""
    widths = [max(map(wide, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(text + " " * (width - wide(text)) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def wide(text: str) -> int:
    """How many letters wide it is."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
