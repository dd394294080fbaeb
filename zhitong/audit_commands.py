"""zhitong audit …: whether the timelines of the cases are what was written (留痕)."""

import argparse
from pathlib import Path

from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, add_by
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import anchors_folder, load_settings
from zhitong.usecases.anchor_chains import anchor_chains, verify_chains
from zhitong.usecases.erase_entry import erase, numbered_entries

_MOST_TOLD = 100


def add_audit_commands(add: Add) -> None:
    """The commands under `zhitong audit`."""
    add("anchor", "现在就锚定一次（系统每天自己锚定）；文件请另存到别的机器", _anchor)
    verifying = add("verify", "核对所有工单的经过：有没有改过、少了、截断了", _verify)
    for name, text, run in (
        ("entries", "列出一个工单的经过，带第几条（清除时要写）", _entries),
        ("erase", "应本人要求清除一条经过的内容，连同通话文字；链仍然核对得上", _erase),
    ):
        parser = add(name, text, run)
        parser.add_argument("number", metavar="编号", help="工单编号")
        if run is _erase:
            parser.add_argument("entry", type=int, metavar="第几条", help="zhitong audit entries 列出来的")
            parser.add_argument("--reason", required=True, metavar="原因", help="为什么（留痕），不要写要清除的话")
        add_by(parser)
    verifying.add_argument("--anchors", type=Path, metavar="目录", help="另存的锚定文件（不写：本机的）")


def _anchor(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    print(anchor_chains(store(settings), folder=anchors_folder(settings), now=SystemClock().now()))
    return 0


def _entries(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    for one in numbered_entries(desk.engine, number=desk.number, by=desk.by, now=desk.now):
        said = "（已清除）" if one.erased else one.text
        print(f"{one.seq:>4}  {one.at.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}  {one.what}  {said}（{one.who}）")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    erase(desk.engine, number=desk.number, seq=arguments.entry, by=desk.by, reason=arguments.reason, now=desk.now)
    print(f"工单 {desk.number} 第 {arguments.entry} 条的内容已清除；什么时候、谁清除的、为什么，留在经过里。")
    print("工单里写着同样内容的栏目请用 zhitong case edit 改；录音另有保存期。")
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
