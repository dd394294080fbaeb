"""zhitong case mail, as a mail server calls it: one case for one mail, and an exit status that loses none."""

import io
import re
import sys
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from cases.mail import read_mail
from routing.calendar import LOCAL
from tests.fakes.admin import ADMIN
from tests.fakes.sent_files import JPEG
from tests.integration.zhitong.test_intake_commands import Typed
from zhitong.cli import main

TEXT = "我们扎西镇停水三天了，没有人管。联系电话：13800000009"
PDF = b"%PDF-1.7\n\x00"


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    typed = Typed(capsys)
    typed("account", "first", ADMIN)
    typed("account", "add", "邮箱", "--role", "渠道", "--by", ADMIN)
    typed("account", "add", "小周", "--role", "受理台", "--by", ADMIN)
    return typed


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Piped":
    return Piped(monkeypatch, capsys)


class Piped:
    """Mails on standard input, and (exit status, what is said)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, raw: bytes, *words: str) -> tuple[int, str]:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        status = main(["case", "mail", "--by", "邮箱", *words])
        told = self._capsys.readouterr()
        return status, told.out + told.err


def written(text: str = TEXT, id: str = "<1@example.cn>", *files: bytes, **headers: str) -> bytes:
    told = EmailMessage()
    told["From"], told["Subject"], told["Message-ID"] = "陈秀英 <chen@example.cn>", "停水", id
    for name, value in headers.items():
        told[name.replace("_", "-")] = value
    told.set_content(text)
    for content in files:
        told.add_attachment(content, maintype="application", subtype="octet-stream", filename="附件.pdf")
    return told.as_bytes()


def test_a_mail_is_one_case_however_often_it_comes(typed: Typed, piped: Piped, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt"
    status, told = piped(written(TEXT, "<1@example.cn>", JPEG, PDF), "--receipt", str(receipt))
    (number,) = re.findall(r"\d{8}-\d{6}-\d{4}", told)
    assert status == 0 and "1 个附件收不了" in told
    (short,) = re.findall(r"编号 (\d+)，提取码 \d{6}", read_mail(receipt.read_bytes()).text)
    assert short in number
    receipt.unlink()
    status, told = piped(written(TEXT, "<1@example.cn>", JPEG, PDF), "--receipt", str(receipt))
    assert status == 0 and number in told and "没有另建" in told and not receipt.exists()
    page = typed("case", "show", number, "--by", "小周")
    for words in ("渠道 邮件", "138****0009", "电子邮箱 chen@example.cn", "供水饮水", "图片  附件.pdf", "核实电话"):
        assert words in page
    assert page.count("收不了") == 1 and typed("case", "todo", "--by", "小周").count("请到邮箱看原信") == 1


def test_an_answering_machine_makes_no_case_and_people_may_look(typed: Typed, piped: Piped) -> None:
    for _ in range(2):
        assert piped(written(Auto_Submitted="auto-replied"))[0] == 0
    assert typed("case", "list", "--by", "小周") == "没有工单。\n"
    todo = typed("case", "todo", "--by", "小周")
    assert todo.count("没有立单：自动发的") == 1 and "c***@example.cn" in todo and "chen@" not in todo


def test_what_only_the_sender_can_mend_is_told_to_him_and_anything_else_is_tried_again(
    typed: Typed, piped: Piped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for raw in (b"", b"no mail"):
        assert piped(raw)[0] == 65
    monkeypatch.setenv("ZHITONG_INTAKE__REQUEST_MB", "1")
    status, told = piped(written("停水" * 400_000))
    assert status == 65 and "超过 1 MB" in told
    assert piped(written(), "--by", "没有这个人")[0] == 75
    assert piped(written(), "--by", "", "--channel", "信箱")[0] == 75
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "file"))
    assert piped(written())[0] == 75


def test_a_long_letter_is_cut_and_stands_whole_beside_it(typed: Typed, piped: Piped) -> None:
    status, told = piped(written("停水。\n" * 3000), "--channel", "信箱")
    (number,) = re.findall(r"\d{8}-\d{6}-\d{4}", told)
    assert status == 0 and "全文.txt" in typed("case", "show", number, "--by", "小周")


def test_a_letter_with_nothing_but_a_strange_file_is_a_case(typed: Typed, piped: Piped) -> None:
    status, told = piped(written("", "<9@example.cn>", PDF).replace(b"Subject: ", b"X-Subject: "))
    assert status == 0 and "1 个附件收不了" in told


def test_the_clock_runs_from_when_our_server_had_it_unless_that_cannot_be(typed: Typed, piped: Piped) -> None:
    now = datetime.now(LOCAL)
    for days, id in ((2, "<2@example.cn>"), (20, "<20@example.cn>"), (-2, "<-2@example.cn>")):
        at = now - timedelta(days=days)
        raw = b"Received: from x by mail; " + format_datetime(at).encode() + b"\n" + written(TEXT, id)
        status, told = piped(raw)
        assert status == 0
        assert told.startswith(f"{at if days == 2 else now:%Y%m%d}-")
