"""被反映的: who is named in a call is kept with the case, in the same transaction as the words; also what people enter.

Whom the case has is united with whom its words name now: a name that the roster got later counts, too. Nothing but
supervision takes anybody off.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.accused import (
    account_key,
    ids_in,
    kept_with,
    keys_in,
    names_in,
    official_keys,
    reported_key,
    terminal_key,
    unit_key,
)
from cases.case import OPEN, Case
from cases.roles import Action, Actor, Role, barred, is_accused, permit
from routing.account_names import accounts_named
from routing.accused import Accused, complaining
from routing.directory import Directory
from zhitong.errors import MoveRefused
from zhitong.people_heard import accused
from zhitong.store.accounts import all_actors, get_actor
from zhitong.store.cases import get_cases, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.together import together_with
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.rules import Rules

_NO_PEOPLE = ({Role.CHANNEL}, {Role.SCREEN})
"""What an account has that is a program's or a screen's."""

COMPLAINTS = frozenset({"投诉", "举报"})
Naming = Callable[[str, str], frozenset[str]]


def keys_of(found: Accused, directory: Directory) -> frozenset[str]:
    """What is kept of these with a case (cases.accused)."""
    people = [one for id in found.officials if (one := directory.roster.official(id)) is not None]
    keys = {unit_key(directory.unit(code).name) for code in found.units}
    keys.update(terminal_key(kind) for kind in found.terminals)
    return frozenset(keys).union(*(official_keys(one.id, one.name) for one in people))


def named_in(text: str, type: str, directory: Directory, accounts: Iterable[Actor] = ()) -> frozenset[str]:
    """The keys of those whom the words of a request of this type complain of, officials, units and these accounts."""
    keys = keys_of(accused(text, directory, complains=type in COMPLAINTS), directory)
    if not (type in COMPLAINTS or complaining(text)):
        return keys
    people = {one.name: one for one in accounts if one.roles not in _NO_PEOPLE}
    units = frozenset(unit.name for unit in directory.units)
    return keys.union(*(keys_of_account(people[name], directory) for name in accounts_named(text, people, units)))


def naming(directory: Callable[[], Directory], accounts: Callable[[], Iterable[Actor]]) -> Naming:
    """What `Rules.accused` is: whom words name, by the roster and the accounts as they are then."""
    return lambda text, type: named_in(text, type, directory(), accounts())


def account_people(engine: Engine) -> tuple[Actor, ...]:
    """All who have an account, for `naming`. Raises DatabaseGone."""
    with reading(engine) as connection:
        return tuple(all_actors(connection))


def keys_of_account(actor: Actor, directory: Directory) -> frozenset[str]:
    """What is kept of whoever has this account: it, and the official whom it is linked to."""
    linked = directory.roster.official(actor.official) if actor.official else None
    return frozenset({account_key(actor.name)}) | (official_keys(linked.id, linked.name) if linked else frozenset())


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
    accounts: Collection[str] = (),
    by: Actor,
    reason: str,
    directory: Directory,
    now: datetime,
    clears: bool = False,
) -> Case:
    """Enters that the case complains of these officials (by id), units and accounts (by name), or, clears, that it
    does not; so do all cases with which it is answered together.

    On the timelines stands that it was done, and why, not who it is: a unit reads that.
    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    action = Action.CLEAR if clears else Action.ACCUSE
    permit(by, action)
    reason = reasoned(reason, action)
    with writing(engine) as connection:
        case = to_move(connection, number, by, action, merged=True)
        keys = _keys(connection, officials, units, accounts, directory)
        together = get_cases(connection, together_with(connection, number))
        changed = {
            one.number: replace(one, accused=kept)
            for one in together.values()
            if (kept := _kept(one.accused, keys, units, clears=clears)) != one.accused
        }
        if number not in changed:
            now_there = names_in(case.accused) or "没有"
            raise MoveRefused(f"工单 {number} 本来就是这样，没有改动；被反映的：{now_there}")
        update_cases(connection, list(changed.values()))
        text = "撤销了被反映的人或单位" if clears else "登记了被反映的人或单位，从现在起他们看不到"
        for one in sorted(changed):
            tell(connection, one, "被反映", at=now, text=text, who=by.name, reason=reason)
        not_with_its_unit(connection, changed[number], now=now)
        return changed[number]


def owner_accused(connection: Connection, case: Case, name: str) -> bool:
    """Whether whoever is called so, by account, by post and name or as a unit, may be given nothing to do with it."""
    account = get_actor(connection, name)
    return is_accused(case, name) or (account is not None and barred(account, case))


def not_with_its_unit(connection: Connection, case: Case, *, now: datetime) -> bool:
    """Whether the unit that has the case may not, since it is reported in it, or in one answered together with it.

    It sees nothing of the case any more, and nobody else would know: people are told to give it to another.
    """
    together = get_cases(connection, together_with(connection, case.number))
    if mine := together.get(case.number):
        case = replace(case, accused=kept_with(case.accused, keys_in(mine.accused)))
    found = {one.number: _not_with_its_unit(connection, one, now=now) for one in (*together.values(), case)}
    return found[case.number]


def _kept(kept: str, keys: frozenset[str], units: Collection[str], *, clears: bool) -> str:
    return kept_with(kept, without=keys.union(map(reported_key, units))) if clears else kept_with(kept, keys)


def _not_with_its_unit(connection: Connection, case: Case, *, now: datetime) -> bool:
    if not case.unit or case.state not in OPEN or not is_accused(case, case.unit):
        return False
    text = f"工单 {case.number}：举报的就是现在的承办单位，它看不到、不能办了，请交别的单位"
    record_incident(connection, at=now, kind="accused", mark=f"accused:{case.number}:{case.rework}", text=text)
    return True


def _keys(
    connection: Connection,
    officials: Collection[str],
    units: Collection[str],
    accounts: Collection[str],
    directory: Directory,
) -> frozenset[str]:
    """What is kept of these. Of an official his accounts are, too."""
    faults = [
        f"值班表里没有编号 {id!r} 的人（--official）；不在值班表里的用 --account"
        for id in officials
        if directory.roster.official(id) is None
    ]
    known = {unit.name: unit.code for unit in directory.units}
    faults += [f"没有叫 {name!r} 的单位（--unit）；请写值班表里的单位名称" for name in units if name not in known]
    people = {one.name: one for one in all_actors(connection)}
    told = {" ".join(name.split()) for name in accounts}
    faults += [f"没有叫 {name!r} 的账号（--account）；看 zhitong account list" for name in sorted(told - people.keys())]
    if not officials and not units and not told:
        faults.append("没有写被反映的是谁；请加 --official 编号、--account 账号，或 --unit 单位")
    if faults:
        raise MoveRefused("；".join(faults))
    found = Accused(officials=frozenset(officials), units=frozenset(known[name] for name in units))
    named = [one for one in people.values() if one.name in told or (one.official and one.official in officials)]
    return keys_of(found, directory).union(*(keys_of_account(one, directory) for one in named))
