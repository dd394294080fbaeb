"""试发通知: whether the addresses of some people take a message, as `zhitong notice test` asks for everybody's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from zhitong.errors import Refused
from zhitong.notices.gateway import AT_ONCE, channel
from zhitong.notices.notice import Notice, text_of
from zhitong.notices.places import Places
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked

Send = Callable[[str, Iterable[str]], Mapping[str, str]]
"""Sends a text to addresses; what came of each: empty once it was taken, else why not."""


def try_notices(
    engine: Engine, places: Places, names: Sequence[str], *, send: Send, by: Actor, now: datetime
) -> list[tuple[str, str, str]]:
    """Name, channel, what came of it (empty: taken), for each address of these names; that he did is kept.

    Raises NotPermitted; Refused where nobody is chosen, has an address, or more than a page can wait for; DatabaseGone.
    """
    permit(by, Action.CHANGE_SETTINGS)
    each = [(name, address) for name in dict.fromkeys(names) for address in places.of(name)]
    if not each:
        raise Refused("没有选人，或者选的人没有登记地址；请选登记了地址的")
    if len(each) > AT_ONCE:
        raise Refused(f"选的人一共 {len(each)} 个地址；一次最多 {AT_ONCE} 个，请分几次试")
    with writing(engine) as connection:
        looked(connection, by, None, what=f"试发通知，{len(each)} 个地址", now=now)
    answers = send(text_of(Notice(kind="test", at=now)), [address for _, address in each])
    return [(name, channel(address), answers[address]) for name, address in each]
