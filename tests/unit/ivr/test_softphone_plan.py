"""What the ready plans of a software telephone consist of."""

import ast
from pathlib import Path

import pytest

from ivr import softphone_plan
from ivr.softphone_audio import tone
from ivr.softphone_plan import BEHAVIOURS, accepts, answers_silently, busy, dead, voicemail

ROOT = Path(softphone_plan.__file__).parent.parent


def verbs(plan: softphone_plan.Plan) -> list[str]:
    return [step.verb for step in plan]


def test_who_accepts_presses_the_key_before_talking_and_hangs_up_last() -> None:
    plan = accepts(after=2, says=tone(500, 1), talk=5)
    assert verbs(plan) == ["ring", "wait", "answer", "wait", "press", "wait", "play", "wait", "hang_up"]
    assert plan[1].values == (2,)


def test_a_spoken_word_takes_the_place_of_the_key() -> None:
    assert "press" not in verbs(accepts(word=tone(500, 1)))
    assert "say" in verbs(accepts(word=tone(500, 1)))


def test_a_voicemail_answers_but_presses_nothing() -> None:
    assert "answer" in verbs(voicemail(tone(500, 1)))
    assert "press" not in verbs(voicemail(tone(500, 1)))


def test_nobody_presses_when_the_mobile_is_answered_in_a_pocket() -> None:
    assert verbs(answers_silently()) == ["ring", "wait", "answer"]


def test_the_dead_do_not_ring() -> None:
    assert dead() == ()
    assert "ring" not in verbs(busy())


@pytest.mark.parametrize("name", sorted(BEHAVIOURS))
def test_every_behaviour_makes_a_plan_of_known_verbs(name: str) -> None:
    plan = BEHAVIOURS[name](**({"greeting": tone(500, 1)} if name == "voicemail" else {}))
    assert set(verbs(plan)) <= {"ring", "wait", "answer", "refuse", "say", "play", "press", "hang_up"}


def test_only_the_telephones_process_imports_the_gpl_library() -> None:
    importers = set()
    for room in ("ivr", "dialplans", "recognizer", "routing", "recordings", "cases", "zhitong"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "pjsua2" or name.endswith("softphone_process") for name in names):
                    importers.add(file.relative_to(ROOT).as_posix())
    assert importers == {"ivr/softphone_process.py"}
