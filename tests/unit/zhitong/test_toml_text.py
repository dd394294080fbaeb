"""What a program writes as TOML is read again as it was."""

import json
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from zhitong.toml_text import as_toml

_values = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.text(st.characters(exclude_categories=("Cs",))),
    st.lists(st.sampled_from(["127.0.0.0/8", "云岭", 'a"b\\c']), max_size=3),
)
_names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
_sections = st.dictionaries(_names, _values, max_size=4)


@given(st.dictionaries(_names, _sections | st.lists(_sections, min_size=1, max_size=3), max_size=4))
def test_settings_survive_being_written_as_a_file(table: dict) -> None:
    assert tomllib.loads(as_toml(table)) == json.loads(json.dumps(table))


def test_a_roster_with_plain_values_and_numbers_in_tables_survives_as_well() -> None:
    roster = {
        "home_unit": "zwfw",
        "units": [{"code": "zwfw", "name": "政务\x7f局"}],
        "officials": [{"id": "li", "phones": ["13808700001", {"number": "0870-2120003", "hours": ["08:30-17:30"]}]}],
    }
    assert tomllib.loads(as_toml(roster)) == roster
