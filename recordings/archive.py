"""Recordings as files: the raw two-channel stream becomes a WAV after the call, is hashed, and is deleted in time.

Every path is kept relative to the recordings folder; a path that leads out of it is refused.
"""

import ctypes
import errno
import hashlib
import os
import shutil
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

RATE = 8000  # Hz
FRAME = 4  # bytes: two channels of signed 16 bit, the caller's first
_CHUNK = 1 << 16
_INSERT_RANGE = 0x20  # FALLOC_FL_INSERT_RANGE, fallocate(2): Linux, on ext4 and XFS
_LIBC = ctypes.CDLL(None, use_errno=True)


class OutsideFolder(ValueError):
    """A recording path that leads out of the recordings folder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Archived:
    """A recording as it lies in the archive. path: relative to the folder."""

    path: str
    sha256: str
    size: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """No usable file where one should be: an incident for people to look at, nothing that stops the work."""

    path: str
    why: str


def archive(root: Path, path: str) -> Archived | Missing:
    """Brings a recording into its final form and hashes it; doing it twice, or after a crash half-way, is the same.

    A .raw file (8 kHz, signed 16 bit, two channels interleaved) becomes a .wav: the header is put in front of the
    sound, which stays where it lies on the disk. Where the file system cannot, a .wav is written beside it and the .raw
    removed once that is whole. Other files stay as they are. Raises OutsideFolder, and OSError for a full or failing
    disk.
    """
    source = inside(root, path)
    if source.suffix != ".raw":
        if not source.is_file():
            return Missing(path=_relative(root, source), why="文件不存在")
        if source.stat().st_size == 0:
            return Missing(path=_relative(root, source), why="文件是空的")
        return _archived(root, source)
    target = source.with_suffix(".wav")
    if source.is_file():
        if source.stat().st_size < FRAME:
            return Missing(path=_relative(root, source), why="文件是空的")
        _raw_to_wav(source, target)
    elif not target.is_file():
        return Missing(path=_relative(root, source), why="文件不存在")
    return _archived(root, target)


def keep_copy(root: Path, path: str, folder: str) -> Archived | Missing:
    """A copy of a recording in another folder of the archive, whole or not at all; twice is the same.

    Raises OutsideFolder, and OSError for a full or failing disk.
    """
    source = inside(root, path)
    if not source.is_file():
        return Missing(path=path, why="文件不存在")
    target = inside(root, f"{folder}/{source.name}")
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, part)
    part.replace(target)
    return _archived(root, target)


def delete(root: Path, path: str) -> bool:
    """Deletes a recording in whatever form it lies there. True if there was one. Raises OutsideFolder, OSError."""
    source = inside(root, path)
    found = False
    for name in {source, source.with_suffix(".raw"), source.with_suffix(".wav"), source.with_suffix(".wav.part")}:
        if name.is_file():
            name.unlink()
            found = True
    return found


def inside(root: Path, path: str) -> Path:
    """The full path of a recording given relative to the folder, or absolute within it. Raises OutsideFolder."""
    base = root.resolve()
    full = (base / path).resolve()
    if full == base or not full.is_relative_to(base):
        raise OutsideFolder(f"录音路径 {path!r} 不在录音文件夹里；只收 {base.name}/ 下面的文件")
    return full


def _raw_to_wav(source: Path, target: Path) -> None:
    sound = source.stat().st_size // FRAME * FRAME  # a cut last frame is dropped
    if _put_header(source, sound):
        source.replace(target)
    else:
        _copy(source, target, sound)


def _put_header(source: Path, sound: int) -> bool:
    """False if this file system can put nothing in front of so many bytes of sound. Where it can, no file is made and
    none deleted: for minutes ext4 would look past it whenever Asterisk begins a recording (docs/adr/0069).

    A header is known by its first words. Room made before a crash stays, as an eighth of a second of silence.
    """
    with source.open("r+b") as file:
        begin = file.read(12)
        if begin[:4] != b"RIFF" or begin[8:] != b"WAVE":
            block = os.fstatvfs(file.fileno()).f_bsize
            if not _insert(file.fileno(), block):
                return False
            file.truncate(block + sound)
            file.seek(0)
            file.write(_header(sound, block))
            file.flush()
        os.fsync(file.fileno())
    return True


def _insert(fd: int, size: int) -> bool:
    """Inserts size bytes of zeros at the front. False if this file system cannot. Raises OSError if the disk is full or
    fails."""
    if _LIBC.fallocate(fd, _INSERT_RANGE, ctypes.c_int64(0), ctypes.c_int64(size)) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
        raise OSError(code, os.strerror(code))
    return False


def _header(sound: int, size: int) -> bytes:
    """A WAV header of size bytes before so many bytes of sound: a JUNK chunk, which readers skip, fills it up."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, RATE * FRAME, FRAME, 16)
    junk = size - 12 - len(form) - 8 - 8
    fill = struct.pack("<4sI", b"JUNK", junk) + bytes(junk)
    return struct.pack("<4sI4s", b"RIFF", size - 8 + sound, b"WAVE") + form + fill + struct.pack("<4sI", b"data", sound)


def _copy(source: Path, target: Path, sound: int) -> None:
    part = target.with_suffix(".wav.part")
    with source.open("rb") as raw, part.open("wb") as out:
        out.write(_header(sound, 64))
        while sound > 0:
            block = raw.read(min(_CHUNK, sound))
            out.write(block)
            sound -= len(block)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)
    source.unlink()


def _archived(root: Path, path: Path) -> Archived:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return Archived(
        path=_relative(root, path), sha256=digest.hexdigest(), size=path.stat().st_size, seconds=_seconds(path)
    )


def _seconds(path: Path) -> float:
    if path.suffix != ".wav":
        return path.stat().st_size / RATE  # .alaw, .ulaw: one byte a sample
    try:
        with wave.open(str(path), "rb") as wav:
            return round(wav.getnframes() / wav.getframerate(), 3)
    except (wave.Error, EOFError):  # A-law inside a WAV, or cut short: its length is not worth an incident
        return 0.0


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root.resolve()).as_posix()
