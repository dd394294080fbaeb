"""What the words of a case that no call brought are about, and what follows from that; as of a call."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case
from cases.lead import REPEATED, STRONG, is_strong
from ivr.script import wished_secrecy
from zhitong.store.due import put_due
from zhitong.usecases.confirm_case import confirm_later
from zhitong.usecases.lead_cases import RED, is_repeated, lead_row
from zhitong.usecases.rules import Rules
from zhitong.usecases.suspect_closing import suspect_called_again


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """What words are about, and the name of the unit that is proposed; empty where nothing was understood."""

    matter: str = ""
    matter_name: str = ""
    type: str = ""
    urgency: str = "normal"
    place: str = ""
    unit: str = ""


Understand = Callable[[str, str, str], Understood]
"""Words, the type and the place that the citizen named (or empty) → what a call with these words would be."""


def suggested(case: Case, *, now: datetime) -> list[dict[str, object]]:
    """What the timeline tells of a matter that the program understood from words: a suggestion, which people check."""
    if not case.matter:
        return []
    text = f"系统按文字建议：事项 {case.matter} {case.matter_name}；请核对，不对的改工单"
    return [{"case_number": case.number, "mark": f"suggested:{case.call_id}", "at": now, "what": "建议", "text": text}]


def follow_up(connection: Connection, rules: Rules, case: Case, *, now: datetime, confirm: bool = False) -> None:
    """What follows from what is known of a case now: a leader, a look at an earlier closing, a call to confirm it."""
    due = [lead_row(case.number, RED, now)] if case.urgency == "red" else []
    if is_strong(case.transcript, case.type, rules.lead):
        due.append(lead_row(case.number, STRONG, now))
    if is_repeated(connection, rules, case, at=now):
        due.append(lead_row(case.number, REPEATED, now))
    suspect_called_again(connection, rules, case, at=now)
    if confirm:
        confirm_later(connection, rules, case, at=now)
    if due:
        put_due(connection, due)


def reunderstood(case: Case, words: str, *, understand: Understand) -> Case:
    """The case with more of what the citizen said: what was not known is filled in, urgency is raised, nothing is taken
    back; what people or the citizen have written stays."""
    said = f"{case.transcript} {words}".strip()
    found = understand(said, case.type, case.place)
    worst = max((case.urgency, found.urgency), key=("normal", "yellow", "orange", "red").index)
    known = bool(case.matter)
    return replace(
        case,
        transcript=said,
        urgency=worst,
        type=case.type or found.type,
        place=case.place or found.place,
        matter=case.matter or found.matter,
        matter_name=case.matter_name if known else found.matter_name,
        unit=case.unit or found.unit if known or case.first_unit else found.unit or case.unit,
        secrecy=case.secrecy or wished_secrecy(said),
    )
