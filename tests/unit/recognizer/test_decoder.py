from hypothesis import given
from hypothesis import strategies as st

from recognizer.decoder import restart_pause


def test_a_process_that_died_for_the_first_time_is_started_at_once() -> None:
    assert restart_pause(1) == 0.0


def test_the_second_death_in_a_row_waits_half_a_second() -> None:
    assert restart_pause(2) == 0.5


@given(st.integers(1, 10_000))
def test_the_pause_grows_and_never_passes_half_a_minute(failures: int) -> None:
    assert 0.0 <= restart_pause(failures) <= restart_pause(failures + 1) <= 30.0
