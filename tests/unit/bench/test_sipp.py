"""sipp's own counts, as it writes them."""

import pytest

from bench.sipp import Outcome, read_statistics

HEADER = (
    "StartTime;TotalCallCreated;CurrentCall;SuccessfulCall(P);SuccessfulCall(C);FailedCall(P);FailedCall(C);Retransmissions(C);"
    "ResponseTimeRepartitiontalk_>=3000;"
)


def test_the_last_line_counts(tmp_path):
    file = tmp_path / "caller.csv"
    file.write_text(f"{HEADER}\nnow;3;2;1;1;0;0;0;0;\nnow;20;4;2;17;1;3;5;16;\n")
    assert read_statistics(file) == {"up": 4, "made": 20, "good": 17, "failed": 3, "retransmissions": 5, "talks": 16}


def test_a_sipp_that_never_wrote_a_line_made_no_call(tmp_path):
    file = tmp_path / "caller.csv"
    file.write_text(f"{HEADER}\n")
    assert read_statistics(file) == {"up": 0, "made": 0, "good": 0, "failed": 0, "retransmissions": 0, "talks": 0}


@pytest.mark.parametrize(("code", "good", "failed"), [(1, 5, 0), (0, 5, 1), (0, 0, 0), (-9, 5, 0)])
def test_a_load_is_clean_only_by_exit_code_and_count(code, good, failed):
    def outcome(code, good, failed):
        return Outcome(code=code, made=5, good=good, failed=failed, retransmissions=0, talks=0, cpu=0.0)

    assert outcome(0, 5, 0).clean
    assert not outcome(code, good, failed).clean
