"""Records of the roster as forms, and back; masked numbers stay what they were."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.phone import mask
from zhitong.errors import Refused
from zhitong.roster_forms import new_key, person_form, person_record, phones_of, unit_form, unit_record
from zhitong.settings import CHECKOUT

ROSTER = tomllib.loads((CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8"))
PEOPLE, UNITS = ROSTER["officials"], {one["code"]: one["name"] for one in ROSTER["units"]}
numbers = st.from_regex(r"138000000[0-9]{2}", fullmatch=True)
phones = st.one_of(
    numbers,
    st.fixed_dictionaries(
        {"number": numbers},
        optional={"days": st.sampled_from(("工作日", "一三")), "hours": st.just(["08:30-12:00", "14:00-17:30"])},
    ),
)


@given(there=st.lists(phones, min_size=1, max_size=5, unique_by=str), masked=st.booleans())
def test_a_form_that_nobody_touched_says_what_the_record_says(there: list[object], masked: bool) -> None:
    people = [*PEOPLE, {"id": "x", "name": "新"}]
    record = {"id": "x", "name": "新", "post": "科长", "unit": "zwfw", "phones": there, "deputies": ["li", "wang"]}
    form = person_form(record, units=UNITS, people=people, masked=masked)
    assert person_record(form, record, units=UNITS, people=people) == record
    assert not masked or not any(
        str(one.get("number") if isinstance(one, dict) else one) in form.values() for one in there
    )


def test_everybody_of_the_shipped_roster_comes_back_as_he_was() -> None:
    for one in PEOPLE:
        form = person_form(one, units=UNITS, people=PEOPLE, masked=True)
        assert person_record(form, one, units=UNITS, people=PEOPLE) == one
    for one in ROSTER["units"]:
        assert unit_record(unit_form(one), one.get("matters", ()), one, codes=UNITS) == one


def test_a_telephone_that_moves_up_keeps_its_number_and_one_taken_out_is_gone() -> None:
    there = ["13800000001", {"number": "13800000002", "days": "工作日"}]
    form = {"number_0": mask("13800000002"), "days_0": "休息日", "number_1": ""}
    assert phones_of(form, there) == [{"number": "13800000002", "days": "休息日"}]


def test_a_mask_of_nobodys_number_or_of_two_that_look_alike_is_refused() -> None:
    alike = ["13800000001", "13811110001"]
    assert phones_of({"number_0": "138****0001", "number_1": "138****0001"}, alike) == alike
    for form in ({"number_0": "139****0001"}, {"number_2": "138****0001"}):
        with pytest.raises(Refused, match="不是他原来的号码"):
            phones_of(form, alike)


def test_new_people_get_codes_by_their_names_and_never_one_that_is_taken() -> None:
    assert new_key("钱小芳", ["li"]) == "qianxiaofang"
    assert new_key("李", ["li", "li2"]) == "li3"
    assert new_key("？", []) == "new"
