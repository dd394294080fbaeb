"""What a running hotline tells, collected so that the demo and the tests can wait for it."""

import threading
import time
from collections.abc import Callable

from ivr.facts import Fact


class Watcher:
    """Give `see` to Hotline.watch. Thread-safe."""

    def __init__(self, also: Callable[[Fact], None] = lambda fact: None) -> None:
        self._facts: list[Fact] = []
        self._new = threading.Condition()
        self._also = also

    def see(self, fact: Fact) -> None:
        """Keep a fact and wake who waits for it."""
        self._also(fact)
        with self._new:
            self._facts.append(fact)
            self._new.notify_all()

    def facts(self, kind: str = "", *, call: str = "") -> tuple[Fact, ...]:
        """All facts so far, or those of a kind or call, in the order in which they were told."""
        with self._new:
            return tuple(
                fact for fact in self._facts if (not kind or fact.kind == kind) and (not call or fact.call_id == call)
            )

    def wait(self, kind: str, /, *, limit: float, call: str = "", since: int = 0, **detail: object) -> Fact:
        """The first fact of this kind with these details, after the first `since` facts; waits up to `limit` seconds.

        Raises TimeoutError that tells what came instead.
        """
        deadline = time.monotonic() + limit
        with self._new:
            while True:
                for fact in self._facts[since:]:
                    if (
                        fact.kind == kind
                        and (not call or fact.call_id == call)
                        and all(fact.detail.get(name) == value for name, value in detail.items())
                    ):
                        return fact
                left = deadline - time.monotonic()
                if left <= 0:
                    came = "、".join(f"{fact.kind}" for fact in self._facts[since:][-12:])
                    raise TimeoutError(f"no {kind} {detail or ''} within {limit:g} s; the last that came: {came}")
                self._new.wait(left)

    @property
    def count(self) -> int:
        """How many facts have come; for `since`."""
        with self._new:
            return len(self._facts)
