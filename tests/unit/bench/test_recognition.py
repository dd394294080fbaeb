"""How the delays from the end of speech to the request are told."""

from pathlib import Path

from bench.recognition import Understood, to_request
from recognizer.model import DEMO, ModelInfo

SHIPPED = ModelInfo(path=DEMO, kind="demo")


def caller(delay: float, *, early: bool = False, right: bool = True) -> Understood:
    return Understood(delay=delay, early=early, right=right)


def figures(*callers: Understood, expected: int) -> dict[str, tuple[float, bool | None]]:
    told = to_request(callers, model=SHIPPED, speakers=10, expected=expected, silent=700)
    return {f.name.partition(".to_request.10.")[2]: (f.value, f.ok) for f in told}


def test_who_was_decided_early_has_a_limit_of_its_own_and_so_have_the_others() -> None:
    told = figures(caller(150, early=True), caller(290, early=True), caller(800), caller(940), expected=4)
    assert told["p50"] == (290, None)
    assert told["early_share"] == (50, None)
    assert told["early.p50"] == (150, True)
    assert told["early.wrong"] == (0, True)
    assert told["later.p95"] == (940, True)
    late = figures(caller(400, early=True, right=False), caller(960), expected=2)
    assert (late["early.p50"], late["early.wrong"], late["later.p95"]) == ((400, False), (100, False), (960, False))


def test_nobody_who_was_decided_early_is_told_where_there_was_none() -> None:
    assert figures(caller(800), expected=1).keys() == {"p50", "p95", "early_share", "unheard", "later.p95"}


def test_who_was_never_understood_is_a_miss() -> None:
    assert figures(caller(800), expected=2)["unheard"] == (1, False)
    assert figures(expected=1)["unheard"] == (1, False)


def test_the_shipped_model_is_told_as_demo_and_no_other_by_where_it_lies() -> None:
    for told in to_request([caller(800)], model=SHIPPED, speakers=1, expected=1, silent=700):
        assert told.name.startswith("o.demo.")
    own = ModelInfo(path=Path("/secret/place/big-model"), kind="own")
    [p50, *_] = to_request([caller(800)], model=own, speakers=1, expected=1, silent=700)
    assert p50.how.endswith("model big-model") and "/secret" not in p50.how
