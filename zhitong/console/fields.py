"""What was typed into a form of a page."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator
from starlette.datastructures import FormData

from routing.calendar import LOCAL
from zhitong.errors import Refused


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n")


Lines = Annotated[str, AfterValidator(_plain_lines)]
"""A text of several lines, as it was typed: browsers send each end of a line as two signs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """Fields by name; of one that was not sent, nothing."""

    form: FormData = field(default_factory=FormData)

    def __call__(self, name: str) -> str:
        """What was typed; empty: nothing."""
        found = self.form.get(name, "")
        return found if isinstance(found, str) else ""

    def many(self, name: str) -> list[str]:
        """All that was chosen or typed under this name, without what is empty."""
        return [one for one in self.form.getlist(name) if isinstance(one, str) and one.strip()]

    def lines(self, name: str) -> list[str]:
        """The lines that were typed, without empty ones."""
        return [line for line in self(name).splitlines() if line.strip()]

    def number(self, name: str, called: str) -> int:
        """A whole number. called: the field's name on the page. Raises Refused."""
        told = self(name).strip()
        if not (told.isascii() and told.isdigit() and len(told) < 10):
            raise Refused(f"{called}：“{told[:20]}”不行；请写一个数")
        return int(told)

    def moment(self, name: str, called: str) -> datetime | None:
        """A local day or minute; None: nothing was typed. Raises Refused."""
        told = self(name).strip()
        if not told:
            return None
        try:
            found = datetime.fromisoformat(told)
        except ValueError:
            raise Refused(f"{called}：“{told[:20]}”看不懂；请写成 2026-12-01 或 2026-12-01T14:00") from None
        return found if found.tzinfo else found.replace(tzinfo=LOCAL)
