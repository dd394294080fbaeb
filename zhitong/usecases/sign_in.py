"""登录: password, then a code of the second factor (TOTP, RFC 6238), then a token in a cookie; kept as a digest.

A first password is made by an administrator, told once, and changed at the first sign-in. Wrong ones, of whatever
kind, shut the account's door for an hour, as wrong extraction codes do; and the door of an address that tries many.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine

from cases.extraction import WITHIN, refused_until
from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.errors import NotSignedIn, SignInRefused
from zhitong.store.accounts import get_actor
from zhitong.store.engine import reading, writing
from zhitong.store.intakes import forget_wrong, put_wrong, wrong_at
from zhitong.store.sign_ins import (
    Credentials,
    SignInRow,
    add_sign_in,
    credentials_of,
    end_sign_in,
    end_sign_ins,
    forget_sign_ins,
    put_credentials,
    set_seen,
    sign_in_with,
    use_step,
)
from zhitong.usecases.accounts import administers
from zhitong.usecases.looking import looked

Stage = Literal["change", "enroll", "code", "in"]
"""What is still to be done: change the first password, set up the second factor, give its code, nothing."""

FIRST = "先用密码"
FIRST_PASSWORD = timedelta(days=3)
LONGEST = timedelta(hours=12)
"""A shift: after it one signs in anew, however busy (OWASP ASVS 3.3: 12 hours)."""
IDLE = timedelta(hours=1)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
"""Length, not kinds of characters (NIST SP 800-63B 5.1.1.2)."""
WRONG, WRONG_OF_ADDRESS = 5, 50
_SEEN_EVERY = timedelta(minutes=1)
_STEP = 30  # seconds of a code, RFC 6238
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_HASHER = PasswordHasher()
_NOBODYS = _HASHER.hash(secrets.token_hex(16))
_WRONG = "姓名、密码或者验证码不对。密码忘了、手机丢了：请管理员重新办一个先用密码（zhitong account password 姓名）"
_COMMON = frozenset(
    {"1234567890", "12345678910", "0123456789", "qwertyuiop", "password123", "a123456789", "admin12345"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """Who is signed in with a token, as he stands now, and what he still has to do."""

    actor: Actor
    stage: Stage
    at: datetime


def first_password(engine: Engine, account: str, *, by: Actor, now: datetime) -> str:
    """A first password for the account, told this once; what it had before, second factor too, ends.

    Raises NotPermitted, SignInRefused, DatabaseGone.
    """
    permit(by, Action.ACCOUNTS)
    account = " ".join(account.split())
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    with writing(engine) as connection:
        administers(connection, by, what=f"{FIRST} {account}", now=now)
        if get_actor(connection, account) is None:
            raise SignInRefused(f"没有叫 {account!r} 的账号；先建：zhitong account add 姓名 --role 角色")
        put_credentials(
            connection,
            account,
            password_hash=_HASHER.hash(password),
            at=now,
            by=by.name,
            temporary_until=now + FIRST_PASSWORD,
            totp_secret="",
            totp_at=None,
            totp_step=0,
        )
        end_sign_ins(connection, account)
        forget_wrong(connection, _place(account))
    return password


def sign_in(engine: Engine, account: str, password: str, *, address: str, now: datetime) -> str:
    """A token for who knows the password; what is still to be done says `signed_in`.

    One answer for whatever is wrong, after the same work: who has an account is not told.
    Raises SignInRefused, DatabaseGone.
    """
    account = " ".join(account.split())
    found = _try(engine, account, address, now)
    right = _matches(found.password_hash if found else _NOBODYS, password)
    ended = found is not None and found.temporary_until is not None and found.temporary_until <= now
    with writing(engine) as connection:
        if right and not ended and get_actor(connection, account) is not None:
            forget_sign_ins(connection, begun=now - LONGEST, seen=now - IDLE)
            return _begin(connection, account, address=address, complete=False, now=now)
        _wrong(connection, address, now)
    raise SignInRefused(_WRONG)


def signed_in(engine: Engine, token: str, *, now: datetime, touch: bool = True) -> SignedIn:
    """Who that is: looked up each time, so that what was ended ends at once. touch: it counts as being there.

    Raises NotSignedIn, DatabaseGone.
    """
    with reading(engine) as connection:
        row = sign_in_with(connection, _digest(token)) if token else None
        if row is None or row.at + LONGEST <= now or row.seen_at + IDLE <= now:
            raise NotSignedIn("请先登录")
        actor, found = get_actor(connection, row.account), credentials_of(connection, row.account)
    if actor is None or found is None:
        raise NotSignedIn("请先登录")
    if touch and row.seen_at + _SEEN_EVERY <= now:
        with writing(engine) as connection:
            set_seen(connection, row.digest, now)
    return SignedIn(actor=actor, stage=_stage(row, found), at=row.at)


def change_password(engine: Engine, token: str, old: str, new: str, *, address: str, now: datetime) -> None:
    """Sets his own password; he is signed out everywhere else. Raises SignInRefused, NotSignedIn, DatabaseGone."""
    account = signed_in(engine, token, now=now).actor.name
    if fault := password_fault(new, account=account, old=old):
        raise SignInRefused(fault)
    found = _try(engine, account, address, now)
    right = found is not None and _matches(found.password_hash, old)
    with writing(engine) as connection:
        if right:
            values = {"password_hash": _HASHER.hash(new), "at": now, "by": account, "temporary_until": None}
            put_credentials(connection, account, **values)
            end_sign_ins(connection, account, but=_digest(token))
            forget_wrong(connection, _place(account))
            return
        _wrong(connection, address, now)
    raise SignInRefused("原来的密码不对")


def new_secret(engine: Engine, token: str, *, now: datetime) -> str:
    """The secret of a second factor that is to be confirmed; the same until it is.

    Raises NotSignedIn, SignInRefused, DatabaseGone.
    """
    who = signed_in(engine, token, now=now)
    if who.stage != "enroll":
        raise SignInRefused("二次验证已经设好了；换手机请管理员重新办一个先用密码")
    with writing(engine) as connection:
        found = credentials_of(connection, who.actor.name)
        if found is not None and found.totp_secret:
            return found.totp_secret
        secret = pyotp.random_base32()
        put_credentials(connection, who.actor.name, totp_secret=secret)
        return secret


def give_code(engine: Engine, token: str, code: str, *, address: str, now: datetime) -> str:
    """Takes the code of the second factor, and confirms it the first time; the token from now on is another.

    Raises SignInRefused, NotSignedIn, DatabaseGone.
    """
    who = signed_in(engine, token, now=now)
    account = who.actor.name
    if who.stage not in ("enroll", "code"):
        raise SignInRefused("现在不用验证码")
    found = _try(engine, account, address, now)
    step = _step_of(found.totp_secret, code, now) if found is not None else None
    with writing(engine) as connection:
        if step is not None and use_step(connection, account, step):
            if who.stage == "enroll":
                put_credentials(connection, account, totp_at=now)
            end_sign_in(connection, _digest(token))
            forget_wrong(connection, _place(account))
            looked(connection, who.actor, None, what="登录", now=now)
            return _begin(connection, account, address=address, complete=True, now=now)
        _wrong(connection, address, now)
    raise SignInRefused("验证码不对、用过了或者过期了；请看手机上现在的 6 位数字，手机的时间要准")


def own_password(engine: Engine, account: str, password: str, *, address: str, now: datetime) -> str:
    """The account has this password from now on, and is signed in with it: the token. For `first_sign_in` alone.

    Raises DatabaseGone.
    """
    with writing(engine) as connection:
        hashed = _HASHER.hash(password)
        factors = {"temporary_until": None, "totp_secret": "", "totp_at": None, "totp_step": 0}
        put_credentials(connection, account, at=now, by=account, password_hash=hashed, **factors)
        return _begin(connection, account, address=address, complete=False, now=now)


def sign_out(engine: Engine, token: str) -> None:
    """Ends this one. Raises DatabaseGone."""
    with writing(engine) as connection:
        end_sign_in(connection, _digest(token))


def password_fault(new: str, *, account: str, old: str = "") -> str:
    """What is wrong with a password; empty: nothing."""
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        return f"密码是 {len(new)} 个字；请用 {SHORTEST_PASSWORD} 到 {LONGEST_PASSWORD} 个，几个不相干的词连起来就好记"
    if new == old:
        return "和原来的密码一样；请换一个"
    if account.lower() in new.lower() or new.lower() in _COMMON or len(set(new)) < 4:
        return "这个密码太容易猜；请不要用姓名、连号和重复的字"
    return ""


def totp_address(secret: str, account: str) -> str:
    """What a telephone's app reads as a picture (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name="直通热线")


def _stage(row: SignInRow, found: Credentials) -> Stage:
    if found.temporary_until is not None:
        return "change"
    if row.complete:
        return "in"
    return "code" if found.totp_at is not None else "enroll"


def _begin(connection: Connection, account: str, *, address: str, complete: bool, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    add_sign_in(
        connection,
        SignInRow(digest=_digest(token), account=account, at=now, seen_at=now, address=address[:64], complete=complete),
    )
    return token


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is: now's or the one before or after, for clocks that are off (RFC 6238 5.2)."""
    code, step = code.strip().replace(" ", ""), int(now.timestamp()) // _STEP
    if not secret:
        return None
    totp = pyotp.TOTP(secret)
    return next((s for s in (step, step - 1, step + 1) if pyotp.utils.strings_equal(totp.generate_otp(s), code)), None)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


def _place(account: str) -> str:
    return f"sign-in:{_digest(account)}"


def _door(address: str) -> str:
    return f"door:{_digest(address)}"


def _try(engine: Engine, account: str, address: str, now: datetime) -> Credentials | None:
    """With what it would be right. It counts as wrong before it is looked at, so that guesses made side by side are no
    more than one by one; what was right all the way counts no more. Raises SignInRefused, DatabaseGone."""
    with writing(engine) as connection:
        for place, most in ((_place(account), WRONG), (_door(address), WRONG_OF_ADDRESS)):
            until = refused_until(wrong_at(connection, place, since=now - 2 * WITHIN), most)
            if until is not None and now < until:
                told = f"错得太多，{until.astimezone(LOCAL):%H:%M} 以后再试；急用请管理员重新办一个先用密码"
                raise SignInRefused(told)
        put_wrong(connection, [_place(account)], at=now, forget=now - 3 * WITHIN)
        return credentials_of(connection, account)


def _wrong(connection: Connection, address: str, now: datetime) -> None:
    put_wrong(connection, [_door(address)], at=now, forget=now - 3 * WITHIN)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
