"""What officials arrange by telephone: a swap both agree to, a shift confirmed, a surge they know of, a meeting."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from routing.calendar import LOCAL
from routing.duty_spans import duty_spans
from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, STRAIGHT, Setting, Stage, wait_heard
from tests.acceptance.test_calls_with_officials import asked, withdraw_all
from tests.acceptance.test_surge import calls, hears_the_notice
from tests.fakes.closing import DESK
from zhitong.store.due import DueTask, open_tasks
from zhitong.store.engine import reading
from zhitong.trial import wait_until
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.remind_shifts import beginning
from zhitong.usecases.staff_calls import REMIND, UNSURE

LI, WANG = DEPUTY, "13808700003"
"""They are on duty in turns, each from 08:00 to 08:00."""
DAY = timedelta(days=1)
SOON = "罗布镇的水管坏了，今天晚上修好"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        lines=8,
        recognition_trial=False,
        overrides={
            "ladder": {"next_seconds": 2, "rung_seconds": 5},
            "speech": {"no_speech_seconds": 2},
            "staff": {"remind_at": "19:00", "remind_tries": 1, "surge_seconds": 20},
        },
    )


@pytest.fixture(autouse=True)
def nothing_due(stage: Stage) -> Iterator[None]:
    """Nobody is called any more for what a test before left open."""
    yield
    withdraw_all(stage)


def dials(stage: Stage, number: str) -> tuple[PhoneCall, int]:
    """An official dials the line and hears his menu begin; and how many facts there were before."""
    since = stage.watcher.count
    call = stage.phone(number).dial(stage.trial.line, via=stage.trial.address)
    call.wait_answered(5)
    asked(stage, call, "staff_hello", since=since)
    return call, since


def is_rung(stage: Stage, number: str, prompt: str, limit: float = 15) -> tuple[PhoneCall, str]:
    """The hotline rings an official, who answers and hears this; the call and the words."""
    since = stage.watcher.count
    call = stage.phone(number).wait_ringing(limit)
    assert call.from_number == stage.trial.settings.trunk.caller_id
    call.answer()
    return call, str(asked(stage, call, prompt, since=since).detail["text"])


def on_duty(stage: Stage, at: datetime) -> set[str]:
    return {duty.official.id for duty in stage.hotline.roster.directory.roster.on_duty(at, "zwfw")} & {"li", "wang"}


def due(stage: Stage, kind: str) -> list[DueTask]:
    with reading(stage.hotline.engine) as connection:
        return open_tasks(connection, kind=kind)


# ── a meeting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_until_eleven_is_set_by_saying_so_and_the_deputy_is_rung(
    stage: Stage, citizens: Iterator[str]
) -> None:
    official, since = dials(stage, DIRECTOR)
    official.say(speech("我开会到十一点"))
    asked(stage, official, "staff_meeting_set", since=since)
    official.wait_disconnected(15)
    roster, eleven = stage.hotline.roster, stage.clock.now().replace(hour=11, minute=0, second=0, microsecond=0)
    wait_until(lambda: roster.directory.roster.away("zhang", stage.clock.now()), 5, "he is in a meeting")
    assert roster.directory.roster.away("zhang", eleven - timedelta(minutes=1))
    assert not roster.directory.roster.away("zhang", eleven + timedelta(seconds=1)), "it ends by itself"
    caller = stage.dial(next(citizens), STRAIGHT)
    stage.phone(DEPUTY).wait_ringing(10)
    assert not [call for call in stage.phone(DIRECTOR).incoming if call.live]
    caller.call.hang_up()
    caller.wait("ended", 25)


def test_asked_how_long_a_time_alone_is_enough(stage: Stage) -> None:
    official, since = dials(stage, LI)
    official.press("2")
    asked(stage, official, "staff_meeting_ask", since=since)
    official.say(speech("一个半小时"))
    asked(stage, official, "staff_meeting_set", since=since)
    official.wait_disconnected(15)
    now, roster = stage.clock.now(), stage.hotline.roster
    wait_until(lambda: roster.directory.roster.away("li", now + timedelta(minutes=89)), 5, "he is in a meeting")
    assert not roster.directory.roster.away("li", now + timedelta(minutes=91))
    stage.clock.advance(timedelta(hours=2))


# ── several calls about one matter ──────────────────────────────────────────────────────────────────────────────────


def test_the_duty_official_is_told_of_a_surge_records_a_notice_and_the_next_caller_hears_it(
    stage: Stage, citizens: Iterator[str]
) -> None:
    for _ in range(3):
        caller = calls(stage, next(citizens), "罗布镇")
        caller.wait("rung", 10)
        caller.call.hang_up()
        caller.wait("ended", 25)
    stage.network.wait_all_over(8)
    stage.reset()
    stage.clock.advance(timedelta(seconds=21))
    official, words = is_rung(stage, DIRECTOR, "staff_surge")
    assert "罗布镇" in words and "水" in words
    since = stage.watcher.count
    official.press("2")
    asked(stage, official, "staff_announce", since=since)
    wait_heard(official, stage.prompt("staff_announce"), 20, "what he is to do")
    official.wait_sound(5)  # the beep
    official.wait_quiet(5, quiet=0.3)
    official.say(speech(SOON, voice="f5"))
    official.hang_up()
    stage.watcher.wait("ended", limit=15, since=since)
    stage.hotline.tick()

    fourth = hears_the_notice(stage, next(citizens), "罗布镇")
    wait_heard(fourth.call, speech(SOON, voice="f5")[1600:-1600], 15, "what the official has recorded")
    fourth.call.wait_disconnected(30)
    assert not fourth.facts("rung"), "nobody is rung for this one"


# ── a swap ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shift_is_swapped_by_telephone_when_both_have_agreed(stage: Stage) -> None:
    mine, his = (next(one for one in spans(stage, official) if one > stage.clock.now()) for official in ("li", "wang"))
    assert (on_duty(stage, mine), on_duty(stage, his)) == ({"li"}, {"wang"})
    official, since = dials(stage, LI)
    official.press("3")
    asked(stage, official, "staff_swap_own", since=since)
    official.press("1")
    offer = asked(stage, official, "staff_swap_other", since=since)
    assert "王志强" in str(offer.detail["text"])
    official.press("1")
    asked(stage, official, "staff_swap_asked", since=since)
    official.wait_disconnected(20)
    assert on_duty(stage, mine) == {"li"}, "nothing is changed before the other has agreed"

    colleague, words = is_rung(stage, WANG, "staff_swap_agree")
    assert "李春燕" in words
    colleague.press("1")
    colleague.wait_disconnected(20)
    told, words = is_rung(stage, LI, "swap_agreed")
    assert "王志强同意了" in words
    told.wait_disconnected(20)
    wait_until(lambda: on_duty(stage, mine) == {"wang"}, 5, "the shifts are swapped")
    assert on_duty(stage, his) == {"li"}


def test_who_declines_a_swap_keeps_his_shift_and_the_other_is_told(stage: Stage) -> None:
    official, since = dials(stage, WANG)
    official.press("3")
    asked(stage, official, "staff_swap_own", since=since)
    official.press("1")
    asked(stage, official, "staff_swap_other", since=since)
    days = [stage.clock.now() + timedelta(days=n) for n in range(14)]
    before = [on_duty(stage, day) for day in days]
    official.press("1")
    asked(stage, official, "staff_swap_asked", since=since)
    official.wait_disconnected(20)
    colleague, _ = is_rung(stage, LI, "staff_swap_agree")
    colleague.press("2")
    colleague.wait_disconnected(20)
    told, words = is_rung(stage, WANG, "swap_declined")
    assert "照原来的值" in words
    told.wait_disconnected(20)
    stage.hotline.tick()
    assert [on_duty(stage, day) for day in days] == before


def spans(stage: Stage, official: str) -> list[datetime]:
    """When his shifts of the coming week begin."""
    now, roster = stage.clock.now(), stage.hotline.roster.directory.roster
    return [one.start for one in duty_spans(roster, official, now, now + timedelta(days=7))]


# ── the eve of a shift ──────────────────────────────────────────────────────────────────────────────────────────────


def the_eve(stage: Stage, official: str) -> DueTask:
    """Seven in the evening before a day on which this official, and nobody else, comes on duty: what is due then."""
    roster, evening = stage.hotline.roster.directory.roster, stage.clock.now().astimezone(LOCAL)
    evening = evening.replace(hour=19, minute=0, second=5, microsecond=0)
    midnight = evening.replace(hour=0, second=0) + timedelta(days=1)
    later = next(n for n in range(1, 15) if [one for one, _ in beginning(roster, midnight + n * DAY)] == [official])
    stage.clock.advance(evening + later * DAY - stage.clock.now())
    stage.hotline.tick()
    (task,) = due(stage, REMIND)
    assert task.detail["official"] == official
    return task


def test_a_shift_is_confirmed_with_a_key_on_its_eve(stage: Stage) -> None:
    task = the_eve(stage, "wang")
    official, words = is_rung(stage, WANG, "staff_remind")
    assert "明早八点起您值班" in words
    official.press("1")
    official.wait_disconnected(20)
    wait_until(lambda: task.id not in [one.id for one in due(stage, REMIND)], 5, "he will be there")
    assert not due(stage, UNSURE)


@pytest.mark.parametrize("what", ["refused", "not answered"])
def test_who_cannot_come_or_does_not_answer_has_the_next_above_rung(stage: Stage, what: str) -> None:
    (official, number) = ("li", LI) if what == "refused" else ("wang", WANG)
    the_eve(stage, official)
    if what == "refused":
        call, _ = is_rung(stage, number, "staff_remind")
        call.press("2")
        call.wait_disconnected(20)
    else:
        stage.phone(number).wait_ringing(10).reject(486)
    above, words = is_rung(stage, DIRECTOR, "staff_unsure")
    assert {"li": "李春燕", "wang": "王志强"}[official] in words and "没有确认" in words
    above.press("1")
    above.wait_disconnected(20)
    wait_until(lambda: not due(stage, UNSURE), 5, "the director sees to it")
    incidents = list_incidents(stage.hotline.engine, by=DESK, now=stage.clock.now())
    assert any("没有确认" in incident.text for incident in incidents), "people are told too"
