"""zhitong case rechecked: what a person found out of a recheck (回头看) that brought the system nothing plain."""

import argparse

from zhitong.case_desk import CaseDesk, add_step
from zhitong.roster_commands import Add
from zhitong.usecases.recheck_by_person import OUTCOMES, recheck_by_person


def add_recheck_commands(add: Add) -> None:
    """The command under `zhitong case` of a recheck."""
    asking = add_step(add, "rechecked", "记人工回头看：系统没问清的，群众说还好不好（承办单位的人不能记）", _rechecked)
    asking.add_argument("--outcome", required=True, choices=list(OUTCOMES), metavar="结果", help="、".join(OUTCOMES))
    asking.add_argument("--why", default="", metavar="原话", help="又出了问题的写群众的原话；联系不上的写怎么打的")


def _rechecked(arguments: argparse.Namespace) -> int:
    desk, outcome = CaseDesk(arguments), arguments.outcome
    given = {"number": desk.number, "by": desk.by, "outcome": outcome, "why": arguments.why, "now": desk.now}
    case = recheck_by_person(desk.engine, desk.naming_rules, **given)
    print(f"工单 {case.number} 回头看：{outcome}；工单不动，仍是{case.state}")
    return 0
