"""zhitong case accuse: whom a case complains of, entered by the desk or supervision."""

import argparse

from cases.accused import names_in
from zhitong.case_desk import CaseDesk, add_step
from zhitong.roster_commands import Add
from zhitong.usecases.accused_people import accuse


def add_accuse_commands(add: Add) -> None:
    """The commands under `zhitong case` about who is complained of."""
    text = "登记被反映的人或单位：从现在起，他们看不到、听不到、办不了这个工单"
    accusing = add_step(add, "accuse", text, _accuse, reason=True)
    accusing.add_argument("--official", action="append", default=[], metavar="编号", help="值班表里的 id，可以写几次")
    accusing.add_argument("--account", action="append", default=[], metavar="账号", help="不在值班表里的，可以写几次")
    accusing.add_argument("--unit", action="append", default=[], metavar="单位", help="整个单位被反映，可以写几次")
    accusing.add_argument("--clear", action="store_true", help="登记错了，撤销（只有督查能）")


def _accuse(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = accuse(
        desk.engine,
        number=desk.number,
        officials=arguments.official,
        units=arguments.unit,
        accounts=arguments.account,
        by=desk.by,
        reason=arguments.reason,
        directory=desk.directory,
        now=desk.now,
        clears=arguments.clear,
    )
    print(f"{case.number} 被反映的：{names_in(case.accused) or '没有'}。")
    return 0
