"""What every command about a case has in common: its number, who acts, and what is read for it."""

import argparse
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Engine

from cases.reply import LONGEST_RESULT, Disposition
from cases.roles import Actor
from routing.calendar import calendar_files
from routing.directory import Directory
from zhitong.clock import SystemClock
from zhitong.errors import Refused
from zhitong.near_names import no_unit
from zhitong.roster_commands import Add, Command
from zhitong.roster_now import directory_now, store
from zhitong.settings import Settings, line_policies, load_settings, sms_gateway_file
from zhitong.store.cases import has_cases
from zhitong.store.engine import reading
from zhitong.understanding import taxonomy_in_force
from zhitong.usecases.accused_people import account_people, naming
from zhitong.usecases.looking import note_command
from zhitong.usecases.rules import Rules, load_rules
from zhitong.usecases.same_person import whose
from zhitong.who_acts import acting as acting
from zhitong.who_acts import add_by as add_by
from zhitong.who_acts import login as login


def add_step(
    add: Add, name: str, text: str, run: Command, *, reason: bool = False, result: bool = False
) -> argparse.ArgumentParser:
    """A command about one case, done by somebody; with a reason, or with a sentence for the citizen."""
    parser = add(name, text, run)
    parser.add_argument("number", metavar="编号", help="工单编号")
    add_by(parser)
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
    """What a command about a case needs: database, who acts, the moment; rules and roster once they are asked for.

    That somebody acts, on what, and in whose session, is recorded before it is done.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.settings: Settings = load_settings()
        self.engine = store(self.settings)
        self.number: str = getattr(arguments, "number", "")
        self.by: Actor = acting(self.engine, arguments)
        self.now: datetime = SystemClock().now()
        note_command(self.engine, self.by, self.number, what=f"命令 {arguments.command}", now=self.now)

    @property
    def rules(self) -> Rules:
        """The rules of casework. Raises BadPolicy, BadCalendar, BadRetention."""
        return case_rules(self.settings)

    @property
    def naming_rules(self) -> Rules:
        """The rules, for what may name whom a case complains of. Raises BadConfig besides."""
        return case_rules(self.settings, self.directory, self.engine)

    @property
    def directory(self) -> Directory:
        """The directory in force. Raises BadConfig."""
        return directory_now(self.settings, self.now)[1]

    @property
    def towns(self) -> frozenset[str]:
        """The names of the county's towns. Raises TaxonomyError."""
        return taxonomy_in_force(self.settings).towns

    @property
    def units(self) -> frozenset[str]:
        """The names of all units."""
        return frozenset(unit.name for unit in self.directory.units)


def known_unit(engine: Engine, directory: Directory, unit: str) -> str:
    """The unit that a list is asked for: of the roster, or one of before that has cases. Raises Refused."""
    names = [one.name for one in directory.units]
    if unit and unit not in names:
        with reading(engine) as connection:
            if not has_cases(connection, unit):
                raise Refused(f"--unit：{no_unit(unit, names)}")
    return unit


def case_rules(settings: Settings, directory: Directory | None = None, engine: Engine | None = None) -> Rules:
    """The rules that commands go by. directory, engine: roster and accounts, for what may name whom one complains of.

    Raises BadPolicy, BadCalendar, BadRetention, DatabaseGone.
    """
    rules = _read(settings, tuple(_as_they_are(settings.files.rules)))
    if directory is None:
        return rules
    people = account_people(engine) if engine is not None else ()
    return replace(rules, accused=naming(lambda: directory, lambda: people), whose=whose(directory))


def _as_they_are(folder: Path) -> Iterator[tuple[str, int, int]]:
    """By which it is seen that a file of the rules is another than before: name, last change and size."""
    policies = sorted((folder / "policies").glob("*.toml"))
    for path in (folder / "retention.toml", *policies, *calendar_files(folder / "calendar")):
        with suppress(OSError):
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2)
def _read(settings: Settings, files: tuple[tuple[str, int, int], ...]) -> Rules:
    """Read once for as long as the files are these: every page asks for them."""
    return load_rules(
        settings.files.rules,
        policy=settings.casework.policy,
        line_policies=line_policies(settings),
        repeat_within=timedelta(days=settings.casework.repeat_days),
        area_code=settings.hotline.area_code,
        sms=sms_gateway_file(settings) is not None,
    )
