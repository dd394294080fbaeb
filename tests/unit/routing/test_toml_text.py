"""A file is changed record by record, and nothing else of it."""

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.faults import BadConfig
from routing.toml_text import with_record, with_table
from zhitong.settings import CHECKOUT

ROSTER = (CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8")
WORDS = (CHECKOUT / "config" / "taxonomy.toml").read_text(encoding="utf-8")
TWO = """# the county
home = "a" # ours

[[units]] # first
code = "a"
name = "甲" # its name

# the second
[[units]]
code = "b"

# people follow
[[people]]
id = "x"
"""
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cs", "Cc")), max_size=9)
_values = st.one_of(
    _texts,
    st.integers(-9, 9),
    st.booleans(),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.lists(_texts, max_size=3),
    st.lists(st.fixed_dictionaries({"number": _texts}), max_size=2),
)
records = st.dictionaries(st.sampled_from(("name", "post", "phones", "first")), _values)


def test_a_changed_record_keeps_its_remarks_and_those_around_it() -> None:
    told = with_record(TWO, "units", {"code": "a", "name": "乙"}, key="code")
    assert told == TWO.replace('"甲" # its name', '"乙" # its name')


def test_a_new_record_stands_after_the_last_and_before_the_remarks_on_what_follows() -> None:
    told = with_record(TWO, "units", {"code": "c", "name": "丙"}, key="code")
    assert told == TWO.replace('code = "b"\n\n# people', 'code = "b"\n\n[[units]]\ncode = "c"\nname = "丙"\n\n# people')


def test_the_same_record_changes_not_one_letter() -> None:
    for part, key in (("officials", "id"), ("units", "code"), ("services", "name")):
        for record in tomllib.loads(ROSTER)[part]:
            assert with_record(ROSTER, part, record, key=key) == ROSTER
    for code, words in tomllib.loads(WORDS)["matters"].items():
        assert with_table(WORDS, f"matters.{code}", words) == WORDS


@given(record=records)
def test_whatever_a_record_says_it_is_what_the_file_says_then(record: dict[str, object]) -> None:
    for code in ("a", "b", "new"):
        told = tomllib.loads(with_record(TWO, "units", {"code": code} | record, key="code"))
        assert next(one for one in told["units"] if one["code"] == code) == {"code": code} | record
        assert {k: v for k, v in told.items() if k != "units"} == {"home": "a", "people": [{"id": "x"}]}
    assert tomllib.loads(with_table(TWO, "desk", record)) == tomllib.loads(TWO) | {"desk": record}


def test_a_text_of_several_lines_stays_one() -> None:
    words = tomllib.loads(WORDS)["matters"]["A1"]
    told = with_table(WORDS, "matters.A1", words | {"strong": words["strong"].rstrip() + " 新词\n"})
    assert told == WORDS.replace("安全饮水\n", "安全饮水 新词\n", 1)


@pytest.mark.parametrize("text", ["units = [{ code = 'a' }]", "x = [\n[1]\n]\n[[units]]\ncode='a'\ny = '''\n[z]\n'''"])
def test_what_is_written_so_that_it_cannot_be_changed_alone_is_refused(text: str) -> None:
    with pytest.raises(BadConfig, match="网页改不了"):
        with_record(text, "units", {"code": "a", "name": "乙"}, key="code")


def test_what_is_no_toml_is_told() -> None:
    with pytest.raises(BadConfig, match="不是合格的 TOML"):
        with_table("a = ", "desk", {"name": "台"})
