"""zhitong case mail: a mail as the mail server pipes it becomes a case. The exit status is for the server (sysexits.h).

What can be mended without the sender (database, disk, settings, a defect of ours) is 75: the server keeps the mail and
tries again, so none is lost. What only the sender can mend is 65: he is told why.
"""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cases.attachment import HEAD, kind_of
from cases.intake import LONGEST
from cases.mail import BadMail, Mail, read_mail, receipt
from zhitong.case_desk import CaseDesk, add_by
from zhitong.errors import IntakeRefused
from zhitong.intake_desk import IntakeDesk, intake_limits
from zhitong.roster_commands import Add
from zhitong.usecases.attachments import Limits, Upload
from zhitong.usecases.take_in import TakenIn
from zhitong.usecases.take_mail import note_automatic, note_left_out

CHANNELS = ("邮件", "信箱")
_OURS = ("zhitong", "cases", "routing", "recordings", "recognizer")
"""Whose errors are told in a sentence."""
_MB = 1 << 20
QUEUED = timedelta(days=7)
"""No mail server keeps a mail for longer: an earlier date is somebody else's."""
_MORE = "……（全文见附件）"


def add_mail_command(add: Add) -> None:
    """`zhitong case mail`."""
    parser = add("mail", "邮件来件：邮件服务器把一封信从标准输入送进来（怎么接：docs/api.md）", _mail)
    parser.add_argument("--channel", default=CHANNELS[0], choices=CHANNELS, metavar="渠道", help="、".join(CHANNELS))
    parser.add_argument("--file", type=Path, metavar="文件", help="一封信的文件（.eml），不从标准输入读")
    parser.add_argument(
        "--receipt",
        type=Path,
        metavar="文件",
        help="新立了单：把给群众的回执（编号、提取码）写进这个文件，由 sendmail -t 发",
    )
    add_by(parser)


def _mail(arguments: argparse.Namespace) -> int:
    try:
        return _taken(arguments)
    except (BadMail, IntakeRefused) as error:
        print(f"邮件没有收下：{error}", file=sys.stderr)
        return os.EX_DATAERR
    except Exception as error:  # whatever it is, the mail server must not bounce what a citizen wrote
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in _OURS:
            traceback.print_exc()
        print(f"邮件现在收不了，请邮件服务器过一会儿再送：{error}", file=sys.stderr)
        return os.EX_TEMPFAIL


def _taken(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    most = desk.settings.intake.request_mb * _MB
    mail = read_mail(_read(arguments.file, most))
    if mail.automatic:
        note_automatic(desk.engine, mail, by=desk.by, now=desk.now)
        print(f"没有立单：{mail.automatic}。")
        return os.EX_OK
    directory = desk.directory
    intake = IntakeDesk(desk.settings, desk.engine, lambda: directory)
    uploads, left_out = _uploads(mail, intake_limits(desk.settings))
    taken = intake.take(
        _fields(mail, arguments.channel, desk.now), key=mail.key, uploads=uploads, by=desk.by, now=desk.now
    )
    if arguments.receipt and taken.new and (told := receipt(mail, number=taken.case.short, code=taken.code)):
        arguments.receipt.write_bytes(told)
    if left_out:
        note_left_out(desk.engine, taken.case.number, left_out, by=desk.by, now=desk.now)
    print(_line(taken, left_out))
    return os.EX_OK


def _read(path: Path | None, most: int) -> bytes:
    """Raises BadMail for one that is larger than the settings allow."""
    if path is None:
        raw = sys.stdin.buffer.read(most + 1)
    else:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    if len(raw) > most:
        raise BadMail(f"超过 {most // _MB} MB；请把附件压小或者分几封发")
    return raw


def _fields(mail: Mail, channel: str, now: datetime) -> dict[str, str]:
    """As the API would be told; the sender's address is kept where addresses are."""
    received = mail.received_at if mail.received_at and now - QUEUED < mail.received_at <= now else now
    text = mail.text or ("（邮件里没有字，请看附件和邮箱里的原信）" if mail.files else "")
    if len(" ".join(text.split())) > LONGEST["text"]:
        text = " ".join(text.split())[: LONGEST["text"] - len(_MORE)] + _MORE
    told = {"channel": channel, "received_at": received.isoformat(), "text": text, "name": mail.name}
    return told | {"caller": mail.phone, "address": f"电子邮箱 {mail.sender}" if mail.sender else ""}


def _uploads(mail: Mail, limits: Limits) -> tuple[list[Upload], list[str]]:
    """The files that can be taken, and of the others what they are and why not: a letter is not lost for its files."""
    files, uploads, left_out = list(mail.files), list[Upload](), list[str]()
    if len(" ".join(mail.text.split())) > LONGEST["text"]:
        files.insert(0, ("全文.txt", mail.text.encode()))
    for name, content in files:
        kind = kind_of(content[:HEAD])
        suffix = Path(name.replace("\\", "/")).suffix.lower()[:10] or "没有名字"
        if kind is None:
            left_out.append(f"{suffix} 不是文字、语音、图片、视频")
        elif len(content) > limits.bytes[kind.medium]:
            left_out.append(
                f"{suffix} 有 {len(content) / _MB:.1f} MB，{kind.medium}最大 {limits.bytes[kind.medium] // _MB} MB"
            )
        elif len(uploads) >= limits.files:
            left_out.append(f"{suffix} 超过 {limits.files} 个")
        else:
            uploads.append(Upload(name=name, source=io.BytesIO(content)))
    return uploads, left_out


def _line(taken: TakenIn, left_out: Sequence[str]) -> str:
    case = taken.case
    files = f"，{len(left_out)} 个附件收不了" if left_out else ""
    return f"{case.number} 【{case.state}】{'' if taken.new else '已经有了，没有另建'}{files}"
