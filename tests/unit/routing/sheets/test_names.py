import pytest

from routing.sheets.cells import Cell
from routing.sheets.names import Around, Doubt, who
from routing.sheets.people import BadPeople, People, Person, people_of
from routing.sheets.words import kind_of, names_in

ZHANG_WATER = Person(name="张伟", unit="水务局", post="局长", mobile="13808700001")
ZHANG_POWER = Person(name="张伟", unit="供电局", post="科员", mobile="13808700002")
LI = Person(name="李春燕", unit="水务局", post="副局长", mobile="13808700003")
WANG = Person(name="王强", unit="水务局", post="科员", mobile="13808700004")
ZHAO = Person(name="赵建国", unit="水务局", post="科员", mobile="13808700005")
LIU = Person(name="刘洋", unit="水务局", post="股长", mobile="13808700006")
PEOPLE = People((ZHANG_WATER, ZHANG_POWER, LI, WANG, ZHAO, LIU))


def found(text, people=PEOPLE, **around):
    entries = names_in(Cell(row=1, col=1, value=text), people).entries
    return [one.kind if isinstance(one, Doubt) else one for one in who(entries, people, Around(**around))]


@pytest.mark.parametrize(
    "written",
    [
        *("王强 赵建国", "王强、赵建国", "王强/赵建国", "王强,赵建国", "王强\n赵建国", "王  强 赵建国", "王强；赵建国"),
        *("王强13808700004 赵建国13808700005", "王强(13808700004)、赵建国(13808700005)", "王 强、赵 建 国"),
        *("王强同志、赵建国同志", "1.王强 2.赵建国", "王强\n13808700004\n赵建国\n138 0870 0005"),
        *("组长：王强 成员：赵建国", "①王强②赵建国", "王强和赵建国", "王强及赵建国", "王强赵建国", "A:王强 B岗:赵建国"),
        *("王强（司机）赵建国（党员）", "王强 66123 赵建国 66124"),
    ],
)
def test_two_names_in_one_cell(written):
    assert found(written) == [WANG, ZHAO]


@pytest.mark.parametrize(
    "written",
    ["李春燕副局长", "副局长李春燕", "副局长：李春燕", "李春燕（副局长）", "李春燕 副局长", "水务局李春燕", "李副局长"],
)
def test_a_title_stuck_to_a_name_is_no_part_of_it(written):
    assert found(written) == [LI]


def test_a_surname_with_a_title_is_whoever_has_the_post():
    assert found("张局长") == [ZHANG_WATER]
    assert found("刘股长") == [LIU]
    assert found("王局长") == ["ambiguous_name"]
    assert found("欧阳局长", People((Person(name="欧阳锋", post="科员", mobile="13808700008"),))) == ["ambiguous_name"]
    two = People((ZHANG_WATER, Person(name="张明", unit="供电局", post="局长", mobile="13808700009")))
    assert found("张局长", two) == ["ambiguous_name"]


def test_a_surname_with_a_title_may_be_a_deputy_of_that_surname():
    deputy = Person(name="张明", unit="水务局", post="副局长", mobile="13808700009")
    assert found("张局长", People((ZHANG_WATER, deputy))) == ["ambiguous_name"]
    assert found("张局长", People((deputy,))) == ["ambiguous_name"]
    assert found("张副局长", People((ZHANG_WATER, deputy))) == [deputy]


def test_a_number_of_one_and_the_unit_of_the_other_of_a_name_is_a_doubt():
    assert found("张伟13808700001", units=("供电局",)) == ["ambiguous_name"]
    assert found("张伟13808700001", units=("水务局",)) == [ZHANG_WATER]


def test_a_post_that_is_not_the_one_of_the_directory_contradicts_nobody():
    assert found("李春燕局长") == [LI]
    assert found("李春燕", posts=("党组成员",)) == [LI]


def test_a_name_that_two_have_is_a_doubt():
    assert found("张伟") == ["ambiguous_name"]


@pytest.mark.parametrize(
    "written", ["张伟13808700001", "张伟（水务局）", "水务局张伟", "张伟局长", "张伟 138-0870-0001"]
)
def test_number_unit_or_post_decide_between_two_of_one_name(written):
    assert found(written) == [ZHANG_WATER]


def test_the_row_decides_between_two_of_one_name():
    assert found("张伟", phones=("13808700002",), near=("13808700002",)) == [ZHANG_POWER]
    assert found("张伟", units=("供电局",)) == [ZHANG_POWER]
    assert found("张伟", phones=("1.38087E+10",)) == ["ambiguous_name"]


def test_a_number_that_is_not_the_one_of_the_directory_is_a_doubt():
    assert found("王强13999999999") == ["ambiguous_name"]
    assert found("王强", phones=("13999999999",)) == ["ambiguous_name"]
    assert found("王强 赵建国", phones=("13808700004", "13999999999")) == [WANG, "ambiguous_name"]
    assert found("张伟13999999999") == ["ambiguous_name"]
    assert found("王强1380870000") == ["ambiguous_name"]


def test_the_number_of_somebody_else_in_the_row_contradicts_nobody():
    assert found("王强", phones=("13808700005",), others=frozenset({"13808700005"})) == [WANG]


def test_a_number_that_lost_its_digits_contradicts_only_another_beginning():
    assert found("王强", phones=("1.38087E+10",)) == [WANG]
    assert found("王强", phones=("1.39999E+10",)) == ["ambiguous_name"]


@pytest.mark.parametrize("written", ["李春艳", "赵建囯", "刘杨", "李燕"])
def test_one_wrong_character_is_a_suggestion_and_no_guess(written):
    assert found(written) == ["typo_suggestion"]


@pytest.mark.parametrize("written", ["王弦", "赵国建", "刘样", "刘详", "李春艳", "洋刘", "刘仰", "刘然", "强王"])
def test_a_slip_of_the_pen_is_told_from_another_name(written):
    people = People((*PEOPLE.everyone, Person(name="刘岩", mobile="13808700007")))
    assert found(written, people) == ["unknown_name" if written in ("王弦", "刘然") else "typo_suggestion"]


def test_whose_number_or_post_it_is_tells_who_may_be_meant():
    assert found("王丽13808700004") == ["typo_suggestion"]
    assert found("王丽", phones=("13808700004",)) == ["typo_suggestion"]
    assert found("刘勇股长") == ["typo_suggestion"]
    assert found("王丽") == found("钱多多13808700004") == found("刘勇") == ["unknown_name"]


def test_a_stranger_is_unknown():
    assert found("孙悟空") == ["unknown_name"]


def test_a_name_from_another_unit_is_a_doubt():
    assert found("供电局王强") == ["ambiguous_name"]


def test_somebody_without_a_mobile_cannot_be_rung():
    assert found("钱多", People((Person(name="钱多"),))) == ["unknown_name"]


def test_a_swap_in_the_cell_is_told():
    written = names_in(Cell(row=1, col=1, value="王强（替赵建国）"), PEOPLE)
    assert ([e.name for e in written.entries], written.swap) == (["王强"], True)


@pytest.mark.parametrize(
    "written",
    ["王强（休）", "王强（学习）", "王强→赵建国", "王强 换 赵建国", "王强代赵建国", "王强改赵建国", "王强（原赵建国）"],
)
def test_who_may_not_be_there_is_told(written):
    assert names_in(Cell(row=1, col=1, value=written), PEOPLE).swap


@pytest.mark.parametrize("dot", "·•．.・")
def test_the_dot_of_a_name_may_be_any(dot):
    people = people_of([["姓名", "手机"], [f"古丽娜尔{dot}买买提", "13808700009"]])
    assert [p.mobile for p in found("古丽娜尔·买买提", people) + found(f"古丽娜尔{dot}买买提", people)] == [
        "13808700009"
    ] * 2


def test_a_word_behind_a_name_tells_its_role():
    entries = names_in(Cell(row=1, col=1, value="王强（带班） 赵建国（值班）"), PEOPLE).entries
    assert [(e.name, e.role) for e in entries] == [("王强", "lead"), ("赵建国", "staff")]


def test_the_longest_title_is_no_part_of_a_name():
    assert found("李春燕常务副局长") == [LI]
    assert found("李春燕（县委常委、副局长）") == [LI]


def test_a_directory_has_chinese_or_english_columns():
    chinese = people_of([["姓名", "单位", "职务", "手机"], ["王 强", "水务局", "科员", "138 0870 0004"]])
    english = people_of([["name", "unit", "post", "mobile"], ["王强", "水务局", "科员", "13808700004"]])
    assert chinese.everyone == english.everyone == (WANG,)
    with pytest.raises(BadPeople, match="表头"):
        people_of([["王强", "13808700004"]])


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        *(("日 期", ("date", None)), ("星期", ("weekday", None)), ("带班领导", ("names", "lead"))),
        *(("值班人员", ("names", "staff")), ("联系电话", ("phone", None)), ("备注", ("note", None))),
        *(("值班领导", ("names", "lead")), ("主班", ("names", "staff")), ("局长", ("names", "lead"))),
        *(("站长", ("names", "lead")), ("A角", ("names", "staff")), ("18:00-次日8:00", ("names", "staff"))),
        *(("月/日", ("date", None)), ("值班人员签字", ("other", None)), ("带班领导职务", ("post", None))),
        *(("班次/时间", ("shift", None)), ("晚上", ("names", "staff")), ("值班车辆", ("other", None))),
        *(("值班日期", ("date", None)), ("白班(8:00-18:00)", ("names", "staff")), ("值班电话", ("phone", None))),
    ],
)
def test_headers_tell_what_a_column_holds(header, kind):
    assert kind_of(header) == kind
