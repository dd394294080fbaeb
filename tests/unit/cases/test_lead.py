"""Which cases the main leader follows is the county's to say."""

from datetime import timedelta
from pathlib import Path

import pytest

from cases.lead import ABOVE, LeadRules, is_strong, load_lead_rules
from cases.sla import BadPolicy, Limit
from tests.fakes.told_calls import CONFIG

SHIPPED = load_lead_rules(CONFIG / "policies" / "lead.toml")


@pytest.mark.parametrize(
    ("words", "type", "strong"),
    [
        ("跑了五趟，再不解决我就找记者", "投诉", True),
        ("我要去省里上访", "求助", True),
        ("想问上访要到哪个窗口", "咨询", False),
        ("路灯坏了请来修一下", "求助", False),
    ],
)
def test_who_is_at_the_end_of_his_patience_is_heard_and_who_asks_is_not(words: str, type: str, strong: bool) -> None:
    assert is_strong(words, type, SHIPPED) is strong
    assert not is_strong(words, type, LeadRules())


def test_a_county_writes_its_own(tmp_path: Path) -> None:
    written = tmp_path / "lead.toml"
    assert load_lead_rules(written) == LeadRules()
    written.write_text('main = ["省市交办"]\nfollow_days = 7\nstrong = ["闹大"]\n', encoding="utf-8")
    expected = LeadRules(main=frozenset({ABOVE}), follow=timedelta(days=7), strong=("闹大",))
    assert load_lead_rules(written) == expected
    numbers = "repeats = 5\nreworks = 1\noverdue_workdays = 10\nregister_minutes = 30\nmeeting_minutes = 120\n"
    written.write_text(numbers + "false_closing = false\n", encoding="utf-8")
    assert load_lead_rules(written) == LeadRules(
        repeats=5,
        reworks=1,
        overdue_workdays=10,
        false_closing=False,
        registered=timedelta(minutes=30),
        meeting=timedelta(hours=2),
    )


def test_a_county_may_leave_a_trigger_out(tmp_path: Path) -> None:
    written = tmp_path / "lead.toml"
    written.write_text("repeats = 0\nreworks = 0\noverdue_workdays = 0\n", encoding="utf-8")
    rules = load_lead_rules(written)
    assert (rules.repeats, rules.reworks, rules.steps) == (0, 0, ())


def test_what_is_shipped_is_what_the_accounts_of_the_hotlines_tell() -> None:
    assert (SHIPPED.repeats, SHIPPED.registered, SHIPPED.meeting) == (3, timedelta(minutes=15), timedelta(hours=1))
    (step,) = SHIPPED.steps
    assert step.leads and not step.tell and step.late == Limit(most=3, unit="workdays")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('main = ["红色"]', "main 是"),
        ("follow_days = 0", "follow_days 是 0"),
        ("follow_days = true", "follow_days 是 True"),
        ('strong = ["闹"]', "strong 是"),
        ("strong = 3", "strong 是 3"),
        ("repeats = 1", "repeats 是 1；请写 2 到 20 的整数"),
        ("reworks = -1", "reworks 是 -1；请写 1 到 20 的整数"),
        ("overdue_workdays = 1.5", "overdue_workdays 是 1.5；请写 1 到 60 的整数"),
        ("false_closing = 1", "false_closing 是 1；请写 true 或 false"),
        ("register_minutes = 0", "register_minutes 是 0；请写 1 到 1440"),
        ('meeting_minutes = "60"', "meeting_minutes 是 '60'；请写"),
        ("x = 1", "x 不认识"),
        ("main =", "不是 TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    written = tmp_path / "lead.toml"
    written.write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy, match=fault):
        load_lead_rules(written)
