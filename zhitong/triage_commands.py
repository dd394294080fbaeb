"""zhitong case triage, step, emergency: which way a case goes, and what is to be seen to at once (威信)."""

import argparse

from cases.triage import Way
from zhitong.case_desk import CaseDesk, add_by, add_step
from zhitong.record_commands import record_line
from zhitong.roster_commands import Add, moment
from zhitong.usecases.emergency import open_emergency
from zhitong.usecases.triage_case import do_step, triage_case

THIRD = "要三方通话：领导和群众通话时按 *3，请别的单位一起听。"


def add_triage_commands(add: Add) -> None:
    """The commands under `zhitong case` by which it is sorted."""
    ways = "、".join(Way)
    sorting = add_step(add, "triage", f"分流：{ways}，各办各的；再分一次就改", _triage, reason=True)
    sorting.add_argument("--way", required=True, choices=[*map(str, Way)], metavar="分流", help=ways)
    sorting.add_argument("--result", default="", metavar="一句话", help="即访即解的，说给群众听的话：随即当场办结")
    sorting.add_argument("--owner", default="", metavar="归谁", help="长远帮扶的，单位或人")
    sorting.add_argument(
        "--until", type=moment, metavar="时间", help="长远帮扶到哪一天，例如 2027-03-01T18:00；时限照走"
    )
    sorting.add_argument("--step", nargs="+", default=[], metavar="步骤", help="长远帮扶分哪几步")
    stepping = add("step", "长远帮扶的一步办了", _step)
    stepping.add_argument("record", type=int, metavar="编号", help="记录的编号（case records 里有）")
    stepping.add_argument("step", type=int, metavar="第几步", help="从 1 数起")
    stepping.add_argument("--outcome", required=True, metavar="结果", help="办成了什么")
    add_by(stepping)
    text = "应急：改红，领导领办、督查督办、现场办理，马上通知；了结用 record-end"
    opening = add_step(add, "emergency", text, _emergency, reason=True)
    opening.add_argument("--owner", default="", metavar="归谁", help="谁去现场，单位或人；不写就是承办单位")


def _triage(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = triage_case(
        desk.engine,
        desk.rules,
        number=desk.number,
        way=Way(arguments.way),
        reason=arguments.reason,
        by=desk.by,
        now=desk.now,
        directory=desk.directory,
        result=arguments.result,
        owner=arguments.owner,
        until=arguments.until,
        steps=arguments.step,
    )
    print(f"{case.number} 【{case.state}】，分流：{arguments.way}。{THIRD if arguments.way == Way.EMERGENCY else ''}")
    return 0


def _step(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    record = do_step(
        desk.engine, arguments.record, step=arguments.step, outcome=arguments.outcome, by=desk.by, now=desk.now
    )
    print(record_line(record))
    return 0


def _emergency(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    id = open_emergency(
        desk.engine,
        desk.rules,
        number=desk.number,
        reason=arguments.reason,
        by=desk.by,
        now=desk.now,
        directory=desk.directory,
        owner=arguments.owner,
    )
    print(f"{desk.number} 应急开了，记录 {id}；了结：zhitong case record-end {id} --outcome …")
    print(f"现场录像、照片：zhitong case attachments {desk.number}（在最前面）。{THIRD}")
    return 0
