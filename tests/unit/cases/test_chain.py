"""The chain over a case's timeline: whatever is changed afterwards is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.chain import ERASED, Chained, Entry, Head, broken, chained, erase_mark

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
CASE = "20260301-170000-0001"


def chain_of(texts: list[str], erased: frozenset[int] = frozenset()) -> list[Chained]:
    """A chain with these texts; what is erased is told at its end, as it happens."""
    chain: list[Chained] = []
    told = [(text, "经过", f"mark:{at}") for at, text in enumerate(texts)]
    told += [(f"清除了第 {seq} 条", ERASED, erase_mark(seq)) for seq in sorted(erased)]
    for at, (text, what, mark) in enumerate(told):
        entry = Entry(
            case_number=CASE, mark=mark, at=AT + timedelta(minutes=at), what=what, text=text, who="王明", reason="因"
        )
        chain.append(chained(entry, head_of(chain), f"{at:032x}"))
    return [
        replace(one, entry=replace(one.entry, text="", reason=""), salt="") if one.seq in erased else one
        for one in chain
    ]


def head_of(chain: list[Chained]) -> Head:
    return Head(seq=chain[-1].seq, link=chain[-1].link) if chain else Head()


texts = st.lists(st.text(max_size=8), min_size=1, max_size=8)


@given(texts, st.data())
def test_a_chain_verifies_also_when_some_of_it_was_erased(texts: list[str], data: st.DataObject) -> None:
    erased = data.draw(st.frozensets(st.integers(1, len(texts))))
    chain = chain_of(texts, erased)
    assert list(broken(CASE, chain, head_of(chain))) == []


@given(texts, st.data())
def test_any_other_word_time_or_actor_is_found_at_its_entry(texts: list[str], data: st.DataObject) -> None:
    chain = chain_of(texts)
    place = data.draw(st.integers(0, len(chain) - 1))
    entry = chain[place].entry
    other = data.draw(
        st.sampled_from(
            [
                replace(entry, text=entry.text + "。"),
                replace(entry, at=entry.at + timedelta(microseconds=1)),
                replace(entry, who="李强"),
                replace(entry, what="督办"),
                replace(entry, reason="无"),
                replace(entry, mark="mark:x"),
            ]
        )
    )
    changed = [*chain[:place], replace(chain[place], entry=other), *chain[place + 1 :]]
    assert [one.seq for one in broken(CASE, changed, head_of(chain))] == [place + 1]


@given(texts, st.data())
def test_an_entry_written_anew_with_a_digest_of_its_own_no_longer_fits_the_chain(
    texts: list[str], data: st.DataObject
) -> None:
    chain = chain_of(texts)
    place = data.draw(st.integers(0, len(chain) - 1))
    before = head_of(chain[:place])
    forged = chained(replace(chain[place].entry, text="改过的话改过的话"), before, "f" * 32)
    assert list(broken(CASE, [*chain[:place], forged, *chain[place + 1 :]], head_of(chain))) != []
    kept = replace(forged, link=chain[place].link)  # the forger leaves the link as it was
    assert list(broken(CASE, [*chain[:place], kept, *chain[place + 1 :]], head_of(chain))) != []


@given(texts, st.data())
def test_an_entry_that_is_gone_is_found_wherever_it_stood(texts: list[str], data: st.DataObject) -> None:
    chain = chain_of(texts)
    place = data.draw(st.integers(0, len(chain) - 1))
    assert list(broken(CASE, chain[:place] + chain[place + 1 :], head_of(chain))) != []


def test_content_that_is_gone_without_a_record_of_its_erasing_is_found() -> None:
    chain = chain_of(["一", "二"])
    emptied = [replace(chain[0], entry=replace(chain[0].entry, text="", reason=""), salt=""), chain[1]]
    assert [str(one) for one in broken(CASE, emptied, head_of(chain))] == [
        f"{CASE} 第 1 条：内容没有了，又没有清除的记录"
    ]


def test_content_put_into_an_erased_entry_is_found() -> None:
    chain = chain_of(["一", "二"], frozenset({1}))
    filled = [replace(chain[0], entry=replace(chain[0].entry, text="编的")), *chain[1:]]
    assert [one.seq for one in broken(CASE, filled, head_of(chain))] == [1]


def test_what_was_erased_cannot_be_tried_out_without_its_salt() -> None:
    one, other = (chained(chain_of(["13800000001"])[0].entry, Head(), salt) for salt in ("0" * 32, "1" * 32))
    assert one.digest != other.digest
