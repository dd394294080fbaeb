"""邮件来件: what a citizen's mail says, however it was written: charsets, HTML, files, answering machines. Pure.

Nothing of it is believed: names and types of files are the sender's, dates are, too, but for the one that our own mail
server wrote on top.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser

LONGEST_ADDRESS = 120
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "big5": "big5hkscs"}
"""What mail programs say, and what they mean: a superset of it."""
_GUESSES = ("utf-8", "gb18030")
"""Of what tells no charset, or a wrong one; in this order, for few texts in GB 18030 are UTF-8 by chance."""
_NOT_CHINESE = "\u0800"
"""What is below takes one or two bytes in UTF-8; 停水 in GB 18030 is such a text, too."""
_MACHINES = ("mailer-daemon", "postmaster", "maildaemon")
_LABELLED = re.compile(
    r"(?:我的|本人|联系)(?:电话|手机|方式|号码)(?:号码?)?\s*(?:是|为)?\s*[：:]?\s*(?:\+?86[- ]?)?(1[3-9]\d{9})(?!\d)"
)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_TAGS = re.compile(r"<[^>]*>")
_SILENT = frozenset({"script", "style", "title", "template"})
_BREAKS = frozenset({"p", "div", "br", "tr", "li", "table", "blockquote", "h1", "h2", "h3", "h4", "hr"})


class BadMail(ValueError):
    """What came is no mail that can be read; in Chinese, for who sent it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail as it was read. key: by which it is known when it comes again. sender: the address, as it was given.

    received_at: when our mail server had it; None: it did not say. phone: the citizen's, where he has named one alone
    as his. files: (name, bytes) of each. automatic: in Chinese, why no citizen wrote it; empty: one did.
    """

    key: str
    sender: str
    name: str
    subject: str
    text: str
    phone: str
    received_at: datetime | None
    files: Sequence[tuple[str, bytes]]
    automatic: str = ""


def read_mail(raw: bytes) -> Mail:
    """Reads a message as a mail server hands it on: what cannot be read is left out, or stands as it is.

    Raises BadMail for what is no message at all.
    """
    try:
        message = message_from_bytes(raw)
        texts, files = _parts(message)
    except RecursionError as error:
        raise BadMail("邮件一层套一层，太多了，读不了；请把内容直接写在邮件里") from error
    if not message.keys():
        raise BadMail("不是邮件：没有信头；请从邮件服务器原样送来")
    name, sender = _from(message)
    subject, body = _line(_header(message, "Subject")), "\n".join(filter(None, (text.strip() for text in texts)))
    text = _readable(body if body.startswith(subject) else "。".join(filter(None, (subject, body))))
    return Mail(
        key=_key(message, sender, text),
        sender=sender,
        name=name,
        subject=subject,
        text=text,
        phone=_phone(text),
        received_at=_received_at(message),
        files=tuple(files),
        automatic=_automatic(message, sender),
    )


def receipt(mail: Mail, *, number: str, code: str) -> bytes | None:
    """What may be sent to who wrote it: by which number and code he asks how his case stands; of the matter nothing.

    Marked so that no machine answers it (RFC 3834). None: there is no address to which it could go.
    """
    if not _ADDRESS.fullmatch(mail.sender) or mail.automatic:
        return None
    told = EmailMessage(policy=SMTP)
    told["To"], told["Subject"], told["Auto-Submitted"] = mail.sender, "您的邮件收到了", "auto-replied"
    told.set_content(
        f"您的邮件收到了，编号 {number}，提取码 {code}。凭这两样可以查办理情况，请不要告诉别人。\n"
        "我们会打电话核实，不会要您的验证码，也不会要您付钱。这封信是系统自动发的，请不要回复。\n"
    )
    return told.as_bytes()


def _from(message: Message) -> tuple[str, str]:
    """Name and address: taken apart before they are decoded, for a name may have commas; but raw bytes as they are."""
    value: object = message.get("From", "")  # a Header where there are raw bytes
    if isinstance(value, str):
        name, sender = parseaddr(value)
        name = _decoded(name)
    else:
        name, sender = parseaddr(_decoded(value))
    return _line(name)[:100], _line(sender)[:LONGEST_ADDRESS]


def _automatic(message: Message, sender: str) -> str:
    """RFC 3834: what a machine has written asks for nothing, and an answer to it would go round for ever."""
    told = _raw(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if told and told != "no":
        return "自动发的"
    if any(_raw(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-AutoReply-From")):
        return "自动回复"
    if message.get_content_type() == "multipart/report" or sender.partition("@")[0].lower() in _MACHINES:
        return "退信"
    if "Return-Path" in message and _raw(message, "Return-Path").strip() == "<>":
        return "退信或自动回复"
    if _raw(message, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "群发的"
    return ""


def _parts(message: Message) -> tuple[list[str], list[tuple[str, bytes]]]:
    """The texts for people, plain before HTML, and the files."""
    plain, html, files = list[str](), list[str](), list[tuple[str, bytes]]()
    for part in message.walk():
        if part.is_multipart():
            continue
        content, name = _content(part), _line(_decoded(part.get_filename() or ""))
        if name or part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
            if content.strip():
                files.append((name, content))
        elif part.get_content_subtype() == "html":
            html.append(_text_of(_decode(content, part.get_content_charset())))
        else:
            plain.append(_decode(content, part.get_content_charset()))
    return (plain if any(text.strip() for text in plain) else html), files


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decode(content: bytes, told: str | None) -> str:
    """By the charset that is told, if it fits; else by one that does."""
    charset = _CHARSETS.get((told or "").lower(), told or "")
    for one in (*([charset] if charset else []), *_GUESSES):
        try:
            text = content.decode(one)
        except (LookupError, UnicodeError, ValueError):
            continue
        if one != charset and not text.isascii() and max(text) < _NOT_CHINESE:
            continue
        return text
    return content.decode("utf-8", "replace")


def _raw(message: Message, name: str) -> str:
    return str(message.get(name, "") or "")


def _header(message: Message, name: str) -> str:
    return _decoded(message.get(name, ""))


def _decoded(value: object) -> str:
    """A header with =?…?= words, or with bytes of a charset that nobody told."""
    try:
        parts = decode_header(value)  # type: ignore[arg-type]
    except (MessageError, ValueError):
        return str(value)
    return "".join(_decode(_bytes(part), charset) for part, charset in parts)


def _bytes(part: str | bytes) -> bytes:
    return part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape")


def _key(message: Message, sender: str, text: str) -> str:
    """By its Message-ID and sender; without one, by what it says. Never by what servers write on the way."""
    told = _line(_raw(message, "Message-ID"))
    parts = [told] if told else [_line(_raw(message, "Date")), text]
    return f"mail:{sha256(chr(0).join((sender.lower(), *parts)).encode('utf-8', 'replace')).hexdigest()[:40]}"


def _received_at(message: Message) -> datetime | None:
    """When the server that hands it on had it: it wrote the first Received of all."""
    first = next(iter(message.get_all("Received", [])), "")
    try:
        found = parsedate_to_datetime(str(first).rpartition(";")[2].strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else None


def _phone(text: str) -> str:
    """The number that he calls his telephone, if it is the only one there: never one that may be somebody else's."""
    every, labelled = set(_MOBILE.findall(text)), set(_LABELLED.findall(text))
    return labelled.pop() if len(labelled) == 1 and len(every) == 1 else ""


def _line(text: str) -> str:
    return " ".join(_readable(text).split())


def _readable(text: str) -> str:
    """Without what nobody sees and no database takes; lines stay lines."""
    kept = (letter if letter in "\n\t" or unicodedata.category(letter)[0] != "C" else "" for letter in text)
    return "\n".join(_squeezed("".join(kept).splitlines())).strip()


def _squeezed(lines: Sequence[str]) -> Iterator[str]:
    """Without trailing spaces, and one empty line at most in a row."""
    before = ""
    for line in lines:
        line = line.rstrip()
        if line or before:
            yield line
        before = line


def _text_of(html: str) -> str:
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError):  # a page that is none
        return html
    said = "".join(reader.said)
    return said if said.strip() else _TAGS.sub(" ", html)


class _Reader(HTMLParser):
    """The text of a page as it is read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(" ".join(data.split("\n")))
