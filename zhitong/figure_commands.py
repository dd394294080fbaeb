"""zhitong figures: 接通率, 按时办结率, 满意率 … with the numbers that they are made of."""

import argparse
import json
import re
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path

from cases.figures import Figure, load_targets, shown
from routing.calendar import LOCAL
from zhitong.case_desk import acting, add_by, case_rules, known_unit
from zhitong.clock import SystemClock
from zhitong.errors import ReportRefused
from zhitong.figure_months import check_months, last_months, of_what, show_months
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now, store
from zhitong.settings import load_settings
from zhitong.usecases.figures import MOST_MONTHS, How, figures, figures_of_months


def add_figures_command(add: Add) -> None:
    """`zhitong figures`."""
    parser = add("figures", "指标：接通率、按时办结率、回访率、满意率等，每个都写明公式和分母", _figures)
    add_span(parser)
    parser.add_argument("--unit", default="", metavar="单位", help="只看这个单位的工单（单位名称）")
    parser.add_argument("--line", default="", metavar="号码", help="只看打这个号码的来件")
    parser.add_argument(
        "--offered",
        type=int,
        nargs="+",
        default=[],
        metavar="个数",
        help="这段时间打进来的来电总数（运营商的话单），算接通率用；--months 的一个月写一个，先早后晚",
    )
    parser.add_argument(
        "--targets", action="store_true", help="只看定了目标的，和目标比（config/policies/figures.toml）"
    )
    parser.add_argument(
        "--five", action="store_true", help="“五要”：响应迅速、态度诚恳、协调尽力、办完回访、违规处理，各看哪个数"
    )
    parser.add_argument(
        "--months",
        type=int,
        metavar="个数",
        help=f"一个月一列，到这个月（或者 --month）为止共几个月，最多 {MOST_MONTHS}；一年一百万件的库每个月约一两秒",
    )
    parser.add_argument("--out", type=Path, metavar="文件", help="和 --months 一起：写到哪个 .xlsx 或 .csv")
    parser.add_argument("--json", action="store_true", help="给程序看的格式")


def add_span(parser: argparse.ArgumentParser) -> None:
    """The words by which a command is told a span of days, and in whose name it acts."""
    parser.add_argument("--month", type=month_told, metavar="年-月", help="哪个月，如 2026-11；都不写：这个月")
    parser.add_argument("--from", dest="since", type=day_told, metavar="日期", help="从这一天起，如 2026-11-01")
    parser.add_argument("--to", dest="until", type=day_told, metavar="日期", help="到这一天为止（含）；不写就是今天")
    add_by(parser)


def span(arguments: argparse.Namespace, now: datetime) -> tuple[datetime, datetime]:
    """The first moment of it, and the first one after it, in the county's time. Raises ReportRefused."""
    today = now.astimezone(LOCAL).date()
    if arguments.since or arguments.until:
        last = arguments.until or today
        first = arguments.since or last.replace(day=1)
        if first > last:
            raise ReportRefused(f"从 {first} 到 {last} 没有一天；请把开始（--from）写在结束（--to）前面")
        last += timedelta(days=1)
    else:
        first = arguments.month or today.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1)
    since, until = (datetime.combine(day, time(), LOCAL) for day in (first, last))
    return since, until


def figure_line(figure: Figure) -> str:
    """One figure with the numbers that it is made of: never a share without them."""
    target = ""
    if figure.target is not None:
        target = f"，目标 {figure.target:g} %" + {True: "，达到", False: "，没达到", None: ""}[figure.met]
    told = f"{figure.name}  {shown(figure)}{target}\n    {figure.formula}"
    return told + (f"\n    {figure.beside}" if figure.beside else "")


def _figures(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    if arguments.months is not None:
        check_months(arguments)
    elif arguments.out:
        raise ReportRefused("--out 和 --months 一起用；一个时间段的用 --json")
    engine = store(settings)
    since, until = span(arguments, now)
    how: How = {
        "repeat_within": timedelta(days=settings.casework.repeat_days),
        "settle_within": case_rules(settings).settle_within,
        "targets": load_targets(settings.files.rules / "policies" / "figures.toml"),
        "unit": arguments.unit and known_unit(engine, directory_now(settings, now)[1], arguments.unit),
        "line": arguments.line,
        "area_code": settings.hotline.area_code,
        "five": arguments.five,
    }
    by = acting(engine, arguments)
    if arguments.months is not None:
        months = last_months(since, arguments.months)
        columns = figures_of_months(engine, by=by, months=months, now=now, offered=arguments.offered, **how)
        return show_months(arguments, months, columns, now)
    if len(arguments.offered) > 1:
        raise ReportRefused("--offered 写了几个数；一段时间写一个，几个月的和 --months 一起用")
    (offered,) = arguments.offered or (None,)
    found = figures(engine, by=by, since=since, until=until, now=now, offered=offered, **how)
    if arguments.targets:
        found = tuple(figure for figure in found if figure.target is not None)
    if arguments.json:
        print(json.dumps([asdict(figure) for figure in found], ensure_ascii=False, indent=2))
        return 0
    last = until - timedelta(days=1)
    so_far = "（到现在为止）" if until > now else ""
    print(f"{since:%Y-%m-%d} 到 {last:%Y-%m-%d}{so_far}{of_what(arguments)}；领导和工作人员的来电不算。")
    print("\n".join(map(figure_line, found)))
    return 0


def month_told(told: str) -> date:
    """The first day of a month as it is typed, 2026-11. Raises ArgumentTypeError."""
    if not re.fullmatch(r"\d{4}-\d{1,2}", told):
        raise argparse.ArgumentTypeError(f"{told!r} 不是月份；请写成 2026-11")
    return day_told(f"{told.partition('-')[0]}-{int(told.partition('-')[2]):02d}-01")


def day_told(told: str) -> date:
    """A day as it is typed, 2026-11-01. Raises ArgumentTypeError."""
    try:
        day = date.fromisoformat(told)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{told!r} 不是日期；请写成 2026-11-01") from None
    if not 2000 <= day.year <= 2100:
        raise argparse.ArgumentTypeError(f"{told!r} 不对；请写 2000 到 2100 年")
    return day
