"""附件: what a file is, told by its first bytes, never by its name. Pure."""

from dataclasses import dataclass
from enum import StrEnum

HEAD = 4096
"""Bytes of the beginning that tell what a file is."""


class Medium(StrEnum):
    """What people do with an attachment: read it, listen to it, look at it."""

    TEXT = "文字"
    VOICE = "语音"
    IMAGE = "图片"
    VIDEO = "视频"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """medium; media_type: as the web calls it; suffix: under which it is stored, whatever it was called before."""

    medium: Medium
    media_type: str
    suffix: str


def _kind(medium: Medium, media_type: str, suffix: str) -> Kind:
    return Kind(medium=medium, media_type=media_type, suffix=suffix)


TEXT = _kind(Medium.TEXT, "text/plain", "txt")
WAV = _kind(Medium.VOICE, "audio/wav", "wav")
_FIRST: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", _kind(Medium.IMAGE, "image/jpeg", "jpg")),
    (b"\x89PNG\r\n\x1a\n", _kind(Medium.IMAGE, "image/png", "png")),
    (b"GIF87a", _kind(Medium.IMAGE, "image/gif", "gif")),
    (b"GIF89a", _kind(Medium.IMAGE, "image/gif", "gif")),
    (b"#!AMR-WB\n", _kind(Medium.VOICE, "audio/amr-wb", "awb")),
    (b"#!AMR\n", _kind(Medium.VOICE, "audio/amr", "amr")),
    (b"OggS", _kind(Medium.VOICE, "audio/ogg", "ogg")),
    (b"fLaC", _kind(Medium.VOICE, "audio/flac", "flac")),
    (b"ID3", _kind(Medium.VOICE, "audio/mpeg", "mp3")),
    (b"\x1a\x45\xdf\xa3", _kind(Medium.VIDEO, "video/webm", "webm")),
)
_RIFF = {
    b"WAVE": WAV,
    b"WEBP": _kind(Medium.IMAGE, "image/webp", "webp"),
    b"AVI ": _kind(Medium.VIDEO, "video/x-msvideo", "avi"),
}
_BRANDS = {
    b"heic": _kind(Medium.IMAGE, "image/heic", "heic"),
    b"heix": _kind(Medium.IMAGE, "image/heic", "heic"),
    b"mif1": _kind(Medium.IMAGE, "image/heif", "heif"),
    b"avif": _kind(Medium.IMAGE, "image/avif", "avif"),
    b"M4A ": _kind(Medium.VOICE, "audio/mp4", "m4a"),
    b"qt  ": _kind(Medium.VIDEO, "video/quicktime", "mov"),
}
_MP4 = _kind(Medium.VIDEO, "video/mp4", "mp4")
_MP4_BRANDS = (b"iso", b"mp4", b"avc", b"3gp", b"3g2", b"M4V", b"dash")
TAKEN = (
    "文字（UTF-8）、语音（wav、amr、ogg、flac、mp3、m4a）、图片（jpg、png、gif、webp、heic、avif）、"
    "视频（mp4、mov、webm、avi、3gp）"
)
"""What is taken, in words."""


def kind_of(head: bytes) -> Kind | None:
    """What a file is that begins with these bytes (HEAD of them, or all); None for what is not taken."""
    for begin, kind in _FIRST:
        if head.startswith(begin):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return _BRANDS.get(brand) or (_MP4 if brand.startswith(_MP4_BRANDS) else None)
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # a frame of MPEG sound, layer III
        return _kind(Medium.VOICE, "audio/mpeg", "mp3")
    return TEXT if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    """Characters of UTF-8 alone; the last one may be cut."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    for cut in range(4):
        try:
            read = text[: len(text) - cut].decode()
        except UnicodeDecodeError:
            continue
        return bool(read.strip()) and not any((c < " " and c not in "\t\r\n\f") or "\x7f" <= c <= "\x9f" for c in read)
    return False
