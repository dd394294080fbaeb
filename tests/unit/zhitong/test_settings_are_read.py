"""A setting that nothing reads is a promise that nobody keeps."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from zhitong.settings import CHECKOUT, Line, Settings

SECTIONS = [kind for kind in get_type_hints(Settings).values() if is_dataclass(kind)] + [Line]
ROOMS = ("zhitong", "ivr", "dialplans", "routing", "recognizer", "cases", "recordings")


@pytest.fixture(scope="module")
def program() -> str:
    sources = [path for room in ROOMS for path in Path(CHECKOUT / room).rglob("*.py") if path.name != "settings.py"]
    return "\n".join(path.read_text(encoding="utf-8") for path in sources)


@pytest.mark.parametrize("field", [f"{kind.__name__}.{f.name}" for kind in SECTIONS for f in fields(kind)])
def test_every_setting_is_read_by_the_program(field: str, program: str) -> None:
    assert re.search(rf"\.{field.split('.')[1]}\b", program)
