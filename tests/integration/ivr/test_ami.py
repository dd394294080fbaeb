"""The manager connection against a fake that speaks the real protocol and misbehaves."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ami import Ami, AmiGone, AmiRefused, Channel
from tests.fakes.manager import FakeManager

QUICK = {"ping_every": 0.1, "limit": 0.5, "retry_every": 0.05}


def connected(manager, *, box=None, **changes):
    ami = Ami(port=manager.port, user="zhitong", secret="secret", **{**QUICK, **changes})
    if box is not None:
        box.append(ami)
    ami.start()
    assert ami.wait_up(5)
    return ami


@pytest.fixture
def manager():
    with FakeManager() as manager:
        yield manager


@pytest.fixture
def ami(manager):
    ami = connected(manager)
    yield ami
    ami.stop()


def wait(condition, limit=5.0):
    for _ in range(int(limit / 0.01)):
        if condition():
            return True
        threading.Event().wait(0.01)
    return False


def test_it_logs_in_and_pings(manager, ami):
    assert manager.wait_asked("Login")["Username"] == "zhitong"
    manager.wait_asked("Ping", count=3)
    assert ami.up


def test_events_of_ours_are_told_and_no_others(manager):
    heard = queue.Queue()
    ami = connected(manager, on_event=heard.put)
    manager.say(
        {"Event": "UserEvent", "UserEvent": "Other", "Kind": "gone"},
        {"Event": "Newchannel", "Channel": "x"},
        {"Event": "UserEvent", "UserEvent": "HL", "Kind": "gone", "Call": "1.2", "Number": "", "Why": "中文: a"},
    )
    event = heard.get(timeout=5)
    assert (event["Kind"], event["Call"], event["Number"], event["Why"]) == ("gone", "1.2", "", "中文: a")
    assert heard.empty()
    ami.stop()


def test_lines_torn_anywhere_are_put_together():
    heard = queue.Queue()
    with FakeManager(tear=True) as manager:
        ami = connected(manager, on_event=heard.put)
        for n in range(20):
            manager.say({"Event": "UserEvent", "UserEvent": "HL", "Kind": "rung", "Rung": str(n), "Name": "扎西镇"})
        assert [heard.get(timeout=5)["Rung"] for _ in range(20)] == [str(n) for n in range(20)]
        ami.stop()


HOSTILE = st.text(max_size=40).filter(lambda text: any(mark in text for mark in "\r\n")) | st.sampled_from(
    ["a\r\nAction: Command", "a\nVariable: x=y", "\r\n\r\nAction: Originate", "a\rb"]
)


def test_a_line_break_anywhere_is_refused_and_nothing_is_sent(manager, ami):
    @given(HOSTILE, st.sampled_from(["family", "key", "value", "variable", "name"]))
    def check(text, place):
        with pytest.raises(AmiRefused):
            if place == "variable":
                ami.act("Originate", variables={"X": text})
            elif place == "name":
                ami.act("Originate", variables={text: "x"})
            else:
                ami.db_put(*(text if place == name else "x" for name in ("family", "key", "value")))

    check()
    assert {action["Action"] for action in manager.asked} <= {"Login", "Ping", "CoreShowChannels"}


@pytest.mark.parametrize("value", ["x" * 1020, "中" * 340])
def test_a_line_longer_than_asterisks_is_refused(manager, ami, value):
    with pytest.raises(AmiRefused, match="Val"):
        ami.db_put("duty", "1", value)
    ami.db_put("duty", "1", value[: len(value) - 20])
    assert manager.wait_asked("DBPut")["Val"] == value[: len(value) - 20]


def test_an_error_is_refused_and_a_missing_key_is_deleted_all_the_same():
    with FakeManager(lambda action: [{"Response": "Error", "Message": "no"}] if "DB" in action["Action"] else []) as m:
        ami = connected(m)
        with pytest.raises(AmiRefused, match="no"):
            ami.db_put("a", "b", "c")
        ami.db_del("a", "b")
        assert ami.db_tree("a") == {}
        ami.stop()


def test_lists_are_gathered_by_their_own_id():
    def answer(action):
        if action["Action"] != "DBGetTree":
            return []
        family = action["Family"]
        return [
            {"Response": "Success", "EventList": "start"},
            {"Event": "DBGetTreeResponse", "Key": f"/{family}/1", "Val": f"{family}-1"},
            {"Event": "DBGetTreeResponse", "Key": f"/{family}/2", "Val": f"{family}-2"},
            {"Event": "DBGetTreeComplete", "EventList": "Complete"},
        ]

    with FakeManager(answer) as manager:
        ami = connected(manager)
        families = [f"f{n}" for n in range(30)]
        with ThreadPoolExecutor(10) as pool:
            trees = list(pool.map(ami.db_tree, families))
        assert trees == [{"1": f"{family}-1", "2": f"{family}-2"} for family in families]
        ami.stop()


def test_what_asterisk_has_in_a_context_is_told_in_the_order_of_its_priorities():
    def answer(action):
        if action["Action"] != "ShowDialPlan":
            return []
        if action["Context"] != "flow":
            return [{"Response": "Error", "Message": "No such context"}]
        line = {"Event": "ListDialplan", "Context": "flow", "Extension": "s"}
        return [
            {"Response": "Success", "EventList": "start"},
            line | {"Priority": "10", "Application": "Goto", "AppData": "decided,s,1"},
            line | {"Priority": "2", "ExtensionLabel": "ask", "Application": "Set", "AppData": "A=a: b"},
            {"Event": "ListDialplan", "Context": "flow", "IncludeContext": "x"},
            {"Event": "ShowDialPlanComplete", "EventList": "Complete"},
        ]

    with FakeManager(answer) as manager:
        ami = connected(manager)
        assert ami.dialplan("flow") == [("s", "ask", "Set", "A=a: b"), ("s", "", "Goto", "decided,s,1")]
        assert ami.dialplan("other") == []
        ami.stop()


def test_every_thread_gets_its_own_answer():
    with FakeManager(lambda action: [{"Response": "Success", "Echo": action.get("Key", "")}]) as manager:
        ami = Ami(port=manager.port, user="u", secret="s", **QUICK, on_resync=lambda: None)
        ami.start()
        # This manager has no list of channels, so the first resync never ends well: act as soon as it is there.
        assert wait(lambda: ami.up)
        keys = [str(n) for n in range(200)]

        def ask(key):
            for _ in range(50):
                try:
                    return ami.act("DBPut", Key=key)["Echo"]
                except AmiGone:
                    ami.wait_up(1)
            return None

        with ThreadPoolExecutor(20) as pool:
            assert list(pool.map(ask, keys)) == keys
        ami.stop()


# --- placing calls ----------------------------------------------------------------------------------------------------


def dialled(**result):
    def answer(action):
        if action["Action"] != "Originate":
            return []
        return [{"Response": "Success", "Message": "queued"}, {"Event": "OriginateResponse", **result}]

    return answer


def originate(ami, **changes):
    values = {
        "channel": "PJSIP/trunk/sip:1@127.0.0.1", "context": "callback", "variables": {"HL_TASK": "7"},
        "caller_id": "08702128888", "ring_seconds": 0.5,
    }  # fmt: skip
    return ami.originate(**(values | changes))


@pytest.mark.parametrize(
    ("result", "outcome", "reason"),
    [
        ({"Response": "Success", "Reason": "4"}, "answered", "4"),
        ({"Response": "Failure", "Reason": "5"}, "failed", "5"),
    ],
)
def test_what_became_of_a_call_is_told(result, outcome, reason):
    with FakeManager(dialled(**result)) as manager:
        ami = connected(manager)
        done = originate(ami)
        assert (done.outcome, done.reason) == (outcome, reason)
        asked = manager.wait_asked("Originate")
        assert (asked["Async"], asked["Variable"], asked["Exten"]) == ("true", "HL_TASK=7", "s")
        ami.stop()


def test_a_call_whose_end_nobody_told_is_unknown_and_not_repeated(manager, ami):
    assert originate(ami).outcome == "unknown"
    assert manager.count("Originate") == 1


def test_a_call_is_never_replayed_after_a_lost_connection(manager, ami):
    with ThreadPoolExecutor(1) as pool:
        placing = pool.submit(originate, ami, ring_seconds=3.0)
        manager.wait_asked("Originate")
        manager.drop()
        assert placing.result(10).outcome == "unknown"
    manager.wait_asked("Login", count=2)
    manager.wait_asked("Ping", count=2)
    assert manager.count("Originate") == 1


def test_without_a_connection_nothing_is_dialled():
    ami = Ami(port=1, user="u", secret="s", **QUICK)
    ami.start()
    assert originate(ami).outcome == "unsent"
    ami.stop()


def test_a_call_with_a_line_break_is_not_dialled(manager, ami):
    assert originate(ami, channel="PJSIP/trunk/sip:1\r\nAction: Command").outcome == "unsent"
    assert manager.count("Originate") == 0


# --- the connection ---------------------------------------------------------------------------------------------------


def test_after_a_restart_it_comes_back_by_itself_and_tells_what_is_up():
    told, box = queue.Queue(), []
    rows = [{"Event": "CoreShowChannel", "Channel": "PJSIP/trunk-1", "Uniqueid": "1.1"}]

    def answer(action):
        if action["Action"] != "CoreShowChannels":
            return []
        return [
            {"Response": "Success", "EventList": "start"},
            *rows,
            {"Event": "CoreShowChannelsComplete", "EventList": "Complete"},
        ]

    with FakeManager(answer) as manager:
        ami = connected(manager, on_resync=lambda: told.put(box[0].channels()), box=box)
        assert told.get(timeout=5) == [Channel(name="PJSIP/trunk-1", id="1.1")]
        rows.clear()
        manager.drop()
        assert told.get(timeout=5) == []
        ami.db_put("a", "b", "c")
        ami.stop()


def test_a_stopped_asterisk_is_noticed_by_the_ping_and_found_again(manager):
    resyncs = queue.Queue()
    ami = connected(manager, on_resync=lambda: resyncs.put(True))
    resyncs.get(timeout=5)
    manager.mute.set()
    assert wait(lambda: not ami.up)
    with pytest.raises(AmiGone):
        ami.db_put("a", "b", "c")
    # Longer than asterisk-ami's own listener would have lived.
    threading.Event().wait(1.5)
    manager.mute.clear()
    assert ami.wait_up(5)
    resyncs.get(timeout=5)
    ami.stop()


def test_a_long_idle_connection_lives(manager, ami):
    manager.wait_asked("Ping", count=15)
    assert manager.count("Login") == 1


def test_a_wrong_greeting_or_password_is_tried_again():
    refused = threading.Event()

    def answer(action):
        if action["Action"] == "Login" and not refused.is_set():
            refused.set()
            return [{"Response": "Error", "Message": "Authentication failed"}]
        return []

    with FakeManager(answer) as manager:
        ami = connected(manager)
        assert manager.count("Login") == 2
        ami.stop()


def test_stopping_ends_its_threads(manager):
    before = threading.active_count()
    ami = connected(manager)
    ami.stop()
    assert wait(lambda: threading.active_count() <= before + 1), "but for the manager's own thread"
    assert not ami.up
