"""zhitong roster ring and code: whether an official is reached, and how he is known from another telephone."""

import argparse
import time
from collections.abc import Set
from datetime import datetime

from sqlalchemy import Engine

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.phone import mask
from zhitong.case_desk import CaseDesk, add_by
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now
from zhitong.settings import load_settings
from zhitong.store.engine import reading
from zhitong.store.proofs import proven_numbers
from zhitong.usecases.roster_named import find_official
from zhitong.usecases.staff_calls import outcome_of
from zhitong.usecases.staff_codes import DIGITS, new_code
from zhitong.usecases.try_numbers import try_numbers
from zhitong.who_acts import acting_on_roster

PATIENCE = 120.0
"""Seconds in which a telephone rings, is answered and a key is pressed."""


def add_staff_commands(add: Add) -> None:
    """The commands of `zhitong roster` for officials' telephones."""
    ring = add("ring", "试拨：打登记的号码，接的人按1才算试通（热线要开着）", _ring)
    who = "姓名、编号，或值班室、督查、受理台、服务台的名称；不写：没试通的都打"
    ring.add_argument("official", nargs="?", metavar="谁", help=who)
    add_by(ring)
    code = add("code", f"给责任领导一个新的{DIGITS}位工作密码：用别的电话打热线时，听到提问按*再输入", _code)
    code.add_argument("official", metavar="人", help="姓名或编号")
    add_by(code)


def numbers_to_ring(directory: Directory, told: str | None, proven: Set[str], now: datetime) -> list[str]:
    """The numbers of an official, or of the duty room, supervision, the desk or a service desk by their names.

    None: all that are not proven. Raises ChangeRefused for a name that nobody has, or two officials, and for one whose
    telephones are not his on this date: they may be another's.
    """
    numbers = sorted(directory.in_use(now))
    if told is None:
        return [number for number in numbers if number not in proven]
    places = ((n, who) for n in numbers for one, who in directory.whose(n, now) if not directory.roster.official(one))
    if found := [n for n, who in places if who == told]:
        return found
    official = find_official(directory, told)
    if found := list(official.numbers_on(now.astimezone(LOCAL).date())):
        return found
    raise ChangeRefused(f"{told} 今天没有在用的号码；起止日期看 config/roster.toml 的 first、last")


def _ring(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    _, directory, engine = directory_now(settings, now)
    with reading(engine) as connection:
        numbers = numbers_to_ring(directory, arguments.official, proven_numbers(connection), now)
    if not numbers:
        print("名单里的号码都试通过了。")
        return 0
    marks = try_numbers(engine, directory, numbers, by=acting_on_roster(engine, arguments), now=now)
    print(f"试拨 {len(numbers)} 个号码，每次两个，请等一等……")
    failed = 0
    for number, mark in marks.items():
        outcome = _outcome(engine, mark, limit=PATIENCE * ((len(numbers) + 1) // 2), since=now)
        names = "、".join(name for _, name in directory.whose(number, now))
        print(f"{names} {mask(number)}：{outcome or '还没有结果；热线开着吗？结果过后看 zhitong roster gaps'}")
        failed += not outcome.startswith("接通")
    return 1 if failed else 0


def _outcome(engine: Engine, mark: str, *, limit: float, since: datetime) -> str:
    """What became of a test ring; empty when nothing has by then."""
    deadline = time.monotonic() + limit - (SystemClock().now() - since).total_seconds()
    while True:
        with reading(engine) as connection:
            outcome = outcome_of(connection, mark)
        if outcome or time.monotonic() > deadline:
            return outcome
        time.sleep(0.5)


def _code(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    official = find_official(desk.directory, arguments.official)
    code = new_code(desk.engine, desk.settings.folders.data, official.id, by=desk.by, now=desk.now)
    print(f"{official.called} 的工作密码：{code}")
    print("只显示这一次，请当面告诉本人；以前的密码作废。用法：打热线，听到“您请说”按*，再按密码。")
    return 0
