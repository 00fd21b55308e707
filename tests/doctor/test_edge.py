"""What users meet, with real certificates, a real server, and each thing broken."""

import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from hub_config import __version__
from hub_config.doctor import edge
from hub_config.doctor.patient import Finding, Patient, Unseen
from tests.doctor import tls
from tests.support.hubs import free_ports


def patient(tmp_path: Path, url: str, ca: Path | None = None) -> Patient:
    return Patient(tmp_path, address=url, ca=ca)


def levels(found: list[Finding]) -> list[str]:
    return [finding.level for finding in found]


def certificate(tmp_path: Path, *, host: str = "localhost", trusted: bool = True) -> list[Finding]:
    with tls.serve(tmp_path / "site.pem") as port:
        ca = tmp_path / "ca.pem" if trusted else None
        return list(edge.certificate(patient(tmp_path, f"https://{host}:{port}", ca)))


# --- the certificate


def test_a_good_certificate(tmp_path: Path) -> None:
    tls.make(tmp_path)
    found = certificate(tmp_path)
    assert levels(found) == ["ok", "ok"]
    assert found[0].seen == "localhost has a certificate for 89 more days"
    assert "TLSv1.3" in found[1].seen


def test_an_authority_that_nobody_knows(tmp_path: Path) -> None:
    tls.make(tmp_path)
    [found] = certificate(tmp_path, trusted=False)
    assert found.level == "fail"
    assert "--ca" in found.cure


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    tls.make(tmp_path, name="hub.example.org")
    [found] = certificate(tmp_path)
    assert found.level == "fail"
    assert "another name" in found.cure


def test_an_expired_certificate(tmp_path: Path) -> None:
    tls.make(tmp_path, days=-1)
    [found] = certificate(tmp_path)
    assert (found.level, found.cure) == ("fail", "renew the certificate")


@pytest.mark.parametrize(("days", "level"), [(4, "fail"), (10, "warn"), (60, "ok")])
def test_the_days_that_are_left(tmp_path: Path, days: int, level: str) -> None:
    tls.make(tmp_path, days=days)
    assert certificate(tmp_path)[0].level == level


def test_nobody_listens(tmp_path: Path) -> None:
    [port] = free_ports(1)
    [found] = edge.certificate(patient(tmp_path, f"https://localhost:{port}"))
    assert (found.level, found.cure) == ("fail", "does nginx run, and is the name right?")


def test_no_tls_on_a_name_that_others_reach(tmp_path: Path) -> None:
    [found] = edge.certificate(patient(tmp_path, "http://hub.example.org"))
    assert found.level == "fail"
    assert "in clear" in found.seen


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost"])
def test_no_tls_on_this_machine_is_not_judged(tmp_path: Path, url: str) -> None:
    with pytest.raises(Unseen):
        list(edge.certificate(patient(tmp_path, url)))


# --- the way in


def test_the_front_door_over_tls(tmp_path: Path) -> None:
    ca = tls.make(tmp_path)
    with tls.serve(tmp_path / "site.pem") as port:
        found = list(edge.front_door(patient(tmp_path, f"https://localhost:{port}", ca)))
    assert levels(found) == ["ok", "ok"]


def test_a_front_door_with_a_certificate_nobody_trusts(tmp_path: Path) -> None:
    tls.make(tmp_path)
    with tls.serve(tmp_path / "site.pem") as port:
        [found] = edge.front_door(patient(tmp_path, f"https://localhost:{port}"))
    assert found.level == "fail"
    assert "CERTIFICATE_VERIFY_FAILED" in found.seen


def test_a_front_door_that_is_closed(tmp_path: Path) -> None:
    [port] = free_ports(1)
    [found] = edge.front_door(patient(tmp_path, f"http://127.0.0.1:{port}"))
    assert found.level == "fail"
    assert "Connection refused" in found.seen


@pytest.mark.parametrize(("apart", "level"), [(0, "ok"), (-3, "ok"), (60, "fail"), (-60, "fail")])
def test_two_clocks(apart: int, level: str) -> None:
    """The other clock is a stand-in: nobody sets this machine's."""
    now = time.time()
    found = edge.skew("the hub", formatdate(now + apart, usegmt=True), now)
    assert found.level == level
    assert f"{abs(apart)} s apart" in found.seen or level == "ok"


# --- what the hub says

WELL: dict[str, Any] = {
    "status": "ok", "version": __version__, "release": "", "pid": 7,
    "profiles": {"digest": "1f3a", "problems": 0}, "scheduler": {"ok": True, "age": 1.0},
    "database": {"ok": True}, "proxy": {"ok": True},
}  # fmt: skip


def test_a_hub_in_health() -> None:
    [found] = edge.judge_health(WELL)
    assert found.level == "ok"


@pytest.mark.parametrize(
    ("change", "level", "seen"),
    [
        ({"database": {"ok": False}, "status": "failing"}, "fail", "its database"),
        ({"proxy": {"ok": False}, "status": "failing"}, "fail", "its proxy"),
        ({"scheduler": {"ok": False}, "status": "degraded"}, "fail", "its scheduler"),
        ({"profiles": {"digest": ""}, "status": "failing"}, "fail", "no profiles"),
        ({"profiles": {"digest": "a", "problems": 3}, "status": "degraded"}, "warn", "problems: 3"),
        ({"status": "odd"}, "warn", "odd"),
    ],
)
def test_a_hub_that_is_not_well(change: dict[str, Any], level: str, seen: str) -> None:
    [found] = edge.judge_health({**WELL, **change})
    assert found.level == level
    assert seen in found.seen
    assert found.cure


def test_a_hub_of_another_version() -> None:
    assert levels(list(edge.judge_health({**WELL, "version": "0.0.1"}))) == ["warn", "ok"]
