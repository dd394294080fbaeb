"""A case for a program that acts in the name of somebody who may see it: masked, and recorded."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from cases.register import HIDDEN
from cases.roles import Action, Actor, Role, may, permit
from cases.sla import SlaClock
from ivr.script import is_secret
from routing.phone import mask
from zhitong.store.attachments import AttachmentRow, attachments_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked

_PRIVATE = ("caller", "contact", "name", "sex", "address", "place", "transcript", "demand", "result", "reply")


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseSeen:
    """A case with its clocks and attachments, as somebody may see it."""

    case: Case
    clocks: tuple[SlaClock, ...]
    attachments: tuple[AttachmentRow, ...]


def see_case(engine: Engine, *, number: str, by: Actor, now: datetime) -> CaseSeen:
    """The case; that `by` looked is recorded. Who sent what is secret, and what, is for supervision alone, as in the
    register. Raises NotPermitted, CaseNotFound, DatabaseGone."""
    permit(by, Action.SEE)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.SEE, case)
        looked(connection, by, number, what="查看", now=now)
        clocks, files = clocks_of(connection, number), attachments_of(connection, number)
    shown = replace(case, caller=case.caller and mask(case.caller), contact=case.contact and mask(case.contact))
    if is_hidden(case, by):
        hidden = {name: HIDDEN for name in _PRIVATE if getattr(case, name)}
        shown = replace(shown, **hidden)  # type: ignore[arg-type]
        files = [replace(row, transcript=row.transcript and HIDDEN) for row in files]
    return CaseSeen(case=shown, clocks=tuple(clocks), attachments=tuple(files))


def is_hidden(case: Case, by: Actor) -> bool:
    """Whether who sent this, and what, is for supervision alone, and he is somebody else, or it is not his to hear."""
    secret = case.secrecy != "" or is_secret(case.type, f"{case.demand}\n{case.transcript}")
    return (secret and Role.SUPERVISION not in by.roles) or not hears(case, by)


def hears(case: Case, by: Actor) -> bool:
    """Whether who sent this, and in which words, is his to know, whatever the token in his hand is for."""
    return may(replace(by, scopes=None), Action.HEAR, case)
