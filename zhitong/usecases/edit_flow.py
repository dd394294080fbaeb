"""话务流程: see a line's flow with all that was published of it, and keep what is being written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from dialplans.flow import digits_of
from routing.calendar import LOCAL
from zhitong.errors import ChangeRefused
from zhitong.store.engine import writing
from zhitong.store.flows import (
    USED,
    FlowDraft,
    FlowEdition,
    drop_flow_draft,
    flow_draft,
    flow_heads,
    flow_numbered,
    newest_flow,
    put_flow_draft,
)
from zhitong.usecases.looking import looked

LONGEST = 64_000
"""Characters of a draft."""


class DraftOvertaken(ChangeRefused):
    """Somebody else has saved meanwhile: `theirs` is what he has saved, None where he has thrown it away."""

    def __init__(self, text: str, theirs: FlowDraft | None) -> None:
        super().__init__(text)
        self.theirs = theirs


@dataclass(frozen=True, kw_only=True, slots=True)
class LineFlow:
    """A line's flow: the edition that calls go by, None: straight to the question; all that were published, newest
    first, without their texts; the draft, if somebody writes one."""

    line: str
    used: FlowEdition | None
    editions: tuple[FlowEdition, ...]
    draft: FlowDraft | None

    @property
    def newest(self) -> int:
        """The number of the edition that was published last; 0: none was."""
        return self.editions[0].number if self.editions else 0


def see_flow(engine: Engine, *, line: str, by: Actor, now: datetime) -> LineFlow:
    """The flow of a line, by its number; that he looked is kept. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SEE_FLOW)
    key = digits_of(line)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"看话务流程 {key}", now=now)
        used = newest_flow(connection, key, USED)
        return LineFlow(
            line=key,
            used=used if used is not None and used.text else None,
            editions=tuple(flow_heads(connection, key)),
            draft=flow_draft(connection, key),
        )


def see_flow_edition(engine: Engine, *, line: str, edition: int, by: Actor, now: datetime) -> FlowEdition:
    """One edition with its text. Raises NotPermitted, ChangeRefused when there is none, DatabaseGone."""
    permit(by, Action.SEE_FLOW)
    key = digits_of(line)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"看话务流程 {key} 第 {edition} 版", now=now)
        found = flow_numbered(connection, key, edition)
    if found is None:
        raise ChangeRefused(f"线路 {key} 没有第 {edition} 版话务流程；有哪些看 zhitong flow editions --line {key}")
    return found


def save_draft(engine: Engine, *, line: str, text: str, seen: int, by: Actor, now: datetime) -> FlowDraft:
    """Keeps what is being written, faults and all. seen: `saved` of the draft that he had before him; 0: none.

    Raises DraftOvertaken when it is another one by now: nothing is overwritten. NotPermitted, ChangeRefused for a text
    that is too long, DatabaseGone.
    """
    permit(by, Action.EDIT_FLOW)
    if len(text) > LONGEST:
        raise ChangeRefused(f"话务流程有 {len(text)} 个字，最多 {LONGEST} 个；请删掉一些再保存")
    key = digits_of(line)
    with writing(engine) as connection:
        before = flow_draft(connection, key)
        _refuse_stale(before, seen)
        newest = newest_flow(connection, key)
        based_on = before.based_on if before else newest.number if newest else 0
        draft = FlowDraft(line=key, text=text, author=by.name, at=now, based_on=based_on, saved=seen + 1)
        put_flow_draft(connection, draft)
        looked(connection, by, None, what=f"改话务流程 {key} 草稿", now=now)
    return draft


def drop_draft(engine: Engine, *, line: str, seen: int, by: Actor, now: datetime) -> None:
    """Throws it away. seen: as for save_draft. Raises DraftOvertaken, NotPermitted, DatabaseGone."""
    permit(by, Action.EDIT_FLOW)
    key = digits_of(line)
    with writing(engine) as connection:
        _refuse_stale(flow_draft(connection, key), seen)
        drop_flow_draft(connection, key)
        looked(connection, by, None, what=f"删话务流程 {key} 草稿", now=now)


def _refuse_stale(before: FlowDraft | None, seen: int) -> None:
    if (before.saved if before else 0) == seen:
        return
    if before is None:
        raise DraftOvertaken("您打开以后，草稿已经发布或者删掉了。没有保存；请重新打开再改", None)
    raise DraftOvertaken(
        f"您打开以后，{before.author}在 {before.at.astimezone(LOCAL):%m-%d %H:%M} 保存过。没有保存您的；"
        "请看过他改了什么，合在一起再存",
        before,
    )
