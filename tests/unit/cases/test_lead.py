"""Which cases the main leader follows is the county's to say."""

from datetime import timedelta
from pathlib import Path

import pytest

from cases.lead import ABOVE, LeadRules, is_strong, load_lead_rules
from cases.sla import BadPolicy
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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('main = ["红色"]', "main 是"),
        ("follow_days = 0", "follow_days 是 0"),
        ("follow_days = true", "follow_days 是 True"),
        ('strong = ["闹"]', "strong 是"),
        ("strong = 3", "strong 是 3"),
        ("x = 1", "x 不认识"),
        ("main =", "不是 TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    written = tmp_path / "lead.toml"
    written.write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy, match=fault):
        load_lead_rules(written)
