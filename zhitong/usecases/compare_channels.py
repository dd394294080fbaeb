"""与其他渠道对照: counts by channel, and what several of them tell, for who may see reports of all units."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine

from cases.channels import before, common, totals
from cases.roles import Action, Actor, permit
from cases.tags import TagLists
from zhitong.store.channels import came_by, tagged_with
from zhitong.store.engine import reading, writing
from zhitong.usecases.looking import looked
from zhitong.usecases.reports import ALL, Table

MOST = 500


def compare_channels(
    engine: Engine,
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    towns: Collection[str],
    tags: TagLists,
) -> Table:
    """Of all, then of each matter in each town: how many by each channel in [since, until), and in the span before.

    Counts only. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.REPORT)
    with writing(engine) as connection:
        looked(connection, by, None, what="各渠道对照", now=now)
    with reading(engine) as connection:
        came = came_by(connection, before=before(since, until), since=since, until=until)
        tagged = tagged_with(connection, tags.pattern, since=since, until=until)
    channels = totals(came)
    rows = [("全县", ALL, "", *_counts(channels), "")]
    for one in common(came, tagged, towns=towns)[:MOST]:
        counts = {channel: (one.now.get(channel, 0), one.before.get(channel, 0)) for channel in channels}
        told = "，".join(f"{tag} {count} 件" for tag, count in one.tags.items())
        rows.append((one.town, one.matter, one.seen, *_counts(counts), told))
    return Table(headings=("地方", "事项", "对照", "本期", "上期", *_headings(channels), "规律"), rows=tuple(rows))


def _headings(channels: Collection[str]) -> list[str]:
    return [f"{channel}（上期）" for channel in channels]


def _counts(of: dict[str, tuple[int, int]]) -> list[str]:
    sums = [str(sum(one[place] for one in of.values())) for place in (0, 1)]
    return [*sums, *(f"{now}（{before}）" for now, before in of.values())]
