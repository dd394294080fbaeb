"""The parts of a trial that need no Asterisk: waiting, and settings as a file."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhitong.trial import as_toml, wait_until

_values = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x7f")),
    st.lists(st.sampled_from(["127.0.0.0/8", "云岭", 'a"b\\c']), max_size=3),
)
_names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
_sections = st.dictionaries(_names, _values, max_size=4)


@given(st.dictionaries(_names, _sections | st.lists(_sections, min_size=1, max_size=3), max_size=4))
def test_settings_survive_being_written_as_a_file(table: dict) -> None:
    assert tomllib.loads(as_toml(table)) == json.loads(json.dumps(table))


def test_waiting_ends_as_soon_as_it_is_true() -> None:
    turns = iter([False, False, True])
    wait_until(lambda: next(turns), 10.0, "the third look", every=0)
    assert next(turns, None) is None


def test_waiting_in_vain_says_what_never_was() -> None:
    with pytest.raises(TimeoutError, match="after 0 s still not: pigs fly"):
        wait_until(lambda: False, 0.0, "pigs fly")
