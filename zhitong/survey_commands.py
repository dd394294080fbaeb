"""zhitong survey …: 满意度抽样调查, by supervision or a third party."""

import argparse
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from cases.case import Case
from cases.record import CaseRecord
from cases.register import cell
from cases.survey import RATINGS
from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, add_by
from zhitong.figure_commands import month_told
from zhitong.roster_commands import Add
from zhitong.sheet_files import write_rows
from zhitong.usecases.reports import moments, month_before
from zhitong.usecases.survey import draw_survey, list_survey, rate_survey

_HEADINGS = ("编号", "工单", "月份", "号码", "姓名", "事项", "地点", "承办单位", "给群众的话")


def add_survey_commands(add: Add) -> None:
    """The commands under `zhitong survey`."""
    drawing = add("draw", "从一个月销号的工单里抽（比例：config/policies/survey.toml），一个月抽一次", _draw)
    drawing.add_argument("--month", type=month_told, metavar="年-月", help="哪个月销号的，如 2026-10；不写：上个月")
    listing = add("list", "抽到、还没有问的；--out 写成表格交给第三方", _list)
    listing.add_argument("--full-number", action="store_true", help="显示完整号码（查看会留痕）")
    listing.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .xlsx 或 .csv；不写就显示")
    rating = add("rate", "记下群众怎么说；回访的结果不变", _rate)
    rating.add_argument("id", type=int, metavar="编号", help="survey list 列出的编号")
    rating.add_argument("--rating", required=True, choices=RATINGS, metavar="结果", help="、".join(RATINGS))
    rating.add_argument("--surveyor", default="", metavar="谁问的", help="第三方的名称（不写：就是您）")
    for parser in (drawing, listing, rating):
        add_by(parser)


def _draw(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    first, last = month_before(desk.now.astimezone(LOCAL).date())
    if arguments.month:
        first, last = month_before((arguments.month + timedelta(days=31)).replace(day=1))
    since, until = moments(first, last)
    drawn = draw_survey(desk.engine, desk.rules, by=desk.by, since=since, until=until, now=desk.now)
    print(f"{since:%Y-%m} 抽了 {drawn} 件，看 zhitong survey list")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = list_survey(desk.engine, by=desk.by, now=desk.now, unmasked=arguments.full_number)
    rows = [_row(record, case) for record, case in found]
    if arguments.out:
        print(f"{arguments.out}：{write_rows(arguments.out, _HEADINGS, rows, title='抽样调查')} 行")
        return 0
    print("\n".join("  ".join(filter(None, row)) for row in rows) or "没有要问的。")
    return 0


def _row(record: CaseRecord, case: Case) -> list[str]:
    month, matter = str(record.detail.get("month", "")), case.matter_name or case.matter
    told: Iterable[str] = (case.contact or case.caller, case.name, matter, case.place, case.unit, case.result)
    return [str(record.id), case.number, month, *map(cell, told)]


def _rate(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    rate_survey(
        desk.engine, arguments.id, rating=arguments.rating, surveyor=arguments.surveyor, by=desk.by, now=desk.now
    )
    print(f"记下了：{arguments.rating}。")
    return 0
