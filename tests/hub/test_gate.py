"""The gate, value by value: each hostile value in each field, against the site of the hub.

Nothing is refused for its looks: what is let through must be one of the values that a person
may choose, and the commands and the script made of it must be the approved ones to the letter.
The paths over HTTP are in test_gate_paths.py.
"""

import math
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest
import pytest_asyncio

from hub_config import form
from hub_config.job import BatchJob
from hub_config.model.request import JobRequest
from hub_config.model.resolve import BadAnswers
from hub_config.runtime import Runtime
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.base import Submission
from hub_config.spawner import BerthSpawner
from tests.hub.payloads import FIELDS, PAYLOADS, TEXTS, short
from tests.hub.room import Room
from tests.support.hubs import PATIENCE, ROOT

together = pytest.mark.asyncio(loop_scope="module")
"""One event loop for all: the runtime belongs to the loop it first ran in."""

ANN = ("ann", frozenset({"climate"}))
UUID = "0123456789abcdef" * 2
HOME, LAUNCHER = PurePosixPath("/home/an n%j"), PurePosixPath("/opt/u'ser/bin/berth-singleuser")
SPAWN_FILE = HOME / f".cache/berth/{UUID}.json"

# The values that profiles.yml and site.yml of the hub leave open, said once more by hand.
WORD = r"([A-Za-z0-9][A-Za-z0-9_.+-]{0,63})?"
GRAMMAR = {
    "account": WORD, "reservation": WORD, "qos": WORD,
    "log_name": r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?",
    "user_script": r"(~?/[A-Za-z0-9_@+=:,./-]{1,253})?",
    "application": "lab|notebook|terminal",
    "url": "/lab|/tree|/terminals/1",
}  # fmt: skip
PRESETS = {"small": 512, "refused": 1024}  # MiB
PARTITIONS: Mapping[str, Mapping[str, Any]] = {
    "local": {"cores": (1, 2), "memory": (256, 1024), "walltime": (600, 8 * 3600),
              "gpus": (0, 0), "gpu_type": {""}, "constraint": {""}},
    "elsewhere": {"cores": (1, 16), "memory": (512, 65536), "walltime": (600, 12 * 3600),
                  "gpus": (0, 4), "gpu_type": {"", "a100", "v100"},
                  "constraint": {"", "256G", "a100|v100"}},
}  # fmt: skip
BASES: Mapping[str, Mapping[str, str]] = {
    "small": {"profile": "small"},
    "refused": {"profile": "refused"},
    "advanced": {"profile": "advanced", "partition": "local", "cores": "1"},
    "elsewhere": {"profile": "advanced", "partition": "elsewhere", "gpus": "2"},
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def runtime(room: Room) -> Runtime:
    """The runtime a hub of this site makes at its start, with its facts."""
    runtime = Runtime.from_file(room.folder / "site.yml")
    patience = time.monotonic() + PATIENCE
    while not await runtime.facts.nodes():
        assert time.monotonic() < patience, "the agent did not say what this machine has"
    return runtime


async def judged(runtime: Runtime, answers: object) -> JobRequest | None:
    """Return the request, None if refused; any other exception is a fault."""
    try:
        return await runtime.resolve(*ANN, answers)
    except BadAnswers as error:
        assert error.errors
        assert all(sentence.isprintable() for sentence in error.errors.values()), error.errors
        return None


def not_approved(request: JobRequest) -> Iterator[str]:
    """Yield the fields of *request* that are no choice of ann's."""
    for name, grammar in GRAMMAR.items():
        if not re.fullmatch(grammar, getattr(request, name), re.ASCII):
            yield name
    if (request.start_timeout, request.http_timeout, request.environment) != (3600, 120, ()):
        yield "settled by the site"
    limits = PARTITIONS[request.partition]
    if request.profile in PRESETS:
        yield from _not_the_preset(request)
    elif request.profile != "advanced":
        yield "profile"
    for name, allowed in limits.items():
        value = getattr(request, name)
        whole = isinstance(allowed, tuple) and type(value) is int
        if not (allowed[0] <= value <= allowed[1] if whole else value in allowed):
            yield name


def _not_the_preset(request: JobRequest) -> Iterator[str]:
    settled = {"memory": PRESETS[request.profile], "cores": 1, "gpus": 0, "gpu_type": "",
               "constraint": "", "walltime": 3600 if request.profile == "refused" else 7200,
               "partition": "elsewhere" if request.profile == "refused" else "local"}  # fmt: skip
    for name, value in settled.items():
        if getattr(request, name) != value:
            yield name


# --- the values


@together
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("base", BASES)
async def test_json_answers_give_an_approved_request_or_none(
    runtime: Runtime, base: str, field: str
) -> None:
    wrong, accepted = [], 0
    for payload in PAYLOADS:
        request = await judged(runtime, {**BASES[base], field: payload})
        if request is not None:
            accepted += 1
            wrong += [(name, short(payload)) for name in not_approved(request)]
    assert not wrong
    assert accepted < 120, "most of these values are no choice in any field"


@together
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("base", BASES)
async def test_form_answers_give_an_approved_request_or_none(
    runtime: Runtime, base: str, field: str
) -> None:
    wrong = []
    posted = {name: [text] for name, text in BASES[base].items()}
    for payload in TEXTS:
        request = await judged(runtime, form.read({**posted, field: [payload]}))
        if request is not None:
            wrong += [(name, short(payload)) for name in not_approved(request)]
    assert not wrong


@together
@pytest.mark.parametrize("base", BASES)
async def test_a_name_that_is_no_field_is_refused(runtime: Runtime, base: str) -> None:
    names = [text for text in TEXTS if text not in FIELDS]
    accepted = [n for n in names if await judged(runtime, {**BASES[base], n: "1"})]
    assert not accepted


@together
@pytest.mark.parametrize("base", BASES)
async def test_a_trait_is_no_field(runtime: Runtime, base: str) -> None:
    """Names that batchspawner or JupyterHub would take (req_partition, cmd, batch_script)."""
    names = {*BatchJob.class_traits(), *BerthSpawner.class_traits(), "environment", "url", "cmd"}
    accepted = [n for n in sorted(names) if await judged(runtime, {**BASES[base], n: "1"})]
    assert not accepted


@together
async def test_options_that_are_no_object_are_refused(runtime: Runtime) -> None:
    others = [payload for payload in PAYLOADS if not isinstance(payload, dict)]
    accepted = [short(payload) for payload in others if await judged(runtime, payload)]
    assert not accepted


@together
async def test_the_list_is_long_and_the_usual_values_pass(runtime: Runtime) -> None:
    """Otherwise a gate that refuses everything would pass this file."""
    assert len(PAYLOADS) >= 200
    assert any(isinstance(p, float) and math.isnan(p) for p in PAYLOADS)
    for base in BASES.values():
        request = await judged(runtime, base)
        assert request is not None
        assert not list(not_approved(request))


# --- the commands

SBATCH = {
    "job-name": "berth",
    "comment": f"berth:{UUID}:gpu-work",
    "partition": "local|elsewhere",
    "nodes": "1",
    "ntasks": "1",
    "cpus-per-task": "[1-9]|1[0-6]",
    "mem": "[0-9]{3,5}M",
    "time": "0-[01][0-9]:[0-5][0-9]:[0-5][0-9]",
    "gres": "gpu(:a100|:v100)?:[1-4]",
    "account": WORD,
    "qos": WORD,
    "reservation": WORD,
    "constraint": r"256G|a100\|v100",
    "mail-type": "END,FAIL",
    "mail-user": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+",
    "chdir": re.escape(str(HOME)),
    "output": r"/home/an n%%j/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}_%j\.log",
    "export": "ALL",
    "propagate": "NONE",
}
LOCALBATCH = {
    "uuid": UUID,
    "server": "gpu-work",
    "partition": "local|elsewhere",
    "cores": "[0-9]{1,2}",
    "memory": "[0-9]{3,5}",
    "gpus": "[0-4]",
    "walltime": "[0-9]{3,5}",
    "chdir": re.escape(str(HOME)),
    "log": re.escape(str(HOME)) + "/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}_@JOB_ID@.log",
    "require": "account|qos|reservation|constraint|gpu_type",
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def accepted(runtime: Runtime) -> Mapping[JobRequest, str]:
    """Every request the gate makes of all bases, fields and payloads, and the first cause."""
    made: dict[JobRequest, str] = {}
    for base in BASES.values():
        for field in FIELDS:
            for payload in PAYLOADS:
                if request := await judged(runtime, {**base, field: payload}):
                    made.setdefault(request, f"{field}={short(payload)}")
    return made


def submission(request: JobRequest) -> Submission:
    return Submission(
        request=request,
        uuid=UUID,
        server="gpu-work",
        home=HOME,
        launcher=LAUNCHER,
        spawn_file=SPAWN_FILE,
    )


def not_an_option(argument: str, options: Mapping[str, str]) -> bool:
    name, equals, value = argument.partition("=")
    grammar = options.get(name.removeprefix("--"))
    return not (
        grammar and equals and name.startswith("--") and re.fullmatch(grammar, value, re.ASCII)
    )


def test_sbatch_gets_approved_options_only_each_once(accepted: Mapping[JobRequest, str]) -> None:
    assert len(accepted) > 20
    for request, cause in accepted.items():
        argv = SCHEDULERS["slurm"]().submit(submission(request)).argv
        assert argv[:2] == ("/usr/bin/sbatch", "--parsable")
        assert argv[-1] == "--no-requeue"
        options = argv[2:-1]
        assert not [a for a in options if not_an_option(a, SBATCH)], cause
        names = [argument.partition("=")[0] for argument in options]
        assert len(set(names)) == len(names), cause


def test_localbatch_gets_approved_options_only(accepted: Mapping[JobRequest, str]) -> None:
    for request, cause in accepted.items():
        argv = SCHEDULERS["local"]().submit(submission(request)).argv
        verb = argv.index("submit")
        assert argv[1:verb] == ("-I", "-m", "hub_config.schedulers.localbatch")
        assert not [a for a in argv[verb + 1 :] if not_an_option(a, LOCALBATCH)], cause


@pytest.mark.parametrize("scheduler", ["slurm", "local"])
def test_the_script_is_the_template_whatever_was_asked(
    accepted: Mapping[JobRequest, str], scheduler: str
) -> None:
    expected = ROOT.joinpath("templates/jobs/server.sh").read_text()
    assert "#SBATCH" not in expected
    for word, value in (("LAUNCHER", LAUNCHER), ("SPAWN_FILE", SPAWN_FILE)):
        assert f"=@{word}@\n" in expected
        expected = expected.replace(f"@{word}@", shlex.quote(str(value)))
    scripts = {SCHEDULERS[scheduler]().submit(submission(request)).stdin for request in accepted}
    assert scripts == {expected}
