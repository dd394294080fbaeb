import os
from datetime import UTC, datetime, timedelta

import pytest

from dialplans import names
from zhitong.asterisk_notes import find_recordings, read_cdrs, read_notes

DAY = timedelta(days=1)


def test_notes_are_read_and_what_is_damaged_is_left():
    tree = {
        "call": {"1795288717.0": "1795288717|inbound|139|0870|talk|138|1795288745", "broken": "x"},
        "step": {"1795288717.0-1": "1795288720|listen", "nonsense": ""},
    }
    notes, steps = read_notes(tree.__getitem__, ahead=timedelta())
    assert [(note.call_id, note.phase, note.leg) for note in notes] == [("1795288717.0", "talk", "138")]
    assert [(step.call_id, step.n, step.step) for step in steps] == [("1795288717.0", 1, "listen")]


def test_times_are_told_by_the_hotlines_clock():
    tree = {"call": {"1.0": "1795288717|inbound|139|0870|talk||"}, "step": {}}
    [note], _ = read_notes(tree.__getitem__, ahead=DAY)
    assert note.at == datetime.fromtimestamp(1795288717, UTC) + DAY
    assert note.ended_at is None


def line(call_id, answered, ended, account="0870", dropped=""):
    values = {"uniqueid": call_id, "answer": answered, "end": ended, "src": "139"}
    values |= {names.CDR_DIALLED: account, names.CDR_DROPPED: dropped}
    return ",".join(f'"{values.get(name, "")}"' for name in names.CDR_COLUMNS)


@pytest.fixture
def records(tmp_path):
    path = tmp_path / names.CDR_FILE
    today = datetime.now().astimezone().replace(microsecond=0)

    text = f"{today:%Y-%m-%d %H:%M:%S}"
    old = f"{today - 10 * DAY:%Y-%m-%d %H:%M:%S}"
    path.write_text(
        "\n".join(
            ['orn","', line("1.0", text, text), line("2.0", "", text), line("3.0", old, old), line("", text, text)]
        )
    )
    return path, today


def test_answered_calls_of_late_are_read_and_torn_lines_are_not(records):
    path, today = records
    [row] = read_cdrs(path, since=today - DAY, ahead=timedelta())
    assert (row.call_id, row.caller, row.dialled, row.answered_at) == ("1.0", "139", "0870", today)


def test_records_too_are_told_by_the_hotlines_clock(records):
    path, today = records
    [row] = read_cdrs(path, since=today - DAY, ahead=DAY)
    assert row.answered_at == today + DAY


def test_no_records_are_no_fault(tmp_path):
    assert read_cdrs(tmp_path / "none", since=datetime.now(UTC), ahead=timedelta()) == []


def test_recordings_are_found_by_call(tmp_path):
    for name in ("1.0.raw", "1.0-message.wav", "2.0.raw", "other.raw"):
        (tmp_path / name).write_bytes(b"x")
    os.utime(tmp_path / "2.0.raw", (1795288717, 1795288717))
    found = find_recordings(tmp_path, ["1.0", "2.0", "3.0"])
    assert [(one.call_id, one.kind) for one in found] == [("1.0", "talk"), ("1.0", "message"), ("2.0", "talk")]
    assert found[-1].made_at == datetime.fromtimestamp(1795288717, UTC)


@pytest.mark.parametrize(
    ("account", "dropped", "talked"), [("0870", "", False), ("0870/talked", "", True), ("0870/talked", "yes", False)]
)
def test_who_has_talked_stands_behind_the_number_dialled(tmp_path, account, dropped, talked):
    path = tmp_path / names.CDR_FILE
    now = datetime.now().astimezone().replace(microsecond=0)
    path.write_text(line("1.0", f"{now:%Y-%m-%d %H:%M:%S}", f"{now:%Y-%m-%d %H:%M:%S}", account, dropped))
    [row] = read_cdrs(path, since=now - DAY, ahead=timedelta())
    assert (row.dialled, row.talked) == ("0870", talked)
