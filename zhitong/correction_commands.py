"""zhitong corrections …: what people corrected of what the machine understood, and how right it was week by week."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path

from recognizer.judging import Share
from recognizer.taxonomy import Taxonomy, load_taxonomy
from routing.account_names import called
from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, add_by, known_unit
from zhitong.errors import ReportRefused
from zhitong.figure_commands import day_told
from zhitong.figure_months import aligned
from zhitong.roster_commands import Add
from zhitong.sheet_files import write_rows
from zhitong.usecases.accused_people import account_people
from zhitong.usecases.corrections import FILE, MOST_LISTED, Correction, Known, list_corrections, take_corrections
from zhitong.usecases.edit_case import URGENCIES
from zhitong.usecases.weekly_accuracy import FORMULAS, MOST_WEEKS, Week, weekly_accuracy

_DAYS, _WEEKS, _LISTED = 30, 8, 50
_BAR = 40
_URGENCY = {urgency: name for name, urgency in URGENCIES.items()}
_FIELDS = {"matter": "事项", "type": "类型", "urgency": "紧急", "place": "地点", "unit": "单位"}
_WHAT_COUNTS = (
    "算的是这一周打来、现在人已经定下来的（开始办理以后的，办结、不予受理、重办的）；"
    "随并单、集中来电一起办结的没人单看，不算。",
    "没有人改就算对，没人细看的也在里面，所以真的准确率多半低一些；近几周定下来的少，还会变。"
    "括号里是 95 % 的区间（Wilson）。",
)


def add_correction_commands(add: Add) -> None:
    """The commands under `zhitong corrections`."""
    listing = add("list", "机器理解的和人定的不一样的来电：说了什么、机器说什么、有多少把握、谁改成什么", _list)
    listing.add_argument(
        "--from", dest="since", type=day_told, metavar="日期", help=f"这一天起的来电（不写：近 {_DAYS} 天）"
    )
    text = f"最多列几个，先早后晚（不写：{_LISTED}，最多 {MOST_LISTED}）"
    listing.add_argument("--limit", type=int, default=_LISTED, metavar="个数", help=text)
    taking = add("take", f"看过的收作例句，写进例句文件夹的 {FILE}（发布以后才算数）；一个工单只收一次", _take)
    taking.add_argument("numbers", nargs="+", metavar="编号", help="工单编号；几个一起收，有一个不行就都不收")
    taking.add_argument("--text", default="", metavar="话", help="换成这句（去掉姓名、住址；只用汉字），一次一个工单")
    taking.add_argument("--matter", default="", metavar="代码", help="事项写这个（如 A1），一次一个工单")
    weekly = add("weeks", "每周准确率：机器说的事项、类型、紧急程度、地点，人定下来以后还对不对", _weeks)
    weekly.add_argument(
        "--weeks",
        type=int,
        default=_WEEKS,
        metavar="个数",
        help=f"看几周，到这一周为止（不写：{_WEEKS}，最多 {MOST_WEEKS}）",
    )
    weekly.add_argument("--unit", default="", metavar="单位", help="只看这个单位的工单（单位名称）")
    weekly.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .csv 或 .xlsx；不写就显示表和图")
    weekly.add_argument("--json", action="store_true", help="给程序看的格式")
    for parser in (listing, taking, weekly):
        add_by(parser)


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    day = arguments.since or desk.now.astimezone(LOCAL).date() - timedelta(days=_DAYS)
    taxonomy = load_taxonomy(desk.settings.files.taxonomy)
    found = list_corrections(
        desk.engine,
        by=desk.by,
        since=datetime.combine(day, time(), LOCAL),
        until=desk.now,
        now=desk.now,
        known=_known(desk, taxonomy),
        limit=arguments.limit,
    )
    for one in found:
        print(_shown(one, taxonomy.names) + "\n")
    print(f"{day} 起的来电：{len(found)} 个，举报的、要保密的、原话到期的、收过的不列。")
    if len(found) == arguments.limit:
        print(f"可能还有：--from {found[-1].at.astimezone(LOCAL):%Y-%m-%d} 接着看，或者加大 --limit")
    if found:
        print("收作例句：zhitong corrections take 编号；句子里有姓名、住址的，用 --text 换一句。")
    return 0


def _take(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    folder = desk.settings.files.examples
    taken = take_corrections(
        desk.engine,
        numbers=arguments.numbers,
        by=desk.by,
        now=desk.now,
        known=_known(desk, load_taxonomy(desk.settings.files.taxonomy)),
        folder=folder,
        text=arguments.text.strip(),
        matter=arguments.matter.strip(),
    )
    for one in taken:
        print(f"{one.code} {one.type} {_URGENCY[one.urgency]} {one.place or '（没说镇乡）'}：{one.text}")
    print(f"收了 {len(taken)} 句，在 {folder / FILE}；发布以后才算数。")
    return 0


def _weeks(arguments: argparse.Namespace) -> int:
    if arguments.json and arguments.out:
        raise ReportRefused("--json 和 --out 只写一个")
    desk = CaseDesk(arguments)
    found = weekly_accuracy(
        desk.engine,
        by=desk.by,
        weeks=arguments.weeks,
        now=desk.now,
        towns=desk.towns,
        unit=arguments.unit and known_unit(desk.engine, desk.directory, arguments.unit),
    )
    if arguments.json:
        told = [
            asdict(week) | {"name": week.name, "since": week.since.isoformat(), "until": week.until.isoformat()}
            for week in found
        ]
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    if arguments.out:
        headings, rows = as_rows(found)
        print(f"{arguments.out}：{write_rows(arguments.out, headings, rows, title='每周准确率')} 行")
        return 0
    print(page(found, desk.now))
    return 0


def _known(desk: CaseDesk, taxonomy: Taxonomy) -> Known:
    """Names of officials and of those who have accounts; towns and matters of the draft, that examples go into."""
    directory = desk.directory
    units = frozenset(unit.name for unit in directory.units)
    people = frozenset(official.name for official in directory.roster.officials)
    accounts = (called(one.name, units) for one in account_people(desk.engine))
    return Known(names=people.union(*accounts), towns=taxonomy.towns, codes=tuple(taxonomy.names))


def _shown(one: Correction, names: Mapping[str, str]) -> str:
    told, now = one.told, one.now
    by = f"，分类器 {told.classifier[:8]}" if told.classifier else ""
    lines = [
        f"{one.number}  {one.at.astimezone(LOCAL):%m-%d %H:%M}  把握 {told.confidence:.0%}{by}",
        f"  话：{now.text}",
    ]
    said = {"matter": _matter(told.matter, names), "type": told.type, "urgency": _URGENCY[told.urgency]}
    said |= {"place": told.place, "unit": told.unit}
    is_now = {"matter": _matter(now.code, names), "type": now.type, "urgency": _URGENCY[now.urgency]}
    is_now |= {"place": one.place, "unit": one.unit}
    lines += [
        f"  {_FIELDS[name]}：机器说 {said[name] or '（没有）'}，现在是 {is_now[name] or '（没有）'}"
        for name in one.fields
    ]
    for act in one.acts:
        why = f"（{act.reason}）" if act.reason else ""
        lines.append(f"  {act.at.astimezone(LOCAL):%m-%d %H:%M} {act.who} {act.what}：{act.text}{why}")
    return "\n".join(lines)


def _matter(code: str, names: Mapping[str, str]) -> str:
    return f"{code} {names.get(code, '')}".strip()


def page(weeks: Sequence[Week], now: datetime) -> str:
    """Chart and table as text for a terminal, with what is counted."""
    matter, *others = FORMULAS
    chart = [(week.name, _days(week, now), *_drawn(week.shares[0])) for week in weeks]
    table = [("周", *others, "没说事项的")]
    table += [(week.name, *map(cell, week.shares[1:]), str(week.unheard)) for week in weeks]
    decided_by: dict[str, list[str]] = {}
    for week in weeks:
        for version in week.classifiers:
            decided_by.setdefault(version, []).append(week.name)
    return "\n".join(
        [
            f"每周准确率：{matter}",
            *aligned(chart),
            "",
            *aligned(table),
            "",
            *(f"分类器 {version[:8]}：{names[0]} 到 {names[-1]}" for version, names in decided_by.items()),
            *_WHAT_COUNTS,
            *(f"{name}：{text}" for name, text in FORMULAS.items()),
        ]
    )


def _days(week: Week, now: datetime) -> str:
    so_far = "（到现在）" if week.until > now else ""
    return f"{week.since:%m-%d}～{week.until - timedelta(days=1):%m-%d}{so_far}"


def _drawn(share: Share) -> tuple[str, str]:
    """The share as a bar, and in figures."""
    if not share.of:
        return "（还没有人定下来的）", ""
    return f"{'█' * round(_BAR * share.right / share.of):·<{_BAR}}", cell(share)


def cell(share: Share) -> str:
    """The share with its numbers and its interval in per cent; “没有” for one of nothing."""
    if not share.of:
        return "没有"
    low, high = share.interval
    return f"{share.right}/{share.of} {_whole(share)}%（{100 * low:.0f}–{100 * high:.0f}）"


def _whole(share: Share) -> int:
    """Per cent; what is not all is never rounded to 100, what is not nothing never to 0."""
    if share.right in (0, share.of):
        return 100 * share.right // share.of
    return min(99, max(1, round(100 * share.right / share.of)))


def as_rows(weeks: Sequence[Week]) -> tuple[list[str], list[list[str]]]:
    """The weeks for a spreadsheet: of each share right, of, and the interval, in per cent; formulas in the last row."""
    headings = ["周", "从", "到"]
    for name in FORMULAS:
        headings += [f"{name}对", f"{name}共", f"{name}%", f"{name}下限%", f"{name}上限%"]
    rows = [
        [
            week.name,
            f"{week.since:%Y-%m-%d}",
            f"{week.until - timedelta(days=1):%Y-%m-%d}",
            *(value for share in week.shares for value in _values(share)),
            str(week.unheard),
            "、".join(week.classifiers),
        ]
        for week in weeks
    ]
    told = "；".join([*_WHAT_COUNTS, *(f"{name}：{text}" for name, text in FORMULAS.items())])
    return [*headings, "没说事项的来电", "分类器"], [*rows, ["公式", told]]


def _values(share: Share) -> list[str]:
    if not share.of:
        return ["0", "0", "", "", ""]
    return [str(share.right), str(share.of), *(f"{100 * one:.1f}" for one in (share.right / share.of, *share.interval))]
