import io
from datetime import date, datetime, timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
import xlwt
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from routing.sheets.book import BadBook, Book, book_of, read_book, read_rows
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

NAMES = ["王强", "赵建国", "李春燕", "刘洋", "陈静", "孙悦", "周涛", "吴敏"]
PEOPLE = People(tuple(Person(name=n, unit="水务局", mobile=f"1380870001{i}") for i, n in enumerate(NAMES)))
HEAD = ["日期", "星期", "带班领导", "值班人员", "电话", "备注"]


def workbook(rows, title="2026年12月"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book, book.active


def read(book, path):
    book.save(path / "表.xlsx")
    return got(read_book(path / "表.xlsx"))


def got(book):
    found = read_roster(book, PEOPLE, today=date(2026, 11, 20))
    return [(s.start.day, s.name) for s in found.shifts], [(i.cell, i.kind) for i in found.issues]


ROWS = [
    HEAD,
    ["12月1日", "星期二", "王强", "赵建国", 13808700011, None],
    ["12月2日", "星期三", None, "刘洋", 1.3808700013e10, None],
    ["12月3日", "星期四", None, "陈静", "13808700014", None],
]
READ = [(1, "王强"), (1, "赵建国"), (2, "王强"), (2, "刘洋"), (3, "王强"), (3, "陈静")]


def test_a_merged_cell_holds_for_its_whole_range(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    assert read(book, tmp_path) == (READ, [])


def test_dates_may_be_dates_and_serials(tmp_path):
    book, sheet = workbook(ROWS)
    sheet["A2"], sheet["A3"], sheet["A4"] = datetime(2026, 12, 1), 46358, date(2026, 12, 3)  # noqa: DTZ001
    sheet.merge_cells("C2:C4")
    assert read(book, tmp_path) == (READ, [])


def test_a_header_of_two_rows_is_read(tmp_path):
    rows = [
        ["水务局2026年12月值班表"],
        ["日期", "星期", "带班领导", None, "值班人员", None],
        [None, None, "姓名", "电话", "白班(8:00-18:00)", "夜班(18:00-8:00)"],
        ["12月1日", "二", "王强", 13808700010, "赵建国", "刘洋"],
        ["12月2日", "三", "李春燕", 13808700012, "陈静", "孙悦"],
    ]
    book, sheet = workbook(rows)
    for merged in ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"):
        sheet.merge_cells(merged)
    expected = [(1, "王强"), (1, "赵建国"), (1, "刘洋"), (2, "李春燕"), (2, "陈静"), (2, "孙悦")]
    assert read(book, tmp_path) == (expected, [])


def test_what_is_struck_through_is_no_shift(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    sheet["D3"].font = Font(strike=True)
    shifts, issues = read(book, tmp_path)
    assert ((2, "刘洋") in shifts, issues) == (False, [("D3", "swap_note")])


def test_a_name_struck_through_beside_another_is_no_shift(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    sheet["D3"] = CellRichText(TextBlock(InlineFont(strike=True), "刘洋"), "孙悦")
    shifts, issues = read(book, tmp_path)
    assert ([name for day, name in shifts if day == 2], issues) == (["王强"], [("D3", "swap_note")])


def test_a_comment_may_tell_a_swap(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    sheet["D3"].comment = Comment("与陈静换班", "办公室")
    shifts, issues = read(book, tmp_path)
    assert ([name for day, name in shifts if day == 2], issues) == (["王强"], [("D3", "swap_note")])


def test_what_is_hidden_is_not_read(tmp_path):
    book, sheet = workbook([*ROWS, ["12月4日", "星期五", "李春燕", "孙悦"]])
    sheet.merge_cells("C2:C4")
    sheet.row_dimensions[5].hidden = True
    hidden = book.create_sheet("旧表")
    hidden.append(HEAD)
    hidden.append(["12月9日", None, "吴敏", "吴敏"])
    hidden.sheet_state = "hidden"
    assert read(book, tmp_path) == (READ, [])


def test_a_hidden_column_is_not_read(tmp_path):
    book, sheet = workbook([["日期", "值班人员", "值班人员"], ["12月1日", "王强", "吴敏"], ["12月2日", "刘洋", "吴敏"]])
    sheet.column_dimensions["C"].hidden = True
    assert read(book, tmp_path) == ([(1, "王强"), (2, "刘洋")], [])


def test_all_visible_sheets_are_read(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    more = book.create_sheet("2027年1月")
    for row in (HEAD[:4], ["1", "五", "吴敏", "周涛"]):
        more.append(row)
    shifts, issues = read(book, tmp_path)
    assert (shifts[-2:], issues) == ([(1, "吴敏"), (1, "周涛")], [])


def test_an_old_file_is_read_like_a_new_one(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("2026年12月")
    dates, struck = xlwt.easyxf(num_format_str="yyyy-mm-dd"), xlwt.easyxf("font: struck_out on")
    for col, text in enumerate(HEAD):
        sheet.write(0, col, text)
    for at, day in enumerate((1, 2, 3), 1):
        sheet.write(at, 0, datetime(2026, 12, day), dates)  # noqa: DTZ001
        sheet.write(at, 3, NAMES[day], *((struck,) if day == 2 else ()))
        sheet.write(at, 4, float(f"1380870001{day}"))
    sheet.write_merge(1, 3, 2, 2, "王强")
    old = book.add_sheet("旧")
    old.write(0, 0, "王强")
    old.visibility = 1
    book.save(str(tmp_path / "表.xls"))
    shifts, issues = got(read_book(tmp_path / "表.xls"))
    assert shifts == [(1, "王强"), (1, "赵建国"), (2, "王强"), (3, "王强"), (3, "刘洋")]
    assert issues == [("D3", "swap_note")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_text_files_are_read_in_every_usual_writing(tmp_path, encoding, sign):
    text = "\n".join(sign.join(row) for row in (HEAD[:4], ["12月1日", "星期二", "王强", "赵建国"]))
    (tmp_path / "表.csv").write_bytes(text.encode(encoding))
    assert got(read_book(tmp_path / "表.csv")) == ([(1, "王强"), (1, "赵建国")], [])


def test_a_directory_is_read_as_rows(tmp_path):
    (tmp_path / "d.csv").write_bytes("姓名,手机\n王强,13808700010\n".encode("gb18030"))
    assert read_rows(tmp_path / "d.csv") == [["姓名", "手机"], ["王强", "13808700010"]]


@pytest.mark.parametrize("content", [b"PK broken", b"\xd0\xcf\x11\xe0 broken"])
def test_a_broken_file_is_told(tmp_path, content):
    (tmp_path / "表.xlsx").write_bytes(content)
    with pytest.raises(BadBook, match="另存为"):
        read_book(tmp_path / "表.xlsx")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadBook, match="没有这个文件"):
        read_book(tmp_path / "无.xlsx")


def test_two_versions_of_a_sheet_that_differ_are_a_doubt(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    newer = book.create_sheet("2026年12月（修改）")
    for row in (*ROWS[:3], ["12月3日", "星期四", None, "孙悦"]):
        newer.append(row)
    newer.merge_cells("C2:C4")
    shifts, issues = read(book, tmp_path)
    assert [name for day, name in shifts if day == 3] == ["王强"]
    assert issues == [("A1", "duplicate_day")]


def test_a_row_that_is_struck_through_is_no_day(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    for cell in ("A3", "D3"):
        sheet[cell].font = Font(strike=True)
    shifts, issues = read(book, tmp_path)
    assert ({day for day, _ in shifts}, issues) == ({1, 3}, [("A3", "swap_note"), ("D3", "swap_note")])


def test_a_formula_that_was_never_worked_out_is_an_issue(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    sheet["A3"] = "=A2+1"
    assert read(book, tmp_path)[1] == [("A3", "bad_date")]


def test_a_list_of_people_beside_a_roster_is_no_roster(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    people = book.create_sheet("通讯录")
    people.append(["姓名", "手机"])
    people.append(["王强", 13808700010])
    assert read(book, tmp_path) == (READ, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        *((b"", "空的"), (b"\xef\xbb\xbf \r\n", "空的"), (b"%PDF-1.7 ...", "PDF"), (b"\x89PNG\r\n", "图片")),
        *((b"PK\x03\x04 word/document.xml", "Word"), (b"PK\x03\x04 nothing", "打不开"), (b"a\0b,c\0", "不是表格")),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"\xd0\xcf\x11\xe0 broken", "打不开"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "另存为 .xlsx"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_by_its_kind(content, said, tmp_path):
    path = tmp_path / "值班表.xls"
    path.write_bytes(content)
    with pytest.raises(BadBook, match=said):
        read_book(path)


def test_dates_and_names_that_refer_to_the_cell_above_need_no_spreadsheet_to_work_them_out(tmp_path):
    first = [datetime(2026, 12, 1), "王强"]  # noqa: DTZ001
    book, _ = workbook([["日期", "值班人员"], first, ["=A2+1", "=B2"], ["=SUM(A1)", "刘洋"]])
    assert read(book, tmp_path) == ([(1, "王强"), (2, "王强")], [("A4", "bad_date")])


def test_a_directory_that_is_no_csv_is_told(tmp_path):
    path = tmp_path / "通讯录.csv"
    workbook([["姓名", "手机"]])[0].save(path)
    with pytest.raises(BadBook, match="另存为 CSV"):
        read_rows(path)


@pytest.mark.parametrize(("names", "sure"), [(("Sheet1", "Sheet2"), False), (("水务局", "供电局"), True)])
def test_two_sheets_of_one_title_differ_by_their_names_or_are_a_doubt(names, sure, tmp_path):
    title = ["2026年12月值班表"]
    book, sheet = workbook([title, ["日期", "值班人员"], ["12月1日", "王强"]])
    sheet.title = names[0]
    other = book.create_sheet(names[1])
    for row in (title, ["日期", "值班人员"], ["12月1日", "刘洋"]):
        other.append(row)
    assert read(book, tmp_path) == (([(1, "王强"), (1, "刘洋")], []) if sure else ([], [("A1", "duplicate_day")]))


def test_an_odd_file_says_nothing_on_the_output_of_the_command(tmp_path, capsys):
    path = tmp_path / "值班表.xls"
    book = xlwt.Workbook()
    book.add_sheet("12月").write(0, 0, "日期")
    book.save(str(path))
    path.write_bytes(path.read_bytes() + b"x")
    assert len(read_book(path).pages) == 1
    assert capsys.readouterr().out == ""


@given(st.integers(0), st.integers(0, 255), st.booleans())
@example(668, 0, True)  # a code page that there is not
def test_a_damaged_file_is_read_or_refused(place, byte, old):
    if old:
        older = xlwt.Workbook()
        older.add_sheet("12月").write(0, 0, "日期")
        older.save(saved := io.BytesIO())
    else:
        workbook(ROWS)[0].save(saved := io.BytesIO())
    content = bytearray(saved.getvalue())
    content[place % len(content)] = byte
    try:
        assert isinstance(book_of(bytes(content), "值班表.xlsx"), Book)
    except BadBook as refused:
        assert "值班表" in str(refused)


def long_sheet(rows):
    names = [NAMES[at % 8] for at in range(rows)]
    return "日期,值班人员\n" + "".join(f"{date(2016, 1, 1) + timedelta(days=at)},{n}\n" for at, n in enumerate(names))


def test_a_sheet_of_ten_years_is_read_to_its_last_row():
    found = read_roster(book_of(long_sheet(3653).encode(), "表.csv"), PEOPLE, today=date(2026, 11, 20))
    assert (len(found.shifts), found.issues) == (3653, ())
    assert found.shifts[-1].start.date() == date(2025, 12, 31)


def test_a_sheet_that_is_too_large_is_not_read_at_all_and_its_last_row_is_named():
    text = long_sheet(3653) + "\n" * 100_000 + f"2026-12-01,{'王强,' * 70}\n"
    text += "".join(f",,{n}\n" for n in range(3653))
    found = read_roster(book_of(text.encode(), "表.csv"), PEOPLE, today=date(2026, 11, 20))
    assert found.shifts == ()
    assert [(one.cell, one.kind) for one in found.issues] == [("A107308", "empty")]
    assert "107308 行" in found.issues[0].message


def test_sheets_that_are_too_large_are_named_beside_one_that_is_read(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    for title in ("水务局", "供电局"):
        wide = book.create_sheet(title)
        for at in range(1, 501):
            wide.cell(at, at, "王强")
    book.save(tmp_path / "表.xlsx")
    found = read_roster(read_book(tmp_path / "表.xlsx"), PEOPLE, today=date(2026, 11, 20))
    assert len(found.shifts) == len(READ)
    assert [(one.sheet, one.cell) for one in found.issues] == [("水务局", "A500"), ("供电局", "A500")]


def test_a_stray_mark_in_the_last_cell_of_a_sheet_changes_nothing(tmp_path):
    book, sheet = workbook(ROWS)
    sheet.merge_cells("C2:C4")
    sheet.cell(1_048_576, 16_384, "x")
    assert read(book, tmp_path) == (READ, [])


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path):
    book, _ = workbook(ROWS)
    book.save(tmp_path / "表.xlsx")
    with ZipFile(tmp_path / "表.xlsx", "a", ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet2.xml", b" " * 40_000_000)
    with pytest.raises(BadBook, match="太大"):
        read_book(tmp_path / "表.xlsx")
    (tmp_path / "表.csv").write_bytes(b"," * 30_000_000)
    with pytest.raises(BadBook, match="太大"):
        read_book(tmp_path / "表.csv")
