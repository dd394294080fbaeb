"""zhitong token …: what programs of other channels act with (令牌)."""

import argparse
from datetime import datetime

from cases.roles import Action
from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, add_by
from zhitong.roster_commands import Add
from zhitong.store.tokens import TokenRow
from zhitong.usecases.tokens import list_tokens, new_token, revoke_token


def add_token_commands(add: Add) -> None:
    """The commands under `zhitong token`."""
    adding = add("add", "办一个令牌（只显示一次）：程序凭它以一个账号的名义做事（管理员）", _add)
    adding.add_argument("name", metavar="名称", help="给谁、哪个程序用的，如 微信小程序")
    adding.add_argument("--account", required=True, metavar="账号", help="以谁的名义：zhitong account list 里的账号")
    scopes = [str(action) for action in Action]
    told = f"能做什么，可以写几次；账号自己不能的，令牌也不能：{'、'.join(scopes)}"
    adding.add_argument("--scope", action="append", required=True, choices=scopes, metavar="范围", help=told)
    adding.add_argument("--days", type=int, required=True, metavar="天数", help="多少天以后过期")
    ending = add("end", "停用令牌，马上生效（管理员）", _end)
    ending.add_argument("name", metavar="名称", help="令牌的名称")
    listing = add("list", "列出令牌：谁的、能做什么、几时过期、最后一次用", _list)
    for parser in (adding, ending, listing):
        add_by(parser)


def _add(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    token = new_token(
        desk.engine,
        arguments.name,
        account=arguments.account,
        scopes=frozenset(map(Action, arguments.scope)),
        days=arguments.days,
        by=desk.by,
        now=desk.now,
    )
    print(token)
    print("只显示这一次，请放进程序的设置，不要写进网址；请求时写 Authorization: Bearer 令牌。")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    revoke_token(desk.engine, arguments.name, by=desk.by, now=desk.now)
    print(f"令牌 {arguments.name} 停用了。")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = list_tokens(desk.engine, by=desk.by, now=desk.now)
    print("\n".join(_line(row, desk.now) for row in found) or "还没有令牌。")
    return 0


def _line(row: TokenRow, now: datetime) -> str:
    until = f"{'已' if row.expires_at <= now else ''}过期 {_at(row.expires_at)}"
    used = f"最后用 {_at(row.used_at)}" if row.used_at else "没有用过"
    return "  ".join([row.name, row.account, "、".join(sorted(row.scopes)), until, used])


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
