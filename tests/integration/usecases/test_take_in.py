"""What citizens send by other ways than a call: the same case, the same clocks, once; with its files or not at all."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from cases.accused import ids_in, kept_with, official_keys, unit_key
from cases.case import CaseState
from cases.intake import Draft
from cases.roles import Action, Actor, NotPermitted, Role
from recognizer.errors import DecoderGone, SoundError
from tests.fakes.closing import DESK, HANDLER, HEAD, settled, signed_off
from tests.fakes.directories import official, small_directory
from tests.fakes.sent_files import AMR, EXE, JPEG, MP4, wav
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.errors import CaseNotFound, DatabaseGone, IntakeRefused, NoRoom, StatusRefused, TooManyTries
from zhitong.store.attachments import attachments_of
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, find_cases, get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to, all_incidents, deletions_of
from zhitong.store.tables import intakes, wrong_extractions
from zhitong.store.timeline import timeline_of
from zhitong.usecases.accused_people import named_in
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.attachments import (
    Limits,
    Upload,
    add_attachments,
    expire_attachments,
    list_attachments,
    open_attachment,
)
from zhitong.usecases.case_status import StatusDesk
from zhitong.usecases.confirm_case import KIND as CONFIRM
from zhitong.usecases.expire_recordings import expire_recordings
from zhitong.usecases.see_case import see_case
from zhitong.usecases.take_in import TakenIn, take_in
from zhitong.usecases.tokens import Holder
from zhitong.usecases.transcribe import AGAIN, transcribe_due
from zhitong.usecases.understood import Understood

WECHAT = Actor(name="微信公众号", roles=frozenset({Role.CHANNEL}))
OTHER = Actor(name="网站", roles=frozenset({Role.CHANNEL}))
SUPERVISION = Actor(name="督查老罗", roles=frozenset({Role.SUPERVISION}))
NOW = MORNING
RECEIVED = MORNING - timedelta(hours=1)
DRAFT = Draft(channel="微信", received_at=RECEIVED, key="wx-1", text="扎西镇停水三天", caller=CITIZEN, name="陈秀英")
WATER = Understood(matter="A1", matter_name="供水饮水", type="投诉", urgency="orange", place="扎西镇", unit="水务局")


def understand(text: str, type: str, place: str) -> Understood:
    """Whoever speaks of water means WATER; of fire, it is red."""
    if "水" not in text:
        return Understood(type=type or "求助", urgency="red" if "火" in text else "normal", place=place, unit="政务局")
    return replace(WATER, type=type or "投诉", place=place or "扎西镇", urgency="red" if "火" in text else "orange")


class Intake:
    """A casework with a folder beside it."""

    def __init__(self, engine: Engine, data: Path) -> None:
        self.engine, self.data, self.folder = engine, data, data / "attachments"
        self.limits = Limits(files=3)

    def take(self, draft: Draft = DRAFT, *files: bytes, by: Actor = WECHAT, now: datetime = NOW) -> TakenIn:
        return take_in(
            self.engine,
            RULES,
            draft,
            uploads=uploads(*files),
            by=by,
            now=now,
            understand=understand,
            data=self.data,
            folder=self.folder,
            limits=self.limits,
        )

    def add(self, number: str, *files: bytes, by: Actor = WECHAT) -> int:
        found = add_attachments(
            self.engine,
            RULES,
            number=number,
            uploads=uploads(*files),
            folder=self.folder,
            limits=self.limits,
            by=by,
            now=NOW,
        )
        return len(found)

    def hear(self, hear: Callable[[Path], tuple[str, str]], now: datetime = NOW) -> int:
        return transcribe_due(self.engine, RULES, folder=self.folder, hear=hear, understand=understand, now=now)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def tasks(self, kind: str) -> list[str]:
        with reading(self.engine) as connection:
            return [task.case_number or "" for task in open_tasks(connection, kind=kind)]

    def told(self, number: str) -> list[tuple[str, str, str]]:
        with reading(self.engine) as connection:
            return [(row.what, row.who, row.text) for row in timeline_of(connection, number)]


def uploads(*files: bytes) -> list[Upload]:
    return [Upload(name=f"../../etc/passwd{n}", source=io.BytesIO(one)) for n, one in enumerate(files)]


@pytest.fixture
def intake(engine: Engine, tmp_path: Path) -> Intake:
    return Intake(engine, tmp_path)


def test_it_is_a_case_like_a_calls_with_the_clock_of_when_it_was_received(intake: Intake) -> None:
    taken = intake.take()
    case = taken.case
    assert (case.state, case.channel, case.unit, case.matter) == (CaseState.ACCEPTED, "微信", "水务局", "A1")
    assert case.short == case.number[-4:] and case.transcript == "扎西镇停水三天" and len(taken.code) == 6
    with reading(intake.engine) as connection:
        assert get_case(connection, case.number) == case
        clocks = clocks_of(connection, case.number)
    assert {clock.started_at for clock in clocks} == {RECEIVED} and all(clock.met_at is None for clock in clocks)
    (what, who, text), (suggested, system, matter) = intake.told(case.number)
    assert (what, who) == ("受理", "微信公众号") and "微信来件" in text and "停水" not in text
    assert (suggested, system) == ("建议", "系统") and matter.startswith("系统按文字建议：事项 A1 供水饮水；请核对")
    assert intake.tasks(CONFIRM) == [case.number] and intake.tasks("lead") == []


def test_it_gets_the_clocks_that_a_call_with_the_same_words_gets(intake: Intake) -> None:
    call = (
        ToldCall(answered_at=RECEIVED).opened().understood(text="扎西镇停水三天", matter="A1", matter_name="供水饮水")
    )
    tell_it(intake.engine, RULES, call)
    number = intake.take().case.number
    with reading(intake.engine) as connection:
        (called,) = [case for case in find_cases(connection) if case.number != number]
        assert clocks_of(connection, called.number) == clocks_of(connection, number)


def test_it_goes_the_way_of_any_case_to_the_end(intake: Intake) -> None:
    number = intake.take().case.number
    case = signed_off(intake.engine, RULES, number=number, now=NOW + timedelta(days=1))
    assert case.state is CaseState.CLOSED and intake.tasks("callback") == [number]
    found = verify_chains(intake.engine, folder=intake.data / "anchors")
    assert (found.cases, found.breaks) == (1, ())


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_key_is_the_same_case_however_often_it_is_sent(intake: Intake, keys: list[str]) -> None:
    found = [intake.take(replace(DRAFT, key=key), JPEG) for key in keys]
    with reading(intake.engine) as connection:
        all_cases = find_cases(connection)
    numbers = {key: one.case.number for key, one in zip(keys, found, strict=True)}
    assert [one.case.number for one in found] == [numbers[key] for key in keys]
    assert len(all_cases) == len(intake.files()) and len({*numbers.values()}) == len(numbers)
    assert len({(one.case.number, one.code) for one in found}) == len(numbers), "and the same code"


def test_sent_again_by_whom_it_complains_of_by_now_it_is_not_told(intake: Intake) -> None:
    desk = Actor(name="小李", roles=frozenset({Role.DESK}), official="li")
    number = intake.take(by=desk).case.number
    with writing(intake.engine) as connection:
        case = replace(get_case(connection, number), accused=kept_with("", official_keys("li", "李春燕")))
        update_cases(connection, [case])
    with pytest.raises(NotPermitted):
        intake.take(by=desk)


def test_a_key_is_the_accounts_own_and_codes_are_not_alike(intake: Intake) -> None:
    mine, theirs = intake.take(), intake.take(by=OTHER)
    assert mine.new and theirs.new and mine.case.number != theirs.case.number
    assert len({intake.take(replace(DRAFT, key=f"{n}")).code for n in range(20)}) > 15


@pytest.mark.parametrize("by", [HANDLER, HEAD, SUPERVISION, replace(WECHAT, scopes=frozenset({Action.STATUS}))])
def test_who_may_not_take_in_takes_in_nothing(intake: Intake, by: Actor) -> None:
    with pytest.raises(NotPermitted, match="来件"):
        intake.take(DRAFT, JPEG, by=by)
    assert intake.files() == []


def test_who_came_himself_is_not_called_to_confirm_nor_who_left_no_number(intake: Intake) -> None:
    intake.take(replace(DRAFT, channel="走访"), by=DESK)
    intake.take(replace(DRAFT, caller="", key="2"))
    assert intake.tasks(CONFIRM) == []


def test_red_is_copied_to_supervision_and_the_third_about_one_matter_gets_a_leader(intake: Intake) -> None:
    red = intake.take(replace(DRAFT, text="停水又起火")).case
    assert red.urgency == "red" and intake.tasks("lead") == [red.number]
    third = [intake.take(replace(DRAFT, key=f"{n}")).case.number for n in (2, 3)][-1]
    assert intake.tasks("lead") == [red.number, third]


def test_a_wish_in_the_words_is_heard_and_one_that_was_told_counts_more(intake: Intake) -> None:
    assert intake.take(replace(DRAFT, text="停水了，请给我保密")).case.secrecy == "保密"
    assert intake.take(replace(DRAFT, key="2", text="停水了，请给我保密", secrecy="匿名")).case.secrecy == "匿名"


def test_a_matter_that_was_closed_as_solved_and_comes_again_is_looked_at(intake: Intake) -> None:
    first = intake.take().case
    settled(intake.engine, RULES, number=first.number, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(days=2)
    intake.take(replace(DRAFT, key="2", received_at=later), now=later)
    with reading(intake.engine) as connection:
        assert [record.text for record in records_of(connection, first.number)] == ["办结以后群众又为同一件事来电"]


# ── attachments ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_files_lie_whole_under_names_of_ours_for_their_owner_alone(intake: Intake) -> None:
    taken = intake.take(DRAFT, JPEG, MP4, "停水的说明".encode())
    assert [(one.medium, one.media_type) for one in taken.attachments] == [
        ("图片", "image/jpeg"),
        ("视频", "video/mp4"),
        ("文字", "text/plain"),
    ]
    assert [one.name for one in taken.attachments] == ["passwd0", "passwd1", "passwd2"]
    paths = [intake.folder / one.path for one in taken.attachments]
    assert sorted(paths) == sorted(intake.files()) and paths[0].read_bytes() == JPEG
    assert all(path.stat().st_mode & 0o77 == 0 for path in paths)
    assert "图片 1 个，视频 1 个" in intake.told(taken.case.number)[0][2].replace("文字 1 个，", "")


@pytest.mark.parametrize(
    ("files", "mend"),
    [
        ((EXE,), "看内容不是能收的文件"),
        ((JPEG, b""), "空文件"),
        ((JPEG,) * 4, "最多 3 个"),
        ((JPEG, b"x" * (2 << 20)), "最大 1 MB"),
    ],
)
def test_what_cannot_be_taken_leaves_neither_case_nor_file(intake: Intake, files: tuple[bytes, ...], mend: str) -> None:
    with pytest.raises(IntakeRefused, match=mend):
        intake.take(DRAFT, *files)
    with reading(intake.engine) as connection:
        assert find_cases(connection) == [] and intake.files() == []


def test_a_full_disk_leaves_neither_case_nor_file_and_it_may_be_sent_again(intake: Intake) -> None:
    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size == 1 << 20:
                raise OSError(28, "No space left on device")
            return super().read(size)

    files = [Upload(name="a", source=io.BytesIO(JPEG)), Upload(name="b", source=Full(JPEG))]
    told = {"by": WECHAT, "now": NOW, "understand": understand, "data": intake.data}
    with pytest.raises(NoRoom, match="No space left"):
        take_in(intake.engine, RULES, DRAFT, uploads=files, folder=intake.folder, limits=intake.limits, **told)  # type: ignore[arg-type]
    with reading(intake.engine) as connection:
        assert find_cases(connection) == []
    assert intake.files() == []
    assert intake.take(DRAFT, JPEG, JPEG).new


def test_when_the_database_goes_away_the_file_stays_until_it_is_known_to_be_nobodys(
    intake: Intake, databases: object, database_url: str
) -> None:
    intake.take(replace(DRAFT, key="before"), JPEG)

    def lost(text: str, type: str, place: str) -> Understood:
        databases.take_away(database_url)  # type: ignore[attr-defined]
        return WATER

    told = {"by": WECHAT, "now": NOW, "data": intake.data, "folder": intake.folder, "limits": intake.limits}
    with pytest.raises(DatabaseGone):
        take_in(intake.engine, RULES, DRAFT, uploads=uploads(JPEG), understand=lost, **told)  # type: ignore[arg-type]
    databases.bring_back(database_url)  # type: ignore[attr-defined]
    assert len(intake.files()) == 2
    for path in intake.files():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    days = (timedelta(hours=23), timedelta(days=2))
    gone = [expire_attachments(intake.engine, folder=intake.folder, now=NOW + later) for later in days]
    assert gone == [0, 1]
    assert len(intake.files()) == 1


def test_more_files_come_later_from_the_same_channel_or_the_desk_and_from_nobody_else(intake: Intake) -> None:
    tell_it(intake.engine, RULES, talked())
    number = intake.take(DRAFT, JPEG).case.number
    assert intake.add(number, JPEG) == 2 and intake.add(number, MP4, by=DESK) == 3
    assert intake.told(number)[-1][:2] == ("附件", DESK.name)
    for by, whose in ((OTHER, number), (SUPERVISION, number), (WECHAT, NUMBER), (WECHAT, "没有的")):
        with pytest.raises(NotPermitted):
            intake.add(whose, JPEG, by=by)
    with pytest.raises(IntakeRefused, match="最多 3 个"):
        intake.add(number, JPEG)
    assert intake.add(NUMBER, JPEG, by=DESK) == 1, "a case of a call, too"
    with pytest.raises(CaseNotFound):
        intake.add("没有的", JPEG, by=DESK)
    with pytest.raises(IntakeRefused, match="没有文件"):
        intake.add(NUMBER, by=DESK)
    assert len(intake.files()) == 4


def test_whom_a_case_is_shown_its_files_are_shown_and_that_is_recorded(intake: Intake) -> None:
    taken = intake.take(DRAFT, JPEG)
    number, id = taken.case.number, taken.attachments[0].id
    for by in (WECHAT, replace(HANDLER, units=frozenset({"能源局"}))):
        with pytest.raises(NotPermitted):
            open_attachment(intake.engine, number=number, id=id, folder=intake.folder, by=by, now=NOW)
        with pytest.raises(NotPermitted):
            list_attachments(intake.engine, number=number, by=by, now=NOW)
    opened = open_attachment(intake.engine, number=number, id=id, folder=intake.folder, by=HANDLER, now=NOW)
    assert opened.path.read_bytes() == JPEG
    assert len(list_attachments(intake.engine, number=number, by=HANDLER, now=NOW)) == 1
    with reading(intake.engine) as connection:
        looked = [(row.who, row.what) for row in accesses_to(connection, number)]
    assert looked == [(HANDLER.name, f"附件 {id}"), (HANDLER.name, "附件清单")]
    with pytest.raises(CaseNotFound):
        open_attachment(intake.engine, number=number, id=id + 1, folder=intake.folder, by=HANDLER, now=NOW)


def test_of_what_is_secret_the_unit_sees_no_files_and_who_is_complained_of_adds_none(intake: Intake) -> None:
    taken = intake.take(replace(DRAFT, secrecy="保密", key="wx-2"), JPEG, by=DESK)
    number, id = taken.case.number, taken.attachments[0].id
    with pytest.raises(NotPermitted, match="附件"):
        list_attachments(intake.engine, number=number, by=HANDLER, now=NOW)
    with pytest.raises(NotPermitted, match="附件"):
        open_attachment(intake.engine, number=number, id=id, folder=intake.folder, by=HANDLER, now=NOW)
    assert list_attachments(intake.engine, number=number, by=DESK, now=NOW)
    with writing(intake.engine) as connection:
        case = get_case(connection, number)
        update_cases(connection, [replace(case, accused=kept_with("", official_keys("zhou", DESK.name)))])
    with pytest.raises(NotPermitted):
        intake.add(number, JPEG, by=DESK)


def test_of_how_people_behave_the_unit_complained_of_sees_no_words_by_the_interface_either(intake: Intake) -> None:
    number = intake.take(DRAFT, JPEG).case.number
    with writing(intake.engine) as connection:
        whom = kept_with("", [unit_key("水务局")])
        update_cases(connection, [replace(get_case(connection, number), matter_name="干部作风", accused=whom)])
    by = replace(HANDLER, scopes=frozenset({Action.SEE}))
    seen = see_case(intake.engine, number=number, by=by, now=NOW).case
    assert (seen.name, seen.transcript, seen.caller) == ("（保密）",) * 3
    shown = see_case(intake.engine, number=number, by=replace(DESK, scopes=by.scopes), now=NOW).case
    assert shown.transcript == DRAFT.text, "the scope of a token is to see, whatever else it is not for"


def test_files_go_when_they_were_kept_long_enough_and_leave_a_record(intake: Intake) -> None:
    taken = intake.take(DRAFT, JPEG)
    (row,) = taken.attachments
    assert expire_attachments(intake.engine, folder=intake.folder, now=row.expires_at - timedelta(seconds=1)) == 0
    assert expire_attachments(intake.engine, folder=intake.folder, now=row.expires_at) == 1
    assert intake.files() == [] and expire_attachments(intake.engine, folder=intake.folder, now=row.expires_at) == 0
    with reading(intake.engine) as connection:
        (gone,) = deletions_of(connection, taken.case.number)
        (left,) = attachments_of(connection, taken.case.number)
    assert (gone.kind, gone.what, gone.sha256) == ("attachment", row.path, row.sha256)
    assert (left.state, left.name) == ("deleted", "")


# ── voices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rework", [0, 1])
def test_whom_a_voice_names_is_complained_of(intake: Intake, rework: int) -> None:
    """Also when it comes after the first answer, and the case is not understood anew from it."""
    directory = small_directory(more=[official("lcy", "13800000777", name="李春燕", post="副局长", rank="deputy")])
    rules = replace(RULES, accused=lambda text, type: named_in(text, type, directory))
    case = intake.take(replace(DRAFT, text="", type="投诉"), wav()).case
    with writing(intake.engine) as connection:
        update_cases(connection, [replace(case, rework=rework)])
    transcribe_due(
        intake.engine,
        rules,
        folder=intake.folder,
        hear=lambda path: ("就是李春燕不给办", "小模型"),
        understand=understand,
        now=NOW,
    )
    with reading(intake.engine) as connection:
        assert ids_in(get_case(connection, case.number).accused)[0] == {"lcy"}


def test_a_voice_is_heard_later_and_serves_the_case(intake: Intake) -> None:
    taken = intake.take(replace(DRAFT, text="", channel="微信"), wav())
    assert (taken.case.matter, taken.case.type, taken.case.unit) == ("", "", "")
    assert intake.hear(lambda path: ("我们这里停水，起火了", "小模型")) == 1
    with reading(intake.engine) as connection:
        case = get_case(connection, taken.case.number)
        (row,) = attachments_of(connection, case.number)
        clocks = clocks_of(connection, case.number)
    assert (case.matter, case.type, case.urgency, case.unit) == ("A1", "投诉", "red", "水务局")
    assert (row.transcript, row.heard) == ("我们这里停水，起火了", "小模型")
    assert case.transcript == "我们这里停水，起火了" and intake.tasks("lead") == [case.number]
    assert {clock.started_at for clock in clocks} == {RECEIVED}
    assert clocks == list(RULES.clocks(case, RECEIVED)) and intake.hear(lambda path: ("", "")) == 0
    assert all("停水" not in text for _, _, text in intake.told(case.number)), "the words are not on the timeline"


def test_what_was_written_stays_when_a_voice_says_something_else(intake: Intake) -> None:
    taken = intake.take(replace(DRAFT, text="扎西镇停水三天", type="举报", place="老街"), wav())
    intake.hear(lambda path: ("这里起火了", "小模型"))
    with reading(intake.engine) as connection:
        case = get_case(connection, taken.case.number)
    assert (case.matter, case.type, case.place, case.unit) == ("A1", "举报", "老街", "水务局")
    assert case.urgency == "red", "urgency is only raised"


def test_a_voice_that_cannot_be_heard_is_left_to_people(intake: Intake) -> None:
    taken = intake.take(DRAFT, AMR)

    def no_sound(path: Path) -> tuple[str, str]:
        raise SoundError("这里读不了 amr")

    intake.hear(no_sound)
    with reading(intake.engine) as connection:
        (row,) = attachments_of(connection, taken.case.number)
        (incident,) = all_incidents(connection, "attachment")
    assert "读不了 amr" in row.heard and taken.case.number in incident.text and intake.tasks("transcribe") == []


def test_while_the_recognizer_is_away_a_voice_waits_and_is_given_up_at_last(intake: Intake) -> None:
    intake.take(DRAFT, wav())

    def gone(path: Path) -> tuple[str, str]:
        raise DecoderGone("no process")

    assert [intake.hear(gone, NOW + n * AGAIN) for n in range(4)] == [1, 1, 1, 0]
    with reading(intake.engine) as connection:
        assert len(all_incidents(connection, "attachment")) == 1


def test_the_words_of_a_voice_go_with_those_of_the_case(intake: Intake) -> None:
    taken = intake.take(DRAFT, wav())
    intake.hear(lambda path: ("停水", "小模型"))
    expire_recordings(intake.engine, root=intake.data, now=NOW + timedelta(days=400))
    with reading(intake.engine) as connection:
        (row,) = attachments_of(connection, taken.case.number)
        assert (row.transcript, get_case(connection, taken.case.number).transcript) == ("", "")


# ── how it stands ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_number_and_code_tell_how_it_stands_and_the_sentence_once_it_is_signed(intake: Intake) -> None:
    taken = intake.take(replace(DRAFT, type="举报"))
    desk, number = StatusDesk(intake.engine, intake.data), taken.case.number
    asked = {"code": taken.code, "address": "192.0.2.1", "holder": None, "now": NOW}
    told = desk.status(taken.case.short, **asked)  # type: ignore[arg-type]
    assert told == desk.status(number, **asked)  # type: ignore[arg-type]
    assert (told.state, told.result, told.closed_at) == ("已经收到，正在安排单位办理", "", None)
    assert told.received_at == RECEIVED and told.due_at is not None and told.due_at > RECEIVED
    signed_off(intake.engine, RULES, number=number, now=NOW + timedelta(days=1))
    told = desk.status(number, **asked)  # type: ignore[arg-type]
    assert told.result == "取水许可今天已经发到您手上" and told.due_at is None and told.closed_at is not None


def test_five_wrong_codes_shut_the_case_and_the_address_for_an_hour(intake: Intake) -> None:
    taken = intake.take()
    desk, number = StatusDesk(intake.engine, intake.data), taken.case.number
    wrong = f"{(int(taken.code) + 1) % 10**6:06d}"

    def tried(code: str, address: str, now: datetime = NOW, number: str = number) -> str:
        try:
            desk.status(number, code, address=address, holder=None, now=now)
        except (StatusRefused, TooManyTries) as error:
            return type(error).__name__
        return "told"

    assert [tried(wrong, "a") for _ in range(6)] == ["StatusRefused"] * 5 + ["TooManyTries"]
    assert tried(taken.code, "b") == "TooManyTries", "the case is shut, for its citizen too"
    other = intake.take(replace(DRAFT, key="2"))
    assert tried(other.code, "a", number=other.case.number) == "TooManyTries", "and so is the address"
    assert tried(other.code, "b", number=other.case.number) == "told"
    assert tried(taken.code, "a", NOW + timedelta(minutes=61)) == "told"
    assert [tried("000000", "c", number="没有的") for _ in range(6)] == ["StatusRefused"] * 5 + ["TooManyTries"]


def test_a_case_of_a_call_has_no_code_and_a_channel_is_asked_for_its_scope(intake: Intake) -> None:
    tell_it(intake.engine, RULES, talked())
    desk, taken = StatusDesk(intake.engine, intake.data), intake.take()
    with pytest.raises(StatusRefused):
        desk.status(NUMBER, "000000", address="a", holder=None, now=NOW)
    holder = Holder(id=1, name="x", actor=replace(WECHAT, scopes=frozenset({Action.INTAKE})))
    with pytest.raises(NotPermitted, match="查看状态"):
        desk.status(taken.case.number, taken.code, address="a", holder=holder, now=NOW)
    holder = Holder(id=1, name="x", actor=replace(WECHAT, scopes=frozenset({Action.STATUS})))
    for _ in range(8):
        with pytest.raises(StatusRefused):
            desk.status("没有的", "000000", address="a", holder=holder, now=NOW)
    assert desk.status(taken.case.number, taken.code, address="a", holder=holder, now=NOW).short == taken.case.short


def test_neither_code_nor_address_is_in_the_database(intake: Intake) -> None:
    taken = intake.take()
    with pytest.raises(StatusRefused):
        StatusDesk(intake.engine, intake.data).status("1", "1", address="198.51.100.7", holder=None, now=NOW)
    with reading(intake.engine) as connection:
        rows = [*connection.execute(select(intakes)), *connection.execute(select(wrong_extractions))]
    assert rows and taken.code not in str(rows) and "198.51" not in str(rows)
    assert os.stat(intake.data / "codes.key").st_mode & 0o77 == 0
