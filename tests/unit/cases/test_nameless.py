"""What is left of a caller's words when numbers and names are gone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.nameless import nameless


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("我家停水三天了，水龙头没得水", "我家停水三天了水龙头没得水"),
        ("我的电话是幺三八零零幺幺二二三三", "我的电话是某号码"),
        ("打幺三八，零零幺幺，二二三三嘛", "打某号码嘛"),
        ("打幺三八啊零零幺幺嗯二二三三", "打某号码"),
        ("身份证五三二一二九一九八零零一零一二三四X", "身份证某号码"),
        ("手机13800001111，停电了", "手机某号码停电了"),
        ("我打一二三四五打了三次", "我打一二三四五打了三次"),
        ("我叫王小红，屋头漏水", "我叫某某屋头漏水"),
        ("我叫王红屋头漏水", "我叫某某头漏水"),
        ("我是陈大明我要反映路灯", "我是某某我要反映路灯"),
        ("我是白水镇的停水了", "我是白水镇的停水了"),
        ("我叫他们来修都不来", "我叫他们来修都不来"),
        ("我姓张", "我姓某"),
        ("李春燕说不归她管", "某某说不归她管"),
    ],
)
def test_numbers_and_names_go_and_the_matter_stays(said: str, left: str) -> None:
    assert nameless(said, {"李春燕"}) == left


@given(st.text(alphabet="我叫王李小红的是停水，。幺三八零 1X（", max_size=40))
def test_only_chinese_characters_are_left_and_no_long_row_of_digits(said: str) -> None:
    left = nameless(said)
    assert all("\u3400" <= sign <= "\u9fff" for sign in left)
    assert max((len(row) for row in re.findall("[幺三八零]+", left)), default=0) < 6
