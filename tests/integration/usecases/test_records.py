"""Recordings are archived and deleted in time; who looks at a case is recorded."""

import os
import struct
import wave
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from recordings.archive import Archived, Missing
from tests.fakes.closing import DESK
from tests.fakes.told_calls import (
    CITIZEN,
    MORNING,
    NUMBER,
    RULES,
    ToldCall,
    placed,
    talked,
    tell_it,
    unheard,
)
from zhitong.errors import CaseNotFound
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading
from zhitong.store.facts import facts_of
from zhitong.store.recordings import expired_recordings, recordings_of_calls
from zhitong.store.records import accesses_to, all_incidents, deletions_of
from zhitong.usecases.archive_recordings import archive_calls
from zhitong.usecases.expire_recordings import expire_recordings
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.show_case import show_case
from zhitong.usecases.take_due import take_due

ID = "1757553630.7"
LATER = MORNING + timedelta(hours=1)
WORDS = "水务局办不了取水许可"


def replay(engine: Engine, call_id: str) -> list[str]:
    return replay_call(engine, call_id=call_id, by=DESK, now=LATER)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def archive_due(engine: Engine, root: Path) -> list[Archived | Missing]:
    tasks = take_due(engine, now=LATER, kinds=("archive",))
    return list(archive_calls(engine, root=root, tasks=tasks, now=LATER))


def test_a_talk_is_archived_after_the_call_once(engine: Engine, root: Path) -> None:
    tell_it(engine, RULES, talked())
    (root / f"{ID}.raw").write_bytes(struct.pack("<16000h", *range(16000)))
    (kept,) = archive_due(engine, root)
    assert isinstance(kept, Archived) and kept.seconds == 1.0
    with wave.open(str(root / kept.path)) as wav:
        assert wav.getnchannels() == 2
    (row,) = show_case(engine, number=NUMBER, by=DESK, now=LATER).recordings
    assert (row.state, row.sha256, row.path) == ("archived", kept.sha256, f"{ID}.wav")
    assert archive_due(engine, root) == []


def test_a_recording_that_is_not_there_is_an_incident(engine: Engine, root: Path) -> None:
    tell_it(engine, RULES, talked())
    assert isinstance(archive_due(engine, root)[0], Missing)
    with reading(engine) as connection:
        assert [row.kind for row in all_incidents(connection)] == ["recording"]
        assert open_tasks(connection, kind="archive") == []


def test_a_disk_that_takes_one_recording_no_more_keeps_the_others_and_tries_that_one_again(
    engine: Engine, root: Path
) -> None:
    other = ToldCall(call_id="pbx-1763690000.9")
    tell_it(
        engine,
        RULES,
        talked(),
        other.opened().note(5, "recording", path="b.raw", kind="talk").note(9, "ended", outcome="talk"),
    )
    for name in (f"{ID}.raw", "b.raw"):
        (root / name).write_bytes(bytes(4000))
    (root / f"{ID}.wav").mkdir()
    with pytest.raises(OSError):
        archive_due(engine, root)
    with reading(engine) as connection:
        assert {row.call_id: row.state for row in recordings_of_calls(connection, [ID, other.call_id])} == {
            ID: "fresh",
            other.call_id: "archived",
        }
        assert [task.call_id for task in open_tasks(connection, kind="archive")] == [ID]


def test_a_path_from_outside_the_folder_touches_nothing(engine: Engine, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.wav"
    outside.write_bytes(b"x")
    call = ToldCall().opened().note(5, "recording", path=str(outside), kind="talk").note(6, "ended", outcome="gone")
    tell_it(engine, RULES, call)
    assert isinstance(archive_due(engine, root)[0], Missing)
    expire_recordings(engine, root=root, now=MORNING + timedelta(days=4000))
    assert outside.exists()


def test_who_wants_no_recording_has_none_but_a_case_and_the_message_left(engine: Engine, root: Path) -> None:
    call = talked()
    call.note(90, "no_recording", why="群众不要录音").note(91, "message", path=f"{ID}-message.wav", seconds=1.0)
    tell_it(engine, RULES, call)
    (root / f"{ID}.raw").write_bytes(bytes(4000))
    (root / f"{ID}-message.wav").write_bytes(b"RIFFxxxx")
    archive_due(engine, root)
    assert [path.name for path in root.iterdir()] == [f"{ID}-message.wav"]
    with reading(engine) as connection:
        assert [(row.kind, row.why) for row in deletions_of(connection, NUMBER)] == [("talk", "群众要求不录音")]
    assert show_case(engine, number=NUMBER, by=DESK, now=LATER).case.state is CaseState.ASSIGNED


def test_what_was_kept_long_enough_is_deleted_and_recorded(engine: Engine, root: Path) -> None:
    tell_it(engine, RULES, talked(), unheard())
    (root / f"{ID}.raw").write_bytes(bytes(4000))
    archive_due(engine, root)
    day = MORNING + timedelta(days=365)
    assert expire_recordings(engine, root=root, now=day) == 0 and (root / f"{ID}.wav").exists()
    assert expire_recordings(engine, root=root, now=day + timedelta(days=1)) == 3  # a talk and two transcripts
    assert list(root.iterdir()) == []
    with reading(engine) as connection:
        assert sorted(row.kind for row in deletions_of(connection)) == ["talk", "transcript", "transcript"]
        (talk,) = (row for row in deletions_of(connection) if row.kind == "talk")
    assert len(talk.sha256) == 64
    assert expire_recordings(engine, root=root, now=day + timedelta(days=2)) == 0


def test_a_file_that_cannot_be_deleted_does_not_keep_the_others(engine: Engine, root: Path) -> None:
    call = talked("1757553600.1", MORNING - timedelta(minutes=1))
    call.note(90, "recording", path=f"{'x' * 300}.raw", kind="talk", started=None)  # no file system takes such a name
    tell_it(engine, RULES, call, talked())
    (root / f"{ID}.raw").write_bytes(bytes(4000))
    day = MORNING + timedelta(days=366)
    expire_recordings(engine, root=root, now=day)
    assert list(root.iterdir()) == []
    with reading(engine) as connection:
        (told,) = all_incidents(connection, "recording")
        assert "删不掉" in told.text
        assert [row.path[0] for row in expired_recordings(connection, day, 9)] == ["x"], "it is tried again"


def test_the_words_go_from_the_trace_and_what_happened_stays(engine: Engine, root: Path) -> None:
    call = placed("callback", NUMBER, 1, LATER)
    call.note(9, "answered", question="solved", answer="no", by="key")
    call.note(12, "answered", question="why", answer="窗口没人", by="voice")
    call.note(13, "answered", question="addition", answer="隔壁也停了", by="voice")
    tell_it(engine, RULES, talked(), call)
    told = "".join(replay(engine, ID) + replay(engine, call.call_id))
    assert WORDS in told and "窗口没人" in told and "隔壁也停了" in told
    expire_recordings(engine, root=root, now=MORNING + timedelta(days=366))
    lines = replay(engine, ID)
    view = show_case(engine, number=NUMBER, by=DESK, now=LATER)
    everything = "".join([*lines, *replay(engine, call.call_id), repr(view)])
    assert not any(words in everything for words in (WORDS, "窗口没人", "隔壁也停了"))
    assert len(lines) == len(talked().facts) and "没解决" in everything
    assert view.case.matter_name == "取水许可"


def test_logs_go_after_half_a_year(engine: Engine, root: Path, tmp_path: Path) -> None:
    logs = tmp_path / "log"
    logs.mkdir()
    for name, days in (("old.log.3", 200), ("new.log", 100), ("notes.txt", 900)):
        (logs / name).write_text("x", encoding="utf-8")
        moment = (LATER - timedelta(days=days)).timestamp()
        os.utime(logs / name, (moment, moment))
    assert expire_recordings(engine, root=root, now=LATER, retention=RULES.retention, logs=[logs]) == 1
    assert sorted(path.name for path in logs.iterdir()) == ["new.log", "notes.txt"]


def test_what_the_journal_put_aside_and_what_asterisk_said_go_as_logs_do(
    engine: Engine, root: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "journal"
    logs.mkdir()
    old = ("broken-20250101.jsonl", "refused-20250101.jsonl", "output.1", "facts.jsonl")
    for name, days in (*((name, 200) for name in old), ("broken-20250801.jsonl", 3)):
        (logs / name).write_text("x", encoding="utf-8")
        moment = (LATER - timedelta(days=days)).timestamp()
        os.utime(logs / name, (moment, moment))
    assert expire_recordings(engine, root=root, now=LATER, retention=RULES.retention, logs=[logs]) == 3
    assert sorted(path.name for path in logs.iterdir()) == ["broken-20250801.jsonl", "facts.jsonl"]


def test_sound_that_no_case_knows_of_does_not_stay_for_ever(engine: Engine, root: Path) -> None:
    clip = f"clips/{ID}-1.wav"
    call = talked()
    call.facts[-2:-2] = ToldCall().note(80, "recording", path=str(root / clip), kind="clip", started=None).facts
    tell_it(engine, RULES, ToldCall(facts=[replace(fact, seq=seq) for seq, fact in enumerate(call.facts)]))
    (root / "clips").mkdir()
    made = {clip: 2, "clips/1.1-1.wav": 2, "clips/1.2-1.wav": 0, f"{ID}.wav": 400, "1.1.raw": 400, "1.2.raw": 300,
            "1.1-message.wav": 400, "1.3.wav.part": 400}  # fmt: skip
    now = MORNING + timedelta(hours=1)
    for name, days in made.items():
        (root / name).write_bytes(b"x")
        moment = (now - timedelta(days=days)).timestamp()
        os.utime(root / name, (moment, moment))
    assert expire_recordings(engine, root=root, now=now, retention=RULES.retention) == 4
    left = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert left == {clip, "clips/1.2-1.wav", f"{ID}.wav", "1.2.raw"}
    with reading(engine) as connection:
        gone = {row.what: row.kind for row in deletions_of(connection)}
    kinds = {"clips/1.1-1.wav": "clip", "1.1.raw": "talk", "1.1-message.wav": "message", "1.3.wav.part": "talk"}
    assert gone == kinds


def test_showing_a_case_masks_numbers_and_leaves_a_trace_of_who_looked(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    masked = show_case(engine, number=NUMBER, by=DESK, now=LATER)
    assert masked.case.caller == "138****0001" and CITIZEN not in repr(masked).replace(masked.case.call_id, "")
    clear = show_case(engine, number=NUMBER, by=DESK, now=LATER, unmasked=True)
    assert clear.case.caller == CITIZEN and any(CITIZEN in line for line in clear.traces[ID])
    with reading(engine) as connection:
        assert [(row.who, row.unmasked) for row in accesses_to(connection, NUMBER)] == [
            (DESK.name, False),
            (DESK.name, True),
        ]
    with pytest.raises(CaseNotFound):
        show_case(engine, number="x", by=DESK, now=LATER)
    with pytest.raises(CaseNotFound):
        replay(engine, "x")


def test_who_replays_a_call_leaves_a_trace_at_its_case(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    replay(engine, ID)
    with reading(engine) as connection:
        assert [(row.who, row.what, row.unmasked) for row in accesses_to(connection, NUMBER)] == [
            (DESK.name, "重看通话", False)
        ]


def test_a_list_is_newest_first_filtered_and_recorded(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), unheard("1757553700.9", MORNING + timedelta(seconds=70), caller="13800000002"))
    assert [case.state for case in list_cases(engine, by=DESK, now=LATER)] == [CaseState.ACCEPTED, CaseState.ASSIGNED]
    assert [case.caller for case in list_cases(engine, by=DESK, now=LATER, state=CaseState.ASSIGNED)] == ["138****0001"]
    assert len(list_cases(engine, by=DESK, now=LATER, caller="13800000002", unmasked=True)) == 1
    with reading(engine) as connection:
        assert [row.unmasked for row in accesses_to(connection, None)] == [False, False, True]
    with pytest.raises(ValueError, match="limit"):
        list_cases(engine, by=DESK, now=LATER, limit=0)


def test_what_an_official_said_in_a_call_without_a_case_goes_when_the_words_of_a_case_would(
    engine: Engine, root: Path
) -> None:
    call = ToldCall("1757553700.5").opened(kind="staff").note(4, "heard", text="我明天来不了", started=0.1, ended=1.0)
    tell_it(engine, RULES, call.note(9, "ended", outcome="staff"), call)
    day = MORNING + timedelta(days=365)
    assert expire_recordings(engine, root=root, now=day) == 0
    with reading(engine) as connection:
        assert "我明天来不了" in repr(facts_of(connection, [call.call_id]))
    assert expire_recordings(engine, root=root, now=day + timedelta(days=1)) == 1
    with reading(engine) as connection:
        assert "来不了" not in repr(facts_of(connection, [call.call_id]))
        assert [row.what for row in deletions_of(connection)] == [f"通话 {call.call_id} 的文字记录"]
    assert expire_recordings(engine, root=root, now=day + timedelta(days=2)) == 0
