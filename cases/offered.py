"""Which steps a page offers to somebody: those that he may make with this case as it stands, and no other. Pure.

The use cases refuse the rest all the same; what is offered is what they would not refuse for who asks, or for when.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cases.case import OPEN, TO_TELL, Case, CaseEvent, CaseState, allowed
from cases.record import RecordKind
from cases.roles import Action, Actor, may


class Step(StrEnum):
    """Something that a person does with a case; the value stands in addresses."""

    ASSIGN = "assign"
    SIGN_FOR = "sign"
    START = "start"
    REPLY = "reply"
    REVIEW = "review"
    HEAR_RESULT = "hear"
    APPROVE = "approve"
    SEND_BACK = "back"
    SETTLE = "settle"
    TAKE = "take"
    REFUSE = "refuse"
    HAND_OVER = "handover"
    RETURN = "return"
    DECLINE = "decline"
    NOTE = "progress"
    CALLED_BACK = "called-back"
    RECHECKED = "rechecked"
    CONFIRMED = "confirmed"
    NO_CONTACT = "no-contact"
    REVIEW_NO_CONTACT = "no-contact-review"
    EXTEND = "extend"
    SUSPEND = "suspend"
    GRANT = "grant"
    DENY = "deny"
    RESUME = "resume"
    TRIAGE = "triage"
    EMERGENCY = "emergency"
    LEAD = "lead"
    CO_HANDLE = "co-handle"
    SUPERVISE = "supervise"
    MEET = "meet"
    ON_SITE = "on-site"
    COMMIT = "commit"
    WARN = "warn"
    FIND = "find"
    MERGE = "merge"
    SPLIT = "split"
    EDIT = "edit"
    TAG = "tag"
    ACCUSE = "accuse"
    CLEAR = "clear"


RIGHTS: Mapping[Step, Action] = {
    Step.ASSIGN: Action.ASSIGN,
    Step.SIGN_FOR: Action.SIGN_FOR,
    Step.START: Action.START,
    Step.REPLY: Action.REPLY,
    Step.REVIEW: Action.REVIEW,
    Step.HEAR_RESULT: Action.APPROVE,
    Step.APPROVE: Action.APPROVE,
    Step.SEND_BACK: Action.SEND_BACK,
    Step.SETTLE: Action.SETTLE,
    Step.TAKE: Action.TAKE,
    Step.REFUSE: Action.TAKE,
    Step.HAND_OVER: Action.HAND_OVER,
    Step.RETURN: Action.RETURN,
    Step.DECLINE: Action.DECLINE,
    Step.NOTE: Action.NOTE,
    Step.CALLED_BACK: Action.CALLED_BACK,
    Step.RECHECKED: Action.CALLED_BACK,
    Step.CONFIRMED: Action.CONFIRM,
    Step.NO_CONTACT: Action.CALLED_BACK,
    Step.REVIEW_NO_CONTACT: Action.CALLED_BACK,
    Step.EXTEND: Action.ASK_TIME,
    Step.SUSPEND: Action.ASK_TIME,
    Step.GRANT: Action.GRANT_TIME,
    Step.DENY: Action.GRANT_TIME,
    Step.RESUME: Action.RESUME,
    Step.TRIAGE: Action.TRIAGE,
    Step.EMERGENCY: Action.EMERGENCY,
    Step.LEAD: Action.LEAD,
    Step.CO_HANDLE: Action.CO_HANDLE,
    Step.SUPERVISE: Action.SUPERVISE,
    Step.MEET: Action.MEET,
    Step.ON_SITE: Action.ON_SITE,
    Step.COMMIT: Action.COMMIT,
    Step.WARN: Action.WARN,
    Step.FIND: Action.FIND,
    Step.MERGE: Action.MERGE,
    Step.SPLIT: Action.MERGE,
    Step.EDIT: Action.EDIT,
    Step.TAG: Action.TAG,
    Step.ACCUSE: Action.ACCUSE,
    Step.CLEAR: Action.CLEAR,
}
"""What somebody must be permitted for a step."""
RECORDS: Mapping[Step, RecordKind] = {
    Step.LEAD: RecordKind.LEAD,
    Step.CO_HANDLE: RecordKind.CO_HANDLE,
    Step.SUPERVISE: RecordKind.SUPERVISE,
    Step.MEET: RecordKind.MEETING,
    Step.ON_SITE: RecordKind.ON_SITE,
    Step.COMMIT: RecordKind.COMMITMENT,
    Step.WARN: RecordKind.YELLOW_CARD,
    Step.FIND: RecordKind.CONDUCT,
}
"""The steps that open a record."""
_EVENTS: Mapping[Step, CaseEvent] = {
    Step.ASSIGN: CaseEvent.ASSIGN,
    Step.SIGN_FOR: CaseEvent.SIGN_FOR,
    Step.START: CaseEvent.START,
    Step.REPLY: CaseEvent.REPLY,
    Step.REVIEW: CaseEvent.REVIEW,
    Step.HEAR_RESULT: CaseEvent.APPROVE,
    Step.APPROVE: CaseEvent.APPROVE,
    Step.SEND_BACK: CaseEvent.SEND_BACK,
    Step.SETTLE: CaseEvent.SETTLE,
    Step.TAKE: CaseEvent.HAND_OVER,
    Step.REFUSE: CaseEvent.HAND_OVER,
    Step.HAND_OVER: CaseEvent.HAND_OVER,
    Step.RETURN: CaseEvent.RETURN,
    Step.DECLINE: CaseEvent.DECLINE,
}
"""The steps that are moves of the state machine."""
_WHILE_WORKED_ON = frozenset(
    {Step.NOTE, Step.EXTEND, Step.SUSPEND, Step.GRANT, Step.TRIAGE, Step.EMERGENCY, Step.MERGE, Step.CONFIRMED}
)
_TO_BE_ASKED = frozenset({Step.CALLED_BACK, Step.NO_CONTACT, Step.REVIEW_NO_CONTACT})
_ALSO_MERGED = frozenset(
    {Step.NOTE, Step.EDIT, Step.TAG, Step.ACCUSE, Step.CLEAR, Step.SPLIT, Step.CONFIRMED, Step.RECHECKED}
)
"""What is done with a case by itself although it is answered together with another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What decides beside state and role. merged_into: the case with which it is answered; main: others are with it.

    to_take: the units that are asked to take it (移交). asked_time: a 延期 or 挂起 waits, asked_himself: by who looks.
    extends, stops: there is a clock that may be. replied, reviewed: by who looks; heard: he has heard the sentence.
    on_the_spot: soon enough after the call. outsider: who looks had no part in it (await_person). asks: a person may
    say now what the citizen said. has_number: there is one to call; no_contact: somebody says that there is none,
    said_himself: it was he. to_confirm, to_recheck: a person is waited for, or the system has still to call.
    """

    merged_into: str = ""
    main: bool = False
    to_take: frozenset[str] = frozenset()
    asked_time: bool = False
    asked_himself: bool = False
    extends: bool = False
    stops: bool = False
    suspended: bool = False
    replied: bool = False
    reviewed: bool = False
    heard: bool = False
    on_the_spot: bool = False
    emergency: bool = False
    outsider: bool = False
    asks: bool = False
    has_number: bool = True
    no_contact: bool = False
    said_himself: bool = False
    to_confirm: bool = False
    to_recheck: bool = False


def offered(actor: Actor, case: Case, standing: Standing) -> tuple[Step, ...]:
    """The steps, in the order of `Step`. case: as it is, nothing masked."""
    return tuple(step for step in Step if may(actor, RIGHTS[step], case) and _fits(step, actor, case, standing))


def _fits(step: Step, actor: Actor, case: Case, standing: Standing) -> bool:
    if standing.merged_into and step not in _ALSO_MERGED:
        return False
    if (event := _EVENTS.get(step)) is not None and event not in allowed(case.state):
        return False
    if step in _WHILE_WORKED_ON and case.state not in OPEN:
        return False
    if step in _TO_BE_ASKED and (
        case.state not in TO_TELL or case.state is CaseState.CALLBACK or not standing.outsider
    ):
        return False
    match step:
        case Step.HAND_OVER:
            return not standing.to_take
        case Step.TAKE | Step.REFUSE:
            return bool(standing.to_take & actor.units)
        case Step.SETTLE:
            return standing.on_the_spot and not case.rework
        case Step.REVIEW:
            return not standing.replied
        case Step.HEAR_RESULT:
            return not standing.replied and not standing.reviewed
        case Step.APPROVE:
            return standing.heard and not standing.replied and not standing.reviewed
        case Step.EXTEND:
            return standing.extends and not standing.asked_time
        case Step.SUSPEND:
            return standing.stops and not standing.asked_time and not standing.suspended
        case Step.GRANT:
            return standing.asked_time and not standing.asked_himself
        case Step.DENY:
            return standing.asked_time
        case Step.RESUME:
            return standing.suspended
        case Step.EMERGENCY:
            return not standing.emergency
        case Step.MERGE:
            return not standing.main
        case Step.SPLIT:
            return bool(standing.merged_into)
        case Step.CALLED_BACK:
            return standing.asks
        case Step.NO_CONTACT:
            return not standing.has_number and not standing.no_contact
        case Step.REVIEW_NO_CONTACT:
            return not standing.has_number and standing.no_contact and not standing.said_himself
        case Step.CONFIRMED:
            return standing.to_confirm
        case Step.RECHECKED:
            return standing.to_recheck and standing.outsider
        case Step.EDIT:
            return case.state in OPEN or (case.state in TO_TELL and standing.outsider)
        case Step.CLEAR:
            return case.accused != ""
        case _:
            return True
