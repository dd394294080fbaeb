"""What is shown of a call while it lasts."""

from datetime import timedelta

import pytest

from ivr.facts import Fact
from ivr.script import Rules
from recognizer.taxonomy import load_taxonomy
from recognizer.transcript import Partial, Utterance
from tests.fakes.directories import NOON, official, small_directory
from zhitong.desk import desk_line, desk_talk
from zhitong.live_words import HIDDEN, LiveWords
from zhitong.settings import SHIPPED, load_settings
from zhitong.understanding import Understanding
from zhitong.usecases.accused_people import named_in

DIRECTORY = small_directory(more=[official("lcy", "13800000777", name="李春燕", post="副局长", rank="deputy")])
BARRED = ["我要举报隔壁偷排", "扎西镇停水三天请你们保密", "我匿名说一件事", "投诉李春燕推诿", "李春燕收钱不给办"]


def words() -> LiveWords:
    return LiveWords(lambda text, type: named_in(text, type, DIRECTORY))


def fact(kind: str, call: str = "1.1", seq: int = 0, **detail: object) -> Fact:
    return Fact(call_id=call, seq=seq, at=NOON + timedelta(seconds=seq), ms=0, kind=kind, detail=detail)


def told(live: LiveWords, *facts: Fact) -> str:
    return "".join(str(live.shown(one).detail) for one in facts)


@pytest.mark.parametrize("text", BARRED)
@pytest.mark.parametrize("kind", ["partial", "heard"])
def test_from_the_word_by_which_a_call_is_secret_or_against_somebody_no_word_of_it_is_shown(
    kind: str, text: str
) -> None:
    live = words()
    assert "停电" in told(live, fact("heard", text="昨天停电"))
    shown = told(
        live,
        fact(kind, text=text),
        fact("understood", intent="request", text=text, place="扎西镇", complained_of="李春燕", evidence=[text]),
        fact("asked", prompt="read_back", text=text),
        fact("planned", rungs=[], unit="", why="", left_out=[["副局长李春燕", "被反映"]]),
        fact("heard", text="就在河边"),
        fact("answered", question="why", answer=text, by="voice"),
    )
    assert HIDDEN in shown
    assert not any(word in shown for word in (text, "李春燕", "扎西镇", "河边")), shown


def test_who_is_named_in_one_sentence_and_complained_of_in_another_is_not_shown_either() -> None:
    live = words()
    assert "李春燕" in told(live, fact("heard", text="我找过李春燕"))
    assert HIDDEN in told(live, fact("heard", text="就是不给办"))


def test_another_call_and_the_next_one_are_shown() -> None:
    live = words()
    assert HIDDEN in told(live, fact("heard", text=BARRED[0]))
    assert "停水" in told(live, fact("heard", call="1.2", text="停水了"))
    assert HIDDEN not in told(live, fact("ended", outcome="x"))
    assert "停水" in told(live, fact("heard", text="停水了")), "nothing is kept of a call that is over"


def test_a_partial_text_that_was_heard_wrong_bars_for_good() -> None:
    """Better a call too many than a word too many."""
    live = words()
    assert HIDDEN in told(live, fact("partial", text="举报"))
    assert HIDDEN in told(live, fact("heard", text="居保怎么交"))


def test_a_type_that_was_understood_bars_too() -> None:
    assert HIDDEN in told(words(), fact("understood", intent="request", text="有人偷偷排污", type="举报"))


@pytest.mark.parametrize("text", BARRED)
def test_listening_at_the_desk_shows_whom_it_would_ring_and_no_word(text: str) -> None:
    said, seen = list[str](), list[str]()
    line = desk_line(load_settings(environ={}), DIRECTORY)
    by = Understanding(taxonomy=load_taxonomy(SHIPPED.parent / "taxonomy.toml"))
    partly, heard = desk_talk(line, Rules(trial=False), by, now=lambda: NOON, say=said.append, show=seen.append)
    partly(Partial(text=text))
    heard(Utterance(text=text, started_at=0.0, ended_at=1.0))
    assert seen == [HIDDEN] and said[0] == f"\r听到：{HIDDEN}"
    assert not any(word in line for line in said for word in (text, "李春燕", "扎西镇")), said
    partly(Partial(text="停水"))
    assert seen[1] == (HIDDEN if "接着问" in said[-1] else "停水")
