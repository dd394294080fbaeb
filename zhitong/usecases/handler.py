"""Who handles what a caller has open: the official who talked with them, rung first when they call again."""

from datetime import datetime

from sqlalchemy import Engine

from cases.case import OPEN
from cases.roles import Action, Actor, may, permit
from routing.directory import Directory
from routing.phone import dialled_back, mask
from zhitong.store.cases import case_of_calls, get_cases, last_open_talk
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.people import cases_of_person
from zhitong.usecases.accused_people import kept_of
from zhitong.usecases.call_record import read_call
from zhitong.usecases.known_by import numbers_of
from zhitong.usecases.looking import looked

_TOLD = ("planned", "talk", "talk_over")


def handler_of(engine: Engine, *, caller: str, area_code: str, directory: Directory, but: str = "") -> str:
    """The id of the official who talked last with this number in a case that is still open; empty if there is none.

    The citizen called from this number before, or gave it. By the number that was talked to; of several officials who
    share it the one who was meant by name; never one whom the case complains of, nor, in what is secret, whose unit it
    does. but: a call that is left out. Raises DatabaseGone.
    """
    numbers = numbers_of(caller, area_code)
    with reading(engine) as connection:
        call_id = last_open_talk(connection, numbers, but=but) if numbers else None
        record = read_call(facts_of(connection, [call_id], kinds=_TOLD).get(call_id, [])) if call_id else None
        number = case_of_calls(connection, [call_id]).get(call_id, "") if call_id else ""
        case = get_cases(connection, [number]).get(number)
    if record is None or record.talk is None:
        return ""
    whose = directory.whose(str(record.talk.detail["number"]), record.talk.at)
    people = [(id, called) for id, called in whose if directory.roster.official(id) is not None]
    found = next((id for id, called in people if called == record.official), people[0][0] if len(people) == 1 else "")
    kept, who = kept_of(case.accused if case else "", directory), directory.roster.official(found)
    his_unit = case is not None and case.secret and who is not None and who.unit in kept.units
    return "" if found in kept.officials or his_unit else found


def look_up_handler(
    engine: Engine, *, caller: str, directory: Directory, area_code: str, by: Actor, now: datetime
) -> str:
    """The same for somebody who tries what a call from this number would come to; that he looked is recorded.

    Empty, too, unless all that is open of this number is his to hear. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.HEAR)
    number = dialled_back(caller, area_code)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"预演 {mask(number or caller)}", now=now)
        found = cases_of_person(connection, numbers_of(caller, area_code) | {caller})
    if not all(may(by, Action.HEAR, case) for case in found if case.state in OPEN):
        return ""
    return handler_of(engine, caller=caller, area_code=area_code, directory=directory)
