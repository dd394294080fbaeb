"""来件: what a citizen sends by another way than a call becomes a case like a call's, once, with the same clocks."""

import hashlib
import hmac
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.duplicates import Likeness
from cases.extraction import DIGITS
from cases.intake import CONFIRMED_FIRST, IDEAS, Draft
from cases.lead import ABOVE
from cases.roles import Action, Actor, may, permit
from cases.sla import SlaClock
from ivr.script import COMPLAINTS, wished_secrecy
from routing.calendar import LOCAL
from zhitong.errors import DatabaseGone
from zhitong.store.attachments import AttachmentRow, attachments_of
from zhitong.store.cases import cases_of_calls, clocks_of, get_case
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.intakes import add_intake, intake_of
from zhitong.store.tags import add_tag
from zhitong.usecases.attachments import Limits, Stored, Upload, forget, put_attachments, stored, told_of
from zhitong.usecases.begin_cases import begin_cases, free_number, spoken_for
from zhitong.usecases.forums import gather
from zhitong.usecases.lead_cases import lead_row
from zhitong.usecases.look_alike import note_alike, propose_for_new
from zhitong.usecases.rules import Rules
from zhitong.usecases.staff_codes import installation_key
from zhitong.usecases.understood import Understand, Understood, follow_up, suggested
from zhitong.usecases.word_to_citizen import after_intake

SUGGESTION = "建议"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """The case that was made, or the one there was of the same key; with the code by which the citizen asks for it."""

    case: Case
    code: str
    new: bool
    clocks: tuple[SlaClock, ...]
    attachments: tuple[AttachmentRow, ...]
    alike: tuple[Likeness, ...] = ()
    """Open cases that look like the same matter, for whoever may merge them; others leave it to people (case todo)."""


def take_in(
    engine: Engine,
    rules: Rules,
    draft: Draft,
    *,
    uploads: Sequence[Upload] = (),
    by: Actor,
    now: datetime,
    understand: Understand,
    data: Path,
    folder: Path,
    limits: Limits,
    towns: Collection[str] = (),
) -> TakenIn:
    """Makes the case with its attachments, all or nothing; one of the same account and key is only told again.

    data: where this installation's key lies; folder: of attachments; towns: by name. Raises NotPermitted,
    IntakeRefused, NoRoom, DatabaseGone, OSError.
    """
    permit(by, Action.INTAKE)
    call_id, key = call_id_of(by, draft.key), installation_key(data)
    with reading(engine) as connection:
        if (known := _known(connection, call_id, key)) is not None:
            permit(by, Action.INTAKE, known.case)  # whom it complains of by now is not told of it
            return known
    found = understand(draft.text, draft.type, draft.place) if draft.text else Understood(type=draft.type)
    with stored(uploads, folder, limits) as files, writing(engine) as connection:
        if (known := _known(connection, call_id, key)) is not None:  # at the same moment
            forget(folder, files)
            permit(by, Action.INTAKE, known.case)
            return known
        case = _case(connection, draft, call_id, found)
        told = [_told(case, files, by, now, above=draft.above), *suggested(case, now=now)]
        begin_cases(connection, rules, [case], told, now=now)
        code = code_of(key, call_id)
        add_intake(connection, case.number, account=by.name, code_digest=code_digest(key, code))
        put_attachments(connection, rules, case, files, by=by, now=now)
        if draft.above:
            add_tag(connection, case.number, draft.above, at=now, by=by.name)
            put_due(connection, [lead_row(case.number, ABOVE, now)])
        if draft.meeting is not None:
            gather(connection, case, draft.meeting, by=by, now=now)
        put_due(connection, after_intake(rules, case, now))
        follow_up(connection, rules, case, now=now, confirm=draft.channel in CONFIRMED_FIRST)
        taken = _taken(connection, case, code, new=True)
    return replace(taken, alike=_alike(engine, rules, case, by=by, now=now, towns=towns))


def _alike(
    engine: Engine, rules: Rules, case: Case, *, by: Actor, now: datetime, towns: Collection[str]
) -> tuple[Likeness, ...]:
    """The case is there by now, whatever becomes of this."""
    try:
        if may(by, Action.MERGE) and may(by, Action.HEAR):
            return tuple(propose_for_new(engine, rules, [case], by=by, now=now, towns=towns).get(case.number, ()))
        note_alike(engine, rules, case, now=now, towns=towns)
    except DatabaseGone as gone:
        _log.warning("nobody is told what case %s is like: %s", case.number, gone)
    return ()


def call_id_of(by: Actor, key: str) -> str:
    """What stands for the call: never one of Asterisk's, and the same for the same thing sent again by an account."""
    whose = "\0".join((by.name, key))
    return f"intake:{hashlib.sha256(whose.encode()).hexdigest()[:40]}"


def code_of(key: bytes, call_id: str) -> str:
    """The extraction code of a case: told again to who sends the same thing again, and not in the database."""
    drawn = hmac.new(key, b"extraction code of " + call_id.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(drawn[:16]) % 10**DIGITS:0{DIGITS}d}"


def code_digest(key: bytes, code: str) -> str:
    """As which a code is kept: without the key of this installation nobody tries out a million of them."""
    return hmac.new(key, b"extraction " + code.encode(), hashlib.sha256).hexdigest()


def _known(connection: Connection, call_id: str, key: bytes) -> TakenIn | None:
    number = cases_of_calls(connection, [call_id]).get(call_id)
    if number is None:
        return None
    code, intake = code_of(key, call_id), intake_of(connection, number)
    valid = intake is not None and hmac.compare_digest(intake.code_digest, code_digest(key, code))
    return _taken(connection, get_case(connection, number), code if valid else "", new=False)


def _taken(connection: Connection, case: Case, code: str, *, new: bool) -> TakenIn:
    return TakenIn(
        case=case,
        code=code,
        new=new,
        clocks=tuple(clocks_of(connection, case.number)),
        attachments=tuple(attachments_of(connection, case.number)),
    )


def _case(connection: Connection, draft: Draft, call_id: str, found: Understood) -> Case:
    number = free_number(connection, draft.received_at, call_id)
    return Case(
        number=number,
        call_id=call_id,
        caller=draft.caller,
        dialled="",
        answered_at=draft.received_at,
        channel=draft.channel,
        matter=found.matter,
        matter_name=found.matter_name,
        type=draft.type or _type(draft, found),
        urgency=found.urgency,
        place=draft.place or found.place,
        unit=found.unit,
        address=draft.address,
        name=draft.name,
        secrecy=draft.secrecy or wished_secrecy(draft.text),
        transcript=draft.text,
        short=spoken_for(connection, [number])[number],
    )


def _type(draft: Draft, found: Understood) -> str:
    """What somebody suggests is a suggestion, unless it complains."""
    return SUGGESTION if draft.channel == IDEAS and found.type not in COMPLAINTS else found.type


def _told(case: Case, files: Sequence[Stored], by: Actor, now: datetime, *, above: str = "") -> dict[str, object]:
    when = f"{case.answered_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    parts = [f"{case.channel}来件，时限从 {when} 收到算起", f"附件：{told_of(files)}" if files else "", above]
    told = {"case_number": case.number, "mark": f"intake:{case.call_id}", "at": now, "what": "受理", "who": by.name}
    return told | {"text": "；".join(filter(None, parts)), "reason": f"{case.channel}来件"}
