"""What a citizen wants: the result of understanding. Pure."""

from dataclasses import dataclass
from typing import Literal

Intent = Literal["request", "director", "emergency", "unclear", "greeting"]
"""request: a matter was named; director: a person is wanted, whatever the matter; emergency: danger to life;
greeting: “喂/你好/听得到不”, neither a request nor a failure; unclear: words, but no matter in them (or no words)."""
RequestType = Literal["咨询", "求助", "投诉", "举报", "建议", "表扬"]
Urgency = Literal["red", "orange", "yellow", "normal"]
"""red: life, crowd, safety, imminent danger; orange: basic living cut off now, very angry, or said 3 times and more;
yellow: a deadline is close, or said before; else normal."""
Danger = Literal["", "fire", "medical", "crime", "traffic", "self_harm"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request as understood from what was said so far."""

    intent: Intent
    matter: str | None
    """Code of the sub-item, A1 to D4; None when none was recognized."""
    matter_name: str
    """Chinese name of the sub-item, empty without one."""
    second: str | None
    """Code of the next best sub-item, when it is close."""
    second_name: str = ""
    """Its Chinese name."""
    second_confidence: float = 0.0
    """0 to 1: how likely the second is; 0 where the words alone decide, which tell no probability."""
    type: RequestType
    urgency: Urgency
    place: str
    """Town, with the village and the group if they were named, else a landmark, else empty."""
    danger: Danger
    complained_of: str
    """Who a complaint or report is about, as said; empty if not named."""
    confidence: float
    """0 to 1: how sure the matter is."""
    evidence: tuple[str, ...]
    """The words that decided, as they stand in the text."""
    text: str
    """The text this was understood from."""
    named: str = ""
    """Officials called by name, with their posts as the roster has them: 副局长王志强."""
    worded: str | None = None
    """Code of the sub-item that the words alone name."""
    classifier: str = ""
    """The version of what was learned (recognizer.classifier), where that decided; empty: the words alone did."""
