"""zhitong caller history, flag, unflag: 一人一档, and people who need more care."""

import argparse

from cases.case import Case
from zhitong.case_desk import CaseDesk, add_by
from zhitong.case_text import case_line
from zhitong.roster_commands import Add
from zhitong.usecases.person_history import flag_person, person_history, unflag_person


def add_person_commands(add: Add) -> None:
    """The commands under `zhitong caller` that are about a person."""
    history = add("history", "一人一档：这个号码的工单和结果、重点群众、什么时候方便接电话（查看会留痕）", _history)
    flagging = add("flag", "标为重点群众：再打来，接听的人先听到；回访一次没打通就转人工", _flag)
    unflagging = add("unflag", "不再是重点群众", _unflag)
    for parser in (history, flagging):
        parser.add_argument("--name", default="", metavar="姓名", help="几个人合用一个号码的，写是谁")
    for parser in (flagging, unflagging):
        parser.add_argument("--kind", required=True, metavar="哪一种", help="低保、留守老人等（tags.toml 里的）")
        parser.add_argument("--reason", required=True, metavar="原因", help="怎么知道的（留痕）")
    for parser in (history, flagging, unflagging):
        parser.add_argument("number", metavar="号码")
        add_by(parser)


def _history(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = person_history(
        desk.engine,
        arguments.number,
        by=desk.by,
        now=desk.now,
        area_code=desk.settings.hotline.area_code,
        name=arguments.name,
    )
    print(f"{found.number}，{len(found.cases)} 个工单（您看不到的不列出）")
    for flag in found.flags:
        whose = f"{flag.name}：" if flag.name else ""
        print(f"  重点群众  {whose}{flag.kind}，{flag.reason}（{flag.by}）")
    if found.call_when:
        print(f"  要什么时候打给他：{found.call_when}")
    for case in found.cases:
        print(f"  {history_line(case)}")
    return 0


def history_line(case: Case) -> str:
    """A case of a person in one line: what it came to behind what it is."""
    result = f"{case.result}（{case.disposition}）" if case.result else ""
    again = f"第 {case.rework} 次重办" if case.rework else ""
    return "  ".join(part for part in (case_line(case), case.name, again, result, case.concluded) if part)


def _flag(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    flag_person(
        desk.engine,
        arguments.number,
        kind=arguments.kind,
        reason=arguments.reason,
        by=desk.by,
        now=desk.now,
        tags=desk.rules.tags,
        area_code=desk.settings.hotline.area_code,
        name=arguments.name,
    )
    print(f"标了{arguments.kind}。他再打来，接听的人先听到；回访一次没打通就转人工。")
    return 0


def _unflag(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    unflag_person(
        desk.engine,
        arguments.number,
        kind=arguments.kind,
        reason=arguments.reason,
        by=desk.by,
        now=desk.now,
        area_code=desk.settings.hotline.area_code,
    )
    print(f"取消了{arguments.kind}。")
    return 0
