"""What is collected by other ways: text messages that come twice, 金点子, and what people say at a 板凳会 (万源)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.intake import BadDraft, Draft, Meeting, draft_of, meeting_of
from cases.record import RecordKind
from cases.roles import NotPermitted
from routing.phone import normalise
from tests.fakes.closing import DESK, HANDLER, LEADER, settled
from tests.fakes.told_calls import CITIZEN, MORNING, RULES
from tests.integration.usecases.test_take_in import DRAFT, Intake
from zhitong.store.engine import reading
from zhitong.store.timeline import timeline_of
from zhitong.usecases.forums import Forum, list_forums, note_forum
from zhitong.usecases.keep_record import list_records

SMS = {"channel": "短信", "caller": CITIZEN, "text": "停水三天"}
TODAY = MORNING.date()
MEETING = Meeting(place="扎西镇田坝村", day=TODAY - timedelta(days=1), held_by="副县长李强")
SAT = replace(DRAFT, channel="板凳会", meeting=MEETING)


@pytest.fixture
def intake(engine: Engine, tmp_path: Path) -> Intake:
    return Intake(engine, tmp_path)


def draft(key: str = "", files: int = 0, now_plus: timedelta = timedelta(), **told: str) -> Draft:
    at = MORNING + now_plus
    return draft_of(
        {"received_at": at.isoformat()} | told, key=key, files=files, now=at, types=("建议",), number=normalise
    )


def wrong(**told: str) -> set[str]:
    with pytest.raises(BadDraft) as caught:
        draft(key="1", **told)
    return {fault.field for fault in caught.value.faults}


def test_the_same_words_of_one_number_on_a_day_are_one_case_whatever_the_gateway_calls_them(intake: Intake) -> None:
    first = intake.take(draft(**SMS))
    for again in (draft("gw-77", **SMS), draft(now_plus=timedelta(minutes=3), **SMS)):
        assert intake.take(again, now=again.received_at).case.number == first.case.number
    others = [
        draft(**SMS | {"text": "停电三天"}),
        draft(**SMS | {"caller": "13800000019"}),
        draft(now_plus=timedelta(days=1), **SMS),
    ]
    for other in others:
        assert intake.take(other, now=other.received_at).new


def test_without_a_number_a_text_message_needs_a_key_as_everything_does() -> None:
    with pytest.raises(BadDraft, match="Idempotency-Key"):
        draft(channel="短信", text="停水")


def test_an_idea_is_a_suggestion_unless_it_complains(intake: Intake) -> None:
    idea = replace(DRAFT, channel="金点子", text="大厅周六也开门吧", key="i-1")
    assert intake.take(idea).case.type == "建议"
    assert intake.take(replace(DRAFT, channel="金点子", key="i-2")).case.type == "投诉"


def test_what_is_said_at_a_meeting_is_gathered_there(engine: Engine, intake: Intake) -> None:
    first, second = (intake.take(replace(SAT, key=key)).case for key in "12")
    assert intake.take(replace(SAT, key="1")).case.number == first.number
    elsewhere = replace(MEETING, place="旧城镇")
    third = intake.take(replace(SAT, key="3", meeting=elsewhere)).case
    settled(engine, RULES, number=first.number, now=MORNING)
    found = {one.record.text: one for one in forums(engine)}
    ours = found[f"{MEETING.day:%Y-%m-%d} 扎西镇田坝村"]
    assert (ours.record.owner, ours.gathered, ours.over) == ("副县长李强", 2, 1)
    assert ours.shown == tuple(sorted((first.number, second.number)))
    assert found[f"{MEETING.day:%Y-%m-%d} 旧城镇"].shown == (third.number,)
    kinds = [one.kind for one in list_records(engine, number=second.number, by=DESK, now=MORNING)]
    assert kinds == [RecordKind.FORUM]
    with reading(engine) as connection:
        told = [row.text for row in timeline_of(connection, second.number) if row.what == "板凳会"]
    assert len(told) == 1 and "扎西镇田坝村" in told[0] and "副县长李强" in told[0]


def test_a_meeting_is_written_down_though_nobody_asked_for_anything_and_once(engine: Engine, intake: Intake) -> None:
    assert note_forum(engine, MEETING, by=DESK, now=MORNING)
    assert not note_forum(engine, MEETING, by=DESK, now=MORNING)
    (one,) = forums(engine)
    assert (one.record.text, one.record.owner) == (f"{MEETING.day:%Y-%m-%d} 扎西镇田坝村", "副县长李强")
    assert (one.record.id, one.record.opened_by, one.gathered, one.shown) == (0, DESK.name, 0, ())
    number = intake.take(SAT).case.number
    (one,) = forums(engine)
    assert one.record.id and one.shown == (number,), "its first case takes it over"
    assert not note_forum(engine, MEETING, by=DESK, now=MORNING)
    with pytest.raises(NotPermitted):
        note_forum(engine, replace(MEETING, place="旧城镇"), by=HANDLER, now=MORNING)


def test_a_meeting_without_a_case_names_place_day_and_who_held_it(engine: Engine) -> None:
    told = {"meeting_place": " 田坝村 ", "meeting_date": f"{TODAY:%Y-%m-%d}", "held_by": "李强"}
    assert meeting_of(told, now=MORNING) == Meeting(place="田坝村", day=TODAY, held_by="李强")
    with pytest.raises(BadDraft) as error:
        meeting_of({}, now=MORNING)
    assert {fault.field for fault in error.value.faults} == set(told)


def forums(engine: Engine) -> list[Forum]:
    since, until = date(TODAY.year, TODAY.month, 1), TODAY
    assert list_forums(engine, by=LEADER, since=TODAY, until=TODAY + timedelta(days=1), now=MORNING) == []
    with pytest.raises(NotPermitted):
        list_forums(engine, by=HANDLER, since=since, until=until, now=MORNING)
    return list_forums(engine, by=LEADER, since=since, until=until, now=MORNING)


def test_those_who_write_down_the_first_cases_of_a_meeting_at_once_write_down_one_meeting(
    engine: Engine, intake: Intake
) -> None:
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda n: intake.take(replace(SAT, key=str(n))).case.number, range(6)))
    (one,) = forums(engine)
    assert one.shown == tuple(sorted(taken))


def test_a_meeting_names_place_day_and_who_held_it_and_no_other_channel_has_one() -> None:
    told = {"channel": "板凳会", "text": "停水"}
    there = {"meeting_place": "田坝村", "meeting_date": f"{TODAY:%Y-%m-%d}", "held_by": "李强"}
    assert draft(key="1", **told, **there).meeting == Meeting(place="田坝村", day=TODAY, held_by="李强")
    assert wrong(**told) == set(there)
    for day in ("昨天", f"{TODAY + timedelta(days=1):%Y-%m-%d}", "2020-01-01"):
        assert wrong(**told, **there | {"meeting_date": day}) == {"meeting_date"}
    assert wrong(**told, **there | {"held_by": "李" * 101}) == {"held_by"}
    assert wrong(channel="走访", text="停水", held_by="李强") == {"held_by"}
