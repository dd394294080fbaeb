"""Mails as they come: every charset, HTML alone, files, machines; the same mail is the same, whatever way it took."""

from datetime import datetime
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.mail import BadMail, read_mail, receipt
from routing.calendar import LOCAL
from tests.fakes.sent_files import JPEG

TEXT = "我们扎西镇停水三天了，没有人管。我的电话：13800000009"
HEAD = (
    b"Received: from mx.example.cn by mail.example.cn; Mon, 23 Nov 2026 17:05:00 +0800\r\n"
    b"Received: from pc by mx.example.cn; Mon, 23 Nov 2026 08:00:00 +0800\r\n"
    b"From: =?gb2312?B?s8LQ49Oi?= <chen@example.cn>\r\nMessage-ID: <1@example.cn>\r\n"
)


def plain(body: bytes, charset: str = "", subject: bytes = b"", more: bytes = b"") -> bytes:
    told = f'Content-Type: text/plain; charset="{charset}"\r\n'.encode() if charset else b""
    return HEAD + b"Subject: " + subject + b"\r\nContent-Transfer-Encoding: 8bit\r\n" + told + more + b"\r\n" + body


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("gb18030", "gb18030"),
        ("", "utf-8"),
        ("", "gb18030"),
        ("us-ascii", "gb18030"),
        ("x-unknown", "utf-8"),
        ("utf-8", "gb18030"),
        ("hz-gb-2312", "hz"),
        ("utf-16", "utf-16"),
    ],
)
def test_words_are_read_by_the_charset_that_is_told_or_by_one_that_fits(charset: str, encoding: str) -> None:
    assert read_mail(plain(TEXT.encode(encoding), charset)).text == TEXT


def test_a_mail_tells_who_wrote_when_it_came_and_under_which_subject() -> None:
    mail = read_mail(plain(TEXT.encode(), "utf-8", "停水".encode("gb18030")))
    assert (mail.name, mail.sender, mail.subject) == ("陈秀英", "chen@example.cn", "停水")
    assert mail.text == f"停水。{TEXT}" and mail.phone == "13800000009" and mail.automatic == ""
    assert mail.received_at == datetime(2026, 11, 23, 17, 5, tzinfo=LOCAL), "as our own server wrote it, on top"
    assert read_mail(plain(b"", "utf-8", b"=?utf-8?B?5YGc5rC0?=")).text == "停水"
    assert read_mail(b"From: a@b.cn\nDate: x\n\nhello").received_at is None


@pytest.mark.parametrize(
    "html",
    [
        f"<html><head><title>x</title><style>p {{}}</style></head><body><p>{TEXT}</p></body></html>",
        f"<head><meta charset=utf-8><body><div>{TEXT}<script>alert('x')</script></div>",
        f"<p>{TEXT}",
        f"<!-- 没有关<b> --> {TEXT} <br><br>",
    ],
)
def test_a_page_alone_is_read_as_people_see_it(html: str) -> None:
    mail = read_mail(plain(html.encode(), "utf-8").replace(b"text/plain", b"text/html"))
    assert mail.text == TEXT


def test_words_are_taken_before_the_page_and_files_with_their_names() -> None:
    told = EmailMessage()
    told["From"], told["Subject"], told["Message-ID"] = "陈秀英 <chen@example.cn>", "停水", "<2@example.cn>"
    told.set_content(TEXT)
    told.add_alternative(f"<p>{TEXT}</p>", subtype="html")
    told.add_attachment(JPEG, maintype="image", subtype="jpeg", filename="现场照片.jpg")
    told.add_attachment("补充说明".encode(), maintype="text", subtype="plain", filename="说明.txt")
    mail = read_mail(told.as_bytes())
    assert mail.text == f"停水。{TEXT}" and mail.name == "陈秀英"
    assert mail.files == (("现场照片.jpg", JPEG), ("说明.txt", "补充说明".encode()))


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"Auto-Submitted: auto-replied (vacation)\r\n", "自动发的"),
        (b"X-Autoreply: yes\r\n", "自动回复"),
        (b"Precedence: bulk\r\n", "群发的"),
        (b"Return-Path: <>\r\n", "退信或自动回复"),
        (b"Auto-Submitted: no\r\nReturn-Path: <chen@example.cn>\r\n", ""),
    ],
)
def test_what_a_machine_has_written_is_known(header: bytes, why: str) -> None:
    assert read_mail(plain(TEXT.encode(), "utf-8", more=header)).automatic == why


def test_bounces_are_known() -> None:
    report = MIMEMultipart("report")
    report["From"] = "Mail Delivery System <x@example.cn>"
    report.attach(MIMEText("could not be delivered"))
    assert read_mail(report.as_bytes()).automatic == "退信"
    assert read_mail(b"From: MAILER-DAEMON@example.cn\n\nno").automatic == "退信"


def test_a_mail_is_known_by_its_id_and_sender_or_else_by_its_words() -> None:
    one = plain(TEXT.encode(), "utf-8")
    assert read_mail(one).key == read_mail(b"Received: by elsewhere; x\r\n" + one).key
    assert read_mail(one).key != read_mail(one.replace(b"chen@", b"li@")).key
    without = one.replace(b"Message-ID: <1@example.cn>\r\n", b"")
    assert read_mail(without).key == read_mail(b"Received: by elsewhere; x\r\n" + without).key
    assert read_mail(without).key != read_mail(without.replace("三天".encode(), "四天".encode())).key


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("联系电话 13800000009", "13800000009"),
        ("我的手机号码是13800000009。", "13800000009"),
        ("本人电话：+86 13800000009", "13800000009"),
        ("他的电话 13800000009", ""),
        ("我的电话 13800000009，村长 13900000001", ""),
        ("我的电话 138000000091234", ""),
    ],
)
def test_only_a_number_that_the_citizen_calls_his_own_is_his(text: str, phone: str) -> None:
    assert read_mail(plain(text.encode(), "utf-8")).phone == phone


def test_what_is_no_mail_is_refused_in_words() -> None:
    with pytest.raises(BadMail, match="不是邮件"):
        read_mail(b"")
    nested = b"From: a@b.cn\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)
    )
    with pytest.raises(BadMail, match="一层套一层"):
        read_mail(nested)


@given(st.binary(max_size=400), st.binary(max_size=400), st.sampled_from([b"plain", b"html", b"x"]))
def test_whatever_comes_is_read_without_what_no_database_takes(head: bytes, body: bytes, kind: bytes) -> None:
    raw = b"From: a@b.cn\r\nContent-Type: text/" + kind + b"\r\nSubject: " + head + b"\r\n\r\n" + body
    mail = read_mail(raw)
    for text in (mail.text, mail.subject, mail.sender, mail.name):
        text.encode()
        assert "\x00" not in text


def test_a_receipt_tells_number_and_code_alone_and_no_machine_answers_it() -> None:
    mail = read_mail(plain(TEXT.encode(), "utf-8"))
    told = receipt(mail, number="4321", code="123456")
    assert told is not None
    again = read_mail(told)
    assert "编号 4321，提取码 123456" in again.text and "停水" not in again.text and again.automatic == "自动发的"
    assert receipt(read_mail(plain(b"x", more=b"Precedence: list\r\n")), number="4321", code="1") is None
    forged = HEAD.replace(b"chen@example.cn", b"a@b.cn, x@y.cn")
    assert b"x@y.cn" not in (receipt(read_mail(forged + b"\r\nx"), number="1", code="1") or b"")
