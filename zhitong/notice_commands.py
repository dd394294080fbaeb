"""zhitong notice …: whether notices get through."""

import argparse

from zhitong.clock import SystemClock
from zhitong.notices.gateway import Gateway, by_apprise, channel
from zhitong.notices.notice import Notice, text_of
from zhitong.notices.places import load_places
from zhitong.roster_commands import Add
from zhitong.roster_now import base_now
from zhitong.settings import load_settings
from zhitong.store.engine import open_engine


def add_notice_commands(add: Add) -> None:
    """The commands under `zhitong notice`."""
    add("test", "给登记了地址的每个人发一条测试通知，看收到没有", _test)


def _test(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    places = load_places(settings.files.notices, data=settings.folders.data)
    if not places.addresses:
        print(f"还没有登记通知地址，不发通知。怎么登记：{settings.files.notices}")
        return 1
    directory = base_now(settings, open_engine(settings.store.database_url), now)
    everybody = [(name, address) for name, told in places.addresses.items() for address in told]
    answers = Gateway(by_apprise).send(text_of(Notice(kind="test", at=now)), [address for _, address in everybody])
    for name, address in everybody:
        print(f"{directory.called(name)}（{channel(address)}）：{answers[address] or '发出了'}")
    return 1 if any(answers.values()) else 0
