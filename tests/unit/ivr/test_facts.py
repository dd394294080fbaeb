"""The language between a call and casework."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.facts import KINDS, BadFact, Fact, from_json, to_json

NOW = datetime(2026, 11, 21, 10, 37, 12, tzinfo=UTC)


def fact(kind: str, seq: int = 0, **detail: object) -> Fact:
    return Fact(call_id="1763721432.57", seq=seq, at=NOW, ms=5, kind=kind, detail=detail)


@pytest.mark.parametrize("kind", [kind for kind, (required, _) in KINDS.items() if required])
def test_a_fact_that_lacks_a_detail_names_it(kind: str) -> None:
    with pytest.raises(BadFact) as caught:
        fact(kind)
    assert next(iter(KINDS[kind][0])) in str(caught.value)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadFact, match="singing"):
        fact("singing")


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(BadFact, match="time zone"):
        Fact(call_id="1.2", seq=0, at=datetime(2026, 1, 1), ms=0, kind="speech")  # noqa: DTZ001


@pytest.mark.parametrize(
    "detail",
    [
        {"i": "1", "number": "138"},
        {"i": True, "number": "138"},
        {"i": 1, "number": 138},
    ],
)
def test_a_detail_of_the_wrong_type_is_refused(detail: dict[str, object]) -> None:
    with pytest.raises(BadFact, match="rung"):
        fact("rung", **detail)


def test_a_promise_needs_a_time_zone() -> None:
    assert fact("promise", due="2026-11-22T08:30:00+08:00").due.utcoffset() is not None
    for due in ("2026-11-22T08:30:00", "明早"):
        with pytest.raises(BadFact, match="offset"):
            fact("promise", due=due)


def test_a_call_is_inbound_callback_or_redial() -> None:
    with pytest.raises(BadFact, match="inbound, callback, confirm, redial"):
        Fact(call_id="1.2", seq=0, at=NOW, ms=0, kind="opened", detail={"caller": "1", "dialled": "2", "kind": "fax"})


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.text(max_size=8), values, max_size=4), st.text(st.characters(exclude_categories=()), max_size=40)
)
def test_any_fact_survives_its_line_of_json(more: dict[str, object], text: str) -> None:
    whole = Fact(call_id="1.2", seq=3, at=NOW, ms=5, kind="partial", detail={**more, "text": text})
    line = to_json(whole)
    assert "\n" not in line
    line.encode("utf-8")
    assert from_json(line) == whole
    assert "\0" not in whole.detail["text"]


@given(st.integers(0, 200))
def test_a_torn_line_is_no_fact(length: int) -> None:
    line = to_json(fact("heard", text="取水许可办不了"))
    torn = line[: min(length, len(line) - 1)]
    with pytest.raises(BadFact):
        from_json(torn)


@pytest.mark.parametrize("line", ["[]", "3", '"x"', "{}", json.dumps({"call": 1, "seq": "a", "at": 5})])
def test_a_line_of_something_else_is_no_fact(line: str) -> None:
    with pytest.raises(BadFact):
        from_json(line)
