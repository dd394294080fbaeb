"""zhitong case withdraw-clip: a citizen takes back the clip that he let us keep for learning."""

import argparse

from zhitong.case_desk import CaseDesk, add_step
from zhitong.roster_commands import Add
from zhitong.usecases.learning_clips import withdraw_clip


def add_learning_commands(add: Add) -> None:
    """The command under `zhitong case` about clips kept for learning."""
    add_step(add, "withdraw-clip", "群众撤回：删除他同意留作学习的原话", _withdraw, reason=True)


def _withdraw(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    root = desk.settings.folders.recordings
    withdraw_clip(desk.engine, root=root, number=desk.number, by=desk.by, reason=arguments.reason, now=desk.now)
    print(f"工单 {desk.number} 留作学习的原话已删除；什么时候、谁删的、为什么，留在经过里。")
    return 0
