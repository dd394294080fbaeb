"""Every sentence has its text: found missing by `make check`, before any call."""

import subprocess
import sys
from pathlib import Path

import pytest

from dialplans.sentences import NEEDED, missing, unused

CHECKOUT = Path(__file__).parents[3]
SHIPPED = (CHECKOUT / "config" / "prompts.toml").read_text(encoding="utf-8")


def check(prompts: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "bootstrap/sentences.py", str(prompts)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)


def without(text: str, key: str) -> str:
    begin = text.index(f"[prompts.{key}]")
    return text[:begin] + text[text.index("\n[", begin) :]


@pytest.mark.parametrize(
    ("prompts", "told"),
    [
        (without(SHIPPED, "surge_else"), "prompts.surge_else"),
        (without(SHIPPED, "digit_7"), "prompts.digit_7"),
        (without(SHIPPED, "nobody_static"), "nobody_static"),
        (SHIPPED.replace("[{place}]{matter}的事", "[{plcae}]{matter}的事"), "{plcae}"),
        (SHIPPED + '\n[prompts.waitng]\nversion = 1\ntext = "请等。"\n', "waitng: nothing says"),
    ],
)
def test_the_check_names_the_sentence_that_is_missing_wrong_or_never_said(tmp_path, prompts, told):
    changed = tmp_path / "prompts.toml"
    changed.write_text(prompts, encoding="utf-8")
    ended = check(changed)
    assert ended.returncode == 1
    assert told in ended.stdout


def test_the_shipped_texts_are_all_there_and_all_said():
    ended = check(CHECKOUT / "config" / "prompts.toml")
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_text_may_leave_words_out_but_not_ask_for_others():
    given = dict(NEEDED)
    assert missing({**given, "nobody": frozenset()}) == []
    (fault,) = missing({**given, "nobody": frozenset({"where"})})
    assert (fault.field, fault.value) == ("prompts.nobody.text", "{where}")
    assert "{when}" in fault.mend


def test_a_fallback_is_said_and_a_text_that_nothing_names_is_not():
    assert unused({"nobody": "regret", "regret": "", "alone": ""}) == ["alone"]
