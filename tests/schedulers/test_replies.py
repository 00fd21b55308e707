"""The job table: what counts as complete, and what other people's jobs can do to it (nothing)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.schedulers.base import Job, Phase, Reply, Unanswered
from hub_config.schedulers.replies import COMMENT_WIDTH, HEADER, ROW_MARK, comment, job_table

ALICES = "a" * 32
TIMES = "2026-11-21T05:24:51|2026-11-21T06:24:51"


def row(comment: str, values: str = f"12|RUNNING|alice|shared|l1|{TIMES}|None") -> str:
    """What squeue prints for a job: the comment, cut or padded, is the last of it."""
    cut = comment.encode()[:COMMENT_WIDTH].decode(errors="replace")
    return f"{ROW_MARK}{values}|{cut:<{COMMENT_WIDTH}}"


ROW = row(f"berth:{ALICES}:gpu-work:40123")


def table(*rows: str) -> dict[str, Job]:
    phases = {"RUNNING": Phase.RUNNING, "COMPLETED": Phase.ENDED}
    return job_table(Reply(0, "\n".join((HEADER, *rows)) + "\n", ""), phases)


def foreign(comment: str) -> str:
    """A job of mallory's that is named like ours."""
    return row(comment, "99|RUNNING|mallory|shared|l1|N/A|N/A|None")


def test_a_row_of_ours() -> None:
    assert table(ROW) == {
        "12": Job(
            job_id="12",
            uuid=ALICES,
            user="alice",
            phase=Phase.RUNNING,
            state="RUNNING",
            server="gpu-work",
            port=40123,
            host="l1",
            partition="shared",
            reason="",
            start="2026-11-21T05:24:51",
            end="2026-11-21T06:24:51",
        )
    }


@pytest.mark.parametrize(
    ("server", "port"), [("", 0), ("", 1), ("a" * 30, 0), ("-", 65535), ("a" * 30, 65535)]
)
def test_server_and_port_are_read_as_they_were_written(server: str, port: int) -> None:
    job = table(row(comment(ALICES, server, port)))["12"]
    assert (job.uuid, job.server, job.port) == (ALICES, server, port)


def test_a_comment_that_ends_like_ours_is_not_ours() -> None:
    assert table(row(f"x|berth:{ALICES}")) == table(row(f"x\nberth:{ALICES}")) == {}


def test_a_job_of_an_older_release_is_ours() -> None:
    job = table(row(f"berth:{ALICES}"))["12"]
    assert (job.uuid, job.server, job.port) == (ALICES, "", 0)


def test_a_schedulers_words_for_nothing_are_nothing() -> None:
    for word in ("(null)", "n/a", "N/A", "None", "Unknown", ""):
        values = f"12|PENDING|alice|shared|{word}|{word}|{word}|{word}"
        job = table(row(f"berth:{ALICES}", values))["12"]
        assert (job.host, job.start, job.end, job.reason) == ("", "", "", "")


def test_a_reason_keeps_its_blanks_commas_and_bars() -> None:
    reason = "ReqNodeNotAvail, UnavailableNodes:c1 | held by root"
    assert table(ROW.replace("None", reason))["12"].reason == reason
    odd = foreign("a|b\nc|d").replace("None", reason)
    assert table(odd, ROW, odd) == table(ROW)


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
        f"{HEADER}\n{ROW[:100]}\n",
        f"{HEADER}\n{ROW}{ROW_MARK}\n",
        f"{HEADER}\n{ROW[1:]}\n",
        f"{HEADER}\n{ROW.removeprefix(ROW_MARK)}\n",
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
    f"berth:{ALICES}:\n",
    f"berth:{ALICES}:\nx",
    f"\nberth:{ALICES}::1",
    f"berth:{ALICES}::1|\n",
    f"berth:{ALICES}:Server",
    f"berth:{ALICES}::1:2",
    f"\n{ROW_MARK}",
    f"\n{ROW_MARK}12|COMPLETED|alice|shared|l1|N/A|N/A|None|berth:{ALICES}",
    ROW_MARK,
    "\n=|12|COMPLETED|alice|shared|l1|N/A|N/A|None|berth:",
    "ä" * 40,
    "\x00\x1b[2J",
)


@pytest.mark.parametrize("comment", HOSTILE)
@pytest.mark.parametrize("before", [True, False], ids=["before ours", "after ours"])
def test_no_comment_of_others_hides_changes_or_adds_a_job(comment: str, before: bool) -> None:
    rows = (foreign(comment), ROW) if before else (ROW, foreign(comment))
    found = table(*rows)
    assert found.pop("12") == table(ROW)["12"]
    assert all(job.user == "mallory" for job in found.values())


@given(st.text(alphabet="12|\n=RUNNIGberth:a ACOMPLETED\r\u2028é", max_size=120))
def test_no_comment_that_chance_finds_does_either(comment: str) -> None:
    assert table(foreign(comment), ROW, foreign(comment)) == table(ROW)


@pytest.mark.parametrize("damage", ["x", "12|", "y" * COMMENT_WIDTH, ROW[1:], "\t"])
@pytest.mark.parametrize("before", [ROW, foreign("x"), foreign("x\ny")], ids=str)
def test_what_got_between_rows_is_damage_whoever_comes_before(before: str, damage: str) -> None:
    with pytest.raises(Unanswered):
        table(before, damage, ROW)


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
