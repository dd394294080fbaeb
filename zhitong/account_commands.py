"""zhitong account …: whose name stands for which roles and units (账号)."""

import argparse
import getpass

from cases.roles import Actor, Role
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now
from zhitong.settings import load_settings
from zhitong.usecases.accounts import close_account, list_accounts, put_account


def add_account_commands(add: Add) -> None:
    """The commands under `zhitong account`."""
    adding = add("add", "新建账号；已经有的，从现在起改成这样", _add)
    adding.add_argument("name", metavar="姓名", help="留痕里写的就是它")
    roles = [str(role) for role in Role]
    adding.add_argument("--role", action="append", required=True, choices=roles, metavar="角色", help="、".join(roles))
    adding.add_argument("--unit", action="append", default=[], metavar="单位", help="单位名称，可以写几次")
    adding.add_argument(
        "--official", default="", metavar="编号", help="值班表里是谁（id）：反映他的，他从那时起看不到；不写：不变"
    )
    ending = add("end", "停用账号；留痕不变", _end)
    ending.add_argument("name", metavar="姓名", help="账号的姓名")
    add("list", "列出账号", _list)


def _add(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    _, directory, engine = directory_now(load_settings(), now)
    put_account(
        engine,
        arguments.name,
        roles=[Role(role) for role in arguments.role],
        units=arguments.unit,
        known_units={unit.name for unit in directory.units},
        by=getpass.getuser(),
        now=now,
        official=arguments.official,
        known_officials={official.id for official in directory.roster.officials},
    )
    print(f"{arguments.name}：{'、'.join(arguments.role)}{''.join(f'，{unit}' for unit in arguments.unit)}")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    close_account(directory_now(load_settings(), now)[2], arguments.name, by=getpass.getuser(), now=now)
    print(f"{arguments.name} 的账号停用了。")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    found = list_accounts(directory_now(load_settings(), SystemClock().now())[2])
    print("\n".join(map(_line, found)) or "还没有账号。")
    return 0


def _line(actor: Actor) -> str:
    told = [actor.name, "、".join(sorted(actor.roles)), "、".join(sorted(actor.units)), actor.official]
    return "  ".join(told).rstrip()
