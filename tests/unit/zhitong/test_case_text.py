"""A case as a clerk reads it: no code word, no number in clear, nothing empty."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from cases.case import Case, CaseState
from cases.sla import SlaClock
from routing.calendar import LOCAL
from zhitong.case_text import case_line, case_page
from zhitong.store.due import DueTask
from zhitong.store.recordings import RecordingRow
from zhitong.usecases.show_case import CallbackAnswers, CaseView, TimelineEntry

MORNING = datetime(2026, 3, 4, 10, 40, tzinfo=LOCAL)
CASE = Case(
    number="20260304-104000-0001",
    call_id="1795291888.0",
    caller="139****0001",
    dialled="08702128888",
    answered_at=MORNING,
    state=CaseState.ASSIGNED,
    rework=1,
    matter="A1",
    matter_name="供水饮水",
    type="投诉",
    urgency="orange",
    place="扎西镇",
    unit="水务局",
    official="局长张明远",
    transcript="我住在扎西镇河边今天又停水",
    result="水管已经抢修好",
    disposition="已解决",
    closed_by="副局长李春燕",
)
BARE = Case(number="20260304-104000-0002", call_id="1795291888.1", caller="", dialled="12345", answered_at=MORNING)


def clock(round: int) -> SlaClock:
    due = MORNING + timedelta(days=5)
    return SlaClock(code="close", name="办结", round=round, started_at=MORNING, due_at=due, policy="135")


VIEW = CaseView(
    case=CASE,
    clocks=(clock(0), clock(1)),
    timeline=(
        TimelineEntry(at=MORNING, what="来电", text="群众来电", who="系统"),
        TimelineEntry(at=MORNING, what="办结", text="办结（已解决）", who="副局长李春燕", reason="核实过"),
    ),
    recordings=(
        RecordingRow(
            id=1,
            case_number=CASE.number,
            call_id=CASE.call_id,
            kind="talk",
            path="1795291888.0.wav",
            made_at=MORNING,
            expires_at=MORNING + timedelta(days=365),
            state="archived",
            sha256="0" * 64,
            size=100,
            seconds=14.2,
        ),
    ),
    callbacks=(
        CallbackAnswers(
            dialled_at=MORNING,
            answered=True,
            person="yes",
            solved="no",
            satisfied="",
            why="还是停水",
            outcome="群众说没解决",
        ),
    ),
    tasks=(
        DueTask(
            id=1,
            kind="callback",
            case_number=CASE.number,
            call_id="",
            due_at=MORNING,
            promised_at=None,
            attempts=0,
            done_at=None,
            outcome="",
        ),
    ),
    traces={CASE.call_id: ["    0.00 秒  群众来电"]},
)
EMPTY = CaseView(case=BARE, clocks=(), timeline=(), recordings=(), callbacks=(), tasks=(), traces={})


def test_a_page_tells_everything_of_a_case() -> None:
    page = case_page(VIEW)
    for told in (
        "【交办】第 1 次重办",
        "事项 A1 供水饮水，投诉，紧急程度 橙，地点 扎西镇",
        "单位 水务局，经办 局长张明远",
        "给群众的话：水管已经抢修好（已解决，副局长李春燕）",
        "办结  最迟 2026-03-09 10:40，从 2026-03-04 10:40 算起",
        "办结（第 1 次重办）  最迟",
        "通话  14 秒  已归档  保存到 2027-03-04 10:40  1795291888.0.wav",
        "群众说没解决  本人：是  解决：没解决  原因：还是停水",
        "办结（已解决）；原因：核实过（副局长李春燕）",
        "回访  2026-03-04 10:40 起",
        "群众来电",
    ):
        assert told in page, told
    assert "（系统）" not in page and "（副局长李春燕）" in page


def test_a_date_that_was_moved_is_shown_with_the_one_before() -> None:
    moved = replace(clock(0), first_due_at=MORNING + timedelta(days=2))
    page = case_page(replace(VIEW, clocks=(moved,)))
    assert "最迟 2026-03-09 10:40（原定 2026-03-06 10:40），从 2026-03-04 10:40 算起" in page


def test_a_page_has_no_word_of_the_program_in_it() -> None:
    tasks = tuple(
        replace(VIEW.tasks[0], kind=kind)
        for kind in ("record", "lead", "callback", "surge", "staff:onsite", "notice:missed")
    )
    words = set(re.findall(r"[A-Za-z_]{2,}", case_page(replace(VIEW, tasks=tasks))))
    assert words == {"wav"}


def test_what_is_not_known_is_said_so() -> None:
    page = case_page(EMPTY)
    assert "号码不详" in page and "事项 未明，" in page and "单位 未定，经办 未定" in page and "请听录音" in page
    assert "，，" not in page and "None" not in page
    assert "事项未明" in case_line(BARE) and "号码不详" in case_line(BARE)


def test_a_deleted_recording_is_not_said_to_be_kept() -> None:
    deleted = replace(VIEW.recordings[0], state="deleted")
    page = case_page(replace(VIEW, recordings=(deleted,)))
    assert "已到期删除" in page and "保存到" not in page


def test_a_line_begins_with_the_number_and_the_state() -> None:
    assert case_line(CASE).split()[:2] == [CASE.number, "交办"]


def test_whoever_passes_a_reply_reads_all_of_it_and_what_the_case_must_tell() -> None:
    told = replace(
        CASE,
        closed_by="",
        name="陈秀英",
        sex="女",
        address="老街 12 号",
        demand="请修好水管",
        secrecy="保密",
        first_unit="能源局",
        reply="3月5日换了阀门，今后每月查一次",
        replied_by="张三",
    )
    page = case_page(replace(VIEW, case=told))
    for line in ("反映人 陈秀英，女，老街 12 号", "诉求：请修好水管", "首接 能源局", "答复：3月5日换了阀门，今后每月"):
        assert line in page
    assert "给群众的话：水管已经抢修好（已解决）" in page and "反馈 张三" in page and "保密：" in page


def test_who_came_in_person_has_not_called() -> None:
    page = case_page(replace(EMPTY, case=replace(BARE, dialled="", channel="走访", caller="139****0001")))
    assert "收到 2026-03-04 10:40，139****0001，渠道 走访" in page and "来电" not in page


def test_numbers_dates_and_amounts_in_the_words_are_told_in_digits() -> None:
    said = "上个月十五号罚了我三千五百块打我儿子电话幺三八零零幺三八零零零"
    page = case_page(
        replace(VIEW, case=replace(VIEW.case, transcript=said, answered_at=datetime(2026, 11, 23, tzinfo=LOCAL)))
    )
    assert "说到：2026-10-15（上个月十五号），3500元，电话 138****8000" in page
