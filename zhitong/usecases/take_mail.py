"""What is told of mails beside their cases: of a machine's, that it made none; of files, that they were not taken."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from cases.mail import Mail
from cases.roles import Action, Actor, permit
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.looking import looked

KIND = "mail"


def note_automatic(engine: Engine, mail: Mail, *, by: Actor, now: datetime) -> None:
    """No case was made, and people may look whether that was right. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.INTAKE)
    sender = masked(mail.sender) or "没有写"
    text = f"邮箱里有一封没有立单：{mail.automatic}，发件人 {sender}；是群众写的请立单（zhitong case new）"
    with writing(engine) as connection:
        looked(connection, by, None, what="邮件没有立单", now=now)
        record_incident(connection, at=now, kind=KIND, mark=mail.key, text=text)


def note_left_out(engine: Engine, number: str, left_out: Sequence[str], *, by: Actor, now: datetime) -> None:
    """Somebody is to look at the mail itself; told once, however often it is sent.

    Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.INTAKE)
    told, mark = f"邮件里有 {len(left_out)} 个附件收不了（{'、'.join(left_out)}）"[:500], f"mail-files:{number}"
    with writing(engine) as connection:
        permit(by, Action.INTAKE, get_case(connection, number))
        row = {"case_number": number, "mark": mark, "at": now, "what": "附件", "text": told, "who": by.name}
        add_to_timeline(connection, [row])
        record_incident(
            connection, at=now, kind=KIND, mark=mark, text=f"工单 {number}：{told}，请到邮箱看原信，要紧的补进工单"
        )


def masked(address: str) -> str:
    """A mail address as it may stand where everybody reads: z***@qq.com."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else f"{address[:1]}***" if address else ""
