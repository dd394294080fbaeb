"""A clip is kept for learning only with the caller's yes, apart, for a time, and until he takes it back."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.case import Case
from cases.roles import NotPermitted
from ivr.clip import save_clip
from recordings.recording import RecordingKind, Retention
from tests.fakes.closing import DESK, signed_off
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, placed, talked, tell_it
from tests.integration.usecases.test_suspect_closing import SUPERVISION
from zhitong.errors import MoveRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.recordings import RecordingRow, recordings_of_case
from zhitong.store.timeline import entries_of
from zhitong.usecases.expire_recordings import expire_recordings
from zhitong.usecases.learning_clips import keep_clips, withdraw_clip
from zhitong.usecases.place_call import callback_brief, place_call
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due

LEARNING = RecordingKind.LEARNING
CLOSED = MORNING + timedelta(days=1)
CALLED = CLOSED + timedelta(minutes=10)
LATER = CALLED + timedelta(minutes=5)
ASKS = replace(RULES, callback=replace(RULES.callback, learn=True))
YES = {"person": "yes", "solved": "yes", "satisfied": "yes", "learn": "yes"}


@pytest.fixture
def root(engine: Engine, tmp_path: Path) -> Path:
    """The recordings folder, with the clip of a call whose case has been closed."""
    clip = save_clip(tmp_path / "clips", "1757553630.7-1", bytes(32000))
    call = talked()
    call.note(4.05, "recording", path=str(clip), kind="clip", started=None)
    tell_it(engine, RULES, call)
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    return tmp_path


def asked(engine: Engine, rules: Rules = ASKS) -> int:
    (task,) = take_due(engine, now=CALLED, kinds=("callback",))
    return callback_brief(engine, rules, task_id=task.id, now=CALLED).learn_days


def called_back(engine: Engine, answers: dict[str, str]) -> ToldCall:
    (task,) = take_due(engine, now=CALLED, kinds=("callback",))
    assert place_call(engine, ASKS, task, now=CALLED) is not None
    call = placed("callback", NUMBER, task.id, CALLED, "1757640000.1")
    for at, (question, answer) in enumerate(answers.items(), start=10):
        call.note(at, "answered", question=question, answer=answer, by="key")
    call.note(60, "ended", outcome="callback")
    tell_it(engine, ASKS, call, call)  # delivered twice, as from a journal
    return call


def kept(engine: Engine) -> list[RecordingRow]:
    with reading(engine) as connection:
        return [row for row in recordings_of_case(connection, NUMBER) if row.kind == "learning"]


def changed(engine: Engine, **more: str) -> Case:
    with writing(engine) as connection:
        case = replace(get_case(connection, NUMBER), **more)
        update_cases(connection, [case])
    return case


def told(engine: Engine) -> str:
    with reading(engine) as connection:
        return " ".join(entry.text for entry in entries_of(connection, NUMBER))


def test_by_default_nobody_is_asked(engine: Engine, root: Path) -> None:
    assert not asked(engine, RULES)


def test_where_the_county_asks_the_citizen_is_asked_while_his_clip_is_there(engine: Engine, root: Path) -> None:
    assert asked(engine) == 365


def test_the_citizen_is_told_as_many_days_as_the_clip_is_kept(engine: Engine, root: Path) -> None:
    month = tuple(replace(one, keep_days={**one.keep_days, LEARNING: 30}) for one in RULES.retention.policies)
    rules = replace(ASKS, retention=Retention(policies=month))
    with reading(engine) as connection:
        (task,) = open_tasks(connection, case_number=NUMBER, kind="callback")
    assert callback_brief(engine, rules, task_id=task.id, now=CALLED).learn_days == 30
    called_back(engine, YES)
    keep_clips(engine, rules, root=root, now=LATER)
    (row,) = kept(engine)
    assert (row.expires_at - CALLED).days == 30


@pytest.mark.parametrize("more", [{"secrecy": "保密"}, {"type": "举报"}, {"accused": "official:wang"}])
def test_of_what_is_secret_or_against_somebody_nothing_is_asked(
    engine: Engine, root: Path, more: dict[str, str]
) -> None:
    changed(engine, **more)
    (task,) = take_due(engine, now=CALLED, kinds=("callback",))
    assert not callback_brief(engine, ASKS, task_id=task.id, now=CALLED).learn_days


def test_when_the_clip_is_gone_nobody_is_asked_for_it(engine: Engine, root: Path) -> None:
    expire_recordings(engine, root=root, now=CLOSED + timedelta(days=91))
    assert not asked(engine)


def test_with_his_yes_a_copy_is_kept_apart_until_a_day_and_it_is_told(engine: Engine, root: Path) -> None:
    called_back(engine, YES)
    assert keep_clips(engine, ASKS, root=root, now=LATER) == 1
    assert keep_clips(engine, ASKS, root=root, now=LATER + timedelta(days=1)) == 0, "once"
    (row,) = kept(engine)
    assert (row.path, row.state, row.seconds) == ("learning/1757553630.7-1.wav", "archived", 2.0)
    assert (root / row.path).read_bytes() == (root / "clips/1757553630.7-1.wav").read_bytes()
    assert (row.expires_at - CALLED).days == 365
    assert "来电时的原话能不能留作学习”，答：同意（按键）" in told(engine) and "留作学习，到 2026-" in told(engine)
    expire_recordings(engine, root=root, now=row.expires_at + timedelta(seconds=1), retention=RULES.retention)
    assert not (root / row.path).exists() and kept(engine)[0].state == "deleted"


@pytest.mark.parametrize("answer", ["no", ""])
def test_without_a_yes_nothing_is_kept(engine: Engine, root: Path, answer: str) -> None:
    called_back(engine, {**YES, "learn": answer} if answer else {k: v for k, v in YES.items() if k != "learn"})
    assert keep_clips(engine, ASKS, root=root, now=LATER) == 0
    assert not kept(engine) and not (root / "learning").exists()


def test_who_is_complained_of_after_the_yes_keeps_it_from_being_kept(engine: Engine, root: Path) -> None:
    called_back(engine, YES)
    changed(engine, accused="official:wang")
    assert keep_clips(engine, ASKS, root=root, now=LATER) == 0 and not (root / "learning").exists()


def test_the_citizen_takes_it_back(engine: Engine, root: Path) -> None:
    called_back(engine, YES)
    keep_clips(engine, ASKS, root=root, now=LATER)
    with pytest.raises(NotPermitted):
        withdraw_clip(engine, root=root, number=NUMBER, by=DESK, reason="群众来电撤回", now=CALLED)
    withdraw_clip(engine, root=root, number=NUMBER, by=SUPERVISION, reason="群众来电撤回", now=CALLED)
    assert not list((root / "learning").iterdir()) and kept(engine)[0].state == "deleted"
    assert (root / "clips/1757553630.7-1.wav").exists(), "the call's own clip has its own time"
    assert "撤回" in told(engine)
    with pytest.raises(MoveRefused, match="没有留作学习"):
        withdraw_clip(engine, root=root, number=NUMBER, by=SUPERVISION, reason="再来", now=CALLED)
