"""Menus for officials, on a line and a clock of the test's own."""

from functools import partial
from typing import Any

from ivr.menu import LONGEST, SILENCES, STEPS, Menu, Sentence, hold
from tests.fakes.call_ports import prompt as silent_prompt
from tests.fakes.conversation import FakeClock, FakeLine, FakeStream, conversation, utterance


def held(
    menu: Menu,
    *,
    presses: list[tuple[float, str]] | None = None,
    leaves: float | None = None,
    speaks: list[tuple[float, float]] | None = None,
    words: str = "",
    deaf: bool = False,
) -> tuple[Menu | None, list[tuple[str, dict[str, Any]]]]:
    """Where a menu ends for somebody who does this, and what was noted."""
    clock = FakeClock()
    line = FakeLine(clock, presses=presses, leaves=leaves, speaks=speaks)
    noted: list[tuple[str, dict[str, Any]]] = []
    said = partial(silent_prompt, seconds=1.0)
    talk = conversation(line, clock, lambda: FakeStream([(1600, words)], utterance(words) if words else None))
    end = hold(
        menu, talk, prompt=said, note=lambda kind, /, **detail: noted.append((kind, detail)), deaf=deaf, monotonic=clock
    )
    return end, noted


def said(key: str) -> Menu:
    return Menu(say=(Sentence(key=key),))


LAST = said("last")
ASKS = Menu(say=(Sentence(key="ask"),), keys={"1": lambda: LAST, "2": lambda: said("other")})


def test_a_key_leads_on_even_over_the_sentence() -> None:
    end, noted = held(ASKS, presses=[(0.2, "1")])
    assert end is LAST
    assert [detail.get("prompt") or detail.get("key") for _, detail in noted] == ["ask", "1", "last"]


def test_a_key_that_means_nothing_is_asked_again_and_then_left() -> None:
    end, noted = held(ASKS, presses=[(0.5, "7"), (2.0, "8")])
    assert end is ASKS
    assert [detail["prompt"] for kind, detail in noted if kind == "asked"] == ["ask"] * SILENCES


def test_who_presses_keys_for_ever_is_let_go_before_the_dialplan_takes_the_call_to_others() -> None:
    def again() -> Menu:
        return endless

    endless = Menu(say=(Sentence(key="ask"),), keys={"1": again})
    end, noted = held(endless, presses=[(5.8 * n, "1") for n in range(1, 50)])
    assert end is endless
    pressed = sum(kind == "pressed" for kind, _ in noted)
    assert 30 < pressed <= LONGEST / 5.8 + 1 < STEPS


def test_who_does_nothing_gets_what_is_meant_for_silence() -> None:
    own = Menu(say=(), citizen=True)
    end, _ = held(Menu(say=(Sentence(key="ask"),), keys={"1": lambda: LAST}, silent=lambda: own))
    assert end is own


def test_who_hangs_up_leaves_no_menu() -> None:
    assert held(ASKS, leaves=0.5)[0] is None
    assert held(LAST, leaves=0.3)[0] is None


def test_a_code_is_typed_at_any_speed_and_never_noted() -> None:
    typed: list[str] = []

    def known(code: str) -> Menu:
        typed.append(code)
        return LAST

    asks = Menu(say=(Sentence(key="ask"),), code=(4, known))
    end, noted = held(asks, presses=[(0.5, "12"), (0.6, "3"), (2.0, "4")])
    assert end is LAST and typed == ["1234"]
    assert "1234" not in str(noted) and ("pressed", {"key": "****"}) in noted
    assert held(asks, presses=[(0.5, "12"), (0.7, "#")])[0] is LAST and typed[-1] == "12"


def test_words_count_where_they_mean_something_and_not_on_trial() -> None:
    hears = Menu(
        say=(Sentence(key="ask"),),
        keys={"1": said},
        hears=lambda text: LAST if "开会" in text else None,  # type: ignore[dict-item]
    )
    assert held(hears, speaks=[(1.2, 2.4)], words="开会到十一点")[0] is LAST
    assert held(hears, speaks=[(1.2, 2.4)], words="开会到十一点", deaf=True)[0] is hears


SIGNS = Menu(hear=(Sentence(key="hear"),), say=(Sentence(key="ask"),), keys={"1": lambda: LAST})


def test_what_must_be_heard_is_heard_to_its_end_before_a_key_counts() -> None:
    end, noted = held(SIGNS, presses=[(0.3, "1"), (2.5, "1")])
    assert end is LAST
    assert [detail.get("prompt") or detail.get("key") for _, detail in noted] == [
        "hear",
        "1",
        "hear",
        "ask",
        "1",
        "last",
    ]


def test_who_will_not_hear_it_is_not_asked() -> None:
    end, noted = held(SIGNS, presses=[(0.2 + 0.3 * n, "1") for n in range(SILENCES + 1)])
    assert end is not LAST
    assert [detail["prompt"] for kind, detail in noted if kind == "asked"][-1] == "staff_sorry"


def test_who_says_nothing_hears_the_keys_again_and_not_all_of_it() -> None:
    _, noted = held(SIGNS)
    assert [detail["prompt"] for _, detail in noted] == ["hear", "ask", "ask"]


def test_who_hangs_up_while_he_hears_it_has_gone() -> None:
    assert held(SIGNS, leaves=0.5)[0] is None


def test_what_cannot_be_said_word_for_word_is_not_offered() -> None:
    clock = FakeClock()
    talk = conversation(FakeLine(clock), clock, lambda: FakeStream([], None))
    asked: list[str] = []
    hold(
        SIGNS,
        talk,
        prompt=lambda key, **slots: silent_prompt("static" if key == "hear" else key, seconds=0.5),
        note=lambda kind, /, **detail: asked.append(str(detail.get("prompt"))),
        deaf=False,
        monotonic=clock,
    )
    assert asked == ["staff_sorry"]
