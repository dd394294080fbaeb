"""In whose name a command acts or looks."""

import argparse
import getpass
import os

from sqlalchemy import Engine

from cases.roles import Actor
from zhitong.errors import Refused
from zhitong.usecases.accounts import actor_named, while_nobody_administers

BY = "ZHITONG_BY"
"""The variable of the environment in which whoever sits at a desk keeps the name of his account."""


def add_by(parser: argparse.ArgumentParser) -> None:
    """In whose name a command acts or looks."""
    text = f"谁（zhitong account list 里的账号；不写就是环境变量 {BY} 里的）"
    parser.add_argument("--by", default=os.environ.get(BY, ""), metavar="姓名", help=text)


def acting(engine: Engine, arguments: argparse.Namespace) -> Actor:
    """Who acts or looks, and in whose session of this machine. Raises Refused, AccountNotFound, DatabaseGone."""
    if not arguments.by.strip():
        raise Refused(
            f"没有写是谁。请加 --by 姓名，或者先设一次：export {BY}=姓名"
            "（您的账号由管理员建；刚装好、还没有管理员的：zhitong account first 姓名）"
        )
    return actor_named(engine, arguments.by, login=login())


def acting_on_roster(engine: Engine, arguments: argparse.Namespace) -> Actor:
    """The same for the duty roster, which is set up before anybody has an account: so long, whoever sits at the
    machine is asked nothing but his name. Raises Refused, AccountNotFound, DatabaseGone."""
    return while_nobody_administers(engine, arguments.by, login=login()) or acting(engine, arguments)


def login() -> str:
    """The user of this machine who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return str(os.getuid())
