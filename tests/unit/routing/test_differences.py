"""What two rosters differ in, as a clerk reads it."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.differences import differences, in_a_line
from routing.directory import Directory
from routing.roster_file import read_directory

CONFIG = Path(__file__).parents[3] / "config"
ROSTER, ESCALATION = ((CONFIG / name).read_text(encoding="utf-8") for name in ("roster.toml", "escalation.toml"))


def directory(roster: str = ROSTER, escalation: str = ESCALATION) -> Directory:
    return read_directory(tomllib.loads(roster), tomllib.loads(escalation), source="", area_code="0870")


def told(roster: str = ROSTER, escalation: str = ESCALATION) -> list[str]:
    return [str(one) for one in differences(directory(), directory(roster, escalation))]


def changed(old: str, new: str, text: str = ROSTER) -> str:
    assert old in text
    return text.replace(old, new, 1)


NEW = '[[officials]]\nid = "new"\nname = "钱一"\npost = "股长"\nunit = "zwfw"\nphones = ["13808700077"]\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'phones = ["13808700001"]',
            'phones = ["13808700099"]',
            "改 人：局长张明远（zhang）：电话 138****0001 → 138****0099",
        ),
        (
            'phones = ["13808700001"]',
            'phones = ["13909000001"]',
            "改 人：局长张明远（zhang）：电话 138****0001 → 139****0001",
        ),
        (
            'phones = ["13808700001"]',
            'phones = ["13808790001"]',
            "改 人：局长张明远（zhang）：电话 138****0001（改的是打码的几位）",
        ),
        ('name = "李春燕"', 'name = "李燕"', "改 人：副局长李燕（li）：名字 李春燕 → 李燕"),
        ('"0870-2120001", "0870-2120002"', '"0870-2120002"', "改 值班室：号码 087****0001、087****0002 → 087****0002"),
        ('unit = "jiwei"', 'unit = "huanjing"', "改 督查：单位 县纪委监委 → 生态环境局"),
        ('first = "lead"', 'first = "staff"', "改 先打的一类：带班 → 值班人员"),
        ('name = "水务局"', 'name = "水利局"', "改 单位：水利局（shuiwu）：名字 水务局 → 水利局"),
        (
            '[[shifts]]\nofficial = "zhao"\nhours = ["20:00-08:00"]\n',
            "",
            "去 班次：谁 供水股股长赵长河；时段 每天 20:00-08:00",
        ),
        (
            "[[services]]",
            f"{NEW}[[services]]",
            "加 人：编号 new；名字 钱一；职务 股长；电话 138****0077；单位 政务服务管理局",
        ),
    ],
)
def test_a_change_is_told_in_a_line_with_numbers_masked(old: str, new: str, said: str) -> None:
    assert told(changed(old, new)) == [said]


def test_steps_of_a_ladder_are_told_as_people_name_them() -> None:
    escalation = changed('ring = ["second"]', 'ring = ["second", "unit.first"]', ESCALATION)
    assert told(escalation=escalation) == [
        "去 升级链：“找局长直通”原第 3 步：打 在班后打的一类",
        "加 升级链：“找局长直通”第 3 步：打 在班后打的一类、对口单位在班先打的一类",
    ]


def test_who_has_a_turn_together_is_told_together() -> None:
    found = told(changed('officials = ["li", "wang"]', 'officials = [["li", "chen"], ["wang"]]'))
    assert found[1].startswith("加 轮值：轮流 副局长李春燕和督查股股长陈思雨、副局长王志强")


def test_the_order_of_people_counts_too() -> None:
    head, *people = re.split(r"(?=\[\[officials\]\])", ROSTER)
    swapped = head + people[0] + people[2] + people[1] + "".join(people[3:])
    assert told(swapped) == ["改 人：先后变了（同级的按这个先后打）"]


def test_remarks_and_blanks_are_no_difference() -> None:
    assert told(f"# 说明\n{ROSTER}\n\n") == []
    assert in_a_line([]) == "只有说明文字"


def test_in_a_line_it_is_how_many_of_what() -> None:
    roster = changed(
        "[[services]]", f"{NEW}[[services]]", changed('phones = ["13808700001"]', 'phones = ["13808700099"]')
    )
    assert in_a_line(differences(directory(), directory(roster))) == "人加1 改1"


WORDS = re.findall(r'"[^"\n]+"', ROSTER)


@given(st.sets(st.integers(0, ROSTER.count("[[") - 1)), st.sampled_from(WORDS))
def test_nothing_that_differs_goes_untold_and_no_number_is_told_whole(gone: set[int], word: str) -> None:
    """Sections of the file taken away, and one of its words put wherever it stood by another one."""
    head, *sections = re.split(r"(?m)^(?=\[\[)", ROSTER)
    roster = head + "".join(section for i, section in enumerate(sections) if i not in gone)
    roster = roster.replace(word, '"13808700088"' if word[1:-1].isdigit() else '"别的"')
    try:
        other = directory(roster)
    except ValueError:
        return
    found = [str(one) for one in differences(directory(), other)]
    assert (found == []) == (_parts(directory()) == _parts(other))
    assert not re.search(r"\d{7}", " ".join(found))


def _parts(one: Directory) -> tuple[object, ...]:
    roster = one.roster
    return (one.units, one.duty_room, one.supervision, one.home_unit, one.ladders, one.desk, one.services, one.doors,
            one.first, roster.officials, roster.shifts, roster.rotations, roster.leaves, roster.overrides)  # fmt: skip
