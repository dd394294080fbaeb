"""留痕: what somebody does to the timelines behind the program's back is found."""

import fcntl
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from tests.fakes.closing import signed_off
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.errors import AnchorDamaged
from zhitong.store.engine import reading, writing
from zhitong.store.timeline import erase_entry, timeline_of
from zhitong.usecases.anchor_chains import anchor_chains, anchor_daily, verify_chains

NIGHT = MORNING + timedelta(hours=14)


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    return tmp_path / "anchors"


def wrong(engine: Engine, anchors: Path) -> list[str]:
    return [str(one) for one in verify_chains(engine, folder=anchors).breaks]


def behind_its_back(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_what_the_program_writes_verifies_in_whatever_portions_and_however_often(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked(), unheard())
    tell_it(engine, RULES, talked(), unheard())
    signed_off(engine, RULES, number=NUMBER, now=NIGHT)
    anchor_chains(engine, folder=anchors, now=NIGHT)
    found = verify_chains(engine, folder=anchors)
    with reading(engine) as connection:
        assert found.entries == len(connection.execute(text("SELECT id FROM timeline")).all()) > 10
    assert (found.cases, found.breaks, found.anchors, found.anchored) == (2, (), 1, NIGHT)


FORGERIES: dict[str, str] = {
    "a word": "UPDATE timeline SET text = '按时办结' WHERE seq = 2",
    "a time": "UPDATE timeline SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2",
    "an actor": "UPDATE timeline SET who = '别人' WHERE seq = 2",
    "one in the middle gone": "DELETE FROM timeline WHERE seq = 2",
    "the last ones gone": "DELETE FROM timeline WHERE seq > 3",
    "a whole case gone": "DELETE FROM timeline",
    "its head gone as well": "DELETE FROM timeline; DELETE FROM chains",
    "its head alone gone": "DELETE FROM chains",
    "cut off, head and all": "DELETE FROM timeline WHERE seq > 3; "
    "UPDATE chains SET seq = 3, anchored = 3, link = (SELECT link FROM timeline WHERE seq = 3)",
    "an entry put in": "INSERT INTO timeline (case_number, mark, at, what, text, who, reason, seq, salt, digest, link) "
    "SELECT case_number, 'x', at, what, text, who, reason, 99, salt, digest, link FROM timeline WHERE seq = 2",
    "said to be erased": "UPDATE timeline SET text = '', salt = '' WHERE seq = 2",
}


@pytest.mark.parametrize("statements", FORGERIES.values(), ids=FORGERIES)
def test_any_change_up_to_the_last_anchor_is_found(engine: Engine, anchors: Path, statements: str) -> None:
    tell_it(engine, RULES, talked())
    anchor_chains(engine, folder=anchors, now=NIGHT)
    assert wrong(engine, anchors) == []
    behind_its_back(engine, *statements.split("; "))
    assert wrong(engine, anchors) != []


def test_a_timeline_written_anew_from_its_beginning_does_not_fit_the_anchor(
    engine: Engine, anchors: Path, tmp_path: Path
) -> None:
    tell_it(engine, RULES, talked())
    anchor_chains(engine, folder=anchors, now=NIGHT)
    behind_its_back(engine, "DELETE FROM timeline", "DELETE FROM chains", "DELETE FROM calls", "DELETE FROM facts")
    behind_its_back(engine, "DELETE FROM recordings", "DELETE FROM clocks", "DELETE FROM due", "DELETE FROM cases")
    tell_it(engine, RULES, talked())  # the same call told again: other salts, so other links
    assert wrong(engine, tmp_path / "none") == []
    assert "和锚定的不一样" in wrong(engine, anchors)[0]


def test_nothing_new_can_be_kept_out_of_the_next_anchor(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked())
    anchor_chains(engine, folder=anchors, now=NIGHT)
    signed_off(engine, RULES, number=NUMBER, now=NIGHT)
    behind_its_back(engine, "UPDATE chains SET anchored = seq")
    anchor_chains(engine, folder=anchors, now=NIGHT + timedelta(days=1))
    assert wrong(engine, anchors) == [f"{NUMBER}：数据库说已锚定，锚定文件里却没有"]


def test_what_is_written_and_anchored_while_it_is_verified_is_no_false_alarm(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked(), unheard())
    anchor_chains(engine, folder=anchors, now=NIGHT)
    to_do = [lambda: signed_off(engine, RULES, number=NUMBER, now=NIGHT), lambda: tell_it(engine, RULES, talked("9.9"))]

    def in_between(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if to_do and "cases.number >" in statement:  # the files have been read, these chains not yet
            to_do.pop(0)()
            anchor_chains(engine, folder=anchors, now=NIGHT + timedelta(hours=2 - len(to_do)))

    event.listen(engine, "before_cursor_execute", in_between)
    assert wrong(engine, anchors) == []
    event.remove(engine, "before_cursor_execute", in_between)
    assert not to_do and wrong(engine, anchors) == []
    behind_its_back(engine, "UPDATE chains SET anchored = seq + 1")
    assert len(wrong(engine, anchors)) == 3, "what no file holds is told all the same"


def anchors_of_three_days(engine: Engine, anchors: Path) -> list[Path]:
    for day in range(3):
        tell_it(engine, RULES, talked(f"1757553630.{day}", MORNING + timedelta(days=day)))
        anchor_chains(engine, folder=anchors, now=NIGHT + timedelta(days=day))
    assert wrong(engine, anchors) == []
    return sorted(anchors.iterdir())


def changed(path: Path) -> None:
    first, *lines = path.read_text().splitlines()
    number, seq, _ = json.loads(lines[0])
    path.write_text("\n".join([first, json.dumps([number, seq, "0" * 64]), *lines[1:]]) + "\n")


SPOILT: dict[str, Callable[[Path], None]] = {
    "taken away": lambda path: path.unlink(),
    "changed": changed,
    "emptied": lambda path: path.write_text(""),
    "cut": lambda path: path.write_text(path.read_text().splitlines()[0] + "\n"),
    "rubbish": lambda path: path.write_text("[]\n"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("day", [0, 1])
def test_an_anchor_that_was_spoilt_is_found(
    engine: Engine, anchors: Path, spoil: Callable[[Path], None], day: int
) -> None:
    spoil(anchors_of_three_days(engine, anchors)[day])
    assert wrong(engine, anchors) != []


def test_a_folder_from_which_all_anchors_were_taken_does_not_pass_as_one_that_never_had_any(
    engine: Engine, anchors: Path
) -> None:
    tell_it(engine, RULES, talked())
    assert wrong(engine, anchors) == []
    for path in anchors_of_three_days(engine, anchors):
        path.unlink()
    (told,) = wrong(engine, anchors)
    assert "一个锚定文件也没有" in told


def test_each_anchor_holds_only_what_is_new_and_there_is_one_a_day(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked())
    first = anchor_daily(engine, folder=anchors, now=NIGHT)
    assert first is not None and len(first.read_text().splitlines()) == 2
    assert anchor_daily(engine, folder=anchors, now=NIGHT + timedelta(minutes=10)) is None
    second = anchor_daily(engine, folder=anchors, now=NIGHT + timedelta(days=1))
    assert second is not None and len(second.read_text().splitlines()) == 1


def test_what_one_that_was_killed_left_half_written_is_cleared_away(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked())
    anchors.mkdir()
    (anchors / "20250910T030000000000.part").write_text("{")
    anchor_chains(engine, folder=anchors, now=NIGHT)
    assert [path.suffix for path in anchors.iterdir()] == [".jsonl"] and wrong(engine, anchors) == []


def test_two_do_not_anchor_at_once(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked())
    anchors.mkdir()
    handle = os.open(anchors, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(AnchorDamaged, match="另一个进程"):
        anchor_chains(engine, folder=anchors, now=NIGHT)
    os.close(handle)
    anchor_chains(engine, folder=anchors, now=NIGHT)
    assert wrong(engine, anchors) == []


def test_a_clock_that_was_put_back_makes_no_anchor_before_the_last(engine: Engine, anchors: Path) -> None:
    anchor_chains(engine, folder=anchors, now=NIGHT)
    with pytest.raises(AnchorDamaged, match="时钟"):
        anchor_chains(engine, folder=anchors, now=NIGHT - timedelta(days=1))


def test_what_is_erased_is_gone_and_the_chain_still_verifies(engine: Engine, anchors: Path) -> None:
    tell_it(engine, RULES, talked())
    anchor_chains(engine, folder=anchors, now=NIGHT)
    with writing(engine) as connection:
        assert erase_entry(connection, NUMBER, 2, who="督查室", reason="本人要求", at=NIGHT)
        assert not erase_entry(connection, NUMBER, 2, who="督查室", reason="本人要求", at=NIGHT)
    with reading(engine) as connection:
        rows = timeline_of(connection, NUMBER)
    assert next(row for row in rows if row.seq == 2).text == ""
    assert (rows[-1].what, rows[-1].who, rows[-1].reason) == ("清除", "督查室", "本人要求")
    assert wrong(engine, anchors) == []
