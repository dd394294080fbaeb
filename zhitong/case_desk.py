"""What every command about a case has in common: its number, who acts, and what is read for it."""

import argparse

from cases.reply import LONGEST_RESULT, Disposition
from cases.roles import Actor
from routing.directory import Directory
from zhitong.clock import SystemClock
from zhitong.roster_commands import Add, Command
from zhitong.roster_now import directory_now, store
from zhitong.settings import Settings, line_policies, load_settings
from zhitong.usecases.accounts import actor_named
from zhitong.usecases.rules import Rules, load_rules


def add_step(
    add: Add, name: str, text: str, run: Command, *, reason: bool = False, result: bool = False
) -> argparse.ArgumentParser:
    """A command about one case, done by somebody; with a reason, or with a sentence for the citizen."""
    parser = add(name, text, run)
    parser.add_argument("number", metavar="编号", help="工单编号")
    parser.add_argument("--by", required=True, metavar="姓名", help="谁（zhitong account list 里的账号）")
    if reason:
        parser.add_argument("--reason", required=True, metavar="原因", help="为什么（留痕）")
    if result:
        parser.add_argument(
            "--result", required=True, metavar="一句话", help=f"说给群众听的话，{LONGEST_RESULT} 字以内"
        )
        dispositions = f"{Disposition.SOLVED}（不写就是它）、{Disposition.NOT_YET}、{Disposition.AGAINST_POLICY}"
        parser.add_argument("--disposition", default=Disposition.SOLVED.value, metavar="结论", help=dispositions)
    return parser


class CaseDesk:
    """What a command about a case needs: database, who acts, the moment; rules and roster once they are asked for."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.settings: Settings = load_settings()
        self.engine = store(self.settings)
        self.number: str = getattr(arguments, "number", "")
        self.by: Actor = actor_named(self.engine, arguments.by)
        self.now = SystemClock().now()

    @property
    def rules(self) -> Rules:
        """The rules of casework. Raises BadPolicy, BadCalendar, BadRetention."""
        return case_rules(self.settings)

    @property
    def directory(self) -> Directory:
        """The directory in force. Raises BadConfig."""
        return directory_now(self.settings, self.now)[1]

    @property
    def units(self) -> frozenset[str]:
        """The names of all units."""
        return frozenset(unit.name for unit in self.directory.units)


def case_rules(settings: Settings) -> Rules:
    """The rules that commands go by. Raises BadPolicy, BadCalendar, BadRetention."""
    return load_rules(settings.files.rules, policy=settings.casework.policy, line_policies=line_policies(settings))
