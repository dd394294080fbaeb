"""The word of the first run: the same until somebody administers, and nobody else's to read."""

import re
from pathlib import Path

from zhitong.first_code import first_code, forget_code


def test_it_stays_until_it_is_forgotten_and_is_another_one_then(tmp_path: Path) -> None:
    data = tmp_path / "data"
    word = first_code(data)
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", word) and first_code(data) == word
    assert (data / "first-run-code").stat().st_mode & 0o777 == 0o600
    forget_code(data)
    forget_code(data)
    assert first_code(data) != word
