"""What systemd and timedatectl printed, and what is made of it."""

import re
from pathlib import Path

import pytest

from hub_config.doctor import machine
from hub_config.doctor.patient import Patient, Unseen
from tests.support.hubs import CHP, NODE

ROOT = Path(__file__).parents[2]
PRINTED = ROOT / "tests" / "fixtures" / "systemd"
WANTED = [
    "berth-hub.service", "berth-proxy.service", "berth-agent.socket", "nginx.service",
    "berth-service@usage.service", "berth-backup.timer",
]  # fmt: skip


def test_units_that_run_and_units_that_do_not() -> None:
    found = list(machine.judge_units((PRINTED / "show-units.txt").read_text(), WANTED))
    told = {finding.seen.split()[0]: finding for finding in found}
    assert told["berth-proxy.service"].level == "fail"
    assert "failed (failed, exit-code)" in told["berth-proxy.service"].seen
    assert "journalctl --unit berth-proxy.service" in told["berth-proxy.service"].cure
    assert (told["nginx.service"].level, "not-found" in told["nginx.service"].seen) == (
        "fail",
        True,
    )
    flapping = told["berth-service@usage.service"]
    assert (flapping.level, "3 times" in flapping.seen) == ("warn", True)
    good = "running: berth-hub.service, berth-agent.socket, berth-backup.timer"
    assert told["running:"].seen == good


def test_a_unit_that_systemd_does_not_tell_of() -> None:
    [found] = machine.judge_units("", ["berth-hub.service"])
    assert found.level == "fail"


def test_which_units_a_site_has() -> None:
    dkrz = Patient(ROOT / "examples" / "dkrz")
    names = machine.wanted_units(dkrz)
    assert names[:2] == ["berth-hub.service", "berth-proxy.service"]
    assert {"berth-agent.socket", "berth-auth.socket", "berth-backup.timer"} <= set(names)
    assert "berth-agent.socket" not in machine.wanted_units(Patient(ROOT / "examples" / "local"))


def test_a_hub_that_is_no_unit() -> None:
    with pytest.raises(Unseen):
        list(machine.units(Patient(ROOT / "examples" / "local")))


# --- the program of the proxy


def test_the_proxy_and_its_node() -> None:
    found = machine.judge_program([NODE, CHP], Path("/"))
    assert found.level == "ok"
    assert re.fullmatch(r"configurable-http-proxy 5\.\S+ on node v2\d\.\S+", found.seen)


@pytest.mark.parametrize("words", [[], [NODE], [Path("/bin/sh"), CHP], [NODE, Path("/etc/x.js")]])
def test_a_program_from_elsewhere_is_told_and_never_run(words: list[Path]) -> None:
    found = machine.judge_program(words, ROOT)
    assert found.level == "fail"
    assert f"not a program of {ROOT}" in found.seen


# --- the clock


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ((PRINTED / "timedatectl-no.txt").read_text(), "warn"),
        ("NTP=yes\nNTPSynchronized=no\n", "warn"),
        ("NTP=yes\nNTPSynchronized=yes\n", "ok"),
        ("NTP=no\nNTPSynchronized=yes\n", "ok"),  # kept right by the host of a virtual machine
    ],
)
def test_the_clock(text: str, level: str) -> None:
    assert machine.judge_clock(text).level == level
