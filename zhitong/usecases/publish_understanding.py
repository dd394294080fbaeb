"""发布词表和例句: what administrators changed counts once it is published, with an author and a reason (ADR 0111)."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from zhitong.errors import ChangeRefused
from zhitong.settings import Settings
from zhitong.store.engine import writing
from zhitong.understanding_editions import Edition, keep_edition
from zhitong.usecases.change_roster import named
from zhitong.usecases.looking import looked


def publish_understanding(
    engine: Engine,
    settings: Settings,
    edition: Edition,
    *,
    on: int,
    learned: Path,
    falls: tuple[str, ...] = (),
    anyway: bool = False,
    by: Actor,
    reason: str,
    now: datetime,
) -> Edition:
    """These words and examples count from now on, as the edition after number `on`. learned: what was learned of them.
    falls: what gets worse by them, beyond what is allowed; anyway: publish it all the same.

    Raises NotPermitted, ChangeRefused, OSError, DatabaseGone; then the edition before goes on counting.
    """
    permit(by, Action.TEACH)
    author, reason = named(by.name, "谁发布的"), named(reason, "为什么改（--reason）")
    if falls and not anyway:
        told = "\n".join(falls)
        raise ChangeRefused(f"回归集变差了，没有发布：\n{told}\n改好例句再试；一定要发布：加 --anyway，原因里写清楚")
    if falls:
        reason = f"{reason}（变差仍发布：{'；'.join(falls)}）"
    with writing(engine) as connection:  # what cannot be recorded is not published
        looked(connection, by, None, what=f"发布词表和例句第 {on + 1} 版", now=now)
        return keep_edition(settings, edition, on=on, author=author, reason=reason, at=now, learned=learned)
