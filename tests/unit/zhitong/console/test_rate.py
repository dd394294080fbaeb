"""How often an address may ask."""

from hypothesis import given
from hypothesis import strategies as st

from zhitong.console.rate import ADDRESSES, Rate

HERE, THERE = "192.0.2.1", "192.0.2.2"


def test_half_a_minutes_requests_may_come_at_once_and_then_they_come_at_their_rate() -> None:
    rate = Rate(60)
    assert [rate.allows(HERE, 0.0) for _ in range(31)] == [True] * 30 + [False]
    assert rate.allows(HERE, 1.0) and not rate.allows(HERE, 1.0)
    assert rate.allows(THERE, 1.0), "another address is another matter"


@given(
    st.integers(6, 600),
    st.lists(st.floats(0, 5), max_size=200),
)
def test_in_no_span_does_an_address_get_more_than_its_share(per_minute: int, pauses: list[float]) -> None:
    rate, now, allowed = Rate(per_minute), 0.0, []
    for pause in pauses:
        now += pause
        if rate.allows(HERE, now):
            allowed.append(now)
    for i, first in enumerate(allowed):
        for n, last in enumerate(allowed[i:], 1):
            assert n <= max(1.0, per_minute / 2) + (last - first) * per_minute / 60 + 1e-6


def test_one_subscriber_of_ipv6_has_one_share_whatever_address_it_takes() -> None:
    rate = Rate(6)
    assert [rate.allows(f"2001:db8::{i:x}", 0.0) for i in range(4)] == [True] * 3 + [False]
    assert rate.allows("2001:db8:0:1::1", 0.0)


def test_what_is_no_address_shares_one_share() -> None:
    rate = Rate(6)
    assert [rate.allows(told, 0.0) for told in ("", "unknown", "x\r\ny", "1.2.3")] == [True] * 3 + [False]


def test_few_addresses_are_remembered_however_many_ask() -> None:
    rate = Rate(6)
    for i in range(ADDRESSES + 10):
        assert rate.allows(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", 0.0)
    assert len(rate._left) == ADDRESSES
