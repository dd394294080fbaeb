"""zhitong caller …: callers whom a person marks as a nuisance."""

import argparse

from routing.calendar import LOCAL
from routing.phone import mask
from zhitong.case_desk import acting, add_by
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add, moment
from zhitong.roster_now import store
from zhitong.settings import load_settings
from zhitong.usecases.mark_caller import list_marks, mark_caller, unmark_caller


def add_caller_commands(add: Add) -> None:
    """The commands under `zhitong caller`."""
    marking = add("mark", "标记一个老来捣乱的号码：以后只打值班室；谁也不拉黑", _mark)
    marking.add_argument("number", metavar="号码")
    marking.add_argument("--reason", required=True, metavar="原因", help="为什么标记")
    marking.add_argument("--until", type=moment, required=True, metavar="时间", help="到期自动取消，最多 90 天")
    unmarking = add("unmark", "取消标记", _unmark)
    unmarking.add_argument("number", metavar="号码")
    unmarking.add_argument("--reason", required=True, metavar="原因", help="为什么取消")
    listing = add("list", "现在标记着的号码（打码）", _list)
    for parser in (marking, unmarking, listing):
        add_by(parser)


def _mark(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    engine = store(settings)
    marked = mark_caller(
        engine,
        arguments.number,
        reason=arguments.reason,
        by=acting(engine, arguments),
        now=SystemClock().now(),
        until=arguments.until,
        area_code=settings.hotline.area_code,
    )
    print(f"{mask(marked.number)} 到 {marked.until.astimezone(LOCAL):%Y-%m-%d %H:%M} 为止只打值班室，几秒内生效。")
    return 0


def _unmark(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    engine = store(settings)
    unmark_caller(
        engine,
        arguments.number,
        reason=arguments.reason,
        by=acting(engine, arguments),
        now=SystemClock().now(),
        area_code=settings.hotline.area_code,
    )
    print(f"{mask(arguments.number)} 的标记取消了，几秒内生效。")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    engine = store(load_settings())
    for marked in list_marks(engine, by=acting(engine, arguments), now=SystemClock().now()):
        until = f"{marked.until.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        print(f"{mask(marked.number)} 到 {until}，{marked.by}标记：{marked.reason}")
    return 0
