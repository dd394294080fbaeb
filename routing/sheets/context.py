"""What a sheet tells beside its table: title, year, hours of its shifts. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from routing.calendar import Calendar
from routing.sheets.cells import Page, plain
from routing.sheets.dates import Era, Span, era, spans_in, worded_spans
from routing.sheets.day_hours import DayHours, day_hours
from routing.sheets.people import People
from routing.sheets.words import Entry, is_footer, kind_of, shift_word, sign_word


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """Everything that a table of the sheet is read with."""

    page: Page
    people: People
    when: Era
    title: str
    titles: tuple[str, ...]
    hours: Mapping[str, tuple[Span, ...]]
    """The hours of 白班, 夜班 … as any text of the sheet tells them."""
    day: DayHours


def context(page: Page, people: People, *, book: str, today: date, calendar: Calendar) -> Context:
    """Title and name of the sheet go before the name of the file."""
    cells = page.texts()
    titles = titles_of(page)
    names = [page.name, book]
    return Context(
        page=page,
        people=people,
        when=era([*filter(_tells_days, titles), *names], today),
        title=plain(" ".join([*titles, page.name])),
        titles=tuple(titles),
        hours=_hours([cell.text for cell in cells]),
        day=day_hours(cells, people, calendar),
    )


def hours_told(words: str, around: Context) -> tuple[Span, ...] | None:
    """The hours that words tell; None when they tell none, empty when they say 白班 and no text says from when."""
    word = shift_word(words)
    if spans := spans_in(words) or around.hours.get(word, ()):
        return spans
    return () if word and word != "全天" else None


def hours_of(entry: Entry, around: Context) -> tuple[Span, ...] | None:
    """The hours told at a name: 白：赵敏, 赵敏（8:00-20:00）; as hours_told."""
    told = (hours_told(sign_word(text), around) for text in (entry.label, *entry.hints))
    return next((spans for spans in told if spans is not None), None)


def titles_of(page: Page) -> list[str]:
    """The texts above the table: rows with one or two texts, before the first row with more."""
    found = []
    for row in page.rows[:6]:
        texts = [cell.text for cell in page.row(row) if cell.text and not (cell.merged and cell.home[0] == cell.row)]
        distinct = list(dict.fromkeys(texts))
        if len(distinct) > 2 or any(kind_of(text)[0] == "date" for text in distinct):
            break
        found += distinct
    return found


def _tells_days(text: str) -> bool:
    """The day on which a sheet was filled in is none of its own."""
    return not is_footer(text) and not re.search(r"(填|制|报|印|打).{0,3}(日期|时间|人)", plain(text))


def _hours(texts: list[str]) -> dict[str, tuple[Span, ...]]:
    found: dict[str, tuple[Span, ...]] = {}
    for text in texts:
        # A legend of marks: 白：8:00-18:00.
        text = re.sub(r"([白夜早中晚])(?=[:=为(])", r"\1班", plain(text))
        parts = re.split(r"(?=白班|夜班|早班|中班|晚班|白天|夜间|晚间)|[;。]", text)
        told = [(shift_word(part[:4]), spans_in(part)) for part in parts if part]
        if len(told) > 1 and told[0][1] and not told[0][0]:
            # 8:00-20:00白班: the words stand behind their hours.
            told = [(shift_word(words), (span,)) for words, span in worded_spans(text)]
        for word, spans in told:
            if word and spans and found.setdefault(word, spans) != spans:
                # Two different hours for one word: neither is sure.
                found[word] = ()
    return {word: spans for word, spans in found.items() if spans}
