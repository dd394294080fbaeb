import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.phone import EMERGENCY, BadNumber, mask, may_dial, normalise


@pytest.mark.parametrize(
    "written",
    [
        "13800000001",
        "013800000001",
        "+86 138 0000 0001",
        "0086-138-0000-0001",
        "8613800000001",
        " 138 0000 0001 ",
        "１３８０００００００１",
        "(138)0000-0001",
    ],
)
def test_a_mobile_has_one_form_however_it_is_written(written):
    assert normalise(written) == "13800000001"


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("0870-2120001", "08702120001"),
        ("(0870) 212 0001", "08702120001"),
        ("+86 870 212 0001", "08702120001"),
        ("010-12345678", "01012345678"),
        ("400 812 3456", "4008123456"),
    ],
)
def test_a_land_line_keeps_its_area_code(written, dialled):
    assert normalise(written) == dialled


def test_a_land_line_without_area_code_gets_that_of_the_county():
    assert normalise("2120001", area_code="0870") == "08702120001"


def test_a_land_line_without_area_code_is_refused_when_none_is_set():
    with pytest.raises(BadNumber, match="区号"):
        normalise("2120001")


def test_short_numbers_are_dialled_only_when_configured():
    assert normalise("95598", service_numbers=frozenset({"95598"})) == "95598"
    with pytest.raises(BadNumber, match="service_numbers"):
        normalise("95598")


@pytest.mark.parametrize("written", ["", "  ", "张三", "1380000", "138000000012", "1.38E+10", "0870-2120001转8", "1e9"])
def test_what_is_no_number_is_refused_with_the_mend(written):
    with pytest.raises(BadNumber) as refused:
        normalise(written, field="officials[1].phones")
    assert refused.value.field == "officials[1].phones"
    assert refused.value.mend


def test_the_error_does_not_show_the_number_in_clear():
    with pytest.raises(BadNumber) as refused:
        normalise("1380000000123")
    assert "1380000000123" not in str(refused.value)
    assert "138****0123" in str(refused.value)


def test_foreign_numbers_are_refused():
    with pytest.raises(BadNumber, match="境外"):
        normalise("+852 9123 4567")


@pytest.mark.parametrize("number", sorted(EMERGENCY))
@pytest.mark.parametrize("before", ["", "0870", "010", "+86", "0086"])
def test_emergency_numbers_are_never_a_number_to_dial(number, before):
    with pytest.raises(BadNumber, match="紧急"):
        normalise(before + number, service_numbers=frozenset(EMERGENCY))


@pytest.mark.parametrize("number", sorted(EMERGENCY))
@pytest.mark.parametrize("area", ["", "0870", "010"])
def test_emergency_numbers_are_never_dialled_even_if_somebody_allows_them(number, area):
    assert not may_dial(area + number, allowed=frozenset({area + number}))


def test_only_allowed_numbers_are_dialled():
    allowed = frozenset({"13800000001", "95598"})
    assert may_dial("13800000001", allowed=allowed)
    assert may_dial("95598", allowed=allowed)
    assert not may_dial("13800000002", allowed=allowed)


@pytest.mark.parametrize("number", ["", "12", "1380000000x", "13800000001&110", "sip:13800000001", "13800000001\n"])
def test_what_is_not_canonical_is_never_dialled(number):
    assert not may_dial(number, allowed=frozenset({number}))


def test_the_mask_keeps_three_and_four_digits():
    assert mask("13812341234") == "138****1234"
    assert mask("+86 138 1234 1234") != "+86 138 1234 1234"


@given(st.text(st.sampled_from("0123456789+- "), max_size=20))
def test_normalising_twice_changes_nothing(raw):
    try:
        once = normalise(raw, area_code="0870")
    except BadNumber:
        return
    assert normalise(once, area_code="0870") == once


@given(st.text(st.characters(categories=["Nd"]), min_size=1, max_size=20))
def test_the_mask_never_shows_more_than_seven_digits_nor_all_of_them(number):
    shown = sum(c.isdigit() for c in mask(number))
    assert shown <= 7
    assert shown < len(number) or len(number) == 1
