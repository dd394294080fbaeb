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
        first, after = bisect_left(self._starts, now - self._longest), bisect_right(self._starts, now)
        return [span for span in self._spans[first:after] if now < span.end]

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The moments in [start, end) at which one begins or ends."""
        first, after = bisect_left(self._starts, start - self._longest), bisect_left(self._starts, end)
        for span in self._spans[first:after]:
            yield from (edge for edge in (span.start, span.end) if start <= edge < end)

    def __iter__(self) -> Iterator[T]:
        return iter(self._spans)
