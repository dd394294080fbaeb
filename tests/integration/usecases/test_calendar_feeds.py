"""The addresses of duty calendars: who has one, since when, and until when."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from tests.fakes.directories import small_directory
from tests.fakes.feeds import list_feeds
from tests.fakes.roster_people import SECRETARY, secretary
from tests.fakes.told_calls import MORNING
from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading
from zhitong.store.feeds import FeedRead
from zhitong.usecases.calendar_feeds import (
    feed_digest,
    keep_reads,
    look_at_feeds,
    new_feed,
    revoke_feed,
)

BASE = small_directory()
LATER = MORNING + timedelta(hours=1)
GIVEN = {"by": SECRETARY, "reason": "手机日历", "now": MORNING}


def test_a_token_is_long_random_and_kept_as_a_digest_only(engine: Engine) -> None:
    tokens = {new_feed(engine, BASE, f"o{i}", **GIVEN) for i in range(50)}
    assert len(tokens) == 50 and all(len(token) == 32 for token in tokens), "24 bytes"
    with reading(engine) as connection:
        kept = str(connection.execute(text("SELECT * FROM calendar_feeds")).all())
    assert not [token for token in tokens if token in kept]
    assert {feed.digest for feed in list_feeds(engine)} == {feed_digest(token) for token in tokens}


def test_an_official_has_one_address_and_a_new_one_ends_the_one_before(engine: Engine) -> None:
    new_feed(engine, BASE, "zhang", **GIVEN)
    new_feed(engine, BASE, "zhang", by=secretary("李主任"), reason="换了手机", now=LATER)
    first, second = list_feeds(engine)
    assert (first.by, first.ended_at, second.by, second.ended_at) == ("王秘书", LATER, "李主任", None)
    with reading(engine) as connection:
        ended = connection.execute(text("SELECT ended_by, ended_reason FROM calendar_feeds WHERE id = 1")).one()
    assert tuple(ended) == ("李主任", "换了手机")


def test_an_address_is_revoked_once_with_author_and_reason(engine: Engine) -> None:
    new_feed(engine, BASE, "zhang", **GIVEN)
    new_feed(engine, BASE, "li", **GIVEN)
    with pytest.raises(ChangeRefused, match="说得出为什么"):
        revoke_feed(engine, BASE, "zhang", by=SECRETARY, reason=" ", now=LATER)
    with pytest.raises(ChangeRefused, match="说得出为什么"):
        new_feed(engine, BASE, "zhang", by=SECRETARY, reason=" ", now=LATER)
    revoke_feed(engine, BASE, "zhang", by=SECRETARY, reason="丢了手机", now=LATER)
    assert [(feed.official, feed.ended_at) for feed in list_feeds(engine)] == [("zhang", LATER), ("li", None)]
    with pytest.raises(ChangeRefused, match="zhang 没有在用的订阅地址"):
        revoke_feed(engine, BASE, "zhang", by=SECRETARY, reason="丢了手机", now=LATER)


def test_who_looks_again_is_told_only_when_an_address_was_made_or_ended(engine: Engine) -> None:
    looked = look_at_feeds(engine, None)
    assert looked is not None and looked[1] == []
    assert look_at_feeds(engine, looked[0]) is None
    new_feed(engine, BASE, "zhang", **GIVEN)
    made = look_at_feeds(engine, looked[0])
    assert made is not None and [feed.official for feed in made[1]] == ["zhang"]
    revoke_feed(engine, BASE, "zhang", by=SECRETARY, reason="丢了手机", now=LATER)
    ended = look_at_feeds(engine, made[0])
    assert ended is not None and ended[1][0].ended_at == LATER
    keep_reads(engine, [read(1, 3)])
    assert look_at_feeds(engine, ended[0]) is None


def test_reads_are_added_up_in_the_row_of_the_address(engine: Engine) -> None:
    new_feed(engine, BASE, "zhang", **GIVEN)
    new_feed(engine, BASE, "li", **GIVEN)
    keep_reads(engine, [read(1, 3), read(2, 1)])
    keep_reads(engine, [read(1, 2, revision=4)])
    first, second = list_feeds(engine)
    assert (first.reads, first.read_at, first.content, first.revision, first.changed_at) == (5, LATER, "c", 4, MORNING)
    assert (second.reads, second.revision) == (1, 1)


def read(id: int, reads: int, revision: int = 1) -> FeedRead:
    return FeedRead(id=id, reads=reads, read_at=LATER, content="c", revision=revision, changed_at=MORNING)
