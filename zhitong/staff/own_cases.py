"""您手上的工单: an official hears his open cases one by one, signs for them, tells what came of them, gives them to
somebody else, calls the citizen. All that his pocket page does, for who has a telephone alone.

What he dictates is said back to him word for word before it is kept. What is secret is seen to at a desk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cases.case import Case, CaseEvent, allowed
from cases.reply import Disposition
from cases.roles import Action, Actor, may
from cases.sla import SlaClock
from dialplans.prompt_texts import spoken_digits
from ivr.menu import Menu, Sentence
from routing.officials import Official
from zhitong.errors import Refused, ResultRefused
from zhitong.staff.context import Staff, keys, safe, told
from zhitong.staff.returned import joined
from zhitong.store.accounts import all_actors
from zhitong.store.case_records import all_merged_into
from zhitong.store.cases import clocks_of, get_case, open_cases_of
from zhitong.store.engine import reading, writing
from zhitong.usecases.assign_case import sign_for
from zhitong.usecases.hand_to_official import colleagues, hand_to_official
from zhitong.usecases.looking import looked
from zhitong.usecases.open_matters import waits
from zhitong.usecases.pocket_links import acts_as
from zhitong.usecases.reply_case import reply_case
from zhitong.usecases.same_person import whose

MOST = 9
LOOK = 500
"""So many open cases of his units are looked through for his own."""
LOGIN = "电话"
"""In place of a user of this machine, in the record of accesses."""
_UNSAID = "在电话里移交，没有说原因，请问本人"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """A case, as whom he acts with it, and its next clock."""

    actor: Actor
    case: Case
    clock: SlaClock | None


def in_hand(staff: Staff, official: Official) -> list[str]:
    """The numbers of the cases that are this official's to work on, oldest first, at most MOST.

    Those that bear his name; of one that bears nobody's, who leads its unit. Raises DatabaseGone.
    """
    directory, found = staff.directory(), list[str]()
    units = {directory.unit(code).name for code in (official.unit, *official.units)}
    named = whose(directory)
    with reading(staff.engine) as connection:
        accounts = {one.name for one in all_actors(connection) if one.official == official.id}
        cases = open_cases_of(connection, units, limit=LOOK)
        merged = all_merged_into(connection, [case.number for case in cases])
        his = {name for name in {case.official for case in cases} if name in accounts or named(name) == official.id}
        if official.rank != "staff":
            his.add("")
        for case in cases:
            if case.official not in his or case.secret or case.number in merged:
                continue
            actor = acts_as(connection, directory, official.id, case, now=staff.now())
            if actor is not None and may(actor, Action.HEAR, case):
                found.append(case.number)
            if len(found) == MOST:
                break
    return found


def own_cases(staff: Staff, official: Official, left: Sequence[str]) -> Menu:
    """The first of these, then the others. What is not his any more is passed over."""
    if not left:
        return told("staff_cases_none")
    held, others = _looked_at(staff, official, left[0]), left[1:]
    if held is None:
        return own_cases(staff, official, others)
    case, actor = held.case, held.actor
    moves = allowed(case.state)

    def can(action: Action, event: CaseEvent) -> bool:
        return event in moves and may(actor, action, case)

    def sign() -> Menu:
        sign_for(staff.engine, number=case.number, by=actor, now=staff.now())
        return _then("staff_case_signed", own_cases(staff, official, left))

    def call() -> Menu:
        found = waits(
            staff.engine,
            staff.rules,
            staff.directory(),
            case_number=case.number,
            official=official.id,
            promised=False,
        )
        return (
            _then("staff_case_no_call", own_cases(staff, official, others))
            if found is None
            else joined(official, found)
        )

    def following() -> Menu:
        return own_cases(staff, official, others)

    first: Callable[[], Menu] | None = None
    say = [_about(staff, case), *_due(staff, held)]
    if can(Action.SIGN_FOR, CaseEvent.SIGN_FOR):
        first = _or_at_desk(sign, following)
        say.append(Sentence(key="staff_case_key_sign"))
    elif can(Action.REPLY, CaseEvent.REPLY):
        first = _dictation(staff, held, following) if staff.hears else None
        say.append(Sentence(key="staff_case_key_result" if staff.hears else "staff_case_by_desk"))
    hands = can(Action.HAND_OVER, CaseEvent.HAND_OVER)
    if hands:
        say.append(Sentence(key="staff_case_key_hand"))
    return Menu(
        say=(*say, Sentence(key="staff_case_keys")),
        keys=keys(
            k1=first,
            k2=(lambda: _to_whom(staff, official, held, following)) if hands else None,
            k3=following,
            k4=call,
        ),
    )


def _dictation(staff: Staff, held: _Held, following: Callable[[], Menu]) -> Callable[[], Menu]:
    """What came of it: said, said back, kept; of what is not solved also what is planned."""
    number = held.case.number

    def ask(key: str = "staff_result_ask") -> Menu:
        return _dictated(key, said, following)

    def said(text: str) -> Menu:
        solved = _or_at_desk(lambda: kept(text, Disposition.SOLVED, ""), following)
        return Menu(
            hear=(Sentence(key="staff_result_said", slots={"result": text}),),
            say=(Sentence(key="staff_result_keys"),),
            keys=keys(k1=solved, k2=lambda: _dictated("staff_result_plan", plan(text), following), k3=ask),
        )

    def plan(text: str) -> Callable[[str], Menu]:
        def told_plan(words: str) -> Menu:
            not_yet = _or_at_desk(lambda: kept(text, Disposition.NOT_YET, words), following)
            return Menu(
                hear=(Sentence(key="staff_result_said", slots={"result": words}),),
                say=(Sentence(key="staff_result_plan_keys"),),
                keys=keys(k1=not_yet, k3=lambda: _dictated("staff_result_plan", plan(text), following)),
            )

        return told_plan

    def kept(text: str, disposition: Disposition, reply: str) -> Menu:
        now, rules, actor = staff.now(), staff.rules, held.actor
        told_how = {"result": text, "disposition": disposition, "reply": reply and f"（电话里说的）{reply}"}
        try:
            reply_case(staff.engine, rules, number=number, by=actor, now=now, **told_how)
        except ResultRefused:
            return ask("staff_result_again")
        return _then("staff_result_sent", following())

    return ask


def _dictated(key: str, said: Callable[[str], Menu], following: Callable[[], Menu]) -> Menu:
    return Menu(
        say=(Sentence(key=key),),
        keys=keys(k3=following),
        hears=lambda text: safe(lambda: said(text.strip("，。 ")))(),
    )


def _to_whom(staff: Staff, official: Official, held: _Held, following: Callable[[], Menu]) -> Menu:
    """One after the other; deputies first."""
    people = list(colleagues(staff.directory(), held.case, but=official.id, now=staff.now()))
    people.sort(key=lambda one: one.id not in official.deputies)
    return _one_of(staff, held, list(islice(people, MOST)), following)


def _one_of(staff: Staff, held: _Held, people: Sequence[Official], following: Callable[[], Menu]) -> Menu:
    if not people:
        return _then("staff_hand_nobody", following())
    other = people[0]

    def given(reason: str) -> Menu:
        number, by = held.case.number, held.actor
        directory, now = staff.directory(), staff.now()
        his = hand_to_official(staff.engine, directory, number=number, to=other.id, by=by, reason=reason, now=now)
        return _then("staff_handed" if his else "staff_hand_asked", following())

    def why() -> Menu:
        return Menu(
            say=(Sentence(key="staff_hand_why"),),
            keys=keys(k1=_or_at_desk(lambda: given(_UNSAID), following)),
            hears=lambda text: safe(_or_at_desk(lambda: given(f"（电话里说的）{text}"), following))(),
        )

    return Menu(
        say=(Sentence(key="staff_hand_to", slots={"who": other.called}),),
        keys=keys(k1=why, k2=lambda: _one_of(staff, held, people[1:], following), k3=following),
    )


def _looked_at(staff: Staff, official: Official, number: str) -> _Held | None:
    """The case as it is now; that he hears of it is recorded."""
    with writing(staff.engine) as connection:
        case = get_case(connection, number)
        actor = acts_as(connection, staff.directory(), official.id, case, now=staff.now())
        if actor is None or case.secret or not may(actor, Action.HEAR, case):
            return None
        actor = replace(actor, login=LOGIN)
        looked(connection, actor, number, what="电话里听工单", now=staff.now())
        clocks = [one for one in clocks_of(connection, number) if one.round == case.rework and one.met_at is None]
    return _Held(actor=actor, case=case, clock=min(clocks, key=lambda one: one.due_at, default=None))


def _about(staff: Staff, case: Case) -> Sentence:
    slots = {
        "number": spoken_digits(case.short or case.number[-4:]),
        "when": staff.spoken(case.answered_at),
        "place": case.place or "地点没听清，",
        "matter": case.matter_name or "事项没听清",
    }
    return Sentence(key="staff_case", slots=slots)


def _due(staff: Staff, held: _Held) -> list[Sentence]:
    clock = held.clock
    if clock is None:
        return []
    late = clock.due_at <= staff.now()
    slots = {"clock": clock.name} if late else {"clock": clock.name, "when": staff.spoken(clock.due_at)}
    return [Sentence(key="staff_case_late" if late else "staff_case_due", slots=slots)]


def _or_at_desk(act: Callable[[], Menu], following: Callable[[], Menu]) -> Callable[[], Menu]:
    """What the rules refuse here is to be looked at on a screen; then the next one."""

    def tried() -> Menu:
        try:
            return act()
        except Refused:
            return _then("staff_case_desk", following())

    return tried


def _then(key: str, menu: Menu) -> Menu:
    return replace(menu, say=(Sentence(key=key), *menu.say))
