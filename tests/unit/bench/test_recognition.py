"""How the delays from the end of speech to the request are told."""

from pathlib import Path

from bench.recognition import to_request
from recognizer.model import DEMO, ModelInfo

SHIPPED = ModelInfo(path=DEMO, kind="demo")


def figures(delays: list[float], *, expected: int, model: ModelInfo = SHIPPED) -> dict[str, tuple[float, bool | None]]:
    told = to_request(delays, model=model, speakers=10, expected=expected, silent=700)
    return {f.name.partition(".to_request.10.")[2]: (f.value, f.ok) for f in told}


def test_who_is_understood_before_the_silence_is_over_counts_as_early_and_has_a_limit_of_its_own() -> None:
    told = figures([-20.0, 200.0, 290.0, 800.0], expected=4)
    assert told["early_share"] == (75, None)
    assert told["early.p50"] == (200, True)
    assert told["early.cut"] == (1, None)
    assert told["later.p95"] == (800, True)
    assert figures([400.0, 960.0], expected=2)["early.p50"] == (400, False)
    assert figures([400.0, 960.0], expected=2)["later.p95"] == (960, False)


def test_who_was_never_understood_is_a_miss() -> None:
    assert figures([800.0], expected=2)["unheard"] == (1, False)
    assert figures([], expected=1)["unheard"] == (1, False)


def test_the_shipped_model_is_told_as_demo_and_no_other_by_where_it_lies() -> None:
    for told in to_request([800.0], model=SHIPPED, speakers=1, expected=1, silent=700):
        assert told.name.startswith("o.demo.")
    own = ModelInfo(path=Path("/secret/place/big-model"), kind="own")
    [p50, *_] = to_request([800.0], model=own, speakers=1, expected=1, silent=700)
    assert p50.how.endswith("model big-model") and "/secret" not in p50.how
