"""The API of other channels over HTTP, on a real database: who may, what is taken, and what is put up with."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from cases.accused import ids_in
from cases.intake import FIELDS
from cases.roles import Action, Role
from routing.calendar import LOCAL
from tests.fakes.admin import admin
from tests.fakes.databases import SqliteDatabases
from tests.fakes.sent_files import EXE, JPEG, wav
from zhitong.console.app import console_app
from zhitong.console.gate import Sending
from zhitong.console.ports import ConsolePorts
from zhitong.console.server import console_server, listen
from zhitong.intake_desk import IntakeDesk
from zhitong.intake_service import IntakeService
from zhitong.roster_now import base_now
from zhitong.settings import load_settings
from zhitong.store.cases import find_cases, get_case
from zhitong.store.engine import open_engine, reading
from zhitong.store.records import all_incidents
from zhitong.store.sms import wish_of_number
from zhitong.trial import wait_until
from zhitong.usecases.accounts import put_account
from zhitong.usecases.case_status import StatusDesk
from zhitong.usecases.tokens import list_tokens, new_token, revoke_token

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL)
GOOD = {
    "channel": "微信",
    "received_at": "2026-11-23T08:30:00+08:00",
    "text": "扎西镇老街停水三天了",
    "caller": "13800000001",
}
Files = tuple[tuple[str, str, bytes], ...]


class Api:
    """The API on a port of its own; the tokens of the tests."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.port, self.ready = engine, 0, True
        overrides = {"folders": {"data": str(folder)}, "store": {"database_url": str(engine.url)}}
        settings = load_settings(environ={}, overrides=overrides)
        self.directory = directory = base_now(settings, engine, NOW)
        desk = IntakeDesk(settings, engine, lambda: directory)
        self.service = IntakeService(
            engine, desk, StatusDesk(engine, folder), now=lambda: NOW, ready=lambda: self.ready
        )
        for name, role in (("微信公众号", Role.CHANNEL), ("小周", Role.DESK), ("督查老罗", Role.SUPERVISION)):
            put_account(engine, name, roles=[role], units=[], known_units=[], by=admin(engine, NOW), now=NOW)
        self.taking = self.token("微信公众号", Action.INTAKE)
        self.asking = self.token("微信公众号", Action.STATUS)
        self.desk = self.token("小周", Action.INTAKE, Action.SEE, Action.STATUS)
        self.seeing = self.token("督查老罗", Action.SEE)

    def token(self, account: str, *scopes: Action) -> str:
        return new_token(
            self.engine,
            uuid4().hex,
            account=account,
            scopes=frozenset(scopes),
            days=9,
            by=admin(self.engine, NOW),
            now=NOW,
        )

    def ask(
        self, method: str, path: str, token: str = "", body: bytes | None = None, **headers: str
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(
                method, path, body=body, headers=told | ({"Authorization": f"Bearer {token}"} if token else {})
            )
            response = connection.getresponse()
            found = response.read()
            kind = response.headers.get("content-type", "")
            return response.status, json.loads(found) if "json" in kind else found, response.headers
        finally:
            connection.close()

    def post(
        self, path: str, token: str, told: dict[str, str], files: Files = (), key: str = "", **headers: str
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        body, kind = form(told, files)
        return self.ask("POST", path, token, body, Content_Type=kind, Idempotency_Key=key or uuid4().hex, **headers)

    def take(self, *, token: str = "", files: Files = (), key: str = "", **told: str) -> Any:
        status, answer, _ = self.post("/api/v1/cases", token or self.taking, GOOD | told, files, key)
        assert status == 201, answer
        return answer

    def cases(self) -> int:
        with reading(self.engine) as connection:
            return len(find_cases(connection))


def form(told: dict[str, str], files: Files) -> tuple[bytes, str]:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{told[name]}\r\n'.encode() for name in told]
    for name, called, content in files:
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + b"--b--\r\n", "multipart/form-data; boundary=b"


PHOTO: Files = (("attachments", "../../photo.exe", JPEG),)


@contextmanager
def serving(api: Api, sending: Sending | None = None, *, per_minute: int = 6000) -> Iterator[Api]:
    with listen("127.0.0.1", 0) as door:
        api.port = door.getsockname()[1]
        ports = ConsolePorts(calendar=lambda token: "unknown", intake=api.service.ports)
        app = console_app(ports, per_minute=per_minute, sending=sending or Sending(per_minute=6000))
        server = console_server(app, proxies=())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield api
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    for name in ("databases", "data"):
        (tmp_path / name).mkdir()
    engine = open_engine(SqliteDatabases(tmp_path / "databases").new())
    with serving(Api(engine, tmp_path / "data")) as api:
        yield api
    engine.dispose()


def test_every_route_of_the_document_with_a_token_without_one_and_with_one_for_something_else(api: Api) -> None:
    number = api.take(files=PHOTO)["number"]
    _, document, _ = api.ask("GET", "/api/v1/openapi.json", api.asking)
    right = {
        ("post", "/api/v1/cases"): (api.taking, 201),
        ("post", "/api/v1/cases/{number}/attachments"): (api.taking, 200),
        ("get", "/api/v1/cases/{number}"): (api.desk, 200),
        ("get", "/api/v1/cases/{number}/attachments/{id}"): (api.desk, 200),
        ("get", "/api/v1/status"): (api.asking, 404),
    }
    routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert routes == set(right)
    for (method, path), (token, status) in right.items():
        there = path.format(number=number, id=1) + ("?number=1&code=1" if path.endswith("status") else "")
        wrong = api.seeing if method == "post" or path.endswith("status") else api.taking

        def asked(token: str, method: str = method, path: str = path, there: str = there) -> int:
            told = GOOD if path.endswith("cases") else {}
            if method == "post":
                return api.post(there, token, told, PHOTO)[0]
            return api.ask("GET", there, token)[0]

        assert asked(token) == status, path
        assert asked("") == (404 if path.endswith("status") else 401), path
        assert asked("zt_nobodys") == 401, path
        assert asked(wrong) == 403, path
        assert {str(found) for found in (status, 403, 401)} <= document["paths"][path][method]["responses"].keys()


def test_the_document_has_the_fields_that_are_taken_and_is_for_holders_of_a_token(api: Api) -> None:
    assert api.ask("GET", "/api/v1/openapi.json")[0] == 401
    _, document, _ = api.ask("GET", "/api/v1/openapi.json", api.asking)
    body = document["paths"]["/api/v1/cases"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(body["properties"]) == {*FIELDS, "attachments"}


def test_a_case_comes_once_and_its_code_tells_how_it_stands(api: Api) -> None:
    status, first, _ = api.post("/api/v1/cases", api.taking, GOOD, PHOTO, "wx-1")
    again, second, _ = api.post("/api/v1/cases", api.taking, GOOD, PHOTO, "wx-1")
    assert (status, again, first["new"], second["new"]) == (201, 200, True, False)
    assert second == first | {"new": False} and api.cases() == 1
    assert first["received_at"] == "2026-11-23T08:30:00+08:00" and first["attachments"][0]["medium"] == "图片"
    for number in (first["number"], first["short"]):
        status, told, headers = api.ask("GET", f"/api/v1/status?number={number}&code={first['code']}")
        assert (status, told["state"]) == (200, "已经收到，正在安排单位办理") and headers["cache-control"] == "no-store"
        assert set(told) == {"number", "short", "state", "received_at", "due_at", "closed_at", "result"}


def test_a_text_that_only_says_stop_or_resume_is_no_case(api: Api) -> None:
    def text(words: str, **more: str) -> tuple[int, Any]:
        told = GOOD | {"channel": "短信", "text": words} | more
        status, answer, _ = api.post("/api/v1/cases", api.taking, told)
        return status, answer

    assert text("退订") == (202, {"heeded": "不要短信"})
    with reading(api.engine) as connection:
        assert wish_of_number(connection, GOOD["caller"]) == "stop"
    assert text("恢复", received_at="2026-11-23T08:40:00+08:00") == (202, {"heeded": "和别人一样"})
    status, refused = text("TD", caller="")
    assert status == 422 and refused["errors"][0]["field"] == "caller"
    assert api.cases() == 0
    assert text("退订，水还没有来")[0] == 201 and text("退订", channel="微信")[0] == 201


def test_what_is_like_an_open_case_is_told_to_the_desk_and_to_who_may_merge(api: Api) -> None:
    first = api.take()
    assert api.take(caller="13800000002")["alike"] == []
    admins_desk = api.token("小周", Action.INTAKE, Action.MERGE, Action.HEAR)
    third = api.take(token=admins_desk, caller="13800000003")
    assert first["number"] in [one["number"] for one in third["alike"]]
    assert all("说的话 100% 相近" in one["why"] for one in third["alike"])
    with reading(api.engine) as connection:
        (told,) = [row.text for row in all_incidents(connection, "alike")]
    assert "zhitong case duplicates" in told and first["number"] not in told


def test_wrong_codes_are_refused_from_one_address_after_five(api: Api) -> None:
    code = api.take()["code"]
    found = [api.ask("GET", f"/api/v1/status?number=1&code={n}")[0] for n in range(6)]
    assert found == [404] * 5 + [429] and code


def test_faults_are_told_all_at_once_with_field_value_and_mend_and_nothing_is_kept(api: Api) -> None:
    told = {"channel": "电报", "caller": "13800000001x", "matter": "A1"}
    status, answer, _ = api.post("/api/v1/cases", api.taking, GOOD | told)
    assert status == 422 and {fault["field"] for fault in answer["errors"]} == {"channel", "caller", "matter"}
    assert all(fault["mend"] for fault in answer["errors"]) and "13800000001" not in str(answer)
    for files in ((("attachments", "a.jpg", EXE),), (("attachments", "a", b""),), (("photo", "a.jpg", JPEG),)):
        status, answer, _ = api.post("/api/v1/cases", api.taking, GOOD, files)
        assert status == 422 and answer["errors"][0]["field"] in ("attachments[1]", "photo"), answer
    assert api.cases() == 0


def test_it_is_shown_masked_and_what_is_secret_to_supervision_alone(api: Api) -> None:
    taken = api.take(type="举报", name="陈秀英", files=PHOTO)
    path = f"/api/v1/cases/{taken['number']}"
    _, desk, _ = api.ask("GET", path, api.desk)
    _, supervision, _ = api.ask("GET", path, api.seeing)
    assert (desk["caller"], desk["name"], desk["text"]) == ("（保密）",) * 3
    assert (supervision["caller"], supervision["name"]) == ("138****0001", "陈秀英")
    assert api.ask("GET", f"{path}/attachments/1", api.desk)[0] == 403
    status, content, headers = api.ask("GET", f"{path}/attachments/1", api.seeing)
    assert (status, content) == (200, JPEG) and headers["content-disposition"] == 'attachment; filename="1.jpg"'
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_whom_a_letter_complains_of_does_not_see_it(api: Api) -> None:
    one = next(one for one in api.directory.roster.officials if one.rank == "director")
    taken = api.take(type="投诉", text=f"我要投诉{one.called}，拖着不办")
    with reading(api.engine) as connection:
        assert one.id in ids_in(get_case(connection, taken["number"]).accused)[0]


def test_a_long_file_comes_whole(api: Api) -> None:
    sound = wav(seconds=120)
    number = api.take(files=(("attachments", "a.wav", sound),))["number"]
    assert api.ask("GET", f"/api/v1/cases/{number}/attachments/1", api.desk)[1] == sound


def test_a_token_ends_at_once(api: Api) -> None:
    before = {row.name for row in list_tokens(api.engine, by=admin(api.engine, NOW), now=NOW)}
    token = api.token("微信公众号", Action.INTAKE)
    (name,) = {row.name for row in list_tokens(api.engine, by=admin(api.engine, NOW), now=NOW)} - before
    assert api.post("/api/v1/cases", token, GOOD)[0] == 201
    revoke_token(api.engine, name, by=admin(api.engine, NOW), now=NOW)
    assert api.post("/api/v1/cases", token, GOOD)[0] == 401


def test_what_is_too_large_is_refused_before_it_is_read(api: Api) -> None:
    with serving(api, Sending(bytes=100_000, per_minute=6000)):
        with socket.create_connection(("127.0.0.1", api.port)) as sender:
            sender.settimeout(5)
            sender.sendall(head(api.taking, "Content-Length: 100001"))
            assert sender.recv(100).startswith(b"HTTP/1.1 413")
        with socket.create_connection(("127.0.0.1", api.port)) as sender:
            sender.settimeout(5)
            sender.sendall(head(api.taking, "Transfer-Encoding: chunked"))
            part = b'--b\r\nContent-Disposition: form-data; name="attachments"; filename="a"\r\n\r\n' + b"x" * 90_000
            for piece in (part, b"x" * 30_000):
                sender.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            assert sender.recv(100).startswith(b"HTTP/1.1 413")
    assert api.cases() == 0


def test_what_does_not_come_is_not_waited_for(api: Api) -> None:
    with serving(api, Sending(pause=0.3)), socket.create_connection(("127.0.0.1", api.port)) as sender:
        sender.settimeout(5)
        sender.sendall(head(api.taking, "Content-Length: 1000") + b"--b\r\n")
        assert sender.recv(100).startswith(b"HTTP/1.1 408")


def head(token: str, length: str) -> bytes:
    lines = ["POST /api/v1/cases HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", length]
    return "\r\n".join([*lines, "Content-Type: multipart/form-data; boundary=b", "", ""]).encode()


def test_a_token_that_asks_too_often_waits_and_others_do_not(api: Api) -> None:
    with serving(api, Sending(per_minute=6)):
        found = [api.ask("GET", "/api/v1/cases/x", api.taking)[0] for _ in range(4)]
        assert found == [403, 403, 403, 429]
        assert api.ask("GET", "/api/v1/cases/x", api.desk)[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/cases", 405),
        ("DELETE", "/api/v1/cases/1", 405),
        ("GET", "/api/v1/cases", 405),
        ("GET", "/api/v1/status", 422),
        ("GET", "/api/v1/cases/1/attachments/x", 422),
        ("GET", "/api/v1/status?number=%00&code=%ff", 422),
        ("GET", "/api/v1/cases/%00", 422),
    ],
)
def test_anything_else_is_an_error_in_the_same_form(api: Api, method: str, path: str, status: int) -> None:
    found, answer, headers = api.ask(method, path, api.desk)
    assert found == status and answer["errors"][0]["mend"] and headers["x-content-type-options"] == "nosniff"


def test_what_is_no_form_is_refused(api: Api) -> None:
    assert api.ask("POST", "/api/v1/cases", api.taking, b"{}", Content_Type="application/json")[0] == 415
    broken = api.ask("POST", "/api/v1/cases", api.taking, b"x", Content_Type="multipart/form-data; boundary=b")
    assert broken[0] in (400, 422) and api.cases() == 0


def test_until_the_database_is_ready_it_says_so(api: Api) -> None:
    api.ready = False
    status, answer, headers = api.post("/api/v1/cases", api.taking, GOOD)
    assert (status, headers["retry-after"]) == (503, "60") and "Idempotency-Key" in answer["errors"][0]["mend"]
    assert api.ask("GET", "/api/v1/status?number=1&code=1")[0] == 503


def test_when_a_token_was_used_is_kept(api: Api) -> None:
    api.take()
    api.service.keep(NOW + timedelta(seconds=5))
    assert [row.used_at for row in list_tokens(api.engine, by=admin(api.engine, NOW), now=NOW) if row.used_at] == [NOW]


def test_while_the_database_hangs_calendars_are_read_all_the_same(api: Api) -> None:
    holding = threading.Event()
    held = api.service.ports

    waiting: list[str] = []

    def hang(token: str) -> Any:
        waiting.append(token)
        holding.wait(20)
        return held.bearer(token)

    with listen("127.0.0.1", 0) as door:
        ports = ConsolePorts(calendar=lambda token: "ended", intake=replace(held, bearer=hang))
        server = console_server(console_app(ports, per_minute=6000), proxies=("127.0.0.1",))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        serving.start()
        there = Api.__new__(Api)
        there.port = door.getsockname()[1]
        asking = [threading.Thread(target=there.ask, args=("GET", "/api/v1/cases/1", "x")) for _ in range(45)]
        for one in asking:
            one.start()
        try:
            wait_until(lambda: len(waiting) >= 16, 10, "the API has no thread left")
            assert there.ask("GET", "/calendar/x.ics")[0] == 410 and len(waiting) == 16
        finally:
            holding.set()
            for one in asking:
                one.join(20)
            server.should_exit = True
            serving.join(10)
