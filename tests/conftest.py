"""How the whole suite runs: how many tests side by side, which first (docs/adr/0066), what none leaves behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fakes.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.fakes.postgresql import PostgresqlServer

# How long an example takes is the machine's; figures of speed are the benchmark's.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Understanding by the words alone, which is there at once, and the bound for their scores, which are no probabilities;
# tests of what was learned ask for it.
os.environ |= {"ZHITONG_SPEECH__LEARNED": "false", "ZHITONG_SPEECH__SURE_CONFIDENCE": "0.6"}

LONGEST = (
    "acceptance/test_killed_anywhere.py",
    "acceptance/test_controller_gone.py",
    "integration/dialplans/test_the_ladder_alone.py",
    "acceptance/test_database_gone.py",
    "acceptance/test_trunk_and_prompts.py",
    "acceptance/test_recovery.py",
    "acceptance/test_callback.py",
    "acceptance/test_conversation.py",
    "acceptance/test_casework.py",
    "acceptance/test_surge.py",
    "acceptance/test_conversation_understood.py",
    "acceptance/test_run.py",
    "integration/dialplans/test_with_a_controller.py",
    "acceptance/test_recognizer_gone.py",
    "acceptance/test_ladder.py",
    "integration/zhitong/test_console.py",
)
"""The files that take longest, longest first: begun last, one of them would run on alone at the end."""


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: telephones keep real time and mostly wait, so each core has room for more than one test."""
    return min(8, 2 * len(os.sched_getaffinity(0)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The unit tests, then the files that take longest, then all others."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(LONGEST)}
    if gone := [str(path) for path in places if not path.exists()]:
        raise pytest.UsageError(f"tests/conftest.py: LONGEST names files that do not exist: {', '.join(gone)}")

    def place(item: pytest.Item) -> int:
        return -1 if item.path.is_relative_to(tests / "unit") else places.get(item.path, len(places))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def ordinary_umask() -> Iterator[None]:
    """Files are private only where the program itself sees to it, not since a command ran in this process before."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A private server, one for each process that runs tests."""
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where a test gets new databases: every test of the store runs on both kinds."""
    if request.param == "postgresql":
        return PostgresqlDatabases(request.getfixturevalue("postgresql"))
    return SqliteDatabases(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A casework in which nothing has happened yet: a real, empty database."""
    address = databases.new()
    yield address
    databases.drop(address)
