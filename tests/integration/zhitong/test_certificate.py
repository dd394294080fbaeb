"""The pages' certificate: browsers that have our authority believe it, a given one fits its key, none ends unseen."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from starlette.responses import PlainTextResponse

from routing.faults import BadConfig
from zhitong.certificate import (
    LIVES,
    authority_file,
    certificate_file,
    certificate_of,
    make_own,
    put_given,
    renewed,
)
from zhitong.console.server import console_server, listen
from zhitong.console_process import pages_certificate, renew
from zhitong.errors import Refused
from zhitong.settings import Settings, load_settings

NOW = datetime.now(UTC).replace(microsecond=0)
"""The handshake goes by the machine's clock."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environ={}, overrides={"folders": {"data": str(tmp_path)}})


@contextmanager
def served(tls: Path | None) -> Iterator[tuple[int, object]]:
    """A page behind the certificate: its port, and the server."""
    with listen("127.0.0.1", 0) as door:
        server = console_server(PlainTextResponse("好"), proxies=(), tls=tls)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield door.getsockname()[1], server
        finally:
            server.should_exit = True
            thread.join(10)


def read(port: int, settings: Settings, name: str = "127.0.0.1") -> tuple[str, int]:
    """What a browser gets that trusts our authority alone and asks for this name; and the certificate's serial."""
    trusting = ssl.create_default_context(cafile=str(authority_file(settings)))
    plain = socket.create_connection(("127.0.0.1", port), 10)
    with plain, trusting.wrap_socket(plain, server_hostname=name) as safe:
        serial = int(str(safe.getpeercert()["serialNumber"]), 16)  # type: ignore[index]
        safe.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = http.client.HTTPResponse(safe)
        answer.begin()
        return answer.read().decode(), serial


def test_a_browser_that_has_our_authority_reads_the_page_under_the_names_that_were_given(settings: Settings) -> None:
    make_own(settings, ["127.0.0.1", "ZHITONG.example.gov.cn"], now=NOW)
    assert certificate_file(settings).stat().st_mode & 0o777 == 0o600
    assert certificate_file(settings).with_name("ca.key").stat().st_mode & 0o777 == 0o600
    found = certificate_of(settings)
    assert found is not None and found.own and set(found.names) == {"127.0.0.1", "zhitong.example.gov.cn"}
    assert settings.hotline.county in found.issuer and found.ends == NOW + LIVES
    with served(pages_certificate(settings, NOW)) as (port, _):
        assert read(port, settings)[0] == "好"
        assert read(port, settings, "zhitong.example.gov.cn")[0] == "好"
        with pytest.raises(ssl.SSLCertVerificationError):
            read(port, settings, "other.example.gov.cn")


def test_one_that_ends_soon_is_made_anew_by_the_same_authority_while_the_pages_are_served(settings: Settings) -> None:
    make_own(settings, ["127.0.0.1"], now=NOW)
    authority = authority_file(settings).read_bytes()
    with served(pages_certificate(settings, NOW)) as (port, server):
        _, first = read(port, settings)
        renew(settings, server, NOW + LIVES - timedelta(days=31))  # type: ignore[arg-type]
        assert read(port, settings)[1] == first, "there is time"
        make_own(settings, ["127.0.0.1"], now=NOW - LIVES + timedelta(days=20))
        renew(settings, server, NOW)  # type: ignore[arg-type]
        text, second = read(port, settings)
        assert text == "好" and second != first and authority_file(settings).read_bytes() == authority
    assert not renewed(settings, now=NOW)


@pytest.mark.parametrize("name", ["https://a.cn", "a.cn:443", "1.2.3", "a b", "-a.cn", "<script>", "中文"])
def test_what_is_no_name_is_refused_and_nothing_is_written(settings: Settings, name: str) -> None:
    with pytest.raises(Refused, match="不是名字或地址"):
        make_own(settings, ["127.0.0.1", name], now=NOW)
    with pytest.raises(Refused, match="1 到 20 个"):
        make_own(settings, ["", " "], now=NOW)
    assert not certificate_file(settings).exists()


def given(
    *, ends: timedelta = timedelta(days=90), name: str = "a.gov.cn", password: bytes = b""
) -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "省电子政务")])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + ends)
    )
    if name:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, how)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), key.private_bytes(*form)


def test_a_given_one_is_taken_if_it_fits_and_is_not_made_anew_by_us(settings: Settings) -> None:
    found = put_given(settings, *given(ends=timedelta(days=10)), now=NOW)
    assert found == certificate_of(settings)
    assert (found.names, found.issuer, found.own) == (("a.gov.cn",), "省电子政务", False)
    assert not renewed(settings, now=NOW)
    assert pages_certificate(settings, NOW) == certificate_file(settings)


def test_a_given_one_that_does_not_fit_is_refused_with_why_and_the_old_one_stays(settings: Settings) -> None:
    make_own(settings, ["127.0.0.1"], now=NOW)
    before = certificate_file(settings).read_bytes()
    certificate, key = given()
    for one, other, told in (
        (certificate, given()[1], "不是一对"),
        (key, certificate, "证书文件不是 PEM"),
        (certificate, b"x", "密钥文件读不了"),
        (*given(ends=-timedelta(days=1)), "已经到期"),
        (*given(name=""), "SAN"),
        (*given(password=b"1234"), "加了密码"),
        (certificate * 100, key, "太大"),
    ):
        with pytest.raises(Refused, match=told):
            put_given(settings, one, other, now=NOW)
    assert certificate_file(settings).read_bytes() == before


def test_one_that_is_damaged_leaves_the_pages_to_this_machine_and_never_to_others_in_plain(tmp_path: Path) -> None:
    here = load_settings(environ={}, overrides={"folders": {"data": str(tmp_path)}})
    make_own(here, ["127.0.0.1"], now=NOW)
    certificate_file(here).write_text("x")
    assert pages_certificate(here, NOW) is None
    over = {"folders": {"data": str(tmp_path)}, "console": {"pages": "0.0.0.0:8801"}}
    with pytest.raises(BadConfig, match="证书用不了"):
        pages_certificate(load_settings(environ={}, overrides=over), NOW)
