"""The certificate with which the pages are served: of an authority of our own, or given by somebody else's.

One file holds key and certificates, so that there is never one without the other. The authority's certificate is
installed on the county's computers once; what it signs is made anew before it ends.
"""

import ipaddress
import re
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from zhitong.errors import Refused
from zhitong.settings import Settings
from zhitong.whole_files import write_whole

LIVES, AUTHORITY_LIVES = timedelta(days=397), timedelta(days=3650)
"""Browsers believe no longer ones (CA/Browser Forum Baseline Requirements 6.3.2: 398 days)."""
RENEWED = timedelta(days=30)
"""So long before its end one of our own is made anew; a given one is asked for."""
LONGEST = 64 << 10
MOST_NAMES = 20
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_EARLIER = timedelta(hours=1)
"""Clocks of the county's computers may be behind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What the pages are served with. own: signed by our authority, whose certificate `authority_file` is."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    ends: datetime
    own: bool
    fingerprint: str


def certificate_file(settings: Settings) -> Path:
    """Key, certificate, and those between it and its authority; for its owner alone."""
    return settings.folders.data / "tls" / "server.pem"


def authority_file(settings: Settings) -> Path:
    """The certificate of our own authority, which may be given to anybody."""
    return settings.folders.data / "tls" / "ca.pem"


def certificate_of(settings: Settings) -> Certificate | None:
    """The one there is; None: the pages are served without. Raises Refused for a file that is damaged."""
    path = certificate_file(settings)
    if not path.exists():
        return None
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (ValueError, OSError) as error:
        raise Refused(f"证书文件 {path} 读不了（{type(error).__name__}）；请重新做一张，或者重新上传") from error
    authority = _authority(settings)
    own = authority is not None and found.issuer == authority.subject
    digest = found.fingerprint(hashes.SHA256()).hex()
    return Certificate(
        names=_names_of(found),
        issuer=_called(found.issuer),
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
        own=own,
        fingerprint=":".join(digest[i : i + 2] for i in range(0, 16, 2)).upper(),
    )


def make_own(settings: Settings, names: Sequence[str], *, now: datetime) -> None:
    """A certificate for these names and addresses, by our own authority, which is made the first time.

    Raises Refused naming what is no name, OSError.
    """
    wanted = list(dict.fromkeys(name.strip().lower().strip("[]") for name in names if name.strip()))
    if not 0 < len(wanted) <= MOST_NAMES:
        raise Refused(f"网页的名字或地址：请写 1 到 {MOST_NAMES} 个，如 192.168.1.10 或 zhitong.example.gov.cn")
    alternatives = [_alternative(name) for name in wanted]
    folder = certificate_file(settings).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signed_by, key_of_authority = _own_authority(settings, now)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(_called_so(wanted[0]))
        .issuer_name(signed_by.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_utc(now - _EARLIER))
        .not_valid_after(_utc(min(now + LIVES, signed_by.not_valid_after_utc)))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key_of_authority.public_key()), critical=False
        )
        .sign(key_of_authority, hashes.SHA256())
    )
    write_whole(certificate_file(settings), _pem_of_key(key) + _pem(made) + _pem(signed_by), mode=0o600)


def put_given(settings: Settings, certificate: bytes, key: bytes, *, now: datetime) -> Certificate:
    """Take a certificate (PEM, its chain behind it) and its key from somebody else's authority.

    Raises Refused saying what does not fit: not read, other key, ended, without a name; OSError.
    """
    if len(certificate) > LONGEST or len(key) > LONGEST:
        raise Refused(f"文件太大，证书和密钥都不到 {LONGEST >> 10} kB；请看是不是选错了")
    try:
        chain = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        raise Refused("证书文件不是 PEM（里面要有 -----BEGIN CERTIFICATE-----）；请要 nginx 用的那一种") from None
    try:
        read = serialization.load_pem_private_key(key, password=None)
    except TypeError:
        raise Refused("密钥文件加了密码；请要不加密码的，或者先解开") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Refused("密钥文件读不了（里面要有 -----BEGIN PRIVATE KEY-----）；请看是不是和证书选反了") from None
    own, form = chain[0], (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*form) != read.public_key().public_bytes(*form):
        raise Refused("证书和密钥不是一对；证书文件里，第一张要是网页自己的，后面才是发证机构的")
    if own.not_valid_after_utc <= now:
        raise Refused(f"证书 {own.not_valid_after_utc:%Y-%m-%d} 已经到期；请用新的")
    if own.not_valid_before_utc > now + timedelta(days=1):
        raise Refused(f"证书 {own.not_valid_before_utc:%Y-%m-%d} 才开始有效；请看这台机器的时间对不对")
    if not _names_of(own):
        raise Refused("证书里没有写网页的名字或地址（SAN），浏览器不认；请要一张写了的")
    text = _pem_of_key(read) + "".join(map(_pem, chain))  # type: ignore[arg-type]
    _try(text)
    certificate_file(settings).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(certificate_file(settings), text, mode=0o600)
    found = certificate_of(settings)
    assert found is not None
    return found


def renewed(settings: Settings, *, now: datetime) -> bool:
    """One of our own that ends soon is made anew, for the same names. Raises Refused, OSError."""
    found = certificate_of(settings)
    if found is None or not found.own or found.ends - RENEWED > now:
        return False
    make_own(settings, found.names, now=now)
    return True


def _own_authority(settings: Settings, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    place = authority_file(settings).with_name("ca.key")
    found = _authority(settings)
    if found is not None and place.exists() and found.not_valid_after_utc - LIVES > now:
        key = serialization.load_pem_private_key(place.read_bytes(), password=None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return found, key
    key = ec.generate_private_key(ec.SECP256R1())
    # With the day in its name: one that takes the place of another is told apart from it.
    name = _called_so(f"{settings.hotline.county}{settings.hotline.name}热线 {now:%Y-%m-%d}")
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_utc(now - _EARLIER))
        .not_valid_after(_utc(now + AUTHORITY_LIVES))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_whole(place, _pem_of_key(key), mode=0o600)
    write_whole(authority_file(settings), _pem(made), mode=0o600)
    return made, key


def _authority(settings: Settings) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(authority_file(settings).read_bytes())
    except (OSError, ValueError):
        return None


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not _NAME.fullmatch(name) or re.fullmatch(r"[\d.]+", name):
        raise Refused(f"“{name[:60]}”不是名字或地址；请写 192.168.1.10 或 zhitong.example.gov.cn，不带 https 和端口")
    return x509.DNSName(name)


def _names_of(found: x509.Certificate) -> tuple[str, ...]:
    try:
        told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    addresses = map(str, told.get_values_for_type(x509.IPAddress))
    return (*told.get_values_for_type(x509.DNSName), *addresses)


def _called(name: x509.Name) -> str:
    told = name.get_attributes_for_oid(NameOID.COMMON_NAME) or list(name)
    return str(told[0].value) if told else ""


def _called_so(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _try(text: str) -> None:
    """Whether a server can use it: before it takes the place of one that works. Raises Refused."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # readable by its owner alone
        file.write(text)
        file.flush()
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file.name)
        except ssl.SSLError as error:
            raise Refused(f"这台机器用不了这张证书（{error.reason or '不合格'}）；请换一张") from None
