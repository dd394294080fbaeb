"""被反映的: who is named in a call is kept with the case, in the same transaction as the words; also what people enter.

Whom the case has is united with whom its words name now: a name that the roster got later counts, too. Nothing but
supervision takes anybody off.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.accused import ids_in, kept_with, keys_in, names_in, official_keys, terminal_key, unit_key
from cases.case import OPEN, Case
from cases.roles import Action, Actor, is_accused, permit
from routing.accused import Accused, accused
from routing.directory import Directory
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.store.engine import writing
from zhitong.store.records import record_incident
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.rules import Rules

COMPLAINTS = frozenset({"投诉", "举报"})


def keys_of(found: Accused, directory: Directory) -> frozenset[str]:
    """What is kept of these with a case (cases.accused)."""
    people = [one for id in found.officials if (one := directory.roster.official(id)) is not None]
    keys = {unit_key(directory.unit(code).name) for code in found.units}
    keys.update(terminal_key(kind) for kind in found.terminals)
    return frozenset(keys).union(*(official_keys(one.id, one.name) for one in people))


def named_in(text: str, type: str, directory: Directory) -> frozenset[str]:
    """The keys of those whom the words of a request of this type complain of."""
    return keys_of(accused(text, directory, complains=type in COMPLAINTS), directory)


def with_accused(rules: Rules, case: Case, *, said: str = "") -> Case:
    """The case with those whom its words, and what was said beside them, complain of."""
    texts = dict.fromkeys(filter(None, (case.demand, case.transcript, said)))  # one by one: how a text ends counts
    named = frozenset[str]().union(*(rules.accused(text, case.type) for text in texts))
    return case if named <= keys_in(case.accused) else replace(case, accused=kept_with(case.accused, named))


def accused_in(case: Case, directory: Directory) -> Accused:
    """Whom the case complains of, as the roster has them: kept with it, or named by its words."""
    found = accused(case.transcript, directory, complains=case.type in COMPLAINTS)
    return both(found, kept_of(case.accused, directory))


def kept_of(kept: str, directory: Directory) -> Accused:
    """Those who are kept with a case, as the roster has them."""
    officials, units, terminals = ids_in(kept)
    codes = frozenset(unit.code for unit in directory.units if unit.name in units)
    return Accused(officials=officials, units=codes, terminals=terminals)


def both(one: Accused, other: Accused) -> Accused:
    """All of them."""
    return Accused(
        officials=one.officials | other.officials,
        units=one.units | other.units,
        terminals=one.terminals | other.terminals,
    )


def accuse(
    engine: Engine,
    *,
    number: str,
    officials: Collection[str] = (),
    units: Collection[str] = (),
    by: Actor,
    reason: str,
    directory: Directory,
    now: datetime,
    clears: bool = False,
) -> Case:
    """Enters that the case complains of these officials (by id) and units (by name), or, clears, that it does not.

    On the timeline stands that it was done, and why, not who it is: a unit reads that.
    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    action = Action.CLEAR if clears else Action.ACCUSE
    permit(by, action)
    reason = reasoned(reason, action)
    keys = _keys(officials, units, directory)
    with writing(engine) as connection:
        case = to_move(connection, number, by, action, merged=True)
        kept = kept_with(case.accused, () if clears else keys, without=keys if clears else ())
        if kept == case.accused:
            now_there = names_in(case.accused) or "没有"
            raise MoveRefused(f"工单 {number} 本来就是这样，没有改动；被反映的：{now_there}")
        changed = replace(case, accused=kept)
        update_cases(connection, [changed])
        text = "撤销了被反映的人或单位" if clears else "登记了被反映的人或单位，从现在起他们看不到"
        tell(connection, number, "被反映", at=now, text=text, who=by.name, reason=reason)
        not_with_its_unit(connection, changed, now=now)
        return changed


def not_with_its_unit(connection: Connection, case: Case, *, now: datetime) -> bool:
    """Whether the unit that has the case may not, since it is reported in it.

    It sees nothing of the case any more, and nobody else would know: people are told to give it to another.
    """
    if not case.unit or case.state not in OPEN or not is_accused(case, case.unit):
        return False
    text = f"工单 {case.number}：举报的就是现在的承办单位，它看不到、不能办了，请交别的单位"
    record_incident(connection, at=now, kind="accused", mark=f"accused:{case.number}:{case.rework}", text=text)
    return True


def _keys(officials: Collection[str], units: Collection[str], directory: Directory) -> frozenset[str]:
    faults = [
        f"值班表里没有编号 {id!r} 的人（--official）" for id in officials if directory.roster.official(id) is None
    ]
    known = {unit.name: unit.code for unit in directory.units}
    faults += [f"没有叫 {name!r} 的单位（--unit）；请写值班表里的单位名称" for name in units if name not in known]
    if not officials and not units:
        faults.append("没有写被反映的是谁；请加 --official 编号，或 --unit 单位")
    if faults:
        raise MoveRefused("；".join(faults))
    return keys_of(Accused(officials=frozenset(officials), units=frozenset(known[name] for name in units)), directory)
