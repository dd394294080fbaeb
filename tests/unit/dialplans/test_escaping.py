"""What goes into Asterisk stays one value on one line, whatever a caller said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.escaping import Unescapable, Where, escape

ANY_TEXT = st.text(st.characters())  # all of Unicode, surrogates and control characters included
LINE_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
NASTY = st.text(st.sampled_from("\"\\${}[],&|;:()^~?=<>'`!\n\r\0 局𠮷😀a1"))


def _unquoted(escaped: str) -> str:
    """What Asterisk's AGI parser makes of it between double quotes; fails at a quote that would end it."""
    text, characters = "", iter(escaped)
    for character in characters:
        assert character != '"', "the quotes would end here"
        text += next(characters) if character == "\\" else character
    return text


@given(LINE_TEXT | st.text(st.sampled_from('"\\ 局𠮷')))
def test_agi_receives_exactly_what_was_meant(text: str) -> None:
    if len(text.encode()) < 500:
        assert _unquoted(escape(text, Where.AGI)) == text


@given(ANY_TEXT | NASTY, st.sampled_from(Where))
def test_nothing_can_begin_a_second_line(text: str, where: Where) -> None:
    try:
        written = escape(text, where)
    except Unescapable:
        return
    assert len(written.splitlines()) <= 1
    assert not set(written) & set("\r\n\0")
    written.encode()


@given(ANY_TEXT | NASTY, st.sampled_from(Where), st.integers(0, 60))
def test_a_cut_text_fits_and_ends_on_a_whole_character(text: str, where: Where, limit: int) -> None:
    try:
        written = escape(text, where, limit, cut=True)
    except Unescapable:
        return
    assert len(written.encode()) <= limit
    if where is Where.AMI:
        assert text.startswith(written)
    if where is Where.AGI:
        assert text.startswith(_unquoted(written))


@given(LINE_TEXT, st.sampled_from(Where), st.integers(0, 60))
def test_a_text_that_is_too_long_is_refused_unless_it_may_be_cut(text: str, where: Where, limit: int) -> None:
    whole = escape(text, where)
    if len(whole.encode()) <= limit:
        assert escape(text, where, limit) == whole
    else:
        with pytest.raises(Unescapable):
            escape(text, where, limit)


@given(ANY_TEXT | NASTY)
def test_the_dialplan_gets_a_subset_without_anything_that_means_something_there(text: str) -> None:
    if len(text.encode(errors="replace")) > 4000:
        return
    written = escape(text, Where.DIALPLAN)
    assert not set(written) & set("${}[](),&|\"\\;:^~?=<>'`\n\r\0")
    rest = iter(text)
    assert all(character in rest for character in written), "the same characters in the same order"
    assert escape(written, Where.DIALPLAN) == written


@pytest.mark.parametrize("text", ["扎西镇的水管爆了", "𠮷野家", "13800000001", "/var/lib/zhitong/prompts/p1"])
def test_ordinary_words_and_paths_reach_the_dialplan_unchanged(text: str) -> None:
    assert escape(text, Where.DIALPLAN) == text


@pytest.mark.parametrize(("where", "limit"), [(Where.AGI, 2048), (Where.AMI, 1024)])
def test_the_limit_is_asterisk_s_own_line_and_counts_bytes_not_characters(where: Where, limit: int) -> None:
    assert escape("a" * limit, where) == "a" * limit
    with pytest.raises(Unescapable):
        escape("a" * (limit - 2) + "局", where)
    assert escape("𠮷" * limit, where, cut=True) == "𠮷" * (limit // 4)


def test_a_cut_never_leaves_half_of_an_escaped_quote() -> None:
    assert escape('ab"', Where.AGI, 3, cut=True) == "ab"


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("where", [Where.AGI, Where.AMI])
def test_line_breaks_and_halves_of_characters_are_refused(character: str, where: Where) -> None:
    with pytest.raises(Unescapable, match=where.name):
        escape(f"a{character}b", where)
