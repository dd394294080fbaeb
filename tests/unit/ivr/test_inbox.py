import threading
from datetime import UTC, datetime

from ivr.call import Call, new_base
from ivr.inbox import INBOX_LIMIT, Event, LiveCall, Registry


def live(facts=None, *, now=lambda: datetime(2026, 11, 23, tzinfo=UTC), monotonic=lambda: 10.0):
    call = Call(id="1.1", base=new_base(), channel="c", caller="1", dialled="2", line="l", profile="p", answered=9.5)
    return LiveCall(call, note=(facts if facts is not None else []).append, now=now, monotonic=monotonic)


def test_facts_of_all_threads_of_a_call_are_numbered_in_the_order_they_are_told():
    facts = []
    call = live(facts)
    threads = [threading.Thread(target=lambda: [call.note("screening", i=1) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [fact.seq for fact in facts] == list(range(1600))
    assert {fact.ms for fact in facts} == {500}


def test_items_come_out_in_order_and_waiting_has_a_limit():
    call = live()
    assert call.put(Event(kind="a"))
    assert call.put(Event(kind="b"))
    assert [call.take(0).kind, call.take(0).kind] == ["a", "b"]
    assert call.take(0.01) is None
    assert call.take(-5) is None


def test_a_full_inbox_refuses_instead_of_blocking():
    call = live()
    assert all(call.put(Event(kind="x")) for _ in range(INBOX_LIMIT))
    assert not call.put(Event(kind="one too many"))


def test_a_header_that_should_count_and_does_not_is_0():
    event = Event(kind="leg", headers={"Rung": "3", "Cause": "x", "Ms": "", "Wide": "３"})
    assert [event.number(name) for name in ("Rung", "Cause", "Ms", "Wide", "None")] == [3, 0, 0, 0, 0]


def test_a_call_is_found_by_its_base_with_or_without_the_dash_until_it_is_removed():
    registry, call = Registry(), live()
    assert registry.add(call)
    assert registry.find(call.call.base) is call
    assert registry.find(call.call.base.upper() + "-") is call
    assert registry.all() == (call,)
    registry.remove(call)
    assert registry.find(call.call.base) is None
    assert registry.find("") is None


def test_removing_a_call_closes_what_waits_in_its_inbox():
    class Visit:
        closed = False

        def close(self):
            self.closed = True

    registry, call, visit = Registry(), live(), Visit()
    registry.add(call)
    call.put(Event(kind="x"))
    call.put(visit)
    registry.remove(call)
    assert visit.closed


def test_more_calls_than_the_limit_are_left_to_the_dialplan():
    registry = Registry(limit=2)
    assert [registry.add(live()) for _ in range(3)] == [True, True, False]
