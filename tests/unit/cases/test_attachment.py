"""What a file is, its first bytes tell, whatever it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.attachment import HEAD, Medium, kind_of
from tests.fakes.sent_files import AMR, EXE, JPEG, MP4, PDF, PNG, wav


@pytest.mark.parametrize(
    ("head", "medium", "suffix"),
    [
        (JPEG, Medium.IMAGE, "jpg"),
        (PNG, Medium.IMAGE, "png"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Medium.IMAGE, "webp"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(20), Medium.IMAGE, "heic"),
        (wav(), Medium.VOICE, "wav"),
        (AMR, Medium.VOICE, "amr"),
        (b"OggS" + bytes(20), Medium.VOICE, "ogg"),
        (b"ID3\x04" + bytes(20), Medium.VOICE, "mp3"),
        (b"\xff\xfb\x90\x64" + bytes(20), Medium.VOICE, "mp3"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(20), Medium.VOICE, "m4a"),
        (MP4, Medium.VIDEO, "mp4"),
        (b"\x00\x00\x00\x18ftypqt  " + bytes(20), Medium.VIDEO, "mov"),
        (b"\x00\x00\x00\x18ftyp3gp4" + bytes(20), Medium.VIDEO, "mp4"),
        (b"\x1a\x45\xdf\xa3" + bytes(20), Medium.VIDEO, "webm"),
        ("反映停水三天\r\n".encode(), Medium.TEXT, "txt"),
        (("停" * HEAD).encode()[:HEAD], Medium.TEXT, "txt"),
        (b"<script>alert(1)</script>", Medium.TEXT, "txt"),
    ],
)
def test_what_is_taken(head: bytes, medium: Medium, suffix: str) -> None:
    kind = kind_of(head)
    assert kind is not None and (kind.medium, kind.suffix) == (medium, suffix)


@pytest.mark.parametrize(
    "head", [PDF, EXE, b"", b"   ", b"PK\x03\x04", b"\x7fELF", "中文".encode("gbk"), b"RIFF\0\0\0\0sfbk", b"a\x00b"]
)
def test_what_is_not_taken(head: bytes) -> None:
    assert kind_of(head) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_something_or_nothing(head: bytes) -> None:
    kind = kind_of(head)
    assert kind is None or kind.suffix.isalnum()
