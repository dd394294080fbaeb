"""zhitong call turns: how long after the caller's last sound it was decided whom to ring."""

import argparse
import math
from collections.abc import Sequence
from datetime import timedelta

from zhitong.case_desk import CaseDesk
from zhitong.figure_commands import add_span, span
from zhitong.roster_commands import Add
from zhitong.usecases.turns import Turns, turns


def add_turn_command(add: Add) -> None:
    """The command under `zhitong call`."""
    text = "群众说完到定下来要多久，多少来电不等静够就定了（[speech] early_decision）"
    add_span(add("turns", text, _turns))


def _turns(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    since, until = span(arguments, desk.now)
    found = turns(desk.engine, by=desk.by, since=since, until=until, now=desk.now)
    print(f"{since:%Y-%m-%d} 到 {until - timedelta(days=1):%Y-%m-%d}：{told(found)}")
    return 0


def told(found: Turns) -> str:
    """As text for a terminal."""
    if not found.calls:
        return "没有听到话的来电"
    share = len(found.early) / found.calls
    lines = [f"听到话的来电 {found.calls} 个"]
    lines.append(f"  不等静够就定了的 {len(found.early)} 个（{share:.0%}）{_after(found.early)}")
    if found.early:
        lines.append(f"    其中工单后来改归别的单位的 {found.moved} 个")
    lines.append(f"  静够了才定的 {len(found.waited)} 个{_after(found.waited)}")
    return "\n".join(lines)


def _after(quiet: Sequence[int]) -> str:
    def rank(share: float) -> int:
        return quiet[max(0, math.ceil(share * len(quiet)) - 1)]

    return f"，说完后 {rank(0.5)} 毫秒（一半不超过）、{rank(0.95)} 毫秒（九成五不超过）" if quiet else ""
