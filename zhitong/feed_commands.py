"""zhitong roster feed: the address under which an official's calendar reads his duty."""

import argparse
from typing import Any

from routing.calendar import LOCAL
from routing.directory import Directory
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now
from zhitong.settings import load_settings
from zhitong.usecases.calendar_feeds import Feed, list_feeds, new_feed, revoke_feed
from zhitong.usecases.roster_named import find_official
from zhitong.who_acts import acting_on_roster, add_by


def add_feed_commands(add: Add) -> None:
    """The command of `zhitong roster` for calendars that are read again and again."""
    feed = add("feed", "给一个人值班日历的订阅地址（只显示一次）；不写人：谁有地址、多久没读", _feed)
    feed.add_argument("official", nargs="?", metavar="人", help="姓名或编号")
    feed.add_argument("--revoke", action="store_true", help="作废他的地址，不给新的")
    feed.add_argument("--reason", default="", metavar="原因", help="为什么给，或为什么作废")
    add_by(feed)


def _feed(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    _, directory, engine = directory_now(settings, now)
    by = acting_on_roster(engine, arguments)
    if arguments.official is None:
        found = [feed for feed in list_feeds(engine, directory, by=by, now=now) if feed.ended_at is None]
        print("\n".join(_line(feed, directory) for feed in found) or "没有人有订阅地址。")
        return 0
    told: dict[str, Any] = {"by": by, "reason": arguments.reason, "now": now}
    if arguments.revoke:
        official_id = _leaver(directory, arguments.official)
        revoke_feed(engine, directory, official_id, **told)
        print(f"{_name(directory, official_id)}的订阅地址已作废，一秒内生效。")
        return 0
    if not settings.console.listen:
        raise ChangeRefused("console.listen 空着，没有网页可以订阅；请在设置里写上地址和端口")
    official = find_official(directory, arguments.official)
    token = new_feed(engine, directory, official.id, **told)
    base = settings.console.address or f"http://{settings.console.listen}"
    print(f"{official.post}{official.name} 的值班日历：{base.rstrip('/')}/calendar/{token}.ics")
    print("只显示这一次，请交给本人，在手机日历里选“订阅日历”填进去；以前的地址作废。谁有地址谁就看得到他的值班。")
    if not settings.console.address:
        print("请注意：console.address 空着，这个地址只有本机打得开；请写上别人打得开的 https:// 地址。")
    elif not base.startswith("https://"):
        print("请注意：console.address 不是 https://，路上的人看得到这个地址。")
    return 0


def _leaver(directory: Directory, told: str) -> str:
    """The id of somebody whose address is to end; he may have left the roster, and then only the id finds him."""
    known = any(told in (one.id, one.name) for one in directory.roster.officials)
    return find_official(directory, told).id if known else told


def _name(directory: Directory, official_id: str) -> str:
    official = directory.roster.official(official_id)
    return official.called if official else f"{official_id}（名单里已没有）"


def _line(feed: Feed, directory: Directory) -> str:
    read = f"读了 {feed.reads} 次，最后 {feed.read_at.astimezone(LOCAL):%Y-%m-%d %H:%M}" if feed.read_at else "没有读过"
    return f"{_name(directory, feed.official)}：{feed.at.astimezone(LOCAL):%Y-%m-%d} 由{feed.by}给的，{read}"
