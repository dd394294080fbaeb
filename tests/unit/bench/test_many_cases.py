"""What is loaded for the benchmark is what the program writes: facts that it can read, chains that verify."""

import json
from datetime import datetime
from pathlib import Path

from bench.loaded import LoadedSqlite
from bench.many_cases import COLUMNS, OFFICIAL, portions
from ivr.facts import Fact
from routing.calendar import LOCAL
from zhitong.store.engine import open_engine
from zhitong.store.tables import facts
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.call_record import read_call


def test_the_facts_of_each_call_can_be_read() -> None:
    (rows,) = portions(40)
    by_call: dict[str, list[Fact]] = {}
    for call_id, seq, at, ms, kind, detail in rows[facts]:
        moment = datetime.fromisoformat(at).replace(tzinfo=LOCAL)
        told = Fact(call_id=call_id, seq=seq, at=moment, ms=ms, kind=kind, detail=json.loads(detail))
        by_call.setdefault(call_id, []).append(told)
    assert len(by_call) == 40
    talks = [read_call(told).talk for told in by_call.values()]
    assert {talk.detail["number"] for talk in talks if talk} == {OFFICIAL}


def test_every_row_has_a_value_for_each_column() -> None:
    (rows,) = portions(200)
    for table, columns in COLUMNS.items():
        assert rows[table] and {len(row) for row in rows[table]} == {len(columns)}


def test_the_chains_verify_and_what_lies_there_is_taken_again(tmp_path: Path) -> None:
    kind = LoadedSqlite(tmp_path)
    told: list[str] = []
    (address,) = kind.addresses([50], told.append)
    found = verify_chains(open_engine(address), folder=tmp_path / "anchors")
    assert (found.cases, found.breaks) == (50, ()) and len(told) == 1
    assert kind.addresses([50], told.append) == [address] and len(told) == 1
