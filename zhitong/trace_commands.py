"""zhitong case bad-ratings, trace: from a bad rating to everybody who acted on its case (责任倒查)."""

import argparse
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cases.register import cell
from cases.trace import Act, LateClock
from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, add_step, known_unit
from zhitong.figure_commands import add_span, span
from zhitong.roster_commands import Add
from zhitong.sheet_files import write_rows
from zhitong.store.ratings import BadRating
from zhitong.usecases.trace_case import Rated, Trace, bad_ratings, trace_case

_LISTED = ("编号", "时间", "从哪里来", "群众说", "原话", "当时的承办单位", "责任人")
_ACTS = ("时间", "做了什么", "谁", "单位和角色", "内容", "原因", "当时已经超期的时限")


def add_trace_commands(add: Add) -> None:
    """The commands under `zhitong case`."""
    text = "群众说没解决、不满意、又出了问题的（回访、回头看、抽样调查）：当时归谁、谁负责"
    listing = add("bad-ratings", text, _list)
    add_span(listing)
    listing.add_argument("--unit", default="", metavar="单位", help="只看评价时这个单位在办的（单位名称）")
    listing.add_argument(
        "--person", default="", metavar="姓名", help="只看这个人经手的（交办、签收、反馈、审核、审签等）"
    )
    text = "责任倒查：一个工单从来电到评价，谁在什么时候做了什么、哪些时限超了、超期时归谁"
    tracing = add_step(add, "trace", text, _trace)
    for parser in (listing, tracing):
        parser.add_argument("--out", type=Path, metavar="文件", help="写到哪个 .xlsx 或 .csv；不写就显示")


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    since, until = span(arguments, desk.now)
    found = bad_ratings(
        desk.engine,
        by=desk.by,
        since=since,
        until=until,
        now=desk.now,
        unit=arguments.unit and known_unit(desk.engine, desk.directory, arguments.unit),
        person=arguments.person,
    )
    rows = [_row(one) for one in found]
    if arguments.out:
        print(f"{arguments.out}：{write_rows(arguments.out, _LISTED, rows, title='不满意')} 行")
        return 0
    of = "，".join(part for part in (arguments.unit, arguments.person) if part)
    days = f"{since:%Y-%m-%d} 到 {until - timedelta(days=1):%Y-%m-%d}{f'，{of}' if of else ''}"
    several = len({one.case.number for one in found})
    print(f"{days}：不满意的评价 {len(found)} 个，{several} 件工单。")
    print("\n".join("  ".join(filter(None, row)) for row in rows), end="\n" if rows else "")
    if found:
        print(f"倒查一件：zhitong case trace {found[-1].case.number}")
    return 0


def _trace(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    trace = trace_case(desk.engine, number=desk.number, by=desk.by, now=desk.now)
    if arguments.out:
        rows = (
            (
                _at(act.at),
                *map(cell, (act.what, act.who, trace.known.get(act.who, ""), act.text, act.reason)),
                "、".join(act.late),
            )
            for act in trace.acts
        )
        print(f"{arguments.out}：{write_rows(arguments.out, _ACTS, rows, title='责任倒查')} 行")
        return 0
    print(trace_page(trace))
    return 0


def trace_page(trace: Trace) -> str:
    """All of it as text for a terminal."""
    case = trace.view.case
    unit = f"{case.unit or '未定'}{f'，首接 {case.first_unit}' if case.first_unit not in ('', case.unit) else ''}"
    lines = [f"工单 {case.number}  【{case.state}】  {case.matter_name or '事项未明'}  承办 {unit}"]
    lines += _section("群众的评价", map(_rating, trace.ratings)) or ["群众的评价：没有不满意的"]
    lines += _section("超了的时限", map(_late, trace.late)) or ["超了的时限：没有"]
    lines += _section("每个人做了什么", (_person(who, acts, trace.known) for who, acts in trace.people.items()))
    lines += _section("经过", map(_act, trace.acts))
    return "\n".join(lines)


def _row(one: Rated) -> tuple[str, ...]:
    rating, people = one.rating, "，".join(f"{what} {who}" for what, who in one.people)
    return (
        rating.case_number,
        _at(rating.at),
        *map(cell, (rating.source, rating.said, rating.why, one.unit or "没有单位在办", people or "还没有人经手")),
    )


def _rating(one: BadRating) -> str:
    return "  ".join(filter(None, (_at(one.at), one.source, one.said, one.why)))


def _late(one: LateClock) -> str:
    clock = one.clock
    again = f"（第 {clock.round} 次重办）" if clock.round else ""
    until = f"{_at(clock.met_at)} 才办到" if clock.met_at else "到现在还没有办到"
    held = "，".join(part for part in (one.unit or "没有单位在办", one.person and f"最后经手 {one.person}") if part)
    return f"{clock.name}{again}  最迟 {_at(clock.due_at)}，{until}，超了 {_long(one.by)}；到期时：{held}"


def _person(who: str, acts: Iterable[Act], known: dict[str, str]) -> str:
    did = "；".join(f"{act.what} {_at(act.at)}{'（已超期）' if act.late else ''}" for act in acts)
    return f"{who}{f'（{known[who]}）' if known.get(who) else '（现在没有账号）'}：{did}"


def _act(act: Act) -> str:
    why = f"；原因：{act.reason}" if act.reason else ""
    late = f"  ★已超期：{'、'.join(act.late)}" if act.late else ""
    return f"{_at(act.at)}  {act.what}  {act.text}{why}（{act.who}）{late}"


def _section(name: str, rows: Iterable[str]) -> list[str]:
    found = [f"  {row}" for row in rows]
    return [f"{name}：", *found] if found else []


def _long(by: timedelta) -> str:
    minutes = max(1, int(by.total_seconds() // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    told = [f"{n} {unit}" for n, unit in ((days, "天"), (hours, "小时"), (minutes, "分")) if n]
    return " ".join(told[:2])


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
