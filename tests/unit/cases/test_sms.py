"""What citizens are texted: texts as data, which can bring in nothing of a case; when, and the words for a date."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from cases.sla import BadPolicy
from cases.sms import (
    SmsKind,
    SmsRules,
    again_after,
    date_words,
    hold_until,
    id_of,
    load_sms_rules,
    not_in_quiet,
    spread,
)
from routing.calendar import LOCAL

SHIPPED = Path(__file__).parents[3] / "config" / "policies" / "sms.toml"
QUIET = (time(21, 0), time(8, 0))
CLOSES = time(17, 30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2025-11-28 17:30", "11月28日下班前"),
        ("2025-11-28 14:05", "11月28日14:05前"),
        ("2026-01-05 17:30", "2026年1月5日下班前"),
    ],
)
def test_a_date_in_words(due: str, words: str) -> None:
    assert date_words(at(due), at("2025-11-20 09:00"), closes=CLOSES) == words


def test_nobody_is_woken_but_by_the_receipt_of_the_call_just_made() -> None:
    night, morning = at("2025-11-20 23:10"), at("2025-11-21 08:00")
    rules = SmsRules(quiet=QUIET)
    assert hold_until(SmsKind.RECEIPT, night, night - timedelta(minutes=3), rules) is None
    assert hold_until(SmsKind.RECEIPT, night, night - timedelta(minutes=3), SmsRules(awake=timedelta())) == morning
    assert hold_until(SmsKind.RECEIPT, night, night - timedelta(hours=3), rules) == morning
    assert hold_until(SmsKind.DATE, night, night, rules) == morning
    assert hold_until(SmsKind.DATE, at("2025-11-20 12:00"), night, rules) is None


def test_many_texts_of_one_cause_go_so_many_a_minute_and_not_at_night() -> None:
    moments = spread(at("2025-11-20 20:58"), SmsRules(quiet=QUIET, a_minute=2))
    assert [f"{next(moments):%d %H:%M:%S}" for _ in range(6)] == [
        *("20 20:58:00", "20 20:58:30", "20 20:59:00", "20 20:59:30"),
        *("21 08:00:00", "21 08:00:30"),
    ]


def test_the_numbers_are_the_countys(tmp_path: Path) -> None:
    written = tmp_path / "sms.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    shipped = load_sms_rules(SHIPPED, on=True)
    assert (shipped.a_minute, shipped.told_within) == (12, timedelta(hours=24))
    text = text.replace("a_minute = 12", "a_minute = 60").replace("awake_minutes = 30", "awake_minutes = 10")
    written.write_text(text.replace("told_within_hours = 24", "told_within_hours = 8"), encoding="utf-8")
    rules = load_sms_rules(written, on=True)
    assert (rules.a_minute, rules.awake, rules.told_within) == (60, timedelta(minutes=10), timedelta(hours=8))


@pytest.mark.parametrize(
    ("due", "earliest", "when"),
    [
        ("2025-11-20 20:59", "2025-11-19 20:00", "2025-11-20 20:59"),
        ("2025-11-20 21:00", "2025-11-19 21:00", "2025-11-20 20:55"),
        ("2025-11-20 02:00", "2025-11-19 02:00", "2025-11-19 20:55"),
        ("2025-11-20 02:00", "2025-11-20 01:00", "2025-11-20 01:00"),
    ],
)
def test_word_is_sooner_rather_than_late_when_it_would_fall_into_the_night(due: str, earliest: str, when: str) -> None:
    assert not_in_quiet(at(due), QUIET, earliest=at(earliest)) == at(when)


def test_a_message_has_one_id_and_another_has_another() -> None:
    assert id_of("sms:receipt:1") == id_of("sms:receipt:1") != id_of("sms:receipt:2")


def test_tries_are_further_and_further_apart_and_end() -> None:
    waits = [again_after(attempts) for attempts in range(1, 8)]
    told = [wait for wait in waits if wait is not None]
    assert told == sorted(told) and len(told) == 5 and waits[5:] == [None, None]
    assert sum(told[:2], timedelta()) <= timedelta(minutes=1), "three tries within the three minutes of a receipt"


def test_the_shipped_texts_are_sound_and_without_the_file_nothing_is_sent(tmp_path: Path) -> None:
    rules = load_sms_rules(SHIPPED, on=True)
    assert set(rules.texts) == set(SmsKind) and rules.quiet == QUIET
    nothing = load_sms_rules(tmp_path / "none.toml", on=True)
    assert not nothing.on and not nothing.word_after


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("退订", False),
        (" 退订。\n", False),
        ("td", False),
        ("【ＴＤ】", False),
        ("恢复", True),
        ("HF！", True),
        ("", None),
        ("。", None),
        ("退订，路灯还没有修好", None),
        ("恢复供水", None),
        ("TD1", None),
    ],
)
def test_what_says_nothing_but_stop_or_resume_is_no_matter(text: str, asked: bool | None) -> None:
    for rules in (load_sms_rules(SHIPPED, on=True), SmsRules()):
        assert rules.asks(text) is asked


def test_which_words_those_are_is_the_countys_to_say(tmp_path: Path) -> None:
    path, text = tmp_path / "sms.toml", SHIPPED.read_text(encoding="utf-8")
    path.write_text(text.replace('["恢复", "HF", "恢复短信"]', '["KT"]'), encoding="utf-8")
    rules = load_sms_rules(path, on=True)
    assert (rules.asks("kt"), rules.asks("恢复")) == (True, None)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "编号{short}。查问",
            "编号{short}，{matter}。查问",
            "text.receipt 里的 {matter} 不能用；可以用 {hotline}、{line}、{short}",
        ),
        ("改到{date}", "改了", "text.date 里没有 {date}；要有 {date}、{line}、{short}"),
        ("{hotline}", "{hotline!r}", "的花括号里只写名字"),
        ("【{hotline}】", "【{hotline】", "text.receipt 的花括号不成对"),
        ("我们给您打过电话", "我们给您打过电话" * 20, "最多 134 个"),
        ('missed = "', 'missing = "', "text.missing 不认识"),
        ("[21:00:00, 08:00:00]", '"21:00"', "quiet 是 '21:00'"),
        ("progress_hours = 24", "progress_hours = -1", "progress_hours 是 -1；请写 0 到 720 的整数"),
        ("a_minute = 12", "a_minute = 0", "a_minute 是 0；请写 1 到 600 的整数"),
        ("told_within_hours = 24", "told_within_hours = 0", "told_within_hours 是 0；请写 1 到 240 的整数"),
        ("awake_minutes = 30", "awake_minutes = true", "awake_minutes 是 True；请写 0 到 240 的整数"),
        ("most_a_day", "most_a_week", "most_a_week 不认识"),
        ('["恢复", "HF", "恢复短信"]', '["恢复", "。"]', "resume_words 是 ['恢复', '。']"),
    ],
)
def test_a_faulty_file_is_refused_with_every_fault(tmp_path: Path, before: str, after: str, fault: str) -> None:
    path, text = tmp_path / "sms.toml", SHIPPED.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(BadPolicy) as refused:
        load_sms_rules(path, on=True)
    assert fault in str(refused.value)
