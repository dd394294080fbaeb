"""一件答复等您审签: a leader hears the sentence as the citizen will, and signs it with a key or sends it back.

A telephone's number is easily feigned: his work code comes first. What is secret is signed at the desk alone, and what
the sentence is doubted for needs a reason in writing.
"""

from cases.case import Case, CaseState
from cases.reply import Disposition
from cases.roles import Action, Actor, may
from dialplans.prompt_texts import spoken_digits
from ivr.menu import Menu, Sentence
from ivr.script import is_secret
from routing.accused import accused
from routing.officials import Official
from zhitong.errors import MoveRefused
from zhitong.staff.code import behind_code
from zhitong.staff.context import Staff, keys, safe, told
from zhitong.store.accounts import all_actors
from zhitong.store.case_records import merged_into
from zhitong.store.cases import find_cases
from zhitong.store.engine import reading
from zhitong.usecases.reply_case import approve_reply, heard_result, send_back
from zhitong.usecases.same_person import perhaps_himself, whose

_UNSAID = "在电话里退回，没有说原因，请问领导"


def to_sign(staff: Staff, official: Official) -> tuple[Actor, list[Case]] | None:
    """Whose account this official's is, and the replies that wait for his signature; None: nothing does.

    An account is his that is linked to him; one that nobody has linked, by its name.
    """
    with reading(staff.engine) as connection:
        every = all_actors(connection)
        linked = [one for one in every if one.official == official.id]
        named = [one for one in every if not one.official and whose(staff.directory())(one.name) == official.id]
        actor = next((one for one in linked or named if may(one, Action.APPROVE)), None)
        if actor is None:
            return None
        cases = [
            case
            for case in reversed(find_cases(connection, state=CaseState.REVIEWED, limit=50))
            if _may_sign(staff, official, actor, case)
            and not any(perhaps_himself(connection, name, actor, staff.rules.whose) for name in _answered(case))
            and not merged_into(connection, case.number)
        ]
    return (actor, cases) if cases else None


def sign_menu(staff: Staff, official: Official, actor: Actor, cases: list[Case]) -> Menu:
    """His code first, then one after the other."""

    return behind_code(staff, official, lambda: _one_of(staff, actor, cases))


def _one_of(staff: Staff, actor: Actor, cases: list[Case]) -> Menu:
    if not cases:
        return told("staff_sign_none")
    case, others = cases[0], cases[1:]

    def sign() -> Menu:
        try:
            heard_result(staff.engine, number=case.number, by=actor, now=staff.now())
            approve_reply(staff.engine, staff.rules, number=case.number, by=actor, now=staff.now())
        except MoveRefused:
            return _then("staff_sign_doubt")
        return _then("staff_sign_done")

    def back(reason: str) -> Menu:
        send_back(staff.engine, number=case.number, by=actor, reason=reason, now=staff.now())
        return _then("staff_sign_sent_back")

    def why() -> Menu:
        return Menu(
            say=(Sentence(key="staff_sign_why"),),
            keys=keys(k1=lambda: back(_UNSAID)),
            hears=lambda text: safe(lambda: back(f"（电话里说的）{text}"))(),
        )

    def _then(key: str) -> Menu:
        rest = _one_of(staff, actor, others)
        if rest.hear:
            return Menu(say=rest.say, keys=rest.keys, hear=(Sentence(key=key), *rest.hear))
        return Menu(say=(Sentence(key=key), *rest.say))

    number = spoken_digits(case.short) if case.short else spoken_digits(case.number[-4:])
    return Menu(
        hear=(Sentence(key="staff_sign_case", slots={"number": number}), _sentence(case)),
        say=(Sentence(key="staff_sign_keys"),),
        keys=keys(k1=sign, k2=why, k3=lambda: _one_of(staff, actor, others)),
    )


def _sentence(case: Case) -> Sentence:
    """As the callback says it (ivr.callback)."""
    if case.disposition == Disposition.SOLVED:
        slots = {"matter": case.matter_name or "事", "unit": case.unit, "result": case.result}
        return Sentence(key="callback_result", slots=slots)
    return Sentence(key="callback_cannot", slots={"reason": case.result, "plan": ""})


def _answered(case: Case) -> tuple[str, str]:
    return case.replied_by, case.reviewed_by


def _may_sign(staff: Staff, official: Official, actor: Actor, case: Case) -> bool:
    said = f"{case.demand}\n{case.transcript}"
    if case.secrecy or is_secret(case.type, said):
        return False
    found = accused(said, staff.directory(), complains=case.type in ("投诉", "举报"))
    return may(actor, Action.APPROVE, case) and official.id not in found.officials and official.unit not in found.units
