"""What the rooms of the console work with: the database, the settings, the roster in force, the moment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from routing.directory import Directory
from zhitong.console.set_up import SetUp
from zhitong.live.reader import Live
from zhitong.notices.gateway import Notify, by_apprise
from zhitong.settings import Settings
from zhitong.trials import Trials
from zhitong.understanding import Understanding
from zhitong.usecases.rules import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """engine is only handed on to use cases. directory, rules: as they are in force now; they raise BadConfig.

    base: the edition in force, without what people changed since. look: takes in at once what was changed just now.
    understanding: what sentences are understood by now. live: the calls that are up, as the hotline tells them.
    set_up: what only the machine can do while a line is set up.
    notify: sends a text to an address of a gateway. trials: of changed words and examples.
    """

    settings: Settings
    engine: Engine
    now: Callable[[], datetime]
    directory: Callable[[], Directory]
    rules: Callable[[], Rules]
    base: Callable[[], Directory]
    look: Callable[[], object]
    understanding: Callable[[], Understanding]
    live: Live = field(default_factory=Live)
    notify: Notify[str] = by_apprise
    set_up: SetUp = field(default_factory=SetUp)
    trials: Trials = field(default_factory=Trials)
