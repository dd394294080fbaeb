from datetime import date

import pytest

from routing.sheets.book import read_text
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

NAMES = ["王强", "赵建国", "李春燕", "刘洋", "陈静", "孙悦", "周涛", "吴敏"]
PEOPLE = People(
    (
        *(Person(name=n, unit="水务局", post="科员", mobile=f"1380870001{i}") for i, n in enumerate(NAMES)),
        Person(name="张伟", unit="水务局", post="局长", mobile="13808700021"),
        Person(name="张伟", unit="供电局", post="科员", mobile="13808700022"),
    )
)
TITLE = "2026年12月值班表\n"
HEAD = "日期,星期,带班领导,值班人员,电话,备注\n"


def read(text, today=date(2026, 11, 20)):
    return read_roster(read_text(text, "表"), PEOPLE, today=today)


def shifts(text):
    return [
        (s.start.day, {"lead": "带", "staff": "值"}[s.role] + s.name, s.start.hour, s.end.hour)
        for s in read(text).shifts
    ]


def days(text):
    return [(s.start.day, s.name) for s in read(text).shifts]


def issues(text):
    return [(i.cell, i.kind) for i in read(text).issues]


PLAIN = TITLE + HEAD + "12月1日,星期二,王强,赵建国,13808700011,\n12月2日,星期三,李春燕,刘洋 陈静,,\n"


def test_one_row_a_day_is_read():
    assert shifts(PLAIN) == [
        *((1, "带王强", 8, 8), (1, "值赵建国", 8, 8), (2, "带李春燕", 8, 8), (2, "值刘洋", 8, 8), (2, "值陈静", 8, 8))
    ]
    assert issues(PLAIN) == []
    first = read(PLAIN).shifts[0]
    assert (first.start.isoformat(), first.end.isoformat()) == (
        *("2026-12-01T08:00:00+08:00", "2026-12-02T08:00:00+08:00"),
    )


@pytest.mark.parametrize("sign", ["同上", "〃", "＂"])
def test_the_same_as_above_is_repeated(sign):
    text = HEAD + f"12月1日,,王强,赵建国,,\n12月2日,,{sign},刘洋,,\n12月3日,,{sign},陈静,,\n"
    assert [name for _, name in days(text)] == ["王强", "赵建国", "王强", "刘洋", "王强", "陈静"]
    assert issues(text) == []


def test_blanks_below_the_lead_of_a_week_mean_the_same():
    rows = "".join(f"12月{d}日,,{'王强' if d == 7 else ''},{'赵建国' if d % 2 else '刘洋'},,\n" for d in range(7, 14))
    assert days(HEAD + rows).count((13, "王强")) == 1
    assert issues(HEAD + rows) == []


def test_one_blank_in_a_filled_column_is_an_issue():
    text = HEAD + "12月1日,,王强,赵建国,,\n12月2日,,王强,,,\n12月3日,,王强,刘洋,,\n"
    assert issues(text) == [("D3", "empty")]
    assert (2, "王强") in days(text)


def test_a_second_person_on_some_days_is_not_repeated():
    rows = "".join(f"12月{d}日,,王强,赵建国,{'刘洋' if d in (1, 2, 6) else ''}\n" for d in range(1, 9))
    text = "日期,星期,带班领导,主班,副班\n" + rows
    assert [d for d, name in days(text) if name == "刘洋"] == [1, 2, 6]
    assert {kind for _, kind in issues(text)} == {"empty"}


def test_a_wrong_weekday_is_an_issue_and_no_shift():
    text = TITLE + HEAD + "12月1日,星期二,王强,赵建国,,\n12月2日,星期四,李春燕,刘洋,,\n"
    assert issues(text) == [("B4", "weekday_mismatch")]
    assert {d for d, _ in days(text)} == {1}


def test_a_wrong_weekday_in_brackets_is_at_the_date():
    assert issues(TITLE + HEAD + "12月2日(周四),,王强,刘洋,,\n") == [("A3", "weekday_mismatch")]


def test_a_day_that_is_there_twice_is_in_no_shift():
    text = HEAD + "12月1日,,王强,赵建国,,\n12月1日,,李春燕,刘洋,,\n12月2日,,王强,陈静,,\n"
    assert issues(text) == [("A3", "duplicate_day")]
    assert {d for d, _ in days(text)} == {2}
    assert "第 2 行和第 3 行" in read(text).issues[0].message


def test_a_missing_day_is_told_at_the_next():
    text = HEAD + "12月1日,,王强,赵建国,,\n12月2日,,李春燕,刘洋,,\n12月4日,,王强,陈静,,\n"
    assert issues(text) == [("A4", "missing_day")]
    assert {d for d, _ in days(text)} == {1, 2, 4}


def test_an_impossible_day_is_no_missing_day_too():
    text = HEAD + "11月29日,,王强,赵建国,,\n11月31日,,李春燕,刘洋,,\n12月1日,,王强,陈静,,\n"
    assert issues(text) == [("A3", "bad_date")]


def test_a_note_of_a_swap_puts_who_is_named_in_doubt():
    text = HEAD + "12月1日,,王强,赵建国,,赵建国与刘洋调班\n12月2日,,李春燕,陈静（替周涛）,,\n12月3日,,王强,孙悦,,\n"
    assert issues(text) == [("D3", "swap_note"), ("F2", "swap_note")]
    assert days(text) == [(1, "王强"), (2, "李春燕"), (3, "王强"), (3, "孙悦")]


def test_a_note_that_names_nobody_of_its_day_puts_those_of_the_same_role_in_doubt():
    rows = "12月1日,,王强,赵建国,,与刘洋调班\n12月2日,,李春燕,陈静,,\n"
    assert (1, "王强") not in days(HEAD + rows)
    told = HEAD + rows + "12月3日,,王强,刘洋,,\n12月4日,,王强,刘洋,,\n"
    assert [one for one in days(told) if one[0] == 1] == [(1, "王强")]


def test_the_only_day_of_the_other_of_a_swap_is_in_doubt_too():
    rows = "12月1日,,王强,赵建国,,与刘洋对调\n12月2日,,李春燕,刘洋,,\n12月3日,,王强,陈静,,\n"
    assert [one for one in days(HEAD + rows) if one[1] in ("赵建国", "刘洋")] == []
    replaced = rows.replace("与刘洋对调", "由刘洋替")
    assert [one for one in days(HEAD + replaced) if one[1] in ("赵建国", "刘洋")] == [(2, "刘洋")]


def test_titles_and_footers_are_no_names():
    text = PLAIN + "注：值班人员须24小时在岗,,,,,\n值班电话：0870-2120001,,,,,\n填表人：王强,,审核：李春燕,,,\n"
    assert issues(text) == []
    assert shifts(text) == shifts(PLAIN)


def test_columns_with_hours_are_shifts_of_those_hours():
    text = "日期,带班领导,白班(8:00-18:00),夜班(18:00-次日8:00)\n12月1日,王强,赵建国,刘洋\n"
    assert shifts(text) == [(1, "带王强", 8, 8), (1, "值赵建国", 8, 18), (1, "值刘洋", 18, 8)]


def test_hours_may_stand_in_a_note():
    text = "日期,带班领导,白班,夜班\n12月1日,王强,赵建国,刘洋\n注：白班8:00-18:00，夜班18:00-次日8:00\n"
    assert shifts(text) == [(1, "带王强", 8, 8), (1, "值赵建国", 8, 18), (1, "值刘洋", 18, 8)]


def test_a_night_without_hours_is_asked_for():
    text = "日期,带班领导,白班(8:00-18:00),夜班\n12月1日,王强,赵建国,刘洋\n"
    assert issues(text) == [("D1", "empty")]
    assert shifts(text) == [(1, "带王强", 8, 8), (1, "值赵建国", 8, 18)]


def test_day_and_night_may_be_rows():
    text = "日期,班次,值班人员\n12月1日,白班8:00-18:00,赵建国\n,夜班18:00-8:00,刘洋\n12月2日,白班8:00-18:00,陈静\n"
    assert shifts(text) == [(1, "值赵建国", 8, 18), (1, "值刘洋", 18, 8), (2, "值陈静", 8, 18)]
    assert issues(text) == []


def test_dates_may_run_across():
    text = "日期,12月7日,12月8日\n星期,星期一,星期三\n带班领导,王强,李春燕\n值班人员,赵建国,刘洋\n"
    assert days(text) == [(7, "王强"), (7, "赵建国")]
    assert issues(text) == [("C2", "weekday_mismatch")]


def test_two_halves_of_a_month_may_stand_side_by_side():
    text = "日期,带班领导,值班人员,日期,带班领导,值班人员\n12月1日,王强,赵建国,12月16日,李春燕,刘洋\n"
    assert days(text) == [(1, "王强"), (1, "赵建国"), (16, "李春燕"), (16, "刘洋")]


def test_a_range_of_days_is_one_row():
    text = "日期,带班领导,值班人员\n12月5日-7日,王强,赵建国\n12月8日-10日,李春燕,刘洋\n"
    assert [d for d, name in days(text) if name in ("王强", "李春燕")] == [5, 6, 7, 8, 9, 10]


def test_the_tenth_that_a_spreadsheet_took_for_a_number_is_told_by_its_neighbours():
    text = "日期,值班人员\n" + "".join(f"12.{d},王强\n" for d in ("8", "9", "1", "11"))
    assert [d for d, _ in days(text)] == [8, 9, 10, 11]
    assert issues(text) == []


def test_a_number_in_the_row_decides_between_two_of_one_name():
    text = HEAD + "12月1日,,王强,张伟,13808700022,\n12月2日,,王强,张伟,,\n12月3日,,张伟,刘洋,13999999999,\n"
    got = read(text)
    assert [s.mobile for s in got.shifts if s.name == "张伟"] == ["13808700022"]
    assert [(i.cell, i.kind) for i in got.issues] == [
        *(("C4", "ambiguous_name"), ("D3", "ambiguous_name"), ("D4", "ambiguous_name"))
    ]


def test_a_sheet_that_is_no_roster_is_told():
    assert issues("a,b\nc,d\n") == [("A1", "empty")]


def test_pasted_columns_are_read():
    assert days("日期\t带班领导\t值班人员\n12月1日\t王强\t赵建国\n") == [(1, "王强"), (1, "赵建国")]
    assert days("日期 带班领导 值班人员\n12月1日 王强 赵建国\n") == [(1, "王强"), (1, "赵建国")]


def test_a_message_without_a_header_is_read_by_its_words():
    text = "12月1日 带班：王强 值班：赵建国\n12月2日 带班：李春燕 值班：刘洋、陈静\n"
    assert [name for _, name in days(text)] == ["王强", "赵建国", "李春燕", "刘洋", "陈静"]
    assert shifts("12月1日 王强 赵建国\n") == []
    assert issues("12月1日 王强 赵建国\n") == [("B1", "empty"), ("C1", "empty")]


def test_the_day_on_which_a_sheet_was_filled_in_is_none_of_its_own():
    text = "12月值班表\n单位：水务局,填表日期：2026-11-25\n日期,值班人员\n1日,王强\n领导签字：,日期：\n"
    assert (days(text), issues(text)) == ([(1, "王强")], [])


def test_a_column_that_says_only_name_has_the_role_of_the_title():
    assert shifts("12月领导带班表\n日期,姓名\n12月1日,王强\n") == [(1, "带王强", 8, 8)]
    assert shifts("12月值班表\n日期,姓名\n12月1日,王强\n") == [(1, "值王强", 8, 8)]


def test_names_and_numbers_may_share_a_column():
    text = "日期,带班领导及电话,值班人员(电话)\n12月1日,王强13808700010,张伟 13808700022\n"
    assert [s.mobile for s in read(text).shifts] == ["13808700010", "13808700022"]


def test_a_cell_that_names_two_in_one_place_is_in_no_shift():
    text = "日期,值班人员\n12月1日,刘洋代陈静\n12月2日,王强\n"
    assert (days(text), issues(text)) == ([(2, "王强")], [("B2", "swap_note")])


def test_a_place_that_is_still_open_is_an_issue():
    assert issues("日期,值班人员\n12月1日,待定\n12月2日,王强\n") == [("B2", "empty")]


def test_another_unit_than_that_of_the_directory_is_a_doubt():
    text = "日期,单位,值班人员\n12月1日,教育局,刘洋\n12月2日,县水务局,刘洋\n"
    assert (days(text), issues(text)) == ([(2, "刘洋")], [("C2", "ambiguous_name")])


def test_a_leap_day_of_a_common_year_is_impossible():
    assert issues("2027年2月值班表\n日期,值班人员\n2月28日,王强\n2月29日,刘洋\n3月1日,王强\n") == [("A4", "bad_date")]


def test_a_day_in_both_halves_of_a_month_is_in_no_shift():
    text = "日期,值班人员,日期,值班人员\n12月1日,王强,12月2日,刘洋\n12月2日,陈静,12月3日,孙悦\n"
    assert (days(text), issues(text)) == ([(1, "王强"), (3, "孙悦")], [("C2", "duplicate_day")])


def test_the_title_does_not_decide_between_two_of_one_name():
    assert issues("水务局12月值班表\n日期,值班人员\n12月1日,张伟\n") == [("B3", "ambiguous_name")]


def test_a_footer_that_names_a_swap_is_an_issue_and_a_rule_is_none():
    text = "日期,值班人员\n12月1日,王强\n12月2日,陈静\n注：12月1日王强与刘洋调班\n要求：不得擅自调班替班\n"
    assert (days(text), issues(text)) == ([(2, "陈静")], [("A4", "swap_note")])


def test_a_line_below_the_table_that_begins_with_its_day_is_a_note():
    text = "日期,值班人员\n12月1日,王强\n12月2日,陈静\n1日王强与刘洋对调\n"
    assert (days(text), issues(text)) == ([(2, "陈静")], [("A4", "swap_note")])


def test_days_before_the_first_lead_of_a_week_are_issues():
    rows = "".join(f"12月{d}日,,{'王强' if d == 7 else ''},刘洋,,\n" for d in range(5, 14))
    assert issues(HEAD + rows) == [("C2", "empty"), ("C3", "empty")]
    assert [d for d, name in days(HEAD + rows) if name == "王强"] == [7, 8, 9, 10, 11, 12, 13]


def test_numbers_parted_by_a_space_are_two():
    text = HEAD + "12月1日,,王强,赵建国、李春燕,13808700011 13808700012,\n12月2日,,王强,刘洋,138 0870 0013,\n"
    assert issues(text) == []
    assert issues(text.replace("00012", "00099")) == [("D2", "ambiguous_name")]


def test_an_open_place_is_an_issue_and_nobody_on_purpose_is_none():
    rows = "".join(f"12月{d}日,,王强,{sign},,\n" for d, sign in enumerate(("赵建国", "—", "/", "无", "空", "休息"), 1))
    assert issues(HEAD + rows) == [("D3", "empty"), ("D4", "empty"), ("D6", "empty")]
    assert issues(HEAD + "12月1日,,王强,赵建国、待定,,\n") == [("D2", "empty")]


def test_month_and_day_may_have_a_column_each():
    text = "月,日,带班,值班,月,日,带班,值班\n12,1,王强,刘洋,12,3,李春燕,陈静\n,2,李春燕,孙悦,,4,王强,周涛\n"
    assert [d for d, _ in days(text)] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert issues(text) == []


def test_first_and_last_day_may_have_a_column_each():
    text = "起始日期,截止日期,带班领导,值班人员\n12月1日,12月3日,王强,刘洋\n12月4日,12月6日,李春燕,陈静\n"
    assert [d for d, name in days(text) if name in ("王强", "李春燕")] == [1, 2, 3, 4, 5, 6]
    assert issues(text.replace("12月6日", "12月2日")) == [("A3", "bad_date")]


def test_two_ranges_that_share_a_day_lose_that_day_only():
    text = "日期,值班人员\n12.1-12.3,王强\n12.3-12.5,刘洋\n"
    assert days(text) == [(1, "王强"), (2, "王强"), (4, "刘洋"), (5, "刘洋")]
    assert issues(text) == [("A3", "duplicate_day")]


def test_weekdays_alone_are_days_only_of_a_week_in_the_title():
    rows = "星期,带班领导,值班人员\n星期一,王强,刘洋\n星期二,李春燕,陈静\n"
    assert (days(rows), issues(rows)) == ([], [("A2", "bad_date"), ("A3", "bad_date")])
    assert days("12月7日—12月13日值班表\n" + rows) == [(7, "王强"), (7, "刘洋"), (8, "李春燕"), (8, "陈静")]


def test_the_leader_of_a_day_in_two_rows_is_there_all_day():
    head = "日期,带班领导,班次,时间,值班员\n"
    text = head + "12月1日,王强,白班,8:00-20:00,刘洋\n,,夜班,20:00-8:00,陈静\n12月2日,李春燕,白班,8:00-20:00,孙悦\n"
    first = [(1, "带王强", 8, 8), (1, "值刘洋", 8, 20), (1, "值陈静", 20, 8)]
    assert shifts(text) == [*first, (2, "带李春燕", 8, 20), (2, "值孙悦", 8, 20)]
    assert issues(text) == []


def test_hours_after_midnight_behind_an_evening_are_of_the_night_after():
    text = "日期,班次,值班员\n12月1日,8:00-16:00,王强\n,16:00-24:00,刘洋\n,0:00-8:00,陈静\n"
    assert shifts(text) == [(1, "值王强", 8, 16), (1, "值刘洋", 16, 0), (2, "值陈静", 0, 8)]
    columns = "日期,早班8:00-16:00,中班16:00-24:00,晚班0:00-8:00\n12月1日,王强,刘洋,陈静\n"
    assert shifts(columns) == shifts(text)
    assert shifts("日期,早班0:00-8:00,中班8:00-16:00\n12月1日,王强,刘洋\n") == [
        (1, "值王强", 0, 8),
        (1, "值刘洋", 8, 16),
    ]


def test_a_leader_of_some_days_only_is_not_repeated():
    rows = "".join(f"12月{d}日,,{'王强' if d in (5, 6, 12, 13) else ''},刘洋,,\n" for d in range(1, 15))
    assert [d for d, name in days(HEAD + rows) if name == "王强"] == [5, 6, 12, 13]


def test_a_column_of_names_whose_word_is_unknown_is_staff_beside_the_leaders():
    text = "日期,星期,带班领导,A岗,机关,签名\n12月1日,星期二,王强,刘洋,陈静,孙悦\n12月2日,星期三,李春燕,孙悦,周涛,\n"
    assert [name for day, name in days(text) if day == 1] == ["王强", "刘洋", "陈静"]


def test_a_column_of_names_whose_role_nothing_tells_is_an_issue():
    text = "日期,值班人员,巡查\n12月1日,王强,刘洋\n12月2日,李春燕,陈静\n"
    assert (issues(text), len(days(text))) == ([("C2", "empty")], 2)
    assert "还有 1 格" in read(text).issues[0].message


def test_a_leader_told_above_the_table_is_an_issue_and_a_list_of_numbers_is_none():
    text = "带班领导：李春燕\n日期,值班人员\n12月1日,王强\n审核：刘洋\n姓名,电话\n陈静,13808700014\n"
    assert issues(text) == [("A1", "empty")]


def test_a_sheet_without_a_year_is_of_the_year_of_its_weekdays():
    text = "6月值班表\n日期,星期,值班人员\n6月1日,星期二,王强\n6月2日,星期三,刘洋\n6月3日,星期四,王强\n"
    assert ({s.start.year for s in read(text).shifts}, issues(text)) == ({2027}, [])


def test_rows_without_a_date_are_of_the_day_above_when_no_day_is_left_out():
    text = "日期,带班领导,值班人员\n12月1日,王强,刘洋\n,,陈静\n12月2日,李春燕,孙悦\n,,周涛\n"
    assert [name for day, name in days(text) if day == 2] == ["李春燕", "孙悦", "周涛"]
    assert issues(text) == []
    gap = text.replace("12月2日", "12月3日")
    assert (("A3", "bad_date") in issues(gap), (1, "陈静") in days(gap)) == (True, False)
    assert issues("日期,值班人员\n12月1日,刘洋\n,陈静\n") == [("A3", "bad_date")]


def test_a_header_of_two_rows_may_have_lost_its_merged_cells():
    text = "日期,带班领导,,值班人员,,备注\n,姓名,电话,姓名一,姓名二,\n12月1日,王强,13808700010,刘洋,陈静,\n"
    assert (shifts(text), issues(text)) == ([(1, "带王强", 8, 8), (1, "值刘洋", 8, 8), (1, "值陈静", 8, 8)], [])


def test_the_unit_above_a_column_decides_between_two_of_one_name():
    text = "日期,水务局,,供电局,\n,带班领导,值班人员,带班领导,值班人员\n12月1日,王强,张伟,李春燕,张伟\n"
    assert [s.mobile for s in read(text).shifts if s.name == "张伟"] == ["13808700021", "13808700022"]
    assert issues(text) == [("D3", "ambiguous_name")]  # 李春燕 is of the other unit


@pytest.mark.parametrize("cell", ["12月1日8:00-12月2日8:00", "12月1日(周二)8:00至次日8:00", "12月1日 8时—12月2日 8时"])
def test_hours_may_stand_beside_the_day(cell):
    text = f"时间,值班人员\n{cell},王强\n12月2日20:00-12月3日8:00,刘洋\n"
    assert (shifts(text), issues(text)) == ([(1, "值王强", 8, 8), (2, "值刘洋", 20, 8)], [])


def test_a_number_that_lost_its_digits_is_not_taken_for_that_of_another_in_the_row():
    text = "日期,值班人员,电话,带班领导,电话\n12月1日,王强,1.39E+10,刘洋,13808700013\n"
    assert (days(text), issues(text)) == ([(1, "刘洋")], [("B2", "ambiguous_name")])


def test_two_names_of_one_place_are_a_doubt():
    text = "日期,带班领导,值班人员\n12月1日,王强,刘洋（原陈静）\n"
    assert (days(text), issues(text)) == ([(1, "王强")], [("C2", "swap_note")])


def test_a_rule_about_swaps_that_names_who_agrees_is_no_swap():
    text = "日期,值班人员\n12月1日,王强\n12月2日,刘洋\n说明：确需调换须经王强同意\n"
    assert (len(days(text)), issues(text)) == (2, [])
    asked = text + "王强与刘洋对调，请知悉\n"
    assert (days(asked), issues(asked)) == ([], [("A5", "swap_note")])


def test_hours_told_at_a_name_are_its_hours():
    text = (
        "日期,值班人员\n12月1日,王强（8:00-20:00）刘洋（20:00-8:00）\n12月2日,白：陈静 夜：孙悦\n注：白班8:00-18:00\n"
    )
    assert shifts(text) == [(1, "值王强", 8, 20), (1, "值刘洋", 20, 8), (2, "值陈静", 8, 18)]
    assert issues(text) == [("B3", "empty")]
    assert issues("日期,值班人员\n12月1日,王强（上午）刘洋（下午）\n") == [("B2", "empty")]


def test_blanks_repeat_a_leader_of_some_days_each_however_many():
    rows = "".join(f"12月{d}日,,{'王强' if d in (1, 4, 6, 9) else ''},刘洋,,\n" for d in range(1, 11))
    assert [d for d, name in days(HEAD + rows) if name == "王强"] == list(range(1, 11))


@pytest.mark.parametrize(
    ("note", "hours"),
    [
        *(("值班时间从当日上午8:30至次日上午8:30", (8, 8)), ("值班时间：17:30至次日8:30", (17, 8))),
        *(("每班24小时（9:00-次日9:00）", (9, 9)), ("交接班时间为每天上午9时", (9, 9)), ("白班时间9:00-21:00", (8, 8))),
        ("上班时间9:00-12:00，14:00-18:00", (8, 8)),
    ],
)
def test_a_note_may_tell_when_a_day_begins(note, hours):
    got = shifts(f"日期,值班人员\n12月1日,王强\n备注：{note}\n")
    assert got == [(1, "值王强", *hours)]


def test_a_month_that_lacks_its_first_or_last_day_is_told():
    rows = "".join(f"{d}日,王强\n" for d in range(2, 30))
    assert issues("2026年12月值班表\n日期,值班人员\n" + rows) == [("A3", "missing_day"), ("A30", "missing_day")]
    assert issues("2026年12月值班表\n日期,值班人员\n" + "\n".join(rows.split()[:9])) == []


def test_a_name_alone_in_a_column_of_swaps_is_a_note():
    text = "日期,带班领导,值班人员,替班\n12月1日,王强,刘洋,陈静\n12月2日,王强,陈静,无\n12月3日,王强,陈静,\n"
    assert issues(text) == [("D2", "swap_note")]
    assert [one for one in days(text) if one[0] == 1] == [(1, "王强")]


def test_a_column_headed_by_its_hours_holds_names():
    text = "日期,8:00-18:00,18:00-次日8:00\n12月1日,王强,刘洋\n"
    assert (shifts(text), issues(text)) == ([(1, "值王强", 8, 18), (1, "值刘洋", 18, 8)], [])


def test_who_stands_on_the_day_of_a_note_that_names_only_the_other_is_in_doubt_too():
    rows = (
        "12月1日,,王强,赵建国,,与12月3日刘洋互换\n12月2日,,李春燕,陈静,,\n12月3日,,王强,刘洋,,\n12月4日,,王强,刘洋,,\n"
    )
    assert [one for one in days(HEAD + rows) if one[1] in ("赵建国", "刘洋", "陈静")] == [(2, "陈静"), (4, "刘洋")]


def test_below_the_names_of_units_stand_their_staff_unless_the_title_speaks_of_leaders():
    text = "日期,水务局,供电局\n12月1日,王强,张伟\n12月2日,张伟,王强\n"
    got = read("2026年12月值班一览表\n" + text)
    assert [(s.start.day, s.role, s.mobile[-2:]) for s in got.shifts] == [
        *((1, "staff", "10"), (1, "staff", "22"), (2, "staff", "21"))
    ]
    assert [(one.cell, one.kind) for one in got.issues] == [("C4", "ambiguous_name")]
    assert {s.role for s in read("2026年12月领导带班表\n" + text).shifts} == {"lead"}


@pytest.mark.parametrize("made", [(5, 6, 12, 13, 19, 20), (1, 2, 3, 4, 5, 6, 7, 11, 17, 18)], ids=["weekends", "all"])
def test_a_roster_of_weekends_and_holidays_lacks_no_day_between_them(made):
    month = 12 if made[0] == 5 else 10
    rows = "".join(f"2026年{month}月{d}日,王强\n" for d in made)
    assert issues("节假日值班表\n日期,值班人员\n" + rows) == []
    text = "12月值班安排\n" + "".join(f"2026年{month}月{d}日 值班：王强\n" for d in made)
    assert issues(text) == []
    lacking = "".join(f"2026年12月{d}日,王强\n" for d in (5, 6, 7, 9, 10))
    assert issues("值班表\n日期,值班人员\n" + lacking) == [("A6", "missing_day")]
