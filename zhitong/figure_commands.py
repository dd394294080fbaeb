"""zhitong figures: 接通率, 按时办结率, 满意率 … with the numbers that they are made of."""

import argparse
import json
import re
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from cases.figures import Figure, load_targets, shown
from routing.calendar import LOCAL
from zhitong.case_desk import acting, add_by, case_rules
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import load_settings
from zhitong.usecases.figures import figures


def add_figures_command(add: Add) -> None:
    """`zhitong figures`."""
    parser = add("figures", "指标：接通率、按时办结率、回访率、满意率等，每个都写明公式和分母", _figures)
    add_span(parser)
    parser.add_argument("--unit", default="", metavar="单位", help="只看这个单位的工单（单位名称）")
    parser.add_argument("--line", default="", metavar="号码", help="只看打这个号码的来件")
    parser.add_argument(
        "--offered", type=int, metavar="个数", help="这段时间打进来的来电总数（运营商的话单），算接通率用"
    )
    parser.add_argument(
        "--targets", action="store_true", help="只看定了目标的，和目标比（config/policies/figures.toml）"
    )
    parser.add_argument("--json", action="store_true", help="给程序看的格式")


def add_span(parser: argparse.ArgumentParser) -> None:
    """The words by which a command is told a span of days, and in whose name it acts."""
    parser.add_argument("--month", type=month_told, metavar="年-月", help="哪个月，如 2026-11；都不写：这个月")
    parser.add_argument("--from", dest="since", type=_day, metavar="日期", help="从这一天起，如 2026-11-01")
    parser.add_argument("--to", dest="until", type=_day, metavar="日期", help="到这一天为止（含）；不写就是今天")
    add_by(parser)


def span(arguments: argparse.Namespace, now: datetime) -> tuple[datetime, datetime]:
    """The first moment of it, and the first one after it, in the county's time."""
    today = now.astimezone(LOCAL).date()
    if arguments.since or arguments.until:
        last = arguments.until or today
        first = arguments.since or last.replace(day=1)
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
    engine = store(settings)
    since, until = span(arguments, now)
    rules = case_rules(settings)
    found = figures(
        engine,
        by=acting(engine, arguments),
        since=since,
        until=until,
        now=now,
        repeat_within=timedelta(days=settings.casework.repeat_days),
        settle_within=rules.settle_within,
        targets=load_targets(settings.files.rules / "policies" / "figures.toml"),
        unit=arguments.unit,
        line=arguments.line,
        area_code=settings.hotline.area_code,
        offered=arguments.offered,
    )
    if arguments.targets:
        found = tuple(figure for figure in found if figure.target is not None)
    if arguments.json:
        print(json.dumps([asdict(figure) for figure in found], ensure_ascii=False, indent=2))
        return 0
    last = until - timedelta(days=1)
    of = "，".join(part for part in (arguments.unit, f"打 {arguments.line} 的" if arguments.line else "") if part)
    so_far = "（到现在为止）" if until > now else ""
    print(f"{since:%Y-%m-%d} 到 {last:%Y-%m-%d}{so_far}{f'，{of}' if of else ''}；领导和工作人员的来电不算。")
    print("\n".join(map(figure_line, found)))
    return 0


def month_told(told: str) -> date:
    """The first day of a month as it is typed, 2026-11. Raises ArgumentTypeError."""
    if not re.fullmatch(r"\d{4}-\d{1,2}", told):
        raise argparse.ArgumentTypeError(f"{told!r} 不是月份；请写成 2026-11")
    return _day(f"{told.partition('-')[0]}-{int(told.partition('-')[2]):02d}-01")


def _day(told: str) -> date:
    try:
        day = date.fromisoformat(told)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{told!r} 不是日期；请写成 2026-11-01") from None
    if not 2000 <= day.year <= 2100:
        raise argparse.ArgumentTypeError(f"{told!r} 不对；请写 2000 到 2100 年")
    return day
