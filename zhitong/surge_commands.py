"""zhitong surge …: several callers about one matter (集中来电), and one answer to all of them."""

import argparse
from pathlib import Path

from cases.reply import LONGEST_RESULT, Disposition
from routing.calendar import LOCAL
from zhitong.case_desk import acting, add_by, case_rules
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import announcements_folder, load_settings
from zhitong.usecases.end_surge import close_members, end_surge
from zhitong.usecases.know_surge import OpenSurge, acknowledge_as, announce_as, list_surges


def add_surge_commands(add: Add) -> None:
    """The commands under `zhitong surge`."""
    listing = add("list", "现在的集中来电：编号、地方、什么事、多少个工单、谁知道了", _list)
    knowing = add("acknowledge", "知道了：后面的群众先听通知，不再打扰值班领导", _acknowledge)
    announcing = add("announce", "播一段录好的通知给后面的群众（1 到 30 秒）；等于知道了", _announce)
    ending = add("end", "了结：所有工单用这一句话办结，逐个回访", _end)
    for parser in (knowing, announcing, ending):
        parser.add_argument("surge", type=int, metavar="编号", help="集中来电的编号（list 列出）")
    announcing.add_argument("file", type=Path, metavar="文件", help="录好的 WAV 文件")
    for parser in (listing, knowing, announcing):
        add_by(parser)
    ending.add_argument(
        "--result", required=True, metavar="一句话", help=f"说给群众听的一句话，{LONGEST_RESULT} 字以内"
    )
    dispositions = f"{Disposition.SOLVED}（不写就是它）、{Disposition.NOT_YET}"
    ending.add_argument("--disposition", default=Disposition.SOLVED, metavar="办法", help=dispositions)
    add_by(ending)


def _list(arguments: argparse.Namespace) -> int:
    engine = store(load_settings())
    found = list_surges(engine, by=acting(engine, arguments), now=SystemClock().now())
    print("\n".join(surge_line(surge) for surge in found) or "没有集中来电。")
    return 0


def surge_line(surge: OpenSurge) -> str:
    """One surge in one line."""
    known = f"{surge.acknowledged_by}知道了" if surge.acknowledged_by else "还没有人确认"
    told = [
        f"{surge.id}",
        f"{surge.opened_at.astimezone(LOCAL):%Y-%m-%d %H:%M} 起",
        surge.town,
        surge.matter_name,
        f"{surge.cases} 个工单",
        known,
        f"{surge.announced_by}录了通知" if surge.announced_by else "",
        "到期没有了结，来电照常找人" if surge.lapsed else "",
    ]
    return "  ".join(part for part in told if part)


def _acknowledge(arguments: argparse.Namespace) -> int:
    engine = store(load_settings())
    acknowledge_as(engine, arguments.surge, by=acting(engine, arguments), now=SystemClock().now())
    print("记下了。几秒以后，后面的群众先听通知；说还有别的、按 0 的照常接人。")
    return 0


def _announce(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    engine = store(settings)
    seconds = announce_as(
        engine,
        arguments.surge,
        arguments.file,
        by=acting(engine, arguments),
        now=SystemClock().now(),
        folder=announcements_folder(settings),
    )
    print(f"{seconds:.0f} 秒的通知，几秒以后播给后面的群众。")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    rules = case_rules(settings)
    engine = store(settings)
    end_surge(
        engine,
        arguments.surge,
        result=arguments.result,
        by=acting(engine, arguments),
        now=now,
        disposition=arguments.disposition,
    )
    closed = close_members(engine, rules, now=now)
    print(
        f"了结了，{closed} 个工单办结，系统会在回访时段逐个打给群众（保密等的由人打）。还在通话的，挂机以后办结；"
        "还缺必填项的没有办结，列在 zhitong case todo。"
    )
    return 0
