"""zhitong route: whose telephone would ring if somebody called now and said this, and why (预演)."""

import argparse
import sys

from routing.phone import dialled_back
from zhitong.case_desk import acting, add_by
from zhitong.clock import SystemClock
from zhitong.dry_run import dry_run_json, dry_run_text, line_dialled, rehearsed
from zhitong.errors import DatabaseGone
from zhitong.roster_commands import Add, add_at
from zhitong.roster_now import base_now, directory_now
from zhitong.settings import load_settings
from zhitong.store.engine import open_engine, reading
from zhitong.store.surges import surges_not_ended
from zhitong.understanding import UnderstandingInForce
from zhitong.usecases.handler import look_up_handler
from zhitong.usecases.mark_caller import marked_numbers


def add_route_command(add: Add) -> None:
    """`zhitong route`."""
    route = add("route", "预演：这时说这句话，会打给谁、为什么", _route)
    route.add_argument("text", metavar="话", nargs="+", help="群众说的话，写在引号里；再问一次才说的，接着写")
    add_at(route)
    who = "群众的号码（有事在办的，先打经办人；被标记的，只打值班室；要写 --by，查了留痕）"
    route.add_argument("--from", dest="caller", default="", metavar="号码", help=who)
    add_by(route)
    route.add_argument("--line", default="", metavar="号码", help="拨打的号码（不写：第一条线路）")
    route.add_argument("--draft", action="store_true", help="照还没有发布的文件预演")
    route.add_argument("--json", action="store_true", help="给程序看的格式")


def _route(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    at = arguments.at or now
    number = dialled_back(arguments.caller, settings.hotline.area_code)
    handler, marked = "", False
    try:
        _, directory, engine = directory_now(settings, now, draft=arguments.draft)
        with reading(engine) as connection:
            open_now = surges_not_ended(connection)
        if arguments.caller:
            handler = look_up_handler(
                engine,
                caller=arguments.caller,
                directory=directory,
                area_code=settings.hotline.area_code,
                by=acting(engine, arguments),
                now=now,
            )
            marked = number in marked_numbers(engine, at)
    except DatabaseGone as gone:
        print(f"数据库打不开，不算调班和请假：{gone}")
        engine, open_now = open_engine(settings.store.database_url), []
        directory = base_now(settings, engine, now, draft=arguments.draft)
    line = line_dialled(settings, directory, arguments.line)
    understanding = UnderstandingInForce(settings).now
    if understanding.why:
        print(f"请注意：只按词理解，{understanding.why}", file=sys.stderr)
    run, desk = rehearsed(
        settings,
        directory,
        *arguments.text,
        at=at,
        line=line,
        by=understanding,
        surges=open_now,
        caller=arguments.caller,
        handler=handler,
        marked=marked,
    )
    print(dry_run_json(run, desk) if arguments.json else dry_run_text(run, desk))
    return 0
