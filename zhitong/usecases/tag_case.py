"""What people tag a case with: risk, cause, pattern (三类风险, 威信); listed and counted by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from cases.lead import ABOVE, ABOVE_TAGS, STRONG, STRONG_TAG
from cases.roles import Action, Actor, permit, units_of
from cases.tags import TagLists
from cases.triage import WAYS, WHAT, Way
from zhitong.errors import MoveRefused
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.tags import add_tag, count_tags, end_tags, tags_of
from zhitong.usecases.lead_cases import lead_row
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import reasoned, tell, to_move


def tag_case(
    engine: Engine,
    *,
    number: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    reason: str,
    by: Actor,
    now: datetime,
    tags: TagLists,
) -> list[str]:
    """Puts tags on a case and takes tags off it, all or none; a new pattern takes the place of the one before.

    Returns the tags that it has then. Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.TAG)
    reason, known = reasoned(reason, "标记"), tags.of_cases
    if not add and not remove:
        raise MoveRefused("没有写标什么；请写 --tag 或 --remove")
    if ways := [tag for tag in (*add, *remove) if tag in WAYS]:
        raise MoveRefused(f"{'、'.join(ways)} 是分流，请用 zhitong case triage：要跟着办的事不一样")
    if unknown := [tag for tag in add if tag not in known]:
        raise MoveRefused(f"{'、'.join(unknown)} 不认识；可以标 {'、'.join(known)}（config/policies/tags.toml）")
    if len({tag for tag in add if tag in tags.pattern}) > 1:
        raise MoveRefused(f"规律只能标一个：{'、'.join(tags.pattern)}")
    with writing(engine) as connection:
        to_move(connection, number, by, Action.TAG, merged=True)
        there = tags_of(connection, number)
        if lacks := [tag for tag in remove if tag not in there]:
            raise MoveRefused(f"工单 {number} 没有标 {'、'.join(lacks)}")
        new = [tag for tag in dict.fromkeys(add) if tag not in there]
        off = [tag for tag in there if tag in remove or (tag in tags.pattern and set(new) & set(tags.pattern))]
        if not new and not off:
            raise MoveRefused(f"工单 {number} 本来就是这样，没有改动")
        end_tags(connection, number, off, at=now, by=by.name)
        for tag in new:
            add_tag(connection, number, tag, at=now, by=by.name)
        why = {STRONG_TAG: STRONG, **dict.fromkeys(ABOVE_TAGS, ABOVE)}
        put_due(connection, [lead_row(number, reason, now) for reason in {why[tag] for tag in new if tag in why}])
        told = [*(f"标了{known[tag]}：{tag}" for tag in new), *(f"去掉：{tag}" for tag in off)]
        tell(connection, number, "标记", at=now, text="；".join(told), who=by.name, reason=reason)
        return tags_of(connection, number)


def tag_figures(
    engine: Engine, *, by: Actor, since: datetime, until: datetime, now: datetime, tags: TagLists
) -> tuple[int, list[tuple[str, str, int]]]:
    """The cases begun in a span of time that this person's figures count, and (what it tells, tag, cases) of each tag.

    Tags of the lists are there with 0; a tag that has left the lists is told as such. That he looked is recorded.
    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.FIGURES)
    with writing(engine) as connection:
        looked(connection, by, None, what="标记统计", now=now)
    with reading(engine) as connection:
        every, found = count_tags(connection, since=since, until=until, units=units_of(by, Action.FIGURES))
    known = {way.value: WHAT for way in Way} | dict(tags.of_cases)
    rows = [(what, tag, found.pop(tag, 0)) for tag, what in known.items()]
    return every, rows + [("已不用", tag, count) for tag, count in sorted(found.items())]
