from hypothesis import given
from hypothesis import strategies as st

from recognizer.packets import PACKET, Said, packed, unpacked
from recognizer.transcript import Partial, Utterance

texts = st.text(st.characters(codec="utf-8"), max_size=200)
utterances = st.builds(
    lambda text, start, length, share: Utterance(
        text=text, started_at=start, ended_at=start + length, unknown_share=share
    ),
    texts,
    st.floats(0, 1e5),
    st.floats(0, 60),
    st.floats(0, 1),
)
said = st.one_of(
    st.builds(Partial, text=texts, unknown=st.integers(0, 100)), utterances, st.sampled_from(["open", "done"])
)


@given(said)
def test_what_is_packed_comes_out_the_same(message: Said) -> None:
    assert unpacked(packed(message)) == message


@given(said)
def test_a_packet_fits(message: Said) -> None:
    assert len(packed(message)) <= PACKET
