"""记进展: what was done meanwhile, and whether the citizen was told (2 小时回应、24 小时反馈进展，镇雄)."""

from datetime import datetime

from sqlalchemy import Engine

from cases.case import OPEN, Case
from cases.roles import Action, Actor
from zhitong.errors import MoveRefused
from zhitong.store.cases import meet_clock
from zhitong.store.engine import writing
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.reckon_clocks import NOTED, citizen_was_told


def note_progress(engine: Engine, *, number: str, by: Actor, text: str, told: bool, now: datetime) -> Case:
    """Notes it on the timeline. told: the citizen was told, which is what the clocks of answer and progress wait for.

    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    text = reasoned(text, "进展")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.NOTE, merged=True)
        if case.state not in OPEN:
            raise MoveRefused(f"工单 {number} 在“{case.state}”，没有进展可记了")
        if told:
            for code in ("respond", "progress"):
                meet_clock(connection, number, code, round=case.rework, at=now)
            citizen_was_told(connection, number, now=now, outcome=NOTED)
        tell(connection, number, "进展", at=now, text=f"{text}（已告知群众）" if told else text, who=by.name)
        return case
