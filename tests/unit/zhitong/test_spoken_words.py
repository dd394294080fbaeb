"""Where in a recording each piece of what the caller said begins, as far as the trace knows."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.told_calls import MORNING, ToldCall
from zhitong.store.recordings import RecordingRow
from zhitong.usecases.spoken_words import spoken_words

TALK = RecordingRow(
    id=1,
    case_number="x",
    call_id="1757553630.7",
    kind="talk",
    path="2025/talk.wav",
    made_at=MORNING + timedelta(seconds=1),
    expires_at=MORNING,
    state="archived",
    sha256="",
    size=0,
    seconds=60.0,
)
CLIP = replace(TALK, id=2, kind="clip", path="clips/c-1.wav", made_at=MORNING + timedelta(seconds=9))


def said(grown: list[tuple[float, str]], text: str, *, started: float, ended: float, at: float) -> ToldCall:
    told = ToldCall()
    for second, so_far in grown:
        told.note(second, "partial", text=so_far)
    told.note(at, "recording", path="/var/lib/zhitong/clips/c-1.wav", kind="clip", started=None)
    return told.note(at, "heard", text=text, started=started, ended=ended, quiet_ms=500)


def call() -> ToldCall:
    """Heard at 8.5 s after half a second of silence, and 3 s long: it began at 5 s, second 4 of the recording."""
    return said([(5, "水务局"), (6, "水务局办不了")], "水务局办不了取水许可", started=2, ended=5, at=8.5)


def test_a_piece_is_heard_from_where_what_was_there_before_it_was_known() -> None:
    (sentence,) = spoken_words(call().facts, TALK)
    assert [(piece.text, piece.second) for piece in sentence] == [
        ("水务局办不了", 4.0),
        ("取水许可", 5.0),
    ]


def test_in_a_clip_its_own_sentence_begins_at_its_beginning_and_no_other_is_in_it() -> None:
    more = call().note(20, "heard", text="快点", started=15, ended=16, quiet_ms=0)
    (sentence,) = spoken_words(more.facts, CLIP)
    assert [(piece.text, piece.second) for piece in sentence] == [("水务局办不了", 0.0), ("取水许可", 1.0)]


def test_what_was_said_before_the_recording_began_is_shown_and_cannot_be_heard() -> None:
    later = replace(TALK, made_at=MORNING + timedelta(seconds=60))
    (sentence,) = spoken_words(call().facts, later)
    assert [piece.second for piece in sentence] == [None, None]


def test_a_message_has_no_words_of_its_own() -> None:
    assert spoken_words(call().facts, replace(TALK, kind="message")) == ()


_TEXT = st.text(alphabet="水务局办不了取许可", max_size=12)


@given(st.lists(st.tuples(st.floats(0, 60), _TEXT), max_size=8), _TEXT, st.floats(0, 30), st.floats(0, 30))
def test_the_pieces_are_the_sentence_in_its_order(
    grown: list[tuple[float, str]], text: str, started: float, lasted: float
) -> None:
    one = said(sorted(grown), text, started=started, ended=started + lasted, at=61 + started + lasted)
    found = spoken_words(one.facts, replace(TALK, made_at=MORNING))
    assert "".join(piece.text for sentence in found for piece in sentence) == text
    seconds = [piece.second for sentence in found for piece in sentence if piece.second is not None]
    assert all(earlier < later for earlier, later in pairwise(seconds))
