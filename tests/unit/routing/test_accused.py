from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.accused import accused
from routing.officials import Unit
from tests.fakes.directories import official, small_directory

PEOPLE = (
    official("zhang", "13800000011", "director", post="局长", name="张明远"),
    official("zhangfu", "13800000012", "deputy", post="副局长", name="张春"),
    official("zhao", "13800000013", "director", post="局长", name="赵长河", unit="water"),
    official("liu", "13800000014", post="扎西镇镇长", name="刘安平", unit="zhaxi"),
)
DIRECTORY = small_directory(more=PEOPLE)


def of(text: str, *, complains: bool = False) -> tuple[set[str], set[str]]:
    found = accused(text, DIRECTORY, complains=complains)
    return set(found.officials), set(found.units)


@pytest.mark.parametrize(
    ("text", "officials"),
    [
        ("我要举报张明远收红包", {"zhang"}),
        ("你们张局长态度差得很", {"zhang"}),
        ("张副局长不给办", {"zhangfu"}),
        ("水务局赵局长不管", {"zhao"}),
        ("我要告水务局的局长", {"zhao"}),
        ("举报你们局长", {"zhang"}),
        ("刘镇长欺负老百姓", {"liu"}),
    ],
)
def test_an_official_is_found_by_name_by_surname_and_post_and_by_unit_and_post(text, officials):
    assert officials <= of(text)[0]


@pytest.mark.parametrize(
    ("text", "terminals"),
    [
        ("我要投诉值班室的人骂我", {"duty_room"}),
        ("政务局值班室半夜没人接，我要投诉", {"duty_room"}),
        ("督查室收钱，我要举报", {"supervision"}),
        ("值班室叫我打来问停水的事", set()),
        ("投诉水务局乱收费", set()),
    ],
)
def test_a_duty_room_and_supervision_are_complained_of_by_what_they_are(text, terminals):
    assert accused(text, DIRECTORY, complains=False).terminals == terminals


@pytest.mark.parametrize(
    ("text", "officials"),
    [
        ("我要投诉局长骂人", {"zhang"}),
        ("局长骂我", {"zhang"}),
        ("值班的局长天天骂人", {"zhang"}),
        ("副局长收红包", {"zhangfu"}),
        ("我要举报那个副局长", {"zhangfu"}),
        ("水务局的局长不管", {"zhao"}),
        ("扎西镇镇长欺负人", {"liu"}),
    ],
)
def test_a_post_without_a_name_means_who_has_it_in_our_own_unit(text, officials):
    assert of(text)[0] == officials


@pytest.mark.parametrize(
    "text",
    [
        *("局长您好，停水三天没人管", "我要跟局长反映水务局不管", "我找局长，水务局不管", "局长，我要投诉水务局"),
        *("教育局局长不管", "告诉局长，水务局不办", "请报告局长，水务局推诿", "我打的是找局长热线，水务局不管"),
    ],
)
def test_to_speak_to_the_director_or_of_that_of_another_unit_is_no_complaint_about_ours(text):
    assert of(text, complains=True)[0] == set()


@pytest.mark.parametrize("text", ["投诉督查股股长", "督查股长态度差", "大厅值班长骂人"])
def test_a_whole_post_names_who_has_it(text):
    chen = official("chen", "13800000017", post="督查股股长", name="陈思雨")
    sun = official("sun", "13800000018", post="大厅值班长", name="孙文静")
    clerk = official("clerk", "13800000019", post="工作人员", name="周小兰")
    directory = small_directory(more=(*PEOPLE, chen, sun, clerk))
    assert accused(text, directory, complains=True).officials == ({"sun"} if "大厅" in text else {"chen"})
    assert not accused("窗口工作人员态度差", directory, complains=True)


def test_a_post_of_another_rank_is_another_person():
    assert of("张副局长不给办")[0] == {"zhangfu"}
    assert "zhangfu" not in of("张局长不给办")[0]


def test_a_deputy_is_meant_by_the_post_without_fu_where_nobody_beside_him_has_it():
    li = official("li", "13800000015", "deputy", post="副局长", name="李春燕")
    elsewhere = official("far", "13800000016", "director", post="局长", name="李大山", unit="water")
    roster = replace(DIRECTORY.roster, officials=(*DIRECTORY.roster.officials, li, elsewhere))
    found = accused("我要投诉李局长推诿", replace(DIRECTORY, roster=roster), complains=True)
    assert found.officials == {"li", "far"}
    assert of("我要告政务服务局的局长")[0] == {"zhang"}


def test_a_unit_is_found_by_its_name_as_people_say_it():
    assert of("我要投诉水务局")[1] == {"water"}
    assert of("扎西镇政府推来推去")[1] == {"zhaxi"}
    assert of("政务服务局不给办")[1] == {"home"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("投诉人社局", "renshe"),
        ("住建局推诿", "zhujian"),
        ("政务局的人骂我", "zw"),
        ("投诉人社局局长", "renshe"),
        ("投诉教育局", ""),
        ("投诉资源局和管理局", ""),
    ],
)
def test_a_unit_is_found_by_its_name_in_short(text, unit):
    long = (("renshe", "人力资源和社会保障局"), ("zhujian", "住房和城乡建设局"), ("zw", "政务服务管理局"))
    units = (*DIRECTORY.units, *(Unit(code=code, name=name) for code, name in long))
    found = accused(text, replace(DIRECTORY, units=units), complains=True)
    assert found.units - {"home"} == ({unit} if unit else set()) and not found.officials


def test_who_is_meant_by_post_does_not_bar_the_whole_unit():
    assert of("我要告水务局的局长") == ({"zhao"}, set())


def test_who_has_left_is_found_and_does_not_hide_who_is_there():
    zhang = replace(PEOPLE[0], last=date(2026, 11, 30))
    directory = small_directory(more=(zhang, *PEOPLE[1:]))
    assert accused("我要举报张明远收红包", directory, complains=True).officials == {"zhang"}
    assert accused("张局长不给办", directory, complains=True).officials == {"zhang", "zhangfu"}


@pytest.mark.parametrize("text", ["水务局电话打不通停水三天了", "我找张局长", "扎西镇的路烂了", ""])
def test_nobody_is_complained_of_where_nobody_complains(text):
    assert not accused(text, DIRECTORY, complains=False)


def test_a_complaint_by_its_type_needs_no_word_that_complains():
    assert of("水务局的事", complains=True)[1] == {"water"}


def test_who_complains_of_the_unit_and_of_its_head_in_another_sentence_complains_of_both():
    assert of("我要投诉水务局，水务局的局长也不管") == ({"zhao"}, {"water"})


@pytest.mark.parametrize("wish", ["叫你们局长来接", "我要找你们局长", "转张局长", "请你们的局长听电话"])
def test_who_is_only_wanted_is_not_complained_of(wish):
    assert of(f"我要投诉水务局不给办，{wish}") == (set(), {"water"})


@pytest.mark.parametrize(
    "text", ["我要告你们局长，叫你们局长来接", "我去找张局长，他不管", "投诉他们，我去找你们局长", "找张局长，他收红包"]
)
def test_who_is_complained_of_too_is_however_he_is_wanted(text):
    assert of(text)[0] == {"zhang"}


SENTENCES = (
    *("我要投诉", "水务局停水", "水务局的局长", "赵局长不管", "你们局长"),
    *("张明远收红包", "扎西镇政府", "值班室没人接", "停水三天了"),
)


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5))
def test_what_is_said_besides_never_clears_anybody(sentences):
    whole = accused("，".join(sentences), DIRECTORY, complains=True)
    for sentence in sentences:
        one = accused(sentence, DIRECTORY, complains=True)
        assert one.officials <= whole.officials and one.units <= whole.units and one.terminals <= whole.terminals


def test_a_place_is_no_unit_complained_of():
    assert of("我投诉扎西镇河边停水")[1] == set()


def test_names_of_a_new_roster_are_found_at_once():
    units = (*DIRECTORY.units, Unit(code="new", name="新城管理处"))
    assert accused("投诉新城管理处", replace(DIRECTORY, units=units), complains=True).units == {"new"}
