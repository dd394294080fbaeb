"""办件链接: a link in a notice opens one case to one official, who gives his 工作密码; then he acts as himself.

What the database keeps opens nothing: digests of links and of pages that are open. A wrong code counts against its
link alone, so that who holds a link cannot shut the codes of the telephone.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.case import Case, CaseState
from cases.extraction import WITHIN, refused_until
from cases.roles import Action, Actor, Role, barred, may, permit
from routing.calendar import LOCAL
from routing.directory import Directory
from zhitong.errors import LinkOver, NotSignedIn, SignInRefused
from zhitong.store.accounts import all_actors, get_actor
from zhitong.store.cases import get_case
from zhitong.store.engine import reading, writing
from zhitong.store.intakes import forget_wrong, put_wrong, wrong_at
from zhitong.store.pocket import (
    PocketLink,
    add_link,
    end_links_of,
    forget_links,
    link_with,
    set_session,
)
from zhitong.usecases.looking import looked
from zhitong.usecases.staff_codes import DIGITS, is_code_of

LIFE = timedelta(hours=72)
OPEN_FOR = timedelta(minutes=30)
"""After that the code is asked for again, however busy."""
WRONG = 5
LOGIN = "办件链接"
"""In place of a user of this machine, in the record of accesses."""
MAY_BY_LINK = frozenset(
    {
        Action.SEE,
        Action.HEAR,
        Action.SIGN_FOR,
        Action.START,
        Action.HAND_OVER,
        Action.REPLY,
        Action.SETTLE,
    }
)
"""A telephone is lost more easily than a desk: no more than this, whatever his roles."""
_KEPT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class InPocket:
    """An official before the one case of his link. until: when the code is asked for again."""

    actor: Actor
    official: str
    case_number: str
    until: datetime


def make_link(connection: Connection, *, case_number: str, official: str, now: datetime) -> str:
    """What the link holds: 256 bits, told this once. official: id in the roster."""
    forget_links(connection, expired=now - _KEPT)
    token = secrets.token_urlsafe(32)
    add_link(connection, _digest(token), case_number=case_number, official=official, at=now, expires_at=now + LIFE)
    return token


def open_link(engine: Engine, directory: Directory, token: str, *, now: datetime) -> bool:
    """Whether there ever was such a link. Raises LinkOver for one that opens nothing any more, DatabaseGone."""
    with reading(engine) as connection:
        link = link_with(connection, _digest(token))
        if link is not None:
            _in_force(connection, directory, link, now)
        return link is not None


def enter_by_link(engine: Engine, folder: Path, directory: Directory, token: str, code: str, *, now: datetime) -> str:
    """Opens the page for `OPEN_FOR`, to who knows the official's 工作密码; what his cookie is to hold.

    folder: where this installation's key lies. Raises LinkOver, SignInRefused, DatabaseGone, OSError.
    """
    digest = _digest(token)
    place = f"pocket:{digest}"
    with writing(engine) as connection:
        link = link_with(connection, digest)
        if link is None:
            raise LinkOver("没有这个链接")
        actor = _in_force(connection, directory, link, now)
        until = refused_until(wrong_at(connection, place, since=now - 2 * WITHIN), WRONG)
        if until is not None and now < until:
            told = f"{until.astimezone(LOCAL):%H:%M} 以后再试；忘了请管理员重新办一个，急用请打热线"
            raise SignInRefused(f"工作密码错得太多，{told}")
        if is_code_of(connection, folder, link.official, code.strip()):
            forget_wrong(connection, place)
            session = secrets.token_urlsafe(32)
            set_session(connection, digest, _digest(session), until=now + OPEN_FOR)
            looked(connection, actor, link.case_number, what="打开办件链接", now=now)
            return session
        put_wrong(connection, [place], at=now, forget=now - 3 * WITHIN)
        looked(connection, actor, link.case_number, what="办件链接：工作密码不对", now=now)
    raise SignInRefused(f"工作密码不对；是打热线用的 {DIGITS} 位数字，忘了请管理员重新办一个")


def in_pocket(engine: Engine, directory: Directory, token: str, session: str, *, now: datetime) -> InPocket:
    """Who has the page open: looked up each time, so that what was ended ends at once.

    Raises LinkOver, NotSignedIn, DatabaseGone.
    """
    with reading(engine) as connection:
        link = link_with(connection, _digest(token))
        if link is None:
            raise LinkOver("没有这个链接")
        actor = _in_force(connection, directory, link, now)
    until = link.session_until
    same = secrets.compare_digest(link.session_digest, _digest(session))
    if not session or not same or until is None or until <= now:
        raise NotSignedIn("请先输入工作密码")
    return InPocket(actor=actor, official=link.official, case_number=link.case_number, until=until)


def leave_pocket(engine: Engine, token: str) -> None:
    """Closes the page; the link opens it again. Raises DatabaseGone."""
    with writing(engine) as connection:
        set_session(connection, _digest(token), "", until=None)


def end_links(engine: Engine, *, number: str, by: Actor, now: datetime) -> int:
    """Ends all links to this case; how many there were. Raises NotPermitted, CaseNotFound, DatabaseGone."""
    permit(by, Action.END_LINKS)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.END_LINKS, case)
        looked(connection, by, number, what="停办件链接", now=now)
        return end_links_of(connection, number, at=now)


def acts_as(connection: Connection, directory: Directory, official: str, case: Case, *, now: datetime) -> Actor | None:
    """As whom this official acts with the case: his account; without one, as the roster has him: who heads a unit, as
    its head, anybody else as one who handles its cases. None: he may not see it, or is not in post."""
    known = directory.roster.official(official)
    if known is None or not known.in_post(now.astimezone(LOCAL).date()):
        return None
    linked = (one.name for one in all_actors(connection) if one.official == official)
    accounts = [one for name in linked if (one := get_actor(connection, name)) is not None]
    names = frozenset(directory.unit(code).name for code in (known.unit, *known.units))
    role = Role.HANDLER if known.rank == "staff" else Role.UNIT_HEAD
    himself = Actor(name=known.called, roles=frozenset({role}), units=names, official=official)
    if any(barred(one, case) for one in (*accounts, himself)):
        return None
    acting = (replace(one, login=LOGIN, scopes=MAY_BY_LINK) for one in accounts or (himself,))
    return next((one for one in acting if may(one, Action.SEE, case)), None)


def _in_force(connection: Connection, directory: Directory, link: PocketLink, now: datetime) -> Actor:
    case = get_case(connection, link.case_number)
    actor = acts_as(connection, directory, link.official, case, now=now)
    if link.ended_at is None and now < link.expires_at and case.state is not CaseState.STRUCK_OFF and actor:
        return actor
    raise LinkOver("这个链接过期了，或者停用了。要办这一件，请打热线，或者等下一条通知里的链接。")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
