"""话务流程: a line's flow counts once it is published, with an author and a reason, and Asterisk has proven it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from cases.roles import Action, Actor, permit
from dialplans.flow import digits_of, parse_flow
from dialplans.flow_checks import check, refuse_errors
from routing.calendar import LOCAL
from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading, writing
from zhitong.store.flows import (
    PUBLISHED,
    REFUSED,
    FlowEdition,
    add_flow,
    digest_of,
    drop_flow_draft,
    flow_draft,
    flow_numbered,
    newest_flow,
)
from zhitong.usecases.change_roster import LONGEST_NAME, named
from zhitong.usecases.looking import looked


def publish_flow(
    engine: Engine,
    *,
    line: str,
    text: str,
    on: int,
    prompts: Mapping[str, float],
    by: Actor,
    reason: str,
    now: datetime,
) -> FlowEdition:
    """The text is the line's next edition; empty: no flow any more. Calls go by it once Asterisk has proven it.

    on: the number of the newest edition when it was looked at; 0: there was none. prompts: the line's own sentences
    with their seconds. Raises BadConfig with every fault and every error, ChangeRefused when another edition was
    published meanwhile or nothing was changed, NotPermitted, DatabaseGone.
    """
    permit(by, Action.EDIT_FLOW)
    reason, key = named(reason, "为什么改"), digits_of(line)
    if text.strip():
        refuse_errors(check(parse_flow(text), prompts, key))
    else:
        text = ""
    try:
        with writing(engine) as connection:
            return _publish(connection, key, text, on, by, reason, now)
    except IntegrityError:  # both looked before either wrote
        with reading(engine) as connection:
            raise _overtaken(connection, key, on) from None


def restore_flow(
    engine: Engine,
    *,
    line: str,
    edition: int,
    on: int,
    prompts: Mapping[str, float],
    by: Actor,
    reason: str,
    now: datetime,
) -> FlowEdition:
    """An earlier edition published once more; edition 0: no flow, as before the first one. Raises as publish_flow."""
    permit(by, Action.EDIT_FLOW)
    with reading(engine) as connection:
        found = flow_numbered(connection, digits_of(line), edition)
    if found is None and edition:
        raise ChangeRefused(f"线路 {line} 没有第 {edition} 版话务流程；有哪些看 zhitong flow editions --line {line}")
    text = found.text if found else ""
    return publish_flow(engine, line=line, text=text, on=on, prompts=prompts, by=by, reason=reason, now=now)


def _publish(
    connection: Connection, line: str, text: str, on: int, by: Actor, reason: str, now: datetime
) -> FlowEdition:
    newest, digest = newest_flow(connection, line), digest_of(text)
    if (newest.number if newest else 0) != on:
        raise _overtaken(connection, line, on)
    if newest and newest.digest == digest and newest.state != REFUSED:
        raise ChangeRefused(f"和第 {on} 版一个字也不差，没有要发布的；请先改好再发布")
    if newest is None and not text:
        raise ChangeRefused("这条线路没有话务流程，没有要撤下的")
    edition = FlowEdition(
        line=line,
        number=on + 1,
        author=named(by.name, "谁发布的", most=LONGEST_NAME),
        at=now,
        reason=reason,
        digest=digest,
        text=text,
        state=PUBLISHED,
    )
    add_flow(connection, edition)
    draft = flow_draft(connection, line)
    if draft is not None and digest_of(draft.text) == digest:
        drop_flow_draft(connection, line)
    looked(connection, by, None, what=f"发布话务流程 {line} 第 {edition.number} 版", now=now)
    return edition


def _overtaken(connection: Connection, line: str, on: int) -> ChangeRefused:
    newest = newest_flow(connection, line)
    if newest is None:
        return ChangeRefused(f"您看的是第 {on} 版，它已经不在数据库里；请重新打开再发布")
    return ChangeRefused(
        f"您看的是第 {on} 版，现在是第 {newest.number} 版：{newest.at.astimezone(LOCAL):%m-%d %H:%M} "
        f"{newest.author}发布（{newest.reason}）。没有发布；请看过他改了什么再发布"
    )
