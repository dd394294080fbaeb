"""The journal on a real disk."""

import threading
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.facts import Fact
from tests.fakes.told_calls import talked
from zhitong.store.journal import Journal


def everything(journal: Journal, chunk: int = 500) -> list[Fact]:
    return [fact for part in journal.parts() for facts in journal.read(part, chunk) for fact in facts]


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    journal, facts = Journal(tmp_path / "j"), talked().facts
    assert not journal.waiting()
    journal.append(facts[:3], sync=True)
    journal.append(facts[3:], sync=False)
    assert journal.waiting() and everything(journal, chunk=2) == facts


def test_what_comes_while_loading_goes_into_the_next_file(tmp_path: Path) -> None:
    journal, facts = Journal(tmp_path), talked().facts
    journal.append(facts[:1], sync=True)
    (first,) = journal.parts()
    journal.append(facts[1:2], sync=True)
    assert list(journal.read(first, 10)) == [facts[:1]]
    first.unlink()
    assert everything(journal) == facts[1:2]


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, 400))
def test_a_line_torn_by_a_power_cut_costs_itself_alone(tmp_path_factory: object, cut: int) -> None:
    folder: Path = tmp_path_factory.mktemp("journal")  # type: ignore[attr-defined]
    facts = talked().facts
    before = Journal(folder)
    before.append(facts[:5], sync=True)
    before.close()
    file = folder / "facts.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[: max(0, len(whole) - cut)])
    after = Journal(folder)
    after.append(facts[5:7], sync=True)
    read = everything(after)
    assert read[-2:] == facts[5:7]
    assert read[:-2] == facts[: len(read) - 2]


def test_many_threads_tear_no_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    calls = [talked(f"1757553630.{n}").facts for n in range(8)]

    def write(facts: list[Fact]) -> None:
        for fact in facts:
            journal.append([fact], sync=False)

    threads = [threading.Thread(target=write, args=(facts,)) for facts in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    read = everything(journal)
    for facts in calls:
        assert [fact for fact in read if fact.call_id == facts[0].call_id] == facts
    assert not list(tmp_path.glob("broken-*"))


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(talked().facts, sync=True)
    assert (tmp_path / "facts.jsonl").stat().st_mode & 0o077 == 0
