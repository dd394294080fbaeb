"""A text is handed to whatever gateway a county has, by HTTP, apprise or a command; and what came of it is told."""

import sys
from pathlib import Path

import pytest

from routing.faults import BadConfig
from tests.fakes.notice_gateway import NoticeGateway, receiving
from zhitong.notices.sms_gateway import Message, SmsGateway, load_sms_gateway

KEY = "a-key-that-nobody-may-see"
MESSAGE = Message(number="13800000001", text="来电已收到，编号0007。{id}&", id="f00d")


def written(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "sms-gateway.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def gateway_of(tmp_path: Path, text: str) -> SmsGateway:
    return load_sms_gateway(written(tmp_path, text))


def by_json(there: NoticeGateway, tmp_path: Path, more: str = "") -> SmsGateway:
    return gateway_of(
        tmp_path,
        f"""url = "http://127.0.0.1:{there.port}/v1/send"
headers = {{ Authorization = "Bearer {KEY}" }}
json = {{ mobiles = ["{{number}}"], content = "{{text}}", extra = {{ uid = "{{id}}", sign = 1 }} }}
{more}""",
    )


def test_json_has_number_text_and_id_where_the_county_put_them(tmp_path: Path) -> None:
    with receiving(NoticeGateway()) as there:
        assert by_json(there, tmp_path).deliver(MESSAGE).why == ""
    taken = there.taken.get_nowait()
    assert taken["mobiles"] == [MESSAGE.number] and taken["extra"] == {"uid": "f00d", "sign": 1}
    assert taken["content"] == MESSAGE.text, "a text brings in no other word"
    assert (taken["_path"], taken["_headers"]["Authorization"]) == ("/v1/send", f"Bearer {KEY}")


def test_a_form_and_an_address_are_encoded(tmp_path: Path) -> None:
    with receiving(NoticeGateway()) as there:
        form = 'form = { tel = "{number}", msg = "{text}" }'
        gateway = gateway_of(tmp_path, f'url = "http://127.0.0.1:{there.port}/send?uid={{id}}&who={{text}}"\n{form}')
        assert gateway.deliver(MESSAGE).why == ""
    taken = there.taken.get_nowait()
    assert (taken["tel"], taken["msg"]) == (MESSAGE.number, MESSAGE.text)
    assert taken["_path"].startswith("/send?uid=f00d&who=%E6%9D%A5") and taken["_path"].endswith("%7Bid%7D%26")


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (200, '{"code": 0}', ""),
        (200, '{"code": 22, "msg": "签名不对"}', "对方没有收下（HTTP 200）"),
        (503, "", "HTTP 503"),
        (401, KEY, "HTTP 401"),
    ],
)
def test_only_what_the_gateway_says_it_has_taken_counts(tmp_path: Path, status: int, answer: str, why: str) -> None:
    with receiving(NoticeGateway(status=status, answer=answer)) as there:
        told = by_json(there, tmp_path, """accepted = '"code":0'""").deliver(MESSAGE)
    assert (told.why, told.said) == (why, answer)
    assert KEY not in repr(told)


def test_a_number_is_not_taken_to_where_the_gateway_points(tmp_path: Path) -> None:
    with receiving(NoticeGateway()) as elsewhere:
        with receiving(NoticeGateway(status=302, location=elsewhere.address.replace("json", "http"))) as there:
            assert by_json(there, tmp_path).deliver(MESSAGE).why == "HTTP 302"
        assert elsewhere.taken.empty()


def test_one_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    told = by_json(NoticeGateway(port=9), tmp_path).deliver(MESSAGE)
    assert told.why == "连不上"


def test_a_command_gets_it_on_its_input_and_ends_with_0_when_it_was_taken(tmp_path: Path) -> None:
    program = tmp_path / "send.py"
    program.write_text(
        "import json, sys\nm = json.load(sys.stdin)\nprint(m['id'], m['text'])\nsys.exit(m['number'] != '13800000001')"
    )
    gateway = gateway_of(tmp_path, f'command = ["{sys.executable}", "{program}"]')
    assert gateway.deliver(MESSAGE).why == "" and gateway.deliver(MESSAGE).said == f"f00d {MESSAGE.text}\n"
    other = Message(number="13800000002", text="一", id="1")
    assert gateway.deliver(other).why == "返回 1"
    assert gateway_of(tmp_path, 'command = ["/nothing/there"]').deliver(MESSAGE).why.startswith("运行不了")


def test_an_address_of_apprise_gets_the_number_in_it(tmp_path: Path) -> None:
    with receiving(NoticeGateway()) as there:
        assert gateway_of(tmp_path, f'address = "{there.address}{{number}}/"').deliver(MESSAGE).why == ""
    taken = there.taken.get_nowait()
    assert (taken["_path"], taken["message"], taken["title"]) == ("/13800000001/", MESSAGE.text, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "address、url、command 写一个"),
        (f'address = "x://{KEY}"', "里面有 {number}"),
        (f'url = "ftp://{KEY}"', "要以 https:// 开头"),
        (f'url = "https://{KEY}/"\njson = {{ to = "{{number}}" }}', "没有写 {text}、{id}"),
        (f'url = "https://x/"\nheaders = {{ a = 1 }}\nheader = "{KEY}"', "是不是 headers？"),
        (f'url = "https://{KEY}', "不是合格的 TOML"),
    ],
)
def test_faults_are_told_without_what_stands_there(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadConfig) as refused:
        gateway_of(tmp_path, text)
    assert told in str(refused.value) and KEY not in str(refused.value)


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="chmod 600"):
        load_sms_gateway(written(tmp_path, 'address = "json://h/{number}"', 0o644))
    with pytest.raises(BadConfig, match="读不到"):
        load_sms_gateway(tmp_path / "nothing.toml")
