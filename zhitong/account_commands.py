"""zhitong account …: whose name stands for which roles and units (账号)."""

import argparse

from cases.accused import NOT_IN_ROSTER
from cases.roles import Actor, Role
from routing.calendar import LOCAL
from zhitong.case_desk import CaseDesk, add_by, login
from zhitong.clock import SystemClock
from zhitong.first_code import first_code
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import load_settings
from zhitong.usecases.account_log import AccountChange, account_changes
from zhitong.usecases.accounts import close_account, first_admin, list_accounts, put_account
from zhitong.usecases.first_run import is_administered
from zhitong.usecases.sign_in import FIRST_PASSWORD, first_password


def add_account_commands(add: Add) -> None:
    """The commands under `zhitong account`."""
    first = add("first", "刚装好时建第一个管理员；有了管理员就不能再用，记下是这台机器的哪个用户建的", _first)
    first.add_argument("name", metavar="姓名", help="留痕里写的就是它")
    add("code", "还没有管理员的：看一次性口令，凭它在网页上建第一个管理员", _code)
    adding = add("add", "新建账号；已经有的，从现在起改成这样（管理员；不能改自己的）", _add)
    adding.add_argument("name", metavar="姓名", help="留痕里写的就是它")
    roles = [str(role) for role in Role]
    adding.add_argument("--role", action="append", required=True, choices=roles, metavar="角色", help="、".join(roles))
    adding.add_argument("--unit", action="append", default=[], metavar="单位", help="单位名称，可以写几次")
    who = f"值班表里是谁（id），值班表里没有他：{NOT_IN_ROSTER}；反映他的，他从那时起看不到；不写：不变"
    adding.add_argument("--official", default="", metavar="编号", help=who)
    signing = add("password", "办一个先用密码，登录网页用；只显示这一次，三天内要换成自己的（管理员）", _password)
    signing.add_argument("name", metavar="姓名", help="账号的姓名；原来的密码、二次验证从现在起不算")
    ending = add("end", "停用账号和它的令牌；留痕不变（管理员）", _end)
    ending.add_argument("name", metavar="姓名", help="账号的姓名")
    listing = add("list", "列出账号", _list)
    log = add("log", "账号、令牌、工作密码的变动：几时、谁、改了什么、原来是什么（审计、管理员看）", _log)
    for parser in (adding, signing, ending, listing, log):
        add_by(parser)


def _first(arguments: argparse.Namespace) -> int:
    first_admin(store(load_settings()), arguments.name, login=login(), now=SystemClock().now())
    print(f"{arguments.name}：{Role.ADMIN}。别的账号由他建：zhitong account add 姓名 --role 角色 --by {arguments.name}")
    return 0


def _code(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    if is_administered(store(settings)):
        print("已经有管理员，一次性口令没有用了；别的账号由管理员建。")
        return 1
    print(f"一次性口令：{first_code(settings.folders.data)}；打开网页的 /first-run/begin。")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    directory = desk.directory
    put_account(
        desk.engine,
        arguments.name,
        roles=[Role(role) for role in arguments.role],
        units=arguments.unit,
        known_units={unit.name for unit in directory.units},
        by=desk.by,
        now=desk.now,
        official=arguments.official,
        known_officials={official.id for official in directory.roster.officials},
    )
    print(f"{arguments.name}：{'、'.join(arguments.role)}{''.join(f'，{unit}' for unit in arguments.unit)}")
    return 0


def _password(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    print(f"{arguments.name} 的先用密码：{first_password(desk.engine, arguments.name, by=desk.by, now=desk.now)}")
    print(f"请当面交给他，{FIRST_PASSWORD.days} 天内登录一次，换成自己的，再设二次验证。")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    close_account(desk.engine, arguments.name, by=desk.by, now=desk.now)
    print(f"{arguments.name} 的账号停用了。")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    print("\n".join(map(_line, list_accounts(desk.engine, by=desk.by, now=desk.now))))
    return 0


def _line(actor: Actor) -> str:
    told = [actor.name, "、".join(sorted(actor.roles)), "、".join(sorted(actor.units)), actor.official]
    return "  ".join(told).rstrip()


def _log(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    print("\n".join(map(_change_line, account_changes(desk.engine, by=desk.by, now=desk.now))))
    return 0


def _change_line(change: AccountChange) -> str:
    session = f"（登录名 {change.login}）" if change.login else ""
    return f"{change.at.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}  {change.who}{session}  {change.text}"
