import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recognizer import g711


def linear(*samples: int) -> bytes:
    return np.array(samples, "<i2").tobytes()


def test_known_values_of_the_curve() -> None:
    # ITU-T G.711, table 1a: the smallest and the largest value of each sign, as 16 bit
    assert np.frombuffer(g711.decode(bytes([0xD5, 0x55, 0xAA, 0x2A])), "<i2").tolist() == [8, -8, 32256, -32256]


@given(st.binary(max_size=64))
def test_a_decoded_line_encodes_to_itself(alaw: bytes) -> None:
    assert g711.encode(g711.decode(alaw)) == alaw


@given(st.integers(-32768, 32767))
def test_every_sample_goes_to_the_nearest_value(sample: int) -> None:
    values = np.frombuffer(g711.decode(bytes(range(256))), "<i2").astype(int)
    got = int(np.frombuffer(g711.decode(g711.encode(linear(sample))), "<i2")[0])
    assert abs(got - sample) == np.abs(values - sample).min()
