"""zhitong audit …: whether the timelines of the cases are what was written (留痕)."""

import argparse
from pathlib import Path

from routing.calendar import LOCAL
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import anchors_folder, load_settings
from zhitong.usecases.anchor_chains import anchor_chains, verify_chains

_MOST_TOLD = 100


def add_audit_commands(add: Add) -> None:
    """The commands under `zhitong audit`."""
    add("anchor", "现在就锚定一次（系统每天自己锚定）；文件请另存到别的机器", _anchor)
    verifying = add("verify", "核对所有工单的经过：有没有改过、少了、截断了", _verify)
    verifying.add_argument("--anchors", type=Path, metavar="目录", help="另存的锚定文件（不写：本机的）")


def _anchor(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    print(anchor_chains(store(settings), folder=anchors_folder(settings), now=SystemClock().now()))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    found = verify_chains(store(settings), folder=arguments.anchors or anchors_folder(settings))
    print("\n".join(str(one) for one in found.breaks[:_MOST_TOLD]), end="\n" if found.breaks else "")
    if len(found.breaks) > _MOST_TOLD:
        print(f"……还有 {len(found.breaks) - _MOST_TOLD} 处")
    until = f"{found.anchored.astimezone(LOCAL):%Y-%m-%d %H:%M}" if found.anchored else "还没有锚定过"
    print(
        f"{found.cases} 个工单、{found.entries} 条经过，{found.anchors} 个锚定文件（最近 {until}）："
        + (f"有 {len(found.breaks)} 处不对。" if found.breaks else "没有改动。")
    )
    return 1 if found.breaks else 0
