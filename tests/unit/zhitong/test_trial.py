"""The part of a trial that needs no Asterisk: waiting."""

import pytest

from zhitong.trial import wait_until


def test_waiting_ends_as_soon_as_it_is_true() -> None:
    turns = iter([False, False, True])
    wait_until(lambda: next(turns), 10.0, "the third look", every=0)
    assert next(turns, None) is None


def test_waiting_in_vain_says_what_never_was() -> None:
    with pytest.raises(TimeoutError, match="after 0 s still not: pigs fly"):
        wait_until(lambda: False, 0.0, "pigs fly")
