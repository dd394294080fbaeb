"""A backup holds all that a hotline must not lose, is looked through, and a hotline runs on from it."""

import io
import os
import shutil
import sqlite3
import stat
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.backup.listed import listed_backups, too_old
from zhitong.backup.make import backup_name, make_backup
from zhitong.backup.restore import restore_backup
from zhitong.backup.verify import verify_backup
from zhitong.errors import BackupFailed
from zhitong.settings import Settings, load_settings
from zhitong.store.cases import get_case
from zhitong.store.engine import open_engine, reading
from zhitong.store.migrate import migrate

KEPT = {
    "recordings/2026/11/a.wav": "sound",
    "recordings/clips/b.wav": "words",
    "journal/facts.jsonl": "{}\n",
    "prompts/question.wav": "a person's voice",
    "attachments/1/letter.txt": "no water",
    "roster-edition.json": "{}",
    "asterisk/ami.secret": "secret",
}
LEFT = ("run/live.sock.lock", "logs/console.log", "incoming/half", "recordings/c.wav.part", "backups/old.tar")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A hotline with a case, files of every kind, and Asterisk's notes."""
    data = tmp_path / "data"
    settings = load_settings(environ={}, overrides={"folders": {"data": str(data)}})
    migrate(settings.store.database_url)
    engine = open_engine(settings.store.database_url)
    tell_it(engine, RULES, talked())
    engine.dispose()
    for name in (*KEPT, *LEFT):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(KEPT.get(name, "nothing"))
    os.symlink("/etc/passwd", data / "recordings" / "link.wav")
    (data / "asterisk" / "lib").mkdir()
    with sqlite3.connect(data / "asterisk" / "lib" / "astdb.sqlite3") as astdb:
        astdb.execute("create table astdb (key text, value text)")
        astdb.execute("insert into astdb values ('/duty/1', '13808700001')")
    return settings


def case_in(settings: Settings) -> str:
    engine: Engine = open_engine(settings.store.database_url)
    try:
        with reading(engine) as connection:
            return get_case(connection, NUMBER).number
    finally:
        engine.dispose()


def test_what_was_backed_up_is_put_back_into_an_empty_folder_and_the_cases_are_there(
    settings: Settings, tmp_path: Path
) -> None:
    made = make_backup(settings, tmp_path / "b" / "one.tar", now=MORNING)
    assert made.database == "sqlite" and stat.S_IMODE(made.path.stat().st_mode) == 0o600
    restored = tmp_path / "new"
    verified = restore_backup(made.path, restored)
    assert verified.at == MORNING and verified.county == settings.hotline.county
    for name, text in KEPT.items():
        assert (restored / name).read_text() == text
        assert stat.S_IMODE((restored / name).stat().st_mode) == 0o600
    assert not any((restored / name).exists() for name in LEFT) and not (restored / "recordings" / "link.wav").exists()
    anew = load_settings(environ={}, overrides={"folders": {"data": str(restored)}})
    assert case_in(anew) == NUMBER
    with sqlite3.connect(restored / "asterisk" / "lib" / "astdb.sqlite3") as astdb:
        assert astdb.execute("select value from astdb").fetchone() == ("13808700001",)
    told = (restored / "configuration" / "roster.toml").read_text(encoding="utf-8")
    assert told == settings.files.roster.read_text(encoding="utf-8")
    assert (restored / "configuration" / "policies" / "calling.toml").exists()
    with tarfile.open(made.path) as archive:
        names = archive.getnames()
    assert names[0] == "backup.json" and names[-1] == "SHA256SUMS"


def test_a_database_that_is_a_server_is_dumped_or_people_are_told(database_url: str, tmp_path: Path) -> None:
    over = {"folders": {"data": str(tmp_path / "data")}, "store": {"database_url": database_url}}
    made = make_backup(load_settings(environ={}, overrides=over), tmp_path / "one.tar", now=MORNING)
    names = [name for name, _ in made.verified.folders]
    if database_url.startswith("sqlite"):
        assert made.database == "sqlite" and "zhitong.sqlite3" in names
    elif shutil.which("pg_dump"):
        assert made.database == "postgresql" and "zhitong.pgdump" in names
        restore_backup(made.path, tmp_path / "new")
        assert (tmp_path / "new" / "zhitong.pgdump").read_bytes().startswith(b"PGDMP")
    else:
        assert made.database == "" and not {"zhitong.pgdump", "zhitong.sqlite3"} & set(names)


def test_a_backup_is_made_while_somebody_writes_into_the_database(settings: Settings, tmp_path: Path) -> None:
    path = settings.store.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("begin immediate")
        writer.execute("delete from cases")
        made = make_backup(settings, tmp_path / "one.tar", now=MORNING)
        writer.execute("rollback")
    restore_backup(made.path, tmp_path / "new")
    assert case_in(load_settings(environ={}, overrides={"folders": {"data": str(tmp_path / "new")}})) == NUMBER


def test_a_backup_that_is_not_as_it_was_written_is_known_and_nothing_of_it_is_put_back(
    settings: Settings, tmp_path: Path
) -> None:
    path = make_backup(settings, tmp_path / "one.tar", now=MORNING).path
    whole = path.read_bytes()
    place = whole.index(b"a person's voice")
    for spoiled in (whole[:place] + b"X" + whole[place + 1 :], whole[: len(whole) // 2], b"no archive", b""):
        path.write_bytes(spoiled)
        with pytest.raises(BackupFailed, match=r"one\.tar"):
            restore_backup(path, tmp_path / "new")
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_file_that_would_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(BackupFailed, match="不该有的"):
        verify_backup(tmp_path / "bad.tar")


def test_what_is_there_is_never_written_over(settings: Settings, tmp_path: Path) -> None:
    path = make_backup(settings, tmp_path / "one.tar", now=MORNING).path
    with pytest.raises(BackupFailed, match="已经有"):
        make_backup(settings, path, now=MORNING)
    with pytest.raises(BackupFailed, match="不是空的"):
        restore_backup(path, settings.folders.data)


def test_a_damaged_database_is_told_and_leaves_no_file(settings: Settings, tmp_path: Path) -> None:
    path = Path(settings.store.database_url.removeprefix("sqlite:///"))
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    (tmp_path / "b").mkdir()
    with pytest.raises(BackupFailed, match="没有备份"):
        make_backup(settings, tmp_path / "b" / "one.tar", now=MORNING)
    assert list((tmp_path / "b").iterdir()) == []


def test_people_are_told_when_the_last_backup_is_older_than_a_week(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert "还没有备份过" in too_old(listed_backups(folder), MORNING)
    made = make_backup(settings, folder / backup_name(MORNING), now=MORNING)
    shutil.copy(made.path, folder / backup_name(MORNING - timedelta(days=30)))
    (folder / "zhitong-notes.tar").write_text("no backup")
    found = listed_backups(folder)
    assert [one.at for one in found] == [MORNING.replace(microsecond=0), MORNING - timedelta(days=30)]
    assert found[0].size == made.verified.size
    assert too_old(found, MORNING + timedelta(days=7)) == ""
    assert "8 天前" in too_old(found, MORNING + timedelta(days=8, hours=1))
