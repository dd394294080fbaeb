"""Who wants no texts, or wants them though the case is kept secret: told to a person or answered by a text (退订), and
kept to.
"""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.phone import BadNumber, dialled_back, is_mobile, mask, normalise
from zhitong.errors import ChangeRefused
from zhitong.store.engine import writing
from zhitong.store.sms import SmsWish, all_wishes, newest_wish, put_wish
from zhitong.usecases.looking import looked, may_act_on
from zhitong.usecases.moving import reasoned

WISHES = {"stop": "不要短信", "want": "举报、保密、匿名的也要短信", "": "和别人一样"}


def wish_sms(
    engine: Engine, *, number: str, wish: str, reason: str, by: Actor, now: datetime, area_code: str
) -> SmsWish:
    """Keeps it, for all cases of the number, until the next. Raises ChangeRefused, MoveRefused, NotPermitted …"""
    permit(by, Action.SMS_WISH)
    if wish not in WISHES:
        raise ChangeRefused(f"{wish!r} 不认识；请用 {'、'.join(filter(None, WISHES))}，或者不写")
    try:
        canonical = normalise(number, area_code=area_code)
    except BadNumber as error:
        raise ChangeRefused(str(error)) from None
    if not is_mobile(canonical):
        raise ChangeRefused(f"{mask(canonical)} 不是手机号，本来就不发短信")
    kept = SmsWish(number=canonical, wish=wish, reason=reasoned(reason, WISHES[wish])[:200], by=by.name, at=now)
    with writing(engine) as connection:
        may_act_on(connection, canonical, by, Action.SMS_WISH, area_code=area_code)
        put_wish(connection, kept)
    return kept


def heed_answer(engine: Engine, *, number: str, texts: bool, by: Actor, received_at: datetime, area_code: str) -> str:
    """A citizen has answered by a text that he wants none, or them again (`texts`); what holds now, of WISHES.

    What gateways send again later than another wish changes nothing; nor does 恢复 of who has his texts.
    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.INTAKE)
    canonical = dialled_back(number, area_code)
    if not is_mobile(canonical):
        return "stop"  # no texts go there anyway
    with writing(engine) as connection:
        may_act_on(connection, canonical, by, Action.INTAKE, area_code=area_code)
        before = newest_wish(connection, canonical)
        holds = before.wish if before else ""
        if (before is not None and before.at > received_at) or texts == (holds != "stop"):
            return holds
        wish, said = ("", "恢复") if texts else ("stop", "退订")
        reason = f"群众回短信：{said}"
        put_wish(connection, SmsWish(number=canonical, wish=wish, reason=reason, by=by.name, at=received_at))
        return wish


def list_sms_wishes(engine: Engine, *, by: Actor, now: datetime) -> list[SmsWish]:
    """Those that hold, and a record that `by` looked. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SMS_WISH)
    with writing(engine) as connection:
        looked(connection, by, None, what="短信意愿", now=now)
        return all_wishes(connection)
