"""A roster is made of what a clerk has at hand: four columns, in whatever order and form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.escalation_file import read_escalation
from routing.roster_file import read_directory
from routing.sheets.book import book_of
from zhitong.county_roster import Desks, Person, people_of, roster_of

DESKS = Desks(
    duty_room="值班室",
    duty_numbers=["0870-2120001"],
    supervision="县纪委监委",
    supervision_numbers=["0870-2120009"],
)
ESCALATION = {"ladders": [{"profile": "找局长直通", "steps": [{"ring": ["first"]}]}]}


def read(text: str) -> tuple[list[Person], list[str]]:
    return people_of(book_of(text.encode(), "粘贴"))


@pytest.mark.parametrize(
    "text",
    [
        "单位\t姓名\t职务\t手机\n水务局\t赵强\t局长\t13987700003\n",
        "水务局,赵强,局长,13987700003\n",
        "青山县责任领导名单\n\n序号,手机号码,责任单位,领导姓名,职务\n1,139 8770 0003,水务局,赵强,局长\n",
    ],
)
def test_the_columns_are_found_by_their_headings_or_are_the_usual_ones(text: str) -> None:
    people, issues = read(text)
    assert not issues
    (person,) = people
    assert (person.unit, person.name, person.post, person.rank) == ("水务局", "赵强", "局长", "director")
    assert person.phones[0].replace(" ", "") == "13987700003"


def test_a_unit_that_stands_once_for_several_rows_is_theirs() -> None:
    text = "单位\t姓名\t职务\t手机\n水务局\t赵强\t局长\t13987700003\n\t周敏\t副局长\t13987700004、0870-2130003\n"
    people, issues = read(text)
    assert not issues and people[1].unit == "水务局" and people[1].rank == "deputy"
    assert people[1].phones == ("13987700004", "0870-2130003")


def test_what_is_missing_is_told_row_by_row() -> None:
    _, issues = read("单位\t姓名\t职务\t手机\n水务局\t赵强\t局长\t\n\t\t局长\t13987700004\n")
    assert issues == ["第 2 行（水务局，赵强，局长）：没有号码", "第 3 行（局长，13987700004）：没有姓名"]
    assert read("单位\t姓名\t职务\t手机\n")[1] == [
        "表里一个人也没有；请从 Excel 里选中 单位、姓名、职务、手机 四列，复制，粘贴进来"
    ]


_names = st.text("张王李赵强敏建国红", min_size=2, max_size=3)
_people = st.lists(
    st.builds(
        Person,
        row=st.just(1),
        unit=st.sampled_from(["政务局", "水务局", "郑务局", "县纪委监委"]),
        name=_names,
        post=st.sampled_from(["局长", "副局长", "股长"]),
        phones=st.just(("13987700003",)),
    ),
    min_size=1,
    max_size=8,
)


@given(_people)
def test_whatever_the_names_every_code_is_one_persons_and_the_roster_is_read_as_it_was_meant(
    people: list[Person],
) -> None:
    if people[0].unit == DESKS.supervision or DESKS.supervision in [person.unit for person in people]:
        people = [person for person in people if person.unit != DESKS.supervision]
    if not people:
        return
    directory = read_directory(roster_of(people, DESKS), ESCALATION, source="值班表")
    assert [one.name for one in directory.roster.officials] == [person.name for person in people]
    assert directory.unit(directory.home_unit).name == people[0].unit
    assert len({one.id for one in directory.roster.officials}) == len(people)


def test_the_same_people_have_the_same_codes_when_it_is_made_anew() -> None:
    people, _ = read("水务局,赵强,局长,13987700003\n水务局,周敏,股长,13987700004\n")
    first, second = roster_of(people, DESKS), roster_of(people[1:], DESKS)
    assert first["officials"][1]["id"] == second["officials"][0]["id"] == "zhoumin"
    assert read_escalation(ESCALATION, officials=set())[2] == []
