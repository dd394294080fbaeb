"""The beginnings of files that citizens send."""

import io
import struct
import wave

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(100)
AMR = b"#!AMR\n" + bytes(64)
PDF = b"%PDF-1.7\n" + bytes(range(256))
EXE = b"MZ\x90\x00\x03" + bytes(100)


def wav(seconds: float = 0.5, rate: int = 8000) -> bytes:
    """So much silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(struct.pack("<h", 0) * int(seconds * rate))
    return file.getvalue()
