"""Every page there is, as the program itself describes them: what a test walks through, new rooms too."""

import re
from collections.abc import Mapping

from cases.roles import Action
from tests.fakes.pages import PACKAGES
from zhitong.console.office import Office
from zhitong.console.pages import pages
from zhitong.console.room import RIGHT

OPEN = {"/", "/sign-in", "/sign-in/password", "/sign-in/second", "/sign-in/code", "/sign-out", "/first-run/begin"}
"""Pages of nobody's in particular."""


def routes(office: Office) -> list[tuple[str, str, Action]]:
    """Method, path, what it needs: of every page that is not open to all."""
    found = [
        (method.upper(), path, said)
        for path, methods in pages(office, PACKAGES).openapi()["paths"].items()
        for method, said in methods.items()
        if path not in OPEN
    ]
    assert found and not [path for _, path, said in found if RIGHT not in said], "a page says no right"
    return [(method, path, Action(said[RIGHT])) for method, path, said in found]


def filled(path: str, values: Mapping[str, str]) -> str:
    """A path with what stands in its place; 1 for what is not told."""
    return re.sub(r"{(\w+)}", lambda match: values.get(match[1], "1"), path)
