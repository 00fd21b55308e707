"""Slurm's commands and replies, value by value. Whole recorded replies: tests/contract/."""

from pathlib import Path
from typing import Any

import pytest

from hub_config.schedulers.base import Membership, Partition, Phase, Refused, Reply, Unanswered
from hub_config.schedulers.replies import COMMENT_WIDTH, HEADER, ROW_MARK
from hub_config.schedulers.slurm import Slurm
from hub_config.schedulers.slurmwords import PHASES
from tests.schedulers.requests import UUID, submission

SLURM = Slurm("/opt/slurm/bin")
SINFO = (
    "PARTITION|AVAIL|TIMELIMIT|NODES|STATE|CPUS|MEMORY|CPUS(A/I/O/T)|GRES|GRES_USED|AVAIL_FEATURES|"
    "NODELIST|"
)


def partition(*rows: str) -> Partition:
    """Return the one partition of these rows of sinfo."""
    table = "".join(
        f"{line}\n" for line in (SINFO, *(f"{row}|n{n}|" for n, row in enumerate(rows)))
    )
    (found,) = SLURM.read_partitions(Reply(0, table, "")).values()
    return found


def test_a_full_request_is_one_option_per_value_and_nothing_else() -> None:
    command = SLURM.submit(
        submission(
            partition="gpu",
            cores=8,
            memory=65536,
            walltime=93784,
            gpus=2,
            gpu_type="a100",
            account="bm0146",
            qos="express",
            reservation="training",
            constraint="[256G|512G]",
            log_name="my.log",
            environment=(("FOO", "bar"),),
        )
    )
    assert command.argv == (
        "/opt/slurm/bin/sbatch",
        "--parsable",
        "--job-name=berth",
        f"--comment=berth:{UUID}:",
        "--partition=gpu",
        "--nodes=1",
        "--ntasks=1",
        "--cpus-per-task=8",
        "--mem=65536M",
        "--time=1-02:03:04",
        "--gres=gpu:a100:2",
        "--account=bm0146",
        "--qos=express",
        "--reservation=training",
        "--constraint=[256G|512G]",
        "--chdir=/home/alice",
        "--output=/home/alice/my.log_%j.log",
        "--export=ALL",
        "--propagate=NONE",
        "--no-requeue",
    )


def test_what_was_not_asked_for_is_not_an_option() -> None:
    names = {word.partition("=")[0] for word in SLURM.submit(submission()).argv}
    assert names.isdisjoint({"--gres", "--account", "--qos", "--reservation", "--constraint"})


@pytest.mark.parametrize(
    ("fields", "gres"),
    [({"gpus": 1}, "--gres=gpu:1"), ({"gpus": 1, "gpu_type": "v100"}, "--gres=gpu:v100:1")],
    ids=["one untyped GPU", "one of a type"],
)
def test_one_gpu_is_asked_for(fields: dict[str, Any], gres: str) -> None:
    assert gres in SLURM.submit(submission(**fields)).argv


def test_a_percent_sign_in_a_home_is_no_file_name_pattern() -> None:
    argv = SLURM.submit(submission(home="/home/%j%u")).argv
    assert "--chdir=/home/%j%u" in argv
    assert "--output=/home/%%j%%u/berth_%j.log" in argv


def test_mail_goes_to_who_asked_for_it() -> None:
    argv = SLURM.submit(submission(mail="alice@example.org")).argv
    assert {"--mail-type=END,FAIL", "--mail-user=alice@example.org"} <= set(argv)
    assert not [word for word in SLURM.submit(submission()).argv if word.startswith("--mail")]


def test_a_dry_run_is_the_same_command_and_only_asks() -> None:
    real, dry = SLURM.submit(submission()), SLURM.submit(submission(), dry_run=True)
    assert dry.argv == (*real.argv, "--test-only")


def test_the_environment_and_the_token_are_in_neither_argv_nor_script() -> None:
    command = SLURM.submit(submission(environment=(("SECRET_NAME", "secret-value"),)))
    assert "secret" not in (" ".join(command.argv) + command.stdin).lower()


def test_the_phase_of_every_state_that_slurm_documents_is_known() -> None:
    documented = Path(__file__).with_name("slurm-states.txt").read_text().splitlines()
    assert sorted(PHASES) == sorted(line for line in documented if not line.startswith("#"))


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("RUNNING", Phase.RUNNING),
        ("SUSPENDED", Phase.RUNNING),
        ("STOPPED", Phase.RUNNING),
        ("REQUEUE_HOLD", Phase.PENDING),
        ("CONFIGURING", Phase.PENDING),
        ("COMPLETING", Phase.ENDING),
        ("OUT_OF_MEMORY", Phase.ENDED),
        ("A_WORD_OF_NEXT_YEAR", Phase.UNKNOWN),
    ],
)
def test_a_state_says_where_the_job_stands(state: str, phase: Phase) -> None:
    row = f"{ROW_MARK}12|{state}|alice|shared|l1|N/A|N/A|None|{f'berth:{UUID}':<{COMMENT_WIDTH}}"
    assert SLURM.read_jobs(Reply(0, f"{HEADER}\n{row}\n", ""))["12"].phase is phase


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30:00", 1800),
        ("1:30", 90),
        ("8:00:00", 28800),
        ("12:00:00", 43200),
        ("7-00:00:00", 604800),
        ("1-12:30:05", 131405),
        ("infinite", None),
        ("UNLIMITED", None),
    ],
)
def test_limits(text: str, seconds: int | None) -> None:
    assert (
        partition(f"p|up|{text}|1|idle|4|1000|0/4/0/4|(null)|gpu:0|(null)").max_walltime == seconds
    )


@pytest.mark.parametrize("text", ["", "30", "1:2:3:4", "-1:00", "8h", "1-2", "٣:00"])
def test_a_limit_in_other_words_is_not_guessed(text: str) -> None:
    with pytest.raises(Unanswered):
        partition(f"p|up|{text}|1|idle|4|1000|0/4/0/4|(null)|gpu:0|(null)")


@pytest.mark.parametrize(
    ("gres", "gpus"),
    [
        ("(null)", {}),
        ("gpu:4", {"": 4}),
        ("gpu:a100:4", {"a100": 4}),
        ("gpu:1080:4", {"1080": 4}),
        ("gpu:a100:4(S:0-1)", {"a100": 4}),
        ("gpu:a100:2(S:0,2),gpu:v100:4(S:1)", {"a100": 2, "v100": 4}),
        ("gpu:a100:2(S:0),gpu:a100:2(S:1)", {"a100": 4}),
        ("gpu:a100_1g.5gb:7,gpu:a100_3g.20gb:2", {"a100_1g.5gb": 7, "a100_3g.20gb": 2}),
        ("gpu:nvidia_a100-sxm4-80gb:8", {"nvidia_a100-sxm4-80gb": 8}),
        ("craynetwork:4,gpu:2,shard:8,notgpu:3", {"": 2}),
    ],
)
def test_gpus_of_a_node(gres: str, gpus: dict[str, int]) -> None:
    found = partition(f"p|up|30:00|2|idle|4|1000|0/8/0/8|{gres}|gpu:0|(null)")
    assert found.gpus == gpus
    assert found.total_gpus == found.idle_gpus == {kind: 2 * count for kind, count in gpus.items()}


def test_the_lines_of_a_partition_are_merged_whatever_their_order() -> None:
    rows = [
        "p|up|1:00:00|3|idle|48|64000|0/144/0/144|(null)|gpu:0|64G",
        "p|up|1:00:00|2|mixed|48+|64000+|16/80/0/96|gpu:4|gpu:3(IDX:0-2)|gpu",
        "p|up|1:00:00|1|idle~|128|512000|0/128/0/128|gpu:a100:8,gpu:2|gpu:a100:0(IDX:N/A)|gpu,512G",
        "p|up|1:00:00|4|drained|16|96000|0/0/64/64|gpu:v100:1|gpu:v100:0|(null)",
        "p|up|1:00:00|5|allocated|1|1000|5/0/0/5|gpu:1|gpu:1(IDX:0)|(null)",
    ]
    for ordered in (rows, rows[::-1]):
        found = partition(*ordered)
        assert (found.nodes, found.idle_nodes) == (15, 4)
        assert found.node_states == {"idle": 4, "mixed": 2, "drained": 4, "allocated": 5}
        assert (found.cores, found.memory) == (128, 512000)
        assert (found.idle_cores, found.total_cores) == (144 + 80 + 128, 437)
        assert found.gpus == {"": 4, "a100": 8, "v100": 1}
        assert found.total_gpus == {"": 2 * 4 + 2 + 5, "a100": 8, "v100": 4}
        assert found.idle_gpus == {"": 2 * 1 + 2, "a100": 8, "v100": 0}
        assert found.features == {"64G", "gpu", "512G"}


@pytest.mark.parametrize(
    ("state", "word", "usable"),
    [
        ("idle", "idle", True),
        ("idle~", "idle", True),
        ("idle#", "idle", True),
        ("idle%", "idle", False),
        ("idle*", "down", False),
        ("mixed-", "mixed", True),
        ("mixed*", "down", False),
        ("drained*", "drained", False),
        ("draining@", "draining", False),
        ("mixed@", "mixed", False),
        ("idle$", "maint", False),
        ("maint", "maint", False),
        ("reserved", "reserved", False),
        ("planned", "planned", True),
        ("down", "down", False),
        ("a_word_of_next_year", "a_word_of_next_year", False),
    ],
)
def test_what_is_idle_on_a_node_counts_if_jobs_can_start_there(
    state: str, word: str, usable: bool
) -> None:
    found = partition(f"p|up|30:00|1|{state}|4|1000|1/3/0/4|gpu:2|gpu:1(IDX:0)|(null)")
    assert found.node_states == {word: 1}
    assert (found.idle_cores, found.idle_gpus) == ((3, {"": 1}) if usable else (0, {"": 0}))
    assert (found.total_cores, found.total_gpus) == (4, {"": 2})


@pytest.mark.parametrize("word", ["down", "drain", "inactive", "inact", "up"])
def test_only_a_partition_that_is_up_is_open(word: str) -> None:
    found = partition(f"p|{word}|30:00|1|idle|4|1000|0/4/0/4|(null)|gpu:0|(null)")
    assert found.up == (word == "up")
    assert found.closed == {"up": "", "inact": "inactive"}.get(word, word)


@pytest.mark.parametrize("number", ["7\n", "7;berth\n", "7"])
def test_the_number_of_a_job(number: str) -> None:
    assert SLURM.read_submit(Reply(0, number, "")) == "7"


@pytest.mark.parametrize("out", ["", "\n", "Submitted batch job 7\n", "7\n8\n", "٧\n", "7;a b\n"])
def test_success_without_a_number_may_be_a_job(out: str) -> None:
    with pytest.raises(Unanswered):
        SLURM.read_submit(Reply(0, out, ""))


REFUSALS = (
    "Invalid account or account/partition combination specified",
    "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    "Requested time limit is invalid (missing or exceeds some limit)",
    "User's group not permitted to use this partition",
    "Unspecified error",
)
NO_ANSWERS = (
    "Unable to contact slurm controller (connect failure)",
    "Unable to contact slurm controller (send failure)",
    "Socket timed out on send/recv operation",
    "Zero Bytes were transmitted or received",
    "Protocol authentication error",
    "Invalid authentication credential",
    "Incompatible versions of client and server code",
    "Slurm backup controller in standby mode",
    "Unexpected message received",
    "Resource temporarily unavailable",
    "Connection refused",
    "Unable to create job record, try again",
    "I/O error writing script/environment to file",
)


@pytest.mark.parametrize("reason", REFUSALS)
@pytest.mark.parametrize(
    "prefix", ["sbatch: error: Batch job submission failed", "allocation failure"]
)
def test_the_controllers_no_is_handed_on_word_by_word(prefix: str, reason: str) -> None:
    words = f"sbatch: error: a site's own sentence\n{prefix}: {reason}"
    with pytest.raises(Refused) as caught:
        SLURM.read_submit(Reply(1, "", words + "\n"))
    assert str(caught.value) == words


@pytest.mark.parametrize("reason", NO_ANSWERS)
def test_no_answer_is_not_a_no(reason: str) -> None:
    with pytest.raises(Unanswered, match="Batch job submission failed"):
        SLURM.read_submit(Reply(1, "", f"sbatch: error: Batch job submission failed: {reason}\n"))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "sbatch: error: If munged is up, restart with --num-threads=10",
        "sbatch: fatal: Could not establish a configuration source",
        "sudo: unable to resolve host",
        "Invalid account or account/partition combination specified",
    ],
)
def test_words_that_are_not_the_controllers_are_not_a_no(words: str) -> None:
    with pytest.raises(Unanswered):
        SLURM.read_submit(Reply(1, "", words))


def test_an_ended_or_unknown_job_needs_no_cancelling() -> None:
    for words in (
        "scancel: error: Kill job error on job id 7: Invalid job id specified\n",
        "scancel: error: Kill job error on job id 7: Job/step already completing or completed\n",
    ):
        for code in (0, 1, 210):
            SLURM.read_cancel(Reply(code, "", words))


def test_a_cancel_that_failed_is_noticed_even_if_the_exit_code_says_success() -> None:
    words = "scancel: error: Kill job error on job id 7: Socket timed out on send/recv operation\n"
    for code in (0, 1):
        with pytest.raises(Unanswered):
            SLURM.read_cancel(Reply(code, "", words))


def test_a_job_is_cancelled_only_if_it_is_named_like_ours() -> None:
    command = SLURM.cancel("7", UUID)
    assert command is not None and command.argv == ("/opt/slurm/bin/scancel", "--name=berth", "7")


ASSOCIATIONS = "Def Acct|Account|Partition|QOS|Def QOS"


def test_accounts_by_partition_with_their_qos() -> None:
    out = f"{ASSOCIATIONS}\nbm0146|mh0010|shared|express,normal|normal\nbm0146|bm0146|||\n"
    assert SLURM.read_memberships(Reply(0, out, "")) == (
        Membership("mh0010", "shared", ("express", "normal"), "normal"),
        Membership("bm0146", "", (), default=True),
    )


def test_accounts_as_the_agent_of_the_release_before_tells_them() -> None:
    out = "Account|Partition|QOS\nmh0010|shared|express,normal\nbm0146||\n"
    assert SLURM.read_memberships(Reply(0, out, "")) == (
        Membership("mh0010", "shared", ("express", "normal")),
        Membership("bm0146"),
    )
    with pytest.raises(Unanswered):
        SLURM.read_memberships(Reply(0, "Account|Partition|QOS\nmh0010|shared\n", ""))


def test_a_user_without_accounts_is_an_answer_and_nothing_is_none() -> None:
    assert SLURM.read_memberships(Reply(0, f"{ASSOCIATIONS}\n", "")) == ()
    with pytest.raises(Unanswered):
        SLURM.read_memberships(Reply(0, "", ""))
