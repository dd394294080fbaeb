"""zhitong case extend, suspend, grant, deny, resume: when a case is due, and what may move that."""

import argparse
from datetime import datetime

from cases.sla import counted
from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, acting, add_by, add_step, case_rules
from zhitong.case_text import case_line
from zhitong.clock import SystemClock
from zhitong.errors import Refused
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import load_settings
from zhitong.usecases.ask_time import LeaderOf, ask_extension, ask_suspension
from zhitong.usecases.explain_case import explain_case
from zhitong.usecases.find_case import find_case
from zhitong.usecases.grant_time import deny_time, grant_time
from zhitong.usecases.known_by import numbers_of
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.reckon_clocks import Moved
from zhitong.usecases.resume_case import resume_case


def add_clock_commands(add: Add) -> None:
    """The commands under `zhitong case` that are about time."""
    extending = add_step(add, "extend", "申请延期：到期以前，等领导批准", _extend, reason=True)
    extending.add_argument("--days", type=int, required=True, metavar="天数", help="几天（天或工作日，看时限办法）")
    suspending = add_step(add, "suspend", "申请挂起：可以停的时限停到那一天，等领导批准", _suspend, reason=True)
    suspending.add_argument(
        "--until", required=True, metavar="时间", help="2026-12-01 或 2026-12-01T14:00，到时自己恢复"
    )
    add_step(add, "grant", "批准延期或挂起（申请的人以外的领导）", _grant)
    add_step(add, "deny", "不同意延期或挂起，要写原因", _deny, reason=True)
    add_step(add, "resume", "提前恢复挂起的工单", _resume, reason=True)
    explaining = add("explain", "为什么是这个时限：从哪天算，跳过哪些日子，延了几天", _explain)
    explaining.add_argument("number", metavar="编号", help="工单编号")
    finding = add("find", "按口头编号（4 到 5 位）或来电号码找工单", _find)
    finding.add_argument("short", nargs="?", default="", metavar="口头编号", help="告诉群众的那几位数")
    finding.add_argument("--caller", default="", metavar="号码", help="群众的电话号码")
    for parser in (explaining, finding):
        add_by(parser)


def _extend(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    asked = ask_extension(
        desk.engine,
        desk.rules,
        number=desk.number,
        count=arguments.days,
        by=desk.by,
        reason=arguments.reason,
        leader=_leader_of(desk),
        now=desk.now,
    )
    days = counted(arguments.days, asked.detail["unit"])
    print(f"{desk.number} 申请延期 {days}，等{asked.owner}答复；批准以前时限不变。")
    return 0


def _suspend(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    asked = ask_suspension(
        desk.engine,
        desk.rules,
        number=desk.number,
        until=_moment(arguments.until),
        by=desk.by,
        reason=arguments.reason,
        leader=_leader_of(desk),
        now=desk.now,
    )
    print(f"{desk.number} 申请挂起（{asked.detail['clocks']}），等{asked.owner}答复；批准以前时限照走。")
    return 0


def _grant(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    moved = grant_time(desk.engine, desk.naming_rules, number=desk.number, by=desk.by, now=desk.now)
    return _moved(desk.number, moved)


def _deny(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    deny_time(desk.engine, number=desk.number, by=desk.by, reason=arguments.reason, now=desk.now)
    print(f"{desk.number} 不同意，时限不变。")
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    moved = resume_case(desk.engine, desk.rules, number=desk.number, by=desk.by, reason=arguments.reason, now=desk.now)
    return _moved(desk.number, moved)


def _explain(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    engine, now = store(settings), SystemClock().now()
    by = acting(engine, arguments)
    told = explain_case(engine, case_rules(settings), number=arguments.number, by=by, now=now)
    print("\n".join(told) or "没有时限。")
    return 0


def _find(arguments: argparse.Namespace) -> int:
    if bool(arguments.short) == bool(arguments.caller):
        raise Refused("请写口头编号，或者 --caller 号码，写一个")
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    by = acting(engine, arguments)
    if arguments.short:
        print(case_line(find_case(engine, arguments.short, by=by, now=now)))
        return 0
    numbers = sorted({arguments.caller, *numbers_of(arguments.caller, settings.hotline.area_code)})
    each = [one for number in numbers for one in list_cases(engine, by=by, now=now, caller=number)]
    found = {one.number: one for one in sorted(each, key=lambda one: one.answered_at, reverse=True)}.values()
    print("\n".join(case_line(case) for case in found) or "没有这个号码的工单。")
    return 0 if found else 1


def _moved(number: str, moved: list[Moved]) -> int:
    for before, after in moved:
        print(f"{number} {after.name}时限 {_at(before.due_at)} 改到 {_at(after.due_at)}。")
    print("请告诉群众：zhitong case todo 里有；发了短信的就没有了。" if moved else f"{number} 时限没有变。")
    return 0


def _leader_of(desk: CaseDesk) -> LeaderOf:
    directory = desk.directory
    return lambda case: leader_of(case, case.unit, directory)


def _moment(told: str) -> datetime:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        raise Refused(f"时间 {told!r} 看不懂；请写成 2026-12-01 或 2026-12-01T14:00") from None
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
