"""What a duty calendar says from read to read: on the shipped roster and a real database that comes and goes."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import Engine, text

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.roster import Leave
from tests.fakes.directories import small_directory
from tests.fakes.feeds import list_feeds
from tests.fakes.roster_people import SECRETARY
from zhitong.console.ports import DutyCalendar
from zhitong.directory_files import directory_of, draft_of
from zhitong.duty_feeds import DutyFeeds
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import Settings, load_settings
from zhitong.store.engine import open_engine, writing
from zhitong.store.migrate import migrate
from zhitong.trial import wait_until
from zhitong.usecases.calendar_feeds import new_feed, revoke_feed
from zhitong.usecases.change_roster import put_leave, undo_change

NOW = datetime(2026, 12, 4, 12, 0, tzinfo=LOCAL)
HOUR = timedelta(hours=1)
BASE = small_directory()
GIVEN = {"by": SECRETARY, "reason": "手机日历", "now": NOW}
AWAY = Leave(official="li", start=NOW + 20 * HOUR, end=NOW + 68 * HOUR)
"""From one handover to the second next: just one turn of hers."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environ={"HOME": str(tmp_path)}, overrides={"folders": {"data": str(tmp_path)}})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    migrate(settings.store.database_url)
    engine = open_engine(settings.store.database_url)
    yield engine
    engine.dispose()


def feeds_now(settings: Settings) -> DutyFeeds:
    """As a console that has just started."""
    feeds = DutyFeeds(RosterInForce(settings, open_engine(settings.store.database_url), NOW))
    feeds.look(NOW)
    return feeds


def base(settings: Settings) -> Directory:
    return directory_of(settings, draft_of(settings))


def read(feeds: DutyFeeds, token: str, now: datetime = NOW) -> DutyCalendar:
    found = feeds.read(token, now)
    assert isinstance(found, DutyCalendar), found
    return found


def told(calendar: DutyCalendar) -> tuple[int, datetime, int]:
    """SEQUENCE, LAST-MODIFIED and the number of events, which all say the same of the first two."""
    events = Calendar.from_ical(calendar.body).walk("VEVENT")
    ((sequence, changed),) = {(event["sequence"], event["last-modified"].dt) for event in events}
    return sequence, changed, len(events)


def test_a_calendar_is_the_same_to_the_byte_until_the_duty_changes(settings: Settings, engine: Engine) -> None:
    li, zhang = (new_feed(engine, BASE, official, **GIVEN) for official in ("li", "zhang"))
    feeds = feeds_now(settings)
    first, other = read(feeds, li), read(feeds, zhang)
    sequence, changed, events = told(first)
    assert (sequence, changed) == (0, NOW) and events > 30
    assert read(feeds, li, NOW + 5 * HOUR) == first

    change = put_leave(engine, base(settings), AWAY, by=SECRETARY, reason="出差", now=NOW + HOUR)
    feeds.look(NOW + HOUR)
    away = read(feeds, li, NOW + 2 * HOUR)
    assert told(away) == (1, NOW + 2 * HOUR, events - 1) and away.tag != first.tag
    assert away.changed_at == NOW + 2 * HOUR
    assert read(feeds, zhang, NOW + 2 * HOUR) == other, "another's duty is as it was"

    undo_change(engine, base(settings), change.id, by=SECRETARY, reason="不去了", now=NOW + 3 * HOUR)
    feeds.look(NOW + 3 * HOUR)
    back = read(feeds, li, NOW + 4 * HOUR)
    assert told(back) == (2, NOW + 4 * HOUR, events), "what came back is newer than what went"


def test_a_new_month_is_a_change_and_the_calendar_moves_on(settings: Settings, engine: Engine) -> None:
    token = new_feed(engine, BASE, "li", **GIVEN)
    feeds = feeds_now(settings)
    december, january = read(feeds, token), read(feeds, token, NOW + timedelta(days=28))
    assert told(january)[0] == told(december)[0] + 1
    first, *_, last = Calendar.from_ical(january.body).walk("VEVENT")
    assert first.start >= datetime(2026, 12, 1, tzinfo=LOCAL) and last.end >= datetime(2027, 3, 30, tzinfo=LOCAL)


def test_a_console_that_starts_again_says_the_same_and_counts_on(settings: Settings, engine: Engine) -> None:
    token = new_feed(engine, BASE, "li", **GIVEN)
    feeds = feeds_now(settings)
    first = read(feeds, token)
    feeds.keep(NOW)
    again = feeds_now(settings)
    assert read(again, token, NOW + HOUR) == first
    again.keep(NOW + HOUR)
    put_leave(engine, base(settings), AWAY, by=SECRETARY, reason="出差", now=NOW + HOUR)
    third = feeds_now(settings)
    assert told(read(third, token, NOW + 2 * HOUR))[:2] == (1, NOW + 2 * HOUR)
    third.keep(NOW + 2 * HOUR)
    (feed,) = list_feeds(engine)
    assert (feed.reads, feed.read_at, feed.revision) == (3, NOW + 2 * HOUR, 1)


def test_while_the_database_is_away_what_is_known_is_served_and_reads_are_written_later(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    token, other = new_feed(engine, BASE, "li", **GIVEN), new_feed(engine, BASE, "wang", **GIVEN)
    feeds = feeds_now(settings)
    first = read(feeds, token)
    engine.dispose()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("zhitong.sqlite3")]
    (tmp_path / "away").mkdir()
    for path in files:
        path.rename(tmp_path / "away" / path.name)
    feeds.look(NOW + HOUR)
    assert read(feeds, token, NOW + HOUR) == first
    assert read(feeds, other, NOW + HOUR), "one that was not read before, too"
    feeds.keep(NOW + HOUR)
    assert feeds_now(settings).read(token, NOW) == "not yet", "a console that has never seen it knows nothing"
    assert not (tmp_path / "zhitong.sqlite3").exists(), "and makes no new one"
    read(feeds, token, NOW + 2 * HOUR)
    for path in files:
        (tmp_path / "away" / path.name).rename(path)
    feeds.keep(NOW + 3 * HOUR)
    assert [(feed.reads, feed.read_at) for feed in list_feeds(engine)] == [(3, NOW + 2 * HOUR), (1, NOW + HOUR)]


def test_a_database_that_nobody_has_brought_up_to_date_is_waited_for(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "zhitong.sqlite3").touch()
    feeds = feeds_now(settings)
    assert feeds.read("anything", NOW) == "not yet"
    migrate(settings.store.database_url)
    feeds.look(NOW)
    assert feeds.read("anything", NOW) == "unknown"


def test_a_database_of_a_newer_program_is_not_read(settings: Settings, engine: Engine) -> None:
    token = new_feed(engine, BASE, "li", **GIVEN)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert feeds_now(settings).read(token, NOW) == "not yet"


class FileAlone(RosterInForce):
    """A roster of which it is not known what people changed."""

    complete = False


def test_nobody_reads_a_duty_while_it_is_not_known_what_people_changed(settings: Settings, engine: Engine) -> None:
    token = new_feed(engine, BASE, "li", **GIVEN)
    feeds = DutyFeeds(FileAlone(settings, engine, NOW))
    feeds.look(NOW)
    assert feeds.read(token, NOW) == "not yet"


def test_what_is_read_while_the_database_is_locked_is_counted_too(settings: Settings, engine: Engine) -> None:
    token = new_feed(engine, BASE, "li", **GIVEN)
    feeds = feeds_now(settings)
    read(feeds, token)
    keeping = threading.Thread(target=feeds.keep, args=(NOW,))
    with writing(engine):
        keeping.start()
        wait_until(lambda: not feeds._reads, 5, "it is about to write")
        read(feeds, token, NOW + HOUR)
        keeping.join(20)
    feeds.keep(NOW + HOUR)
    assert [(feed.reads, feed.read_at) for feed in list_feeds(engine)] == [(2, NOW + HOUR)]


def test_who_has_left_who_was_revoked_and_who_never_was_read_nothing(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    li, nobody = new_feed(engine, BASE, "li", **GIVEN), new_feed(engine, BASE, "left", **GIVEN)
    feeds = feeds_now(settings)
    assert read(feeds, li)
    assert [feeds.read(token, NOW) for token in (nobody, "x", li[:-1], "")] == ["unknown"] * 4
    revoke_feed(engine, BASE, "li", by=SECRETARY, reason="丢了手机", now=NOW)
    feeds.look(NOW)
    assert feeds.read(li, NOW) == "ended"
    feeds.keep(NOW)
    assert [feed.reads for feed in list_feeds(engine)] == [1, 0], "what is refused is no read"
