"""版次: what stood in the roster's and the escalation file when somebody published them. Pure."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

OWN = "系统"
"""The author of an edition that nobody published: the files as they were found at the first start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """The two files, to the letter. They count together or not at all: a step of the ladder names people."""

    roster: str
    escalation: str

    @property
    def digest(self) -> str:
        """By which they are known again: SHA-256 of both, and of where one ends and the other begins."""
        return hashlib.sha256(json.dumps([self.roster, self.escalation]).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One edition; id 0 is the files themselves, which nobody has published yet. changed: in a line, for a list.

    digest: that of the texts when they were published; with another one they are damaged.
    """

    id: int
    author: str
    reason: str
    at: datetime
    digest: str
    texts: Texts
    changed: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """By which it is known: after a backup was put back, a number alone may be another edition's."""
        return (self.id, self.digest)

    @property
    def intact(self) -> bool:
        """Whether the texts are those that were published."""
        return self.digest == self.texts.digest
