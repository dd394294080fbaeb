"""Recordings as files."""

import hashlib
import struct
import subprocess
import tempfile
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.archive import Archived, Missing, OutsideFolder, archive, delete

TALK = struct.pack("<8000h", *(n % 100 for n in range(8000)))  # half a second of two channels


def test_a_raw_talk_becomes_a_wav_of_two_channels(tmp_path: Path) -> None:
    (tmp_path / "1.7.raw").write_bytes(TALK)
    kept = archive(tmp_path, "1.7.raw")
    assert isinstance(kept, Archived)
    assert (kept.path, kept.seconds) == ("1.7.wav", 0.5)
    assert kept.sha256 == hashlib.sha256((tmp_path / "1.7.wav").read_bytes()).hexdigest()
    assert not (tmp_path / "1.7.raw").exists()
    with wave.open(str(tmp_path / "1.7.wav"), "rb") as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (2, 8000, 2)
        assert wav.readframes(10_000) == TALK


def test_the_sound_stays_in_its_file_and_a_header_is_put_before_it(tmp_path: Path) -> None:
    (tmp_path / "1.7.raw").write_bytes(TALK)
    inode = (tmp_path / "1.7.raw").stat().st_ino
    kept = archive(tmp_path, "1.7.raw")
    assert isinstance(kept, Archived) and kept.size > len(TALK)
    (tmp_path / "other").write_bytes(TALK)
    insert = ["fallocate", "--insert-range", "--length", "4096", str(tmp_path / "other")]
    able = subprocess.run(insert, capture_output=True, check=False).returncode == 0
    assert ((tmp_path / "1.7.wav").stat().st_ino == inode) is able


def test_on_a_file_system_that_cannot_insert_the_sound_is_copied() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        (Path(folder) / "1.7.raw").write_bytes(TALK + b"x")
        (Path(folder) / "1.7.wav.part").write_bytes(b"half a copy")
        kept = archive(Path(folder), "1.7.raw")
        assert isinstance(kept, Archived) and kept.seconds == 0.5
        assert [path.name for path in Path(folder).iterdir()] == ["1.7.wav"]
        with wave.open(f"{folder}/1.7.wav", "rb") as wav:
            assert wav.readframes(10_000) == TALK


def test_a_crash_before_the_file_got_its_name_is_made_good(tmp_path: Path) -> None:
    (tmp_path / "1.7.raw").write_bytes(TALK)
    kept = archive(tmp_path, "1.7.raw")
    (tmp_path / "1.7.wav").rename(tmp_path / "1.7.raw")
    assert archive(tmp_path, "1.7.raw") == kept


def test_twice_is_once(tmp_path: Path) -> None:
    (tmp_path / "1.7.raw").write_bytes(TALK)
    assert archive(tmp_path, "1.7.raw") == archive(tmp_path, "1.7.raw") == archive(tmp_path, "1.7.wav")


def test_a_crash_halfway_is_made_good(tmp_path: Path) -> None:
    (tmp_path / "1.7.raw").write_bytes(TALK)
    (tmp_path / "1.7.wav").write_bytes(b"RIFF half a header")
    kept = archive(tmp_path, str(tmp_path / "1.7.raw"))
    assert isinstance(kept, Archived) and kept.seconds == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["1.7.wav"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.integers(4, 400_000))
def test_a_recording_of_any_length_keeps_all_whole_frames(tmp_path: Path, size: int) -> None:
    (tmp_path / "any.raw").write_bytes(bytes(size))
    kept = archive(tmp_path, "any.raw")
    assert isinstance(kept, Archived) and kept.seconds == round(size // 4 / 8000, 3)
    with wave.open(str(tmp_path / "any.wav"), "rb") as wav:
        assert wav.readframes(size) == bytes(size // 4 * 4)


@pytest.mark.parametrize(("name", "content"), [("1.raw", None), ("1.raw", b"ab"), ("m.wav", None), ("m.wav", b"")])
def test_a_missing_or_empty_file_is_told_not_raised(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert isinstance(archive(tmp_path, name), Missing)


@pytest.mark.parametrize("path", ["../etc/passwd", "/etc/passwd", "a/../../b.raw", ".", ""])
def test_a_path_that_leads_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "recordings"
    root.mkdir()
    with pytest.raises(OutsideFolder):
        archive(root, path)
    with pytest.raises(OutsideFolder):
        delete(root, path)


def test_delete_takes_every_form_of_it(tmp_path: Path) -> None:
    for name in ("1.7.raw", "1.7.wav", "1.7.wav.part", "1.8.wav"):
        (tmp_path / name).write_bytes(b"x")
    assert delete(tmp_path, "1.7.wav") is True
    assert [path.name for path in tmp_path.iterdir()] == ["1.8.wav"]
    assert delete(tmp_path, "1.7.wav") is False
