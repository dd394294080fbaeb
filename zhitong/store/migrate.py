"""Brings a database to the version that this program works with. Run by the program itself; nothing to call by hand."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from zhitong.errors import DatabaseUnfit
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.postgresql import check_server


def migrate(url: str) -> str:
    """Creates or upgrades the database; returns the version it has now. Safe to run at every start.

    Raises DatabaseGone, and DatabaseUnfit for a database made by a newer program or with another encoding than UTF-8.
    """
    config = _config()
    engine = open_engine(url, busy_timeout=30.0, create=True)
    try:
        with writing(engine) as connection:
            check_server(connection)
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise DatabaseUnfit(f"数据库的版本这个程序不认识（{error}）；请用更新的程序，或换回备份") from error
        with reading(engine) as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    finally:
        engine.dispose()


def is_current(engine: Engine) -> bool:
    """Whether the database is of this program's version, as it is after `migrate`. Raises DatabaseGone."""
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def versions() -> list[str]:
    """All versions up to this program's, the newest first."""
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
