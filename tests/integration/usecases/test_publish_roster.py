"""Editions of the roster on a real database: who published what, when and why; what is refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from routing.calendar import LOCAL
from routing.editions import OWN, Edition
from routing.faults import BadConfig
from routing.roster import Leave
from tests.fakes.editions import compared, list_editions, publish_files
from tests.fakes.roster_people import SECRETARY, secretary
from tests.fakes.told_calls import new_database
from zhitong.directory_files import draft_of
from zhitong.errors import ChangeRefused
from zhitong.settings import CHECKOUT, Settings, load_settings
from zhitong.usecases.change_roster import put_leave
from zhitong.usecases.publish_roster import (
    edition_numbered,
    publish_as_found,
    publish_roster,
)

NOW = datetime(2026, 12, 4, 9, tzinfo=LOCAL)
BY = {"by": SECRETARY, "reason": "换号", "now": NOW}
ZHANG, NEW = "13808700001", "13808700099"


@pytest.fixture
def roster_file(tmp_path: Path) -> Path:
    path = tmp_path / "roster.toml"
    path.write_text((CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def settings(tmp_path: Path, roster_file: Path) -> Settings:
    return load_settings(environ={"HOME": str(tmp_path)}, overrides={"files": {"roster": str(roster_file)}})


@pytest.fixture
def engine(tmp_path: Path, settings: Settings) -> Iterator[Engine]:
    """A database in which the files as shipped are the first edition."""
    engine = new_database(tmp_path)
    texts = draft_of(settings)
    found = Edition(id=0, author="", reason="", at=NOW, digest=texts.digest, texts=texts)
    assert publish_as_found(engine, found, now=NOW) is not None
    yield engine
    engine.dispose()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_edition_keeps_author_reason_time_and_what_was_changed(
    settings: Settings, engine: Engine, roster_file: Path
) -> None:
    change(roster_file, ZHANG, NEW)
    edition = publish_files(settings, engine, NOW + timedelta(hours=1), reason=" 局长\n换号 ")
    newest, first = list_editions(engine)
    assert (newest.id, newest.author, newest.reason, newest.at) == (2, "王秘书", "局长 换号", NOW + timedelta(hours=1))
    assert newest.changed == "人改1"
    assert (first.id, first.author, first.reason) == (1, OWN, "首次启用：按文件原样")
    assert edition_numbered(engine, 2).texts == edition.texts == draft_of(settings)
    assert ZHANG in edition_numbered(engine, 1).texts.roster, "what was published stays"


def test_the_files_as_they_are_found_are_published_once(settings: Settings, engine: Engine) -> None:
    assert publish_as_found(engine, edition_numbered(engine, 1), now=NOW) is None
    assert len(list_editions(engine)) == 1


def test_what_has_not_been_changed_is_not_published_again(settings: Settings, engine: Engine) -> None:
    with pytest.raises(ChangeRefused, match="一个字也不差"):
        publish_files(settings, engine, NOW)
    assert len(list_editions(engine)) == 1


def test_a_publication_needs_a_reason(settings: Settings, engine: Engine, roster_file: Path) -> None:
    change(roster_file, ZHANG, NEW)
    with pytest.raises(ChangeRefused, match="没有写"):
        publish_files(settings, engine, NOW, reason=" ")
    assert len(list_editions(engine)) == 1


@pytest.mark.parametrize("terminal", ["duty_room", "supervision"])
def test_without_both_terminals_it_is_refused(
    settings: Settings, engine: Engine, roster_file: Path, terminal: str
) -> None:
    change(roster_file, f"[{terminal}]", f"[{terminal}_gone]")
    with pytest.raises(BadConfig, match=rf"必须有 \[{terminal}\]"):
        publish_files(settings, engine, NOW)
    assert len(list_editions(engine)) == 1


def test_every_new_minute_with_too_few_numbers_is_told_and_nothing_is_written(
    settings: Settings, engine: Engine, roster_file: Path
) -> None:
    head, people = roster_file.read_text(encoding="utf-8").split("[[officials]]", 1)
    (zhang, *_), shifts = people.split("[[officials]]"), people.split("# 班次。", 1)[1]
    always = shifts[shifts.index("[[shifts]]") : shifts.index("# 轮值。")]
    zhang = zhang.replace('deputies = ["li", "wang"]', "")
    two = head.replace('"0870-2120001", "0870-2120002"', '"0870-2120001"')
    roster_file.write_text(f"{two}[[officials]]{zhang}{always}", encoding="utf-8")
    with pytest.raises(BadConfig, match="只有 2 个号码可打"):
        publish_files(settings, engine, NOW)
    assert len(list_editions(engine)) == 1


def test_leave_known_to_the_database_counts_with_the_new_files(
    settings: Settings, engine: Engine, roster_file: Path
) -> None:
    draft = compared(settings, engine, NOW)
    put_leave(engine, draft.before, Leave(official="zhang", start=NOW, end=NOW + timedelta(days=2)), **BY)
    text = roster_file.read_text(encoding="utf-8").replace('"0870-2120001", "0870-2120002"', '"0870-2120001"')
    text = text.replace('deputies = ["li", "wang"]', "")
    head, people = text.split("[[officials]]", 1)
    zhang, li, *_ = people.split("[[officials]]")
    li = li.replace('deputies = ["wang"]', "")
    always = '[[shifts]]\nofficial = "{}"\nhours = ["00:00-24:00"]\n'.format
    roster_file.write_text(f"{head}[[officials]]{zhang}[[officials]]{li}{always('zhang')}{always('li')}", "utf-8")
    with pytest.raises(BadConfig, match="只有 2 个号码可打"):
        publish_files(settings, engine, NOW)
    assert publish_files(settings, engine, NOW + timedelta(days=3)).id == 2, "he is back"


def test_of_two_who_compared_with_the_same_edition_the_second_is_told_what_the_first_changed(
    settings: Settings, engine: Engine, roster_file: Path
) -> None:
    change(roster_file, ZHANG, NEW)
    mine = compared(settings, engine, NOW)
    change(roster_file, "李春燕", "李燕")
    publish_files(settings, engine, NOW, by=secretary("李会计"), reason="改名")
    with pytest.raises(ChangeRefused, match=r"现在是第 2 版：12-04 09:00 李会计发布（改名），改了 人改2") as refused:
        publish_roster(engine, mine, **BY)
    assert "没有发布" in str(refused.value)
    assert [edition.id for edition in list_editions(engine)] == [2, 1]


def test_of_many_who_publish_at_once_one_does_and_none_is_half_done(settings: Settings, engine: Engine) -> None:
    mine = compared(settings, engine, NOW)
    drafts = [replace(mine, texts=replace(mine.texts, roster=f"{mine.texts.roster}\n# {n}\n")) for n in range(8)]

    def put(n: int) -> bool:
        try:
            publish_roster(engine, drafts[n], by=secretary(f"{n}"), reason="同时", now=NOW)
        except ChangeRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(put, range(8)))
    assert sum(done) == 1
    newest = edition_numbered(engine, 2)
    assert newest.texts == drafts[done.index(True)].texts and newest.intact


def test_a_number_that_is_no_editions_is_refused(engine: Engine) -> None:
    with pytest.raises(ChangeRefused, match="没有第 7 版"):
        edition_numbered(engine, 7)
