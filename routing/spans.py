"""Records that hold from one moment to another, so kept that those of a moment are found at once among many."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar


class Span(Protocol):
    """Anything with a beginning (included) and an end (not), aware moments."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


T = TypeVar("T", bound=Span)


class Spans(Generic[T]):
    """Spans in the order of their beginnings; those that begin together keep their order.

    A look goes through what began within the longest span's length before the moment, so spans of like length are fast.
    """

    __slots__ = ("_longest", "_spans", "_starts")

    def __init__(self, spans: Iterable[T]) -> None:
        self._spans = sorted(spans, key=lambda span: span.start)
        self._starts = [span.start for span in self._spans]
        self._longest = max((span.end - span.start for span in self._spans), default=timedelta())

    def at(self, now: datetime) -> list[T]:
        """Those that hold at the moment."""
        after = bisect_right(self._starts, now)
        return [span for span in self._spans[self._first(now) : after] if now < span.end]

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The moments in [start, end) at which one begins or ends."""
        after = bisect_left(self._starts, end)
        for span in self._spans[self._first(start) : after]:
            yield from (edge for edge in (span.start, span.end) if start <= edge < end)

    def _first(self, moment: datetime) -> int:
        """The place of the first that may hold at the moment or later."""
        # So long a span may be one of them that there is no date so long before.
        if not self._starts or moment - self._starts[0] <= self._longest:
            return 0
        return bisect_left(self._starts, moment - self._longest)

    def __iter__(self) -> Iterator[T]:
        return iter(self._spans)
