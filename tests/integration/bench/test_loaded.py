"""The caseworks of the benchmark in PostgreSQL: loaded once, several sizes in one run."""

from pathlib import Path

from bench.loaded import LoadedPostgresql
from zhitong.store.engine import open_engine
from zhitong.usecases.anchor_chains import verify_chains


def test_all_sizes_can_be_read_in_the_run_that_loads_them_and_the_next_one_loads_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    for loads in (2, 2, 3):
        kind = LoadedPostgresql(tmp_path / "postgresql")
        try:
            sizes = [20, 50] if loads == 2 else [20, 50, 60]
            engines = [open_engine(address) for address in kind.addresses(sizes, told.append)]
            found = [verify_chains(engine, folder=kind.anchors(n)) for n, engine in zip(sizes, engines, strict=True)]
            assert [(one.cases, one.breaks) for one in found] == [(n, ()) for n in sizes]
            assert len(told) == loads
            for engine in engines:
                engine.dispose()
        finally:
            kind.stop()
