from datetime import date

from routing.sheets.book import read_text
from routing.sheets.html import is_html
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

PEOPLE = People(tuple(Person(name=n, mobile=f"1380870001{i}") for i, n in enumerate(["王强", "刘洋", "陈静"])))


def read(text):
    got = read_roster(read_text(text, "表"), PEOPLE, today=date(2026, 11, 20))
    return [(s.start.day, s.name, s.role) for s in got.shifts], [(i.cell, i.kind) for i in got.issues]


HEAD = "<html><head><meta charset=gb2312><title>x</title></head><body><table><caption>2026年12月值班表</caption>"
ROWS = (
    "<tr><th>日期</th><th>带班领导</th><th>值班人员</th></tr>"
    "<tr><td>12月1日</td><td rowspan=2>王强</td><td>刘洋<br>陈静</td></tr>"
    "<tr><td>12月2日</td><td>孙悟空</td></tr>"
)


def test_a_table_of_a_page_is_read_with_its_spans_and_breaks():
    assert read(HEAD + ROWS + "</table></body></html>") == (
        [(1, "王强", "lead"), (1, "刘洋", "staff"), (1, "陈静", "staff"), (2, "王强", "lead")],
        [("C4", "unknown_name")],
    )


def test_a_page_whose_tags_are_not_closed_is_read_too():
    text = (HEAD + ROWS).replace("</td>", "").replace("</tr>", "").replace("</head>", "")
    assert read(text) == read(HEAD + ROWS + "</table></body></html>")


def test_what_is_struck_or_not_shown_is_no_shift():
    struck = ROWS.replace("孙悟空", "<s>刘洋</s>")
    assert read(HEAD + struck + "</table>")[1] == [("C4", "swap_note")]
    hidden = ROWS.replace("<tr><td>12月2日</td><td>孙悟空</td></tr>", "<tr style='display: none'><td>x</td></tr>")
    assert read(HEAD + hidden.replace("rowspan=2", "") + "</table>")[1] == []


def test_two_tables_of_a_page_stand_below_each_other():
    second = "<table><tr><td>日期<td>值班人员<tr><td>12月3日<td>悟空</table>"
    assert read(HEAD + ROWS + "</table>" + second)[1] == [("C4", "unknown_name"), ("B6", "unknown_name")]


def test_a_text_with_signs_like_tags_is_no_page():
    assert not is_html("日期,值班人员\n12月1日,<table>\n")
