"""Watching a call to its end: whatever the dialplan tells, in whatever order, the end is noted once."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dialplans import names
from ivr.call import Call, new_base
from ivr.inbox import Event, LiveCall
from ivr.ports import CallSettings
from ivr.session import Session
from tests.fakes.call_ports import NOON, Facts, fake_ports


def watched(*events, ring_limit=0.05):
    """The facts of a call in which these events come, and then no more."""
    facts = Facts()
    ports = fake_ports(facts, folder=Path("/nonexistent"))
    ports = replace(ports, settings=replace(ports.settings, ring_limit=ring_limit, talk_limit=ring_limit))
    call = Call(id="1.1", base=new_base(), channel="c", caller="1", dialled="2", line="l", profile="p", answered=0.0)
    live = LiveCall(call, note=facts.note, now=lambda: NOON, monotonic=lambda: 1.0)
    for event in events:
        live.put(event)
    Session(live, ports).watch()
    return facts


def event(kind, **headers):
    return Event(kind=kind, headers=headers)


GONE = event(names.KIND_GONE, Phase="ring")
KINDS = [value for name, value in vars(names).items() if name.startswith("KIND_") and name not in ("KIND_INBOUND",)]
ANY_EVENT = st.builds(
    Event,
    kind=st.sampled_from([*KINDS, "", "news"]),
    headers=st.dictionaries(
        st.sampled_from(["Rung", "Number", "Why", "Cause", "Ms", "Key", "Phase", "File", "Step", "Numbers"]),
        st.one_of(st.sampled_from(["1", "16", "dropped", "SUCCESS", "rang", ""]), st.text(max_size=8)),
    ),
)


@given(st.lists(ANY_EVENT, max_size=40))
def test_any_events_in_any_order_end_in_one_end(events):
    facts = watched(*events, GONE)
    kinds = facts.kinds()
    assert kinds.count("ended") == 1
    assert kinds[-1] == "ended"
    assert kinds[-2] == "gone"


@given(st.lists(ANY_EVENT.filter(lambda event: event.kind != names.KIND_GONE), max_size=10))
def test_a_call_of_which_nothing_is_heard_any_more_ends_too(events):
    assert watched(*events, ring_limit=0.01).kinds()[-1] == "ended"


def test_nothing_is_noted_after_the_end():
    facts = watched(GONE, event(names.KIND_TALK, Rung="1", Number="138"))
    assert facts.kinds() == ["gone", "ended"]


def test_headers_that_are_missing_are_no_fault():
    facts = watched(event(names.KIND_TALK), event(names.KIND_TALKOVER), event(names.KIND_LEG), GONE)
    assert facts.told("talk") == [{"i": 0, "number": ""}]
    assert facts.told("talk_over") == [{"seconds": 0.0, "why": ""}]


class Slow(LiveCall):
    """A call of which something is heard now and then; how long each wait for it may take is kept."""

    def __init__(self, call, facts, events):
        super().__init__(call, note=facts.note, now=lambda: NOON, monotonic=lambda: 1.0)
        self.events, self.limits = list(events), []

    def take(self, limit):
        self.limits.append(limit)
        return self.events.pop(0) if self.events else None


def test_the_wait_begins_anew_with_whatever_is_heard():
    seconds = iter(range(0, 100_000, 400))
    facts = Facts()
    call = Call(id="1.1", base=new_base(), channel="c", caller="1", dialled="2", line="l", profile="p", answered=0.0)
    again = event(names.KIND_LADDER)
    dropped = event(names.KIND_TALKOVER, Why="dropped")
    live = Slow(call, facts, [again, again, again, event(names.KIND_TALK), dropped, again, GONE])
    session = Session(live, fake_ports(facts, folder=Path("/nonexistent")), monotonic=lambda: next(seconds))
    session.watch()
    ring, talk = CallSettings().ring_limit, CallSettings().talk_limit
    assert live.limits == [ring, ring, ring, ring, talk, ring, ring]
    assert facts.told("gone") == [{"phase": "ring"}]
