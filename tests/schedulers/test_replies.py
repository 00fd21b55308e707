"""The job table: what counts as complete, and what other people's jobs can do to it (nothing)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.schedulers.base import Job, Phase, Reply, Unanswered
from hub_config.schedulers.replies import COMMENT_WIDTH, HEADER, job_table

ALICES = "a" * 32
ROW = f"12|RUNNING|alice|shared|l1|2026-11-21T05:24:51|2026-11-21T06:24:51|None|berth:{ALICES}"


def table(*rows: str) -> dict[str, Job]:
    phases = {"RUNNING": Phase.RUNNING, "COMPLETED": Phase.ENDED}
    return job_table(Reply(0, "\n".join((HEADER, *rows)) + "\n", ""), phases)


def foreign(comment: str) -> str:
    """What squeue prints for a job of mallory's named like ours: the comment, cut or padded."""
    cut = comment.encode()[:COMMENT_WIDTH].decode(errors="replace")
    return f"99|RUNNING|mallory|shared|l1|N/A|N/A|None|{cut:<{COMMENT_WIDTH}}"


def test_a_row_of_ours() -> None:
    assert table(ROW) == {
        "12": Job(
            job_id="12",
            uuid=ALICES,
            user="alice",
            phase=Phase.RUNNING,
            state="RUNNING",
            host="l1",
            partition="shared",
            reason="",
            start="2026-11-21T05:24:51",
            end="2026-11-21T06:24:51",
        )
    }


def test_a_schedulers_words_for_nothing_are_nothing() -> None:
    for word in ("(null)", "n/a", "N/A", "None", "Unknown", ""):
        job = table(f"12|PENDING|alice|shared|{word}|{word}|{word}|{word}|berth:{ALICES}")["12"]
        assert (job.host, job.start, job.end, job.reason) == ("", "", "", "")


def test_a_reason_keeps_its_blanks_commas_and_bars() -> None:
    reason = "ReqNodeNotAvail, UnavailableNodes:c1 | held by root"
    assert table(ROW.replace("None", reason))["12"].reason == reason


def test_no_jobs_is_an_answer() -> None:
    assert table() == {}


@pytest.mark.parametrize(
    "out",
    [
        "",
        "\n",
        ROW + "\n",
        HEADER,
        f"{HEADER}\n{ROW}",
        f"{HEADER}\n{ROW[:40]}\n",
        f"{HEADER}\n{ROW}\nsqueue ran away\n",
        f"{HEADER}\n\n{ROW}\n",
        f"{HEADER}\n{ROW}\n{HEADER}\n",
        f"{HEADER}\n" + ROW.replace("RUNNING", "") + "\n",
        f"{HEADER}\n" + ROW.replace("12|", "twelve|") + "\n",
        f"{HEADER}\n" + ROW.replace("|alice|", "||") + "\n",
        "\x00\x01\x02\n",
        "<html><body>502 Bad Gateway</body></html>\n",
    ],
)
def test_what_is_not_a_whole_table_tells_nothing(out: str) -> None:
    with pytest.raises(Unanswered):
        job_table(Reply(0, out, ""), {})


@pytest.mark.parametrize(
    ("code", "err"),
    [
        (1, ""),
        (-9, ""),
        (0, "slurm_load_jobs error: Zero Bytes were transmitted or received\n"),
        (0, "squeue: error: something\n"),
        (0, "squeue: fatal: something\n"),
    ],
)
def test_a_whole_table_beside_a_complaint_tells_nothing(code: int, err: str) -> None:
    with pytest.raises(Unanswered):
        job_table(Reply(code, f"{HEADER}\n{ROW}\n", err), {})


HOSTILE = (
    "",
    "(null)",
    "berth:",
    f"berth:{'g' * 32}",
    f"x\n12|COMPLETED|alice|shared|l1|N/A|N/A|None|berth:{ALICES}",
    f"\n12|COMPLETED|a|||||berth:{ALICES}",
    "\n1||||||||",
    "\n12|COMPLETED|alice||||||",
    "\n" * COMMENT_WIDTH,
    "\n" + HEADER[: COMMENT_WIDTH - 1],
    "\r\n\x0b\x0c\x1c\x85\u2028\u2029",
    "a|b|c|d|e|f|g|h|i|j",
    f"x|berth:{ALICES}",
    "ä" * 40,
    "\x00\x1b[2J",
)


@pytest.mark.parametrize("comment", HOSTILE)
@pytest.mark.parametrize("before", [True, False], ids=["before ours", "after ours"])
def test_no_comment_of_others_hides_changes_or_adds_a_job(comment: str, before: bool) -> None:
    rows = (foreign(comment), ROW) if before else (ROW, foreign(comment))
    assert table(*rows) == table(ROW)


@given(st.text(alphabet="12|\nRUNNIGberth:a ACOMPLETED\r\u2028é", max_size=80))
def test_no_comment_that_chance_finds_does_either(comment: str) -> None:
    assert table(foreign(comment), ROW, foreign(comment)) == table(ROW)


def test_what_is_too_long_for_the_rest_of_a_comment_is_damage() -> None:
    assert table(foreign("x"), "y" * COMMENT_WIDTH, ROW) == table(ROW)
    with pytest.raises(Unanswered):
        table(foreign("x"), "y" * (COMMENT_WIDTH + 1), ROW)


def test_somebody_may_copy_a_uuid_and_it_stays_his_own_job() -> None:
    jobs = table(ROW, foreign(f"berth:{ALICES}"))
    assert {(job.job_id, job.user) for job in jobs.values()} == {("12", "alice"), ("99", "mallory")}


@given(st.text(), st.text(), st.integers(-64, 255))
def test_any_reply_is_a_table_or_no_answer(out: str, err: str, code: int) -> None:
    try:
        jobs = job_table(Reply(code, out, err), {})
    except Unanswered:
        return
    assert code == 0 and out.startswith(HEADER) and out.endswith("\n")
    assert all(len(job.uuid) == 32 for job in jobs.values())
