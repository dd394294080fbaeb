from datetime import date

import pytest

from routing.sheets.book import read_text
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

NAMES = ["王强", "赵建国", "李春燕", "刘洋", "陈静", "孙悦"]
PEOPLE = People(tuple(Person(name=n, unit="水务局", post="科员", mobile=f"1380870001{i}") for i, n in enumerate(NAMES)))


def read(text):
    got = read_roster(read_text(text, "通知"), PEOPLE, today=date(2026, 11, 20))
    shifts = [
        (s.start.day, {"lead": "带", "staff": "值"}[s.role] + s.name, s.start.hour, s.end.hour) for s in got.shifts
    ]
    return shifts, [(i.cell, i.kind) for i in got.issues]


TWO = [(5, "带王强", 8, 8), (5, "值刘洋", 8, 8), (6, "带李春燕", 8, 8), (6, "值陈静", 8, 8), (6, "值孙悦", 8, 8)]


@pytest.mark.parametrize(
    "text",
    [
        "12月5日（周六）：带班 王强 13808700010，值班 刘洋 13808700013\n12月6日 带班：李春燕，值班：陈静、孙悦\n",
        "5日：王强带班，刘洋值班\n6日：李春燕带班，陈静、孙悦值班",
        "1、12月5日：带班领导王强；值班人员刘洋。\n2、12月6日：带班领导李春燕；值班人员陈静 孙悦。",
        "12月5日（星期六）\n带班领导：王强\n值班人员：刘洋\n\n12月6日（星期日）\n带班领导：李春燕\n值班人员：陈静、孙悦\n",
        "周六：王强带班，刘洋值班\n周日：李春燕带班，陈静、孙悦值班",
        "【12.5】刘洋13808700013 带班：王强\n【12.6】陈静、孙悦 带班：李春燕",
    ],
)
def test_a_message_tells_days_and_roles_in_many_ways(text):
    assert read("各位同志：\n12月5日—12月6日值班安排\n" + text + "\n请大家保持手机畅通！") == (TWO, [])


def test_hours_of_a_message_are_those_of_the_word_before_them():
    text = "12月5日：白班（8:00-20:00）刘洋；夜班（20:00-次日8:00）陈静；带班王强\n"
    assert read(text) == ([(5, "带王强", 8, 8), (5, "值刘洋", 8, 20), (5, "值陈静", 20, 8)], [])
    assert read("12月5日：白班刘洋，夜班陈静\n") == ([], [("A1", "empty")])


def test_doubts_of_a_message_are_at_its_lines():
    text = "12月5日（周五）带班：王强 值班：刘洋\n12月6日 带班：李春燕 值班：陈静（替孙悦）\n"
    text += "12月6日 带班：王强\n12月7日 带班："
    assert read(text) == (
        [],
        [("A1", "weekday_mismatch"), ("A3", "duplicate_day"), ("A2", "swap_note"), ("A4", "empty")],
    )


def test_rules_below_a_message_are_no_names():
    text = "12月5日 带班：王强 值班：刘洋\n值班人员要保持手机24小时畅通，不得脱岗\n值班电话：0870-2120001\n"
    assert read(text) == (TWO[:2], [])


def test_a_name_without_a_word_between_others_is_a_doubt():
    assert read("12月5日 陈静 带班：王强 值班：刘洋\n") == (TWO[:2], [("A1", "empty")])
