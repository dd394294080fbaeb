from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zhitong.asterisk_logs import begun_before, forget_cdrs

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).astimezone()


def record(days: int, id: str = "1.1") -> str:
    start = (NOW - timedelta(days=days)).replace(tzinfo=None).isoformat(sep=" ")
    return f'"{id}","{start}","{start}","{start}","13900000001","12345","ANSWERED","9","yes"\n'


def after_half_a_year(start: datetime) -> bool:
    return NOW - start > timedelta(days=190)


@given(st.lists(st.integers(0, 400), max_size=12))
def test_what_has_expired_goes_and_the_rest_stays_whenever_the_oldest_is_first(tmp_path_factory, days) -> None:
    path = tmp_path_factory.mktemp("cdr") / "calls.csv"
    days = sorted(days, reverse=True)
    path.write_text("".join(record(day) for day in days))
    gone = forget_cdrs(path, expired=after_half_a_year)
    kept = [record(day) for day in days if day <= 190]
    assert path.read_text() == "".join(kept) and gone == len(days) - len(kept)
    assert not path.with_suffix(".old").exists()
    assert forget_cdrs(path, expired=after_half_a_year) == 0


def test_a_run_that_was_cut_off_is_finished_and_loses_no_record_written_since(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.with_suffix(".old").write_text(record(300, "1.1") + record(2, "1.2"))
    path.write_text(record(0, "1.3"))
    assert forget_cdrs(path, expired=after_half_a_year) == 1
    assert sorted(line.split(",")[0] for line in path.read_text().splitlines()) == ['"1.2"', '"1.3"']


def test_without_records_there_is_nothing_to_forget(tmp_path: Path) -> None:
    assert forget_cdrs(tmp_path / "calls.csv", expired=after_half_a_year) == 0


def test_a_log_is_begun_anew_each_day(tmp_path: Path) -> None:
    log = tmp_path / "asterisk.log"
    assert not begun_before(log, date(2026, 11, 21))
    log.write_text("[2026-11-20 23:59:59.123] NOTICE[1] x.c: y\n[2026-11-21 00:00:01.000] NOTICE[1] x.c: y\n")
    assert begun_before(log, date(2026, 11, 21)) and not begun_before(log, date(2026, 11, 20))
    log.write_text("not a log\n")
    assert not begun_before(log, date(2026, 11, 21))
