"""zhitong roster … and zhitong route: the duty roster, its changes, and whose phone would ring."""

import argparse
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from cases.roles import Actor
from routing.calendar import FIRST_YEAR, LAST_YEAR, LOCAL
from routing.changes import KINDS, Change, change_told, in_force, standing
from routing.checks import Finding, check_roster
from routing.directory import Directory
from routing.duty_spans import duty_spans, without_effect
from routing.phone import mask
from routing.roster import ROLES, Leave, Override
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused, DatabaseGone
from zhitong.roster_import import export_sheet, import_sheet
from zhitong.roster_now import base_now, directory_now, new_findings, tell_new_findings
from zhitong.settings import ladder_timing, load_settings, spoken_on
from zhitong.store.engine import open_engine
from zhitong.usecases.answering import Answering, answering
from zhitong.usecases.change_roster import (
    list_changes,
    put_first,
    put_leave,
    put_override,
    see_changes,
    undo_change,
)
from zhitong.usecases.roster_named import find_official, find_unit
from zhitong.usecases.see_roster import roster_findings
from zhitong.who_acts import acting_on_roster, add_by

Command = Callable[[argparse.Namespace], int]


class Add(Protocol):
    """How a command is added: name, what it does, the function; `under` a group."""

    def __call__(self, name: str, text: str, run: Command) -> argparse.ArgumentParser: ...


def add_roster_commands(add: Add) -> None:
    """The commands under `zhitong roster`."""
    who = add("who", "这一刻谁在值班", _who)
    add_at(who)
    who.add_argument("--unit", metavar="单位", help="只看这个单位（编码或名称）")
    gaps = add("gaps", "查以后的空档、重复值班、无人替的、不在任的、没试通和打不通的号码、打不到的步骤", _gaps)
    gaps.add_argument("--days", type=_days, default=30, metavar="天", help="查几天，不写就是 30")
    gaps.add_argument("--json", action="store_true", help="给程序看的格式")
    stats = add("stats", "每个人接电话的情况：响了几次、接了几次、多快接起", _stats)
    stats.add_argument("--days", type=_days, default=30, metavar="天", help="看最近几天，不写就是 30")
    stats.add_argument("--json", action="store_true", help="给程序看的格式")
    ical = add("ical", "一个人的值班日历，手机和电脑的日历能打开", _ical)
    ical.add_argument("official", metavar="人", help="姓名或编号")
    ical.add_argument("--days", type=_days, default=60, metavar="天", help="到以后几天为止，不写就是 60")
    ical.add_argument("--out", type=Path, required=True, metavar="文件", help="写到这个文件（.ics）")
    override = add("override", "调班：一个人替另一个人值一段时间", _override)
    override.add_argument("off", metavar="原来的人", help="姓名或编号")
    override.add_argument("on", metavar="替他的人", help="姓名或编号")
    swap = add("swap", "换班：两个人互换，各替对方一段时间", _swap)
    swap.add_argument("off", metavar="甲", help="姓名或编号")
    swap.add_argument("on", metavar="乙", help="姓名或编号")
    swap.add_argument("--back", nargs=2, type=moment, required=True, metavar=("开始", "结束"), help="甲替乙的那段时间")
    leave = add("leave", "请假：这段时间不打他，由副职替", _leave)
    leave.add_argument("official", metavar="人", help="姓名或编号")
    for parser in (override, swap, leave):
        parser.add_argument("--start", type=moment, required=True, metavar="时间", help="如 2026-12-05T08:00")
        parser.add_argument("--end", type=moment, required=True, metavar="时间", help="到这时为止（不含）")
        _authored(parser)
    first = add("first", "在班的先打谁：带班领导还是值班人员", _first)
    first.add_argument("role", choices=ROLES, metavar="谁", help="lead 带班领导，staff 值班人员")
    _authored(first)
    changes = add("changes", "看全部改动：谁、什么时候、为什么", _changes)
    undo = add("undo", "撤销一次改动", _undo)
    undo.add_argument("id", type=_number, metavar="编号", help="改动的编号（changes 列出）")
    undo.add_argument("--reason", required=True, metavar="原因", help="为什么撤销")
    add_by(undo)
    read = add("import", "导入值班表：.xlsx、.xls、.csv，或粘贴的文字（文件写 -）", import_sheet)
    read.add_argument("file", metavar="文件", help="值班表文件；- 从标准输入读")
    read.add_argument(
        "--directory", type=Path, metavar="CSV", help="通讯录（姓名,单位,职务,手机）；不写：值班表文件里的人"
    )
    read.add_argument("--preview", action="store_true", help="只看读出了什么，不改")
    read.add_argument("--json", action="store_true", help="预览用给程序看的格式")
    read.add_argument("--only-sure", action="store_true", help="有要核对的也导入，只导入没有疑问的班次")
    read.add_argument("--first", choices=ROLES, metavar="谁", help="同时定先打谁：lead 带班领导，staff 值班人员")
    read.add_argument("--unit", metavar="单位", help="哪个单位的值班表（编码或名称）")
    read.add_argument("--reason", default="", metavar="原因", help="为什么改；不预览时要写")
    add_by(read)
    export = add("export", "把值班写成可打印的表，版式和导入的那张一样（导出会留痕）", export_sheet)
    export.add_argument("--from", dest="start", type=_day, metavar="日期", help="从哪天起，不写：原表的日子或今天")
    export.add_argument("--days", type=_whole_days, metavar="天", help="写几天，不写就是 31")
    export.add_argument("--out", type=Path, required=True, metavar="文件", help="写到哪个 .xlsx，或可打印的网页 .html")
    export.add_argument("--own", action="store_true", help="不照导入的版式，用一天一行的")
    export.add_argument("--unit", metavar="单位", help="哪个单位（编码或名称），不写就是本级")
    for parser in (stats, changes, export):
        add_by(parser)


def add_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", type=moment, metavar="时间", help="如 2026-12-05T02:30+08:00，不写就是现在")


def _authored(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="原因", help="为什么改")
    add_by(parser)


def _days(told: str) -> float:
    try:
        days = float(told)
    except ValueError:
        days = 0.0
    if not 0 < days <= 366:
        raise argparse.ArgumentTypeError(f"{told} 不是天数，请写 1 到 366")
    return days


def _whole_days(told: str) -> int:
    return max(1, round(_days(told)))


def _day(told: str) -> date:
    return moment(told).astimezone(LOCAL).date()


def _number(told: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", told):
        raise argparse.ArgumentTypeError(f"{told} 不是编号，请写 zhitong roster changes 列出的数字")
    return int(told)


def moment(told: str) -> datetime:
    """A time as an argument, in Shanghai; without a zone it is one of there."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{told} 不是时间，请写成 2026-12-05T08:00") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{told} 的年份不对，请写 {FIRST_YEAR} 年到 {LAST_YEAR} 年")
    return at.astimezone(LOCAL) if at.tzinfo else at.replace(tzinfo=LOCAL)


def _who(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    _, directory, _ = directory_now(settings, now)
    at = arguments.at or now
    told = arguments.unit
    for unit in directory.units if told is None else [directory.unit(find_unit(directory, told))]:
        there = directory.roster.on_duty(at, unit.code)
        if there or told is not None:
            level = f"（{unit.level}）" if unit.level else ""
            print(f"{unit.name}{level}：{'' if there else '没有人值班，由值班室补上'}")
        for duty in there:
            role = {"lead": "带班", "staff": "值班"}[duty.role]
            instead = f"，替{duty.instead}（{duty.because}）" if duty.because else ""
            number = mask(next(iter(directory.callable(duty.official, at)), ""))
            speaks = f"，会说{'、'.join(duty.official.languages)}" if duty.official.languages else ""
            print(f"  {role} {duty.official.post}{duty.official.name} {number}{instead}{speaks}")
    return 0


def _gaps(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    timing, languages = ladder_timing(settings), spoken_on(settings)
    try:
        _, directory, engine = directory_now(settings, now)
        found = roster_findings(
            engine,
            directory,
            now,
            days=arguments.days,
            dead_calls=settings.casework.dead_calls,
            timing=timing,
            languages=languages,
        )
    except DatabaseGone as gone:
        directory = base_now(settings, open_engine(settings.store.database_url), now)
        why = f"{gone}；调班、请假、导入的值班表没有算，哪些号码没试通、打不通也不知道"
        found = check_roster(directory, now, days=arguments.days, timing=timing, languages=languages)
        found = [Finding(kind="unknown", text=why), *found]
    if arguments.json:
        rows = [
            {
                "kind": f.kind,
                "start": f.start.astimezone(LOCAL).isoformat() if f.start else None,
                "end": f.end.astimezone(LOCAL).isoformat() if f.end else None,
                "text": f.text,
            }
            for f in found
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print("\n".join(map(str, found)) or f"以后 {arguments.days:g} 天每一分钟都有人值班，没有发现问题。")
    return 1 if found else 0


def _stats(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    _, directory, engine = directory_now(settings, now)
    by, short = acting_on_roster(engine, arguments), settings.casework.short_talk_seconds
    rows = answering(engine, directory, by=by, now=now, days=arguments.days, short=short)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        print("\n".join(_answered(row, short) for row in rows) or f"最近 {arguments.days:g} 天没有打过谁的电话。")
        if rows:
            print("\n".join(("", *_MEANINGS)))
    return 0


def _answered(row: Answering, short: float) -> str:
    told = [
        f"响 {row.rung} 次",
        f"接 {row.accepted} 次" + (f"（中位 {row.seconds:.0f} 秒接起）" if row.seconds is not None else ""),
        f"不接 {row.refused} 次",
        f"没接 {row.missed} 次",
        f"答应回电 {row.promised} 次",
        f"谈不到 {short:g} 秒 {row.dropped} 次",
        f"回电 {row.called_back} 次" + (f"（另有 {row.away} 次群众没接）" if row.away else ""),
    ]
    return f"{' '.join((row.who, '、'.join(row.numbers))).strip()}：{'，'.join(told)}"


_MEANINGS = (
    "各是什么意思（括号里是 --json 里的名字）：",
    "  响（rung）：群众来电，他的电话响了；打不通、没响的不算，被同事用 *3 请进来的也算",
    "  接（accepted）：按 1 或说“接”接过来的；中位秒数（seconds）：从开始响到接起，一半比这快",
    "  不接（refused）：按 2，或按 3 交给副职",
    "  没接（missed）：响到头、占线、推掉，或接起来没有反应（语音信箱）",
    "  答应回电（promised）：按 4 说自己回电",
    "  响的次数比这几项多出来的：同事先接了，或者群众先挂了",
    "  谈不到几秒（dropped）：接了或回电了，但谈得太短，多半没谈成",
    "  回电（called_back）：系统回拨群众时他接的，和他自己通过热线打回去谈上的；群众没接的（away）另算",
)


def _ical(arguments: argparse.Namespace) -> int:
    # Here, because no other command needs what it is made with, and all would wait for it.
    from zhitong.roster_calendar import calendar_begins, duty_calendar

    settings, now = load_settings(), SystemClock().now()
    _, directory, _ = directory_now(settings, now)
    official = find_official(directory, arguments.official)
    spans = duty_spans(directory.roster, official.id, calendar_begins(now), now + timedelta(days=arguments.days))
    written = duty_calendar(directory, official, spans, changed_at=now)
    unfinished = arguments.out.with_name(f"{arguments.out.name}.part")
    try:
        unfinished.write_bytes(written)
        unfinished.replace(arguments.out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ChangeRefused(f"--out：{arguments.out} 写不进去（{error.strerror}）；请换个位置") from None
    print(f"{official.called}的值班日历写到了 {arguments.out}")
    return 0


def _override(arguments: argparse.Namespace) -> int:
    def put(base: Directory, engine: Engine, by: Actor, now: datetime) -> Change:
        off, on = find_official(base, arguments.off), find_official(base, arguments.on)
        overrides = [Override(off=off.id, on=on.id, start=arguments.start, end=arguments.end)]
        return put_override(engine, base, overrides, by=by, reason=arguments.reason, now=now)

    return _change(put, arguments)


def _swap(arguments: argparse.Namespace) -> int:
    def put(base: Directory, engine: Engine, by: Actor, now: datetime) -> Change:
        one, other = find_official(base, arguments.off), find_official(base, arguments.on)
        start, end = arguments.back
        overrides = [
            Override(off=one.id, on=other.id, start=arguments.start, end=arguments.end),
            Override(off=other.id, on=one.id, start=start, end=end),
        ]
        return put_override(engine, base, overrides, by=by, reason=arguments.reason, now=now)

    return _change(put, arguments)


def _leave(arguments: argparse.Namespace) -> int:
    def put(base: Directory, engine: Engine, by: Actor, now: datetime) -> Change:
        official = find_official(base, arguments.official)
        leave = Leave(official=official.id, start=arguments.start, end=arguments.end)
        return put_leave(engine, base, leave, by=by, reason=arguments.reason, now=now)

    return _change(put, arguments)


def _first(arguments: argparse.Namespace) -> int:
    return _change(
        lambda base, engine, by, now: put_first(engine, base, arguments.role, by=by, reason=arguments.reason, now=now),
        arguments,
    )


def _change(put: Callable[[Directory, Engine, Actor, datetime], Change], arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    base, before, engine = directory_now(load_settings(), now)
    change = put(base, engine, acting_on_roster(engine, arguments), now)
    print(f"第 {change.id} 号改动，一秒内生效。要撤销：zhitong roster undo {change.id} --reason 原因")
    for told in without_effect(before, standing([change]).overrides):
        print(f"请注意：{told}")
    tell_new_findings(new_findings(before, in_force(base, standing(list_changes(engine))), now))
    return 0


def _changes(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    _, directory, engine = directory_now(load_settings(), now)
    changes = see_changes(engine, directory, by=acting_on_roster(engine, arguments), now=now)
    if not changes:
        print("没有改动。")
    for change in changes:
        undone = ""
        if change.undone_at:
            undone = (
                f"，{change.undone_at.astimezone(LOCAL):%m-%d %H:%M} 由{change.undone_by}撤销：{change.undone_reason}"
            )
        when = f"{change.at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        what = f"{KINDS[change.kind]}：{change_told(change, directory)}；{change.reason}{undone}"
        print(f"{change.id:>4} {when} {change.author} {what}")
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    base, before, engine = directory_now(load_settings(), now)
    by = acting_on_roster(engine, arguments)
    undo_change(engine, base, arguments.id, by=by, reason=arguments.reason, now=now)
    print(f"第 {arguments.id} 号改动已撤销，一秒内生效。")
    tell_new_findings(new_findings(before, in_force(base, standing(list_changes(engine))), now))
    return 0
