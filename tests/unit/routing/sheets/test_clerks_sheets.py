"""Sheets as the clerks of a county write them, with what a careful colleague would make of each."""

import csv
import io
from collections import Counter
from datetime import date, datetime

import openpyxl
import pytest
import xlwt

from routing.sheets.book import book_of
from routing.sheets.people import people_of
from routing.sheets.read import read_roster

TODAY = date(2026, 11, 23)
PEOPLE = people_of(
    [
        ["name", "unit", "post", "mobile"],
        *(
            [*line.split(), f"138000100{at:02d}"]
            for at, line in enumerate(
                (
                    "王建国 县政府办公室 主任",
                    "李志强 县政府办公室 副主任",
                    "张伟 县政府办公室 科员",
                    "王芳 县政府办公室 科员",
                    "李明 县政府办公室 科员",
                    "刘洋 县政府办公室 科员",
                    "陈静 县政府办公室 科员",
                    "赵敏 县政府办公室 四级主任科员",
                    "孙浩 城关镇 镇长",
                    "周涛 城关镇 副镇长",
                    "吴磊 城关镇 科员",
                    "郑丽 城关镇 科员",
                    "欧阳雪 城关镇 科员",
                    "张伟 城关镇 科员",
                    "马超 水利局 局长",
                    "胡军 水利局 副局长",
                    "林峰 水利局 科员",
                    "何婷 水利局 科员",
                    "高翔 水利局 科员",
                    "罗兰 水利局 科员",
                ),
                1,
            )
        ),
    ]
)


def xlsx(*sheets, merged=(), hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        there = book.create_sheet(title)
        for row in rows:
            there.append(row)
        if title in hidden:
            there.sheet_state = "hidden"
    for area in merged:
        book.worksheets[0].merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), "值班表.xlsx"


def xls(rows):
    book = xlwt.Workbook()
    there = book.add_sheet("12月")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            there.write(r, c, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), "值班表.xls"


def gbk(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("gb18030"), "2026年12月值班表.csv"


def made(content, file):
    """Day, hour, role and name of each shift (of the two 张伟 with the unit), and cell and kind of each issue."""
    found = read_roster(book_of(content, file), PEOPLE, today=TODAY)
    units = {p.mobile: p.unit for p in PEOPLE.everyone}
    shifts = Counter(
        f"{s.start.day} {s.start:%H}-{s.end:%H} {s.role} {s.name}{units[s.mobile] if s.name == '张伟' else ''}"
        for s in found.shifts
    )
    return sorted(shifts), [(one.cell, one.kind) for one in found.issues]


def test_posts_and_numbers_in_the_cell_a_two_row_header_and_a_line_of_signatures():
    rows = [
        ["XX县人民政府办公室2026年12月份值班安排表", None, None, None, None, None, None],
        ["填报单位：县政府办公室", None, None, None, None, "填报时间：2026年11月20日", None],
        ["日  期", "星期", "带班领导", "值班人员", None, "值班电话", "备注"],
        [None, None, None, "白班\n（8:00-18:00）", "夜班\n（18:00-次日8:00）", None, None],
        ["1日", "二", "王建国主任\n13800010001", "李  明", "刘洋\n13800010006", "0871-6612345", None],
        ["2日", "三", "李志强副主任\n13800010002", "王芳、陈静", "张伟13800010003", "〃", "元旦前检查"],
        ["3日", "四", "〃", "赵敏四级主任科员", "李明", "〃", None],
        ["审核人：王建国", None, None, "制表人：赵敏", None, None, None],
    ]
    merged = ("A1:G1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4", "G3:G4")
    shifts, issues = made(*xlsx(("12月", rows), merged=merged))
    assert issues == []
    assert shifts == sorted(
        [
            *("1 08-08 lead 王建国", "2 08-08 lead 李志强", "3 08-08 lead 李志强"),
            *("1 08-18 staff 李明", "2 08-18 staff 王芳", "2 08-18 staff 陈静", "3 08-18 staff 赵敏"),
            *("1 18-08 staff 刘洋", "2 18-08 staff 张伟县政府办公室", "3 18-08 staff 李明"),
        ]
    )


def test_an_old_workbook_with_serial_dates_lost_digits_and_leaders_by_the_week():
    first = (date(2026, 12, 7) - date(1899, 12, 30)).days
    names = ["林峰", "何婷", "高祥", "罗兰", "林峰", "何 婷", "马超局长"]
    rows = [["水利局值班表"], ["日期", "带班领导", "值班员", "手机"]]
    rows += [[first + n, "马局长" if n == 0 else "", name, 1.38e10] for n, name in enumerate(names)]
    shifts, issues = made(*xls(rows))
    assert issues == [("C5", "typo_suggestion")]
    assert [one for one in shifts if "lead" in one] == sorted(f"{7 + n} 08-08 lead 马超" for n in range(7))
    assert len([one for one in shifts if "staff" in one]) == 6


def test_a_calendar_of_two_roles_with_a_day_left_open_and_one_written_wrongly():
    rows = [["城关镇2026年12月值班表", *[""] * 6], [f"星期{sign}" for sign in "一二三四五六日"]]
    there = {1: "带班：孙浩\n值班：吴磊", 2: "带班：周涛\n值班：郑利", 3: "带班：孙镇长\n值班：待定"}
    there |= {4: "带班：周涛 值班：欧阳雪", 5: "带班：孙浩\n值班：张伟（城关镇）", 6: "带班：周涛\n值班：张伟"}
    week = [""] + [f"{d}日\n{there[d]}" for d in range(1, 7)]
    rows += [week, [f"{d}日\n带班：孙浩 值班：吴磊" for d in range(7, 14)]]
    shifts, issues = made(*gbk(rows))
    assert issues == [("C3", "typo_suggestion"), ("D3", "empty"), ("G3", "ambiguous_name")]
    assert "5 08-08 staff 张伟城关镇" in shifts
    assert len(shifts) == 5 + 5 + 14 - 1
    assert "3 08-08 lead 孙浩" in shifts


def test_marks_with_posts_beside_the_names_and_a_total():
    rows = [["水利局12月1日—7日值班表"], ["序号", "姓名", "职务", *range(1, 8), "合计"]]
    rows += [["", "", "", *"二三四五六日一", ""]]
    rows += [[1, "马超", "局长", "带", "", "带", "", "带", "", "带", 4], [2, "胡军", "副局长", *["", "带"] * 3, "", 3]]
    rows += [[3, "林锋", "科员", "√", *[""] * 6, 1], [4, "何婷", "科员", "", *["√"] * 5, "休", 5]]
    rows += [[5, "高翔", "科员", *[""] * 5, "调", "√", 1]]
    shifts, issues = made(*xlsx(("Sheet1", rows)))
    assert sorted(issues) == [("B6", "typo_suggestion"), ("I8", "swap_note")]
    assert shifts == sorted(
        [f"{n} 08-08 lead {'马超' if n % 2 else '胡军'}" for n in range(1, 8)]
        + [f"{n} 08-08 staff 何婷" for n in range(2, 7)]
        + ["7 08-08 staff 高翔"]
    )


def test_a_message_with_a_swap_a_wrong_weekday_and_rules_below():
    text = """【值班提醒】@所有人 县府办12月7日至11日值班安排如下：
12月7日（周一）带班：王建国 13800010001；值班：李明 13800010005
12月8日（周二）带班：李志强；值班：王芳（原陈静，两人调班）
12月9日（周四）带班：王建国；值班：刘洋
12月10日（周四）带班：李志强；值班：赵敏
12月11日（周五）带班：王建国；值班：刘阳
注意：1.值班人员要24小时在岗；2.遇突发事件第一时间报告带班领导。
"""
    shifts, issues = made(text.encode(), "-")
    assert issues == [("A4", "weekday_mismatch"), ("A3", "swap_note"), ("A6", "typo_suggestion")]
    assert shifts == sorted(
        [
            *("7 08-08 lead 王建国", "7 08-08 staff 李明", "8 08-08 lead 李志强"),
            *("10 08-08 lead 李志强", "10 08-08 staff 赵敏", "11 08-08 lead 王建国"),
        ]
    )


def test_two_halves_side_by_side_with_a_day_twice_and_one_that_is_none():
    left = [("12月1日", "李明"), ("12月2日", "王芳"), ("12月3日", "刘洋"), ("12月4日", "陈静")]
    right = [("12月5日", "赵敏"), ("12月3日", "李明"), ("12月7日", "王芳"), ("12月38日", "刘洋")]
    rows = [["县政府办公室2026年12月值班表"], ["日期", "值班人员"] * 2]
    rows += [[*one, *other] for one, other in zip(left, right, strict=True)]
    shifts, issues = made(*xlsx(("Sheet1", rows)))
    kinds = dict(issues)
    assert kinds["C6"] == "bad_date"
    assert "duplicate_day" in kinds.values()
    assert shifts == sorted(
        ["1 08-08 staff 李明", "2 08-08 staff 王芳", "4 08-08 staff 陈静", "5 08-08 staff 赵敏", "7 08-08 staff 王芳"]
    )


def test_a_changed_copy_an_old_hidden_sheet_and_a_list_of_numbers():
    day = [datetime(2026, 12, n) for n in (1, 2, 3)]  # noqa: DTZ001
    head = ["日期", "带班领导", "值班人员"]
    one = [head, [day[0], "王建国", "李明"], [day[1], "李志强", "王芳"], [day[2], "王建国", "刘洋"]]
    two = [head, [day[0], "王建国", "李明"], [day[1], "李志强", "陈静"], [day[2], "王建国", "刘洋"]]
    numbers = [["姓名", "手机"], ["王建国", 13800010001], ["李志强", 13800010002]]
    sheets = (("12月", one), ("12月（改）", two), ("11月", [head, [day[0], "胡军", "罗兰"]]), ("通讯录", numbers))
    shifts, issues = made(*xlsx(*sheets, hidden=("11月",)))
    assert [kind for _, kind in issues] == ["duplicate_day"]
    assert shifts == sorted(
        [
            *("1 08-08 lead 王建国", "1 08-08 staff 李明", "2 08-08 lead 李志强"),
            *("3 08-08 lead 王建国", "3 08-08 staff 刘洋"),
        ]
    )


def test_days_across_with_a_note_of_leave_and_hours_of_holidays():
    days = [date(2026, 12, n) for n in range(3, 8)]
    rows = [["城关镇2026年12月值班表"], ["日期", *(f"12月{d.day}日" for d in days)]]
    rows += [["星期", *("四五六日一")], ["带班领导", "孙浩", "周涛", "孙浩", "周涛", "孙浩"]]
    rows += [["值班人员", "吴磊", "郑丽", "欧阳雪", "吴磊", "郑丽"]]
    rows += [["值班时间：工作日17:30—次日8:30，节假日8:30—次日8:30"], ["说明：12月7日郑丽请假"]]
    shifts, issues = made(*xlsx(("Sheet1", rows)))
    assert issues == [("A7", "swap_note")]
    assert shifts == sorted(
        [
            *("3 17-08 lead 孙浩", "4 17-08 lead 周涛", "5 08-08 lead 孙浩", "6 08-08 lead 周涛", "7 17-08 lead 孙浩"),
            *("3 17-08 staff 吴磊", "4 17-08 staff 郑丽", "5 08-08 staff 欧阳雪", "6 08-08 staff 吴磊"),
        ]
    )


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *(("王劳", "typo_suggestion"), ("李朋", "typo_suggestion"), ("王健国", "typo_suggestion")),
        *(("王国建", "typo_suggestion"), ("陈婧", "typo_suggestion"), ("欧阳雷", "typo_suggestion")),
        *(("欧阳", "typo_suggestion"), ("建国", "typo_suggestion"), ("罗兰兰", "typo_suggestion")),
        *(("钱多多", "unknown_name"), ("高飞", "unknown_name"), ("孙悦", "unknown_name"), ("张局长", "ambiguous_name")),
        *(("张伟", "ambiguous_name"), ("王", "unknown_name"), ("办公室", "unknown_name")),
    ],
)
def test_what_is_nobodys_name_is_told_by_its_kind(written, kind):
    rows = [["日期", "值班人员"], ["2026-12-01", "李明"], ["2026-12-02", written]]
    shifts, issues = made(*xlsx(("12月", rows)))
    assert (shifts, issues) == (["1 08-08 staff 李明"], [("B3", kind)])
