"""zhitong report: 日提醒, 周对账, 月考评, now, as the system makes them by itself; and the red lines."""

import argparse
from datetime import timedelta
from pathlib import Path

from cases.channels import before
from cases.figures import load_targets
from cases.red_lines import load_red_lines
from cases.register import cell
from zhitong.case_desk import CaseDesk, acting, add_by, case_rules, known_unit
from zhitong.clock import SystemClock
from zhitong.figure_commands import add_span, span
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now, store
from zhitong.settings import load_settings
from zhitong.sheet_files import write_rows
from zhitong.understanding import taxonomy_in_force
from zhitong.usecases.compare_channels import compare_channels
from zhitong.usecases.reach import FAIR_RING, NIGHT, reach
from zhitong.usecases.red_lines import red_lines
from zhitong.usecases.reports import Table
from zhitong.usecases.see_report import see_report

_HELP = {
    "daily": "日提醒：各单位没有办结、今天到期、已超期各几件",
    "weekly": "周对账：上一周各单位期初、新收、销号、期末各几件",
    "monthly": "月考评：上个月各单位的指标（写进表格）",
}


def add_report_commands(add: Add) -> None:
    """The commands under `zhitong report`."""
    for name, text in _HELP.items():
        parser = add(name, f"{text}；系统自己每天、每周、每月也做一份，在数据文件夹的 reports 里", _report)
        parser.set_defaults(report=name)
        add_by(parser)
        parser.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .xlsx 或 .csv；不写就显示")
    reaching = add("reach", "干部接听：每人来电叫到几次、接了几次、夜里接了几次；接得最少的在前", _reach)
    add_span(reaching)
    reaching.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .xlsx 或 .csv；不写就显示")
    comparing = add("channels", "各渠道各多少件；同一地方、同一事项哪些渠道都有，和上一期比", _channels)
    add_span(comparing)
    comparing.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .xlsx 或 .csv；不写就显示")


def add_red_lines_command(add: Add) -> None:
    """`zhitong case red-lines`."""
    parser = add(
        "red-lines", "追责红线：哪些工单碰了哪一条（督查、审计看；哪些算：config/policies/red_lines.toml）", _red_lines
    )
    add_span(parser)
    parser.add_argument("--unit", default="", metavar="单位", help="只看这个单位的（单位名称）")
    parser.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .xlsx 或 .csv；不写就显示")


def _report(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    by, targets = acting(engine, arguments), load_targets(settings.files.rules / "policies" / "figures.toml")
    table = see_report(engine, case_rules(settings), arguments.report, by=by, now=now, targets=targets)
    return _shown(arguments.out, table, title=_HELP[arguments.report].partition("：")[0])


def _reach(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    since, until = span(arguments, desk.now)
    table = reach(desk.engine, by=desk.by, since=since, until=until, now=desk.now)
    print(f"响了不到 {FAIR_RING:g} 秒、别人已经接了的不算叫到；夜里：{NIGHT[0]:%H:%M} 到 {NIGHT[1]:%H:%M}。")
    if not table.rows:
        print("这段时间没有来电叫过人。")
        return 0
    return _shown(arguments.out, table, title="干部接听")


def _channels(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    since, until = span(arguments, desk.now)
    towns = taxonomy_in_force(desk.settings).towns
    table = compare_channels(
        desk.engine, by=desk.by, since=since, until=until, now=desk.now, towns=towns, tags=desk.rules.tags
    )
    so_far = "（到现在为止）" if until > desk.now else ""
    last = until - timedelta(days=1)
    print(f"本期 {since:%Y-%m-%d} 到 {last:%Y-%m-%d}{so_far}，上期从 {before(since, until):%Y-%m-%d} 起。")
    return _shown(arguments.out, table, title="各渠道对照")


def _red_lines(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    since, until = span(arguments, now)
    lines = load_red_lines(settings.files.rules / "policies" / "red_lines.toml")
    by = acting(engine, arguments)
    must = case_rules(settings).mandatory.close
    unit = arguments.unit and known_unit(engine, directory_now(settings, now)[1], arguments.unit)
    found = red_lines(engine, lines, by=by, since=since, until=until, now=now, unit=unit, must=must)
    rows = tuple(
        (one.case.number, one.case.unit, one.case.official, name, cell(told))
        for one, crossed in found
        for name, told in crossed
    )
    table = Table(headings=("编号", "责任单位", "经办", "红线", "情况"), rows=rows)
    days = f"{since:%Y-%m-%d} 到 {until - timedelta(days=1):%Y-%m-%d}"
    print(f"{days}的来件，碰了红线的 {len({row[0] for row in rows})} 件，{len(rows)} 条。")
    return _shown(arguments.out, table, title="红线") if rows else 0


def _shown(out: Path | None, table: Table, *, title: str) -> int:
    if out is not None:
        print(f"{out}：{write_rows(out, table.headings, table.rows, title=title)} 行")
        return 0
    print("\n".join("  ".join(row) for row in (table.headings, *table.rows)))
    return 0
