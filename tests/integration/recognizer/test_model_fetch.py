"""Fetching an official model from a server that does what servers do."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.errors import ModelError
from recognizer.model import DEMO, Official, check_model, fetch
from tests.fakes.model_server import ModelServer, serving

NAME = "vosk-model-test"


def zipped(extra: dict[str, bytes] | None = None, *, without: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(DEMO.rglob("*")):
            name = str(file.relative_to(DEMO))
            if file.is_file() and name != without:
                archive.writestr(f"{NAME}/{name}", file.read_bytes())
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()


WHOLE = zipped()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer(content=WHOLE)) as running:
        yield running


def official(server: ModelServer, sha256: str | None = None) -> Official:
    digest = hashlib.sha256(server.content).hexdigest() if sha256 is None else sha256
    return Official(name=NAME, url=server.url, sha256=digest)


def no_pause(seconds: float) -> None:
    pass


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


def test_a_model_is_fetched_checked_and_unpacked_with_progress(server: ModelServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = fetch(official(server), into=tmp_path, progress=lambda done, total: seen.append((done, total)))
    check_model(path)
    assert path == tmp_path / NAME
    assert leftovers(tmp_path) == [NAME]
    assert seen[0] == (0, len(WHOLE))
    assert seen[-1] == (len(WHOLE), len(WHOLE))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_model_that_is_there_is_not_fetched_again(server: ModelServer, tmp_path: Path) -> None:
    fetch(official(server), into=tmp_path)
    fetch(official(server), into=tmp_path)
    assert len(server.ranges) == 1


def test_a_broken_connection_is_taken_up_where_it_broke(server: ModelServer, tmp_path: Path) -> None:
    server.cut_after = [100_000, 50_000]
    check_model(fetch(official(server), into=tmp_path, pause=no_pause))
    assert server.ranges == ["", "bytes=100000-", "bytes=150000-"]


def test_an_interrupted_fetch_goes_on_at_the_next_run(server: ModelServer, tmp_path: Path) -> None:
    server.cut_after = [100_000, 0, 0, 0, 0]
    with pytest.raises(ModelError, match="接着下"):
        fetch(official(server), into=tmp_path, pause=no_pause)
    server.cut_after = []
    server.ranges.clear()
    check_model(fetch(official(server), into=tmp_path, pause=no_pause))
    assert server.ranges == ["bytes=100000-"]


def test_a_server_that_cannot_resume_is_asked_for_all_of_it(server: ModelServer, tmp_path: Path) -> None:
    server.can_resume = False
    server.cut_after = [100_000]
    check_model(fetch(official(server), into=tmp_path, pause=no_pause))
    assert leftovers(tmp_path) == [NAME]


def test_what_was_fetched_whole_but_not_unpacked_is_used(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(WHOLE)
    check_model(fetch(official(server), into=tmp_path, pause=no_pause))


def test_a_leftover_longer_than_the_file_is_thrown_away(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(WHOLE + b"more")
    check_model(fetch(official(server), into=tmp_path, pause=no_pause))


def test_a_wrong_digest_leaves_nothing_behind(server: ModelServer, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="校验不符"):
        fetch(official(server, "1" * 64), into=tmp_path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("sha256", ["", "abc"])
def test_without_a_digest_nothing_is_fetched(server: ModelServer, tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ModelError, match="--sha256"):
        fetch(official(server, sha256), into=tmp_path)
    assert server.ranges == []


@pytest.mark.parametrize(
    "name", ["../escaped", f"{NAME}/../../escaped", "/escaped", "other/file", f"{NAME}/..\\escaped"]
)
def test_an_archive_with_strange_paths_is_refused_whole(tmp_path: Path, name: str) -> None:
    into = tmp_path / "models"
    with serving(ModelServer(content=zipped({name: b"x"}))) as server, pytest.raises(ModelError, match="不该有"):
        fetch(official(server), into=into)
    assert not (into / NAME).exists()
    assert not list(tmp_path.rglob("*escaped*"))


def test_an_archive_without_a_whole_model_leaves_no_half_done_folder(tmp_path: Path) -> None:
    with serving(ModelServer(content=zipped(without="am/final.mdl"))) as server, pytest.raises(ModelError, match="mdl"):
        fetch(official(server), into=tmp_path)
    assert leftovers(tmp_path) == [f"{NAME}.zip.part"]


def test_something_that_is_no_archive_is_told(tmp_path: Path) -> None:
    with serving(ModelServer(content=b"<html>")) as server, pytest.raises(ModelError, match="zip"):
        fetch(official(server), into=tmp_path)


def test_a_refusal_of_the_server_is_told_with_its_reason(server: ModelServer, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(ModelError, match="404"):
        fetch(official(server), into=tmp_path)


def test_no_server_at_all_is_told(tmp_path: Path) -> None:
    with serving(ModelServer(content=WHOLE)) as gone:
        model = official(gone)
    with pytest.raises(ModelError, match="网络"):
        fetch(model, into=tmp_path, pause=no_pause)


def test_a_full_disk_is_told_as_such(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").symlink_to("/dev/full")
    with pytest.raises(ModelError, match="磁盘空间"):
        fetch(official(server), into=tmp_path)
    assert not (tmp_path / NAME).exists()
