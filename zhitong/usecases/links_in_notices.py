"""办件链接 in notices: to whose address one may go."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from routing.directory import Directory
from zhitong.notices.notice import Notice
from zhitong.notices.places import Places
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.usecases.pocket_links import acts_as, make_link


def links_for(
    engine: Engine,
    directory: Directory,
    notice: Notice,
    names: Sequence[str],
    where: Places,
    pocket: str,
    *,
    now: datetime,
) -> dict[str, str]:
    """Address → the link of the official whose it is. None to what several share, nor of what is secret, nor to who
    could not open it. names: who are told; pocket: by what address mobiles reach the page; empty: they do not.

    Raises DatabaseGone.
    """
    if not pocket or notice.secret or not notice.case_number:
        return {}
    shared = Counter(address for told in where.addresses.values() for address in set(told))
    links = dict[str, str]()
    with writing(engine) as connection:
        case = get_case(connection, notice.case_number)
        for name in names:
            own = [address for address in where.of(name) if shared[address] == 1]
            if own and acts_as(connection, directory, name, case, now=now) is not None:
                token = make_link(connection, case_number=case.number, official=name, now=now)
                links |= dict.fromkeys(own, f"{pocket}/p/{token}")
    return links
