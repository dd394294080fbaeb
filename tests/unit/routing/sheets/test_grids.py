from datetime import date

from routing.sheets.book import read_text
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

NAMES = ["王强", "赵建国", "李春燕", "刘洋", "陈静", "孙悦", "周涛", "吴敏"]
PEOPLE = People(tuple(Person(name=n, unit="水务局", mobile=f"1380870001{i}") for i, n in enumerate(NAMES)))


def read(text):
    return read_roster(read_text(text, "表"), PEOPLE, today=date(2026, 11, 20))


def shifts(text):
    return [(s.start.day, s.name, s.role) for s in read(text).shifts]


def issues(text):
    return [(i.cell, i.kind) for i in read(text).issues]


WEEKDAYS = "一,二,三,四,五,六,日\n"
DECEMBER = "2026年12月值班表,,,,,,\n" + WEEKDAYS


def test_a_calendar_has_names_below_the_day_in_its_cell():
    text = DECEMBER + ',"1\n王强","2\n刘洋","3\n陈静","4日\n孙悦、周涛","5\n吴敏","6\n王强"\n'
    assert shifts(text)[:2] == [(1, "王强", "staff"), (2, "刘洋", "staff")]
    assert [name for day, name, _ in shifts(text) if day == 4] == ["孙悦", "周涛"]
    assert issues(text) == []


def test_a_calendar_has_names_in_the_cells_below_the_days():
    text = DECEMBER + ",1,2,3,4,5,6\n,王强,刘洋,陈静,孙悦,,吴敏\n7,8,9,10,11,12,13\n" + ",".join(NAMES[:7]) + "\n"
    assert (8, "赵建国", "staff") in shifts(text)
    assert issues(text) == [("F3", "empty")]


def test_labels_in_a_calendar_tell_the_role():
    text = DECEMBER + ',"1\n带班：王强\n值班：刘洋","2\n带：陈静 值：孙悦",3,4,5,6\n'
    assert shifts(text) == [(1, "王强", "lead"), (1, "刘洋", "staff"), (2, "陈静", "lead"), (2, "孙悦", "staff")]


def test_rows_of_a_calendar_may_tell_the_role():
    days = "日期,7,8,9,10,11,12,13\n带班领导" + ",王强" * 7 + "\n值班人员" + ",刘洋" * 7 + "\n"
    text = "2026年12月值班表\n星期," + WEEKDAYS + days
    assert shifts(text)[:2] == [(7, "王强", "lead"), (7, "刘洋", "staff")]
    assert issues(text) == []


def test_a_calendar_of_leads_and_staff_without_labels_is_a_doubt():
    text = DECEMBER.replace("值班表", "带班值班表") + ',"1\n王强\n刘洋",2,3,4,5,6\n'
    assert shifts(text) == []
    assert issues(text)[0] == ("B3", "empty")


def test_a_day_below_the_wrong_weekday_is_an_issue():
    text = DECEMBER + ',"2\n王强","3\n刘洋","4\n陈静","5\n孙悦","6\n吴敏","7\n王强"\n'
    assert {kind for _, kind in issues(text)} == {"weekday_mismatch"}
    assert shifts(text) == []


def test_a_calendar_begins_with_days_of_the_month_before():
    text = DECEMBER + '"30\n王强","1\n刘洋","2\n刘洋","3\n陈静","4\n孙悦","5\n吴敏","6\n王强"\n'
    assert [s.start.month for s in read(text).shifts][:2] == [11, 12]
    assert issues(text) == []


def matrix(*rows, note=""):
    head = "姓名," + ",".join(str(day) for day in range(1, 8)) + "\n"
    week = "星期,二,三,四,五,六,日,一\n"
    return "2026年12月值班表\n" + head + week + "\n".join(rows) + "\n" + note


def test_marks_of_people_and_days_are_shifts():
    text = matrix("王强,班,,,√,,,班", "刘洋,休,值,班,,√,班,")
    assert [(day, name) for day, name, _ in shifts(text)] == [
        *((1, "王强"), (2, "刘洋"), (3, "刘洋"), (4, "王强"), (5, "刘洋"), (6, "刘洋"), (7, "王强"))
    ]
    assert issues(text) == []


def test_marks_of_day_and_night_need_hours():
    rows = ("王强,白,夜,白,夜,白,夜,白", "刘洋,夜,白,夜,白,夜,白,夜")
    assert shifts(matrix(*rows)) == []
    assert issues(matrix(*rows)) == [("B4", "empty"), ("C4", "empty")]
    told = read(matrix(*rows, note="注：白：8:00-18:00；夜：18:00-次日8:00\n"))
    assert len(told.shifts) == 14
    assert told.issues == ()


def test_a_day_that_nobody_has_is_an_issue():
    assert issues(matrix("王强,班,班,班,,班,班,班")) == [("E2", "empty")]


def test_a_stranger_in_a_grid_is_an_issue_at_the_name():
    assert issues(matrix("王强,班,班,班,班,班,班,班", "孙悟空,班,,,,,,")) == [("A5", "unknown_name")]


def test_days_whose_month_is_told_nowhere_are_one_issue():
    text = matrix("王强,班,班,班,班,班,班,班").replace("2026年12月", "")
    assert (shifts(text), issues(text)) == ([], [("B2", "bad_date")])


def test_a_swap_or_a_stranger_in_a_calendar_is_an_issue_at_its_cell():
    text = DECEMBER + ',"1\n王强（替周涛）","2\n孙悟空","3 元旦\n陈静",4 孙悦,5 吴敏,6 〃\n'
    assert issues(text) == [("B3", "swap_note"), ("C3", "unknown_name"), ("G3", "empty")]
    assert [day for day, _, _ in shifts(text)] == [3, 4, 5]


def test_words_beside_the_rows_of_a_week_tell_hours():
    days = "日期,7,8,9,10,11,12,13\n"
    rows = "白班(8:00-20:00)" + ",王强" * 7 + "\n夜班(20:00-8:00)" + ",刘洋" * 6 + ",\n"
    got = read("2026年12月值班表\n星期," + WEEKDAYS + days + rows)
    assert {(s.name, s.start.hour, s.end.hour) for s in got.shifts} == {("王强", 8, 20), ("刘洋", 20, 8)}
    assert [(i.cell, i.kind) for i in got.issues] == [("H5", "empty")]


def test_a_row_of_telephones_in_a_calendar_is_of_the_names_above():
    days = "日期,7,8,9,10,11,12,13\n"
    rows = "带班领导" + ",王强" * 7 + "\n联系电话" + ",13808700010" * 6 + ",13808700099\n"
    text = "2026年12月值班表\n星期," + WEEKDAYS + days + rows
    assert shifts(text) == [(day, "王强", "lead") for day in range(7, 13)]
    assert issues(text) == [("H4", "ambiguous_name")]


def test_a_day_that_lacks_a_role_all_others_have_is_an_issue():
    text = DECEMBER + "," + ",".join(f'"{d}\n带班：王强\n值班：刘洋"' for d in range(1, 6)) + ',"6\n带班：王强"\n'
    assert issues(text) == [("G3", "empty")]
    assert (6, "王强", "lead") in shifts(text)


def test_weeks_below_each_other_with_days_across_are_all_read():
    def week(first):
        days = ",".join(f"12月{first + n}日" for n in range(7))
        return f"日期,{days}\n星期,{WEEKDAYS}带班领导{',王强' * 7}\n值班人员{',刘洋' * 7}\n"

    text = "2026年12月值班表\n" + week(7) + week(14)
    assert ({day for day, _, _ in shifts(text)}, len(shifts(text)), issues(text)) == (set(range(7, 21)), 28, [])


def test_a_row_of_notes_in_a_calendar_is_of_its_days():
    days = "日期,7,8,9,10,11,12,13\n"
    rows = "值班人员,王强,刘洋,王强,刘洋,陈静,孙悦,吴敏\n备注,,,与10日刘洋调班,,,,\n"
    text = "2026年12月值班表\n星期," + WEEKDAYS + days + rows
    assert ([day for day, _, _ in shifts(text)], issues(text)) == ([7, 8, 11, 12, 13], [("D5", "swap_note")])
