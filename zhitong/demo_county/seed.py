"""Puts the county that does not exist into a data folder that has no cases yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.case import CaseState
from cases.roles import Actor
from routing.directory import Directory
from zhitong.case_desk import case_rules
from zhitong.demo_county.people import make_people, passwords_of
from zhitong.demo_county.weeks import County, live_through
from zhitong.demo_county.words import MATTERS
from zhitong.errors import Refused
from zhitong.settings import Settings
from zhitong.store.accounts import all_actors
from zhitong.store.cases import find_cases
from zhitong.store.engine import reading
from zhitong.understanding import taxonomy_in_force
from zhitong.usecases.rules import StaffRules

CASES = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Seeded:
    """What is there now. states: how many cases stand where, in the order of a case's life. passwords: of accounts,
    told this once. refused: the steps that the rules did not allow, as they do not always in life."""

    cases: int
    states: Mapping[CaseState, int]
    passwords: tuple[tuple[Actor, str], ...]
    refused: tuple[str, ...]


def seed_county(
    engine: Engine,
    settings: Settings,
    directory: Directory,
    *,
    seed: int,
    until: datetime,
    now: datetime,
    login: str,
    cases: int = CASES,
) -> Seeded:
    """Makes accounts and about so many cases of the eight weeks before `until`; the same for the same seed and end.

    now: the real moment, from which first passwords run. login: the user of this machine. Raises Refused where there
    are cases or accounts already, or the end is still to come; BadConfig, BadPolicy, TaxonomyError, DatabaseGone.
    """
    if until > now:
        raise Refused(f"--until：{until:%Y-%m-%d %H:%M} 还没有到；请写现在以前的时间")
    with reading(engine) as connection:
        if find_cases(connection, limit=1):
            raise Refused(f"{settings.folders.data} 里已经有工单；演示数据只能放进空的数据目录，请换一个目录")
        if people := all_actors(connection):
            mend = "演示数据只能放进空的数据目录，请换一个目录"
            raise Refused(f"{settings.folders.data} 里已经有账号（{people[0].name} 等 {len(people)} 个）；{mend}")
    rules = case_rules(settings, directory, engine)
    taxonomy = taxonomy_in_force(settings)
    begins = until - timedelta(weeks=9)
    people_there = make_people(engine, directory, login=login, now=begins)
    names = {code: taxonomy.names[code] for code in MATTERS}
    county = County(
        engine=engine,
        rules=replace(rules, staff=StaffRules(missed_after=timedelta(), surge_after=timedelta())),
        directory=directory,
        people=people_there,
        folder=settings.folders.data,
        matters=names,
        towns=tuple(sorted(taxonomy.towns)),
        dialled=settings.lines[0].number,
        seed=seed,
        until=until,
    )
    live_through(county, cases)
    with reading(engine) as connection:
        found = find_cases(connection, limit=cases * 2)
    return Seeded(
        cases=len(found),
        states={state: n for state in CaseState if (n := sum(case.state is state for case in found))},
        passwords=tuple(passwords_of(engine, people_there, now=now)),
        refused=tuple(county.refused),
    )
