"""All checks together, on a real hub with its proxy, whole and with parts of it broken."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_config.doctor import node
from hub_config.doctor.edge import proxy_api
from hub_config.doctor.examine import CHECKS, examine, examine_node
from hub_config.doctor.patient import Finding, Patient, Unseen, ok
from hub_config.ops.failure import Failed
from hub_config.visit.smoke import Plan
from tests.doctor import tls
from tests.hub.room import PASSWORDS, Room, running
from tests.support.hubs import ROOT, until

pytestmark = pytest.mark.hub

BERTH = ROOT / ".venv" / "bin" / "berth"


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A hub on this machine, with ann and ben, and one preset that cannot be."""
    with running({}) as room:
        yield room


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(PASSWORDS["ben"])
    return file


def berth(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    argv = [str(BERTH), *map(str, words)]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
    )


def by_check(findings: list[Finding]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in findings:
        found.setdefault(finding.check, []).append(finding.level)
    return found


def test_a_whole_hub(room: Room, secret: Path) -> None:
    done = berth(
        "doctor", "--site", room.folder, "--user", "ben", "--password-file", secret, "--json"
    )
    findings = [Finding(**found) for found in json.loads(done.stdout)]
    found = by_check(findings)
    assert set(found) == {name for name, _ in CHECKS} | {"node"}
    for name in ("site", "disk", "address", "hub", "proxy", "queue", "node"):
        assert set(found[name]) <= {"ok", "warn"}, [f for f in findings if f.check == name]
    # No preset of this site but one is wrong, and that is told.
    wrong = [finding.seen for finding in findings if finding.level == "fail"]
    assert wrong == ["preset refused: there is no partition elsewhere"]
    assert done.returncode == 1
    assert PASSWORDS["ben"] not in done.stdout + done.stderr
    assert room.hub.log().count(PASSWORDS["ben"]) == 0


def test_lines_for_people(room: Room) -> None:
    done = berth("doctor", "--site", room.folder)
    assert "FAIL    presets      preset refused: there is no partition elsewhere" in done.stdout
    assert "cure: the scheduler has local" in done.stdout
    assert "unseen  node         nothing was started on a node" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 wrong, ")


def test_a_wrong_password_is_told_with_its_cure(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("not-the-password")
    plan = Plan(url=room.hub.url, user="ben", password=file.read_text())
    [found] = examine_node(plan)
    assert found.level == "fail"
    assert "answered 403 to ben — is the password right" in found.seen
    assert file.read_text() not in repr(plan)


def test_a_job_that_dies_is_told_in_the_hubs_words(room: Room) -> None:
    plan = Plan(url=room.hub.url, user="ben", password=PASSWORDS["ben"], presets=["small"])
    with room.launcher(Path("/bin/false")):
        [found] = examine_node(plan)
    assert found.level == "fail"
    assert "ended before the server was ready" in found.seen
    until(lambda: not room.living(), "the end of the job")


@pytest.mark.parametrize(
    ("server", "cure", "seconds"),
    [
        ("doctor", "the node does not reach the hub", 3),
        ("hang", "the hub does not reach the node", 20),
    ],
)
def test_which_way_is_closed(
    room: Room, monkeypatch: pytest.MonkeyPatch, server: str, cure: str, seconds: float
) -> None:
    """The stand-in called hang reports its port and never answers; any other does not report."""
    monkeypatch.setattr(node, "NAME", server)
    plan = Plan(url=room.hub.url, user="ben", password=PASSWORDS["ben"], presets=["small"],
                start_limit=seconds)  # fmt: skip
    with room.launcher(room.standin):
        [found] = examine_node(plan)
    assert found.level == "fail"
    assert "not ready after" in found.seen
    assert found.cure.startswith(cure)
    until(lambda: not room.living(), "the end of the job")


def test_a_proxy_that_asks_for_no_token(room: Room) -> None:
    with tls.serve(None) as port:
        room.change({"proxy": {"api": f"http://127.0.0.1:{port}"}})
        [found] = proxy_api(Patient(room.folder))
    room.change({"proxy": {"api": f"http://127.0.0.1:{room.hub.api_port}"}})
    assert found.level == "fail"
    assert "answered 200 without the token" in found.seen


def test_without_a_hub(room: Room) -> None:
    room.hub.stop()
    try:
        found = by_check(list(examine(Patient(room.folder))))
    finally:
        room.hub.start()
    assert found["hub"] == ["fail"]
    assert found["address"] == ["fail"]
    assert found["proxy"] == ["ok"]


def test_without_a_proxy(room: Room) -> None:
    assert room.hub.proxy is not None
    room.hub.proxy.kill()
    room.hub.proxy.wait()
    try:
        found = by_check(list(examine(Patient(room.folder))))
    finally:
        room.hub.start_proxy()
        until(room.hub._answers, "the proxy")
    assert found["address"] == found["proxy"] == ["fail"]
    assert "fail" in found["hub"]


def test_a_site_with_mistakes_hides_no_other_check(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("nothing: here\n")
    found = by_check(list(examine(Patient(tmp_path))))
    assert set(found["site"]) == {"fail"}
    assert set(found["agent"]) == set(found["address"]) == {"unseen"}


# --- what is not looked at is never good


def test_a_check_that_cannot_look_is_unseen() -> None:
    def closed(_: Patient) -> Iterator[Finding]:
        yield ok("this much")
        raise Unseen("the rest is elsewhere")

    found = list(examine(Patient(Path("/")), [("some", closed)]))
    assert [(f.level, f.check) for f in found] == [("ok", "some"), ("unseen", "some")]


def test_a_check_that_may_not_look_is_unseen() -> None:
    def forbidden(_: Patient) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", "/etc/berth/secrets")

    [found] = examine(Patient(Path("/")), [("some", forbidden)])
    assert (found.level, found.cure) == ("unseen", "run as root")


def test_a_check_that_fails_is_wrong() -> None:
    def failing(_: Patient) -> Iterator[Finding]:
        raise Failed("systemctl did not end within 60 s")

    [found] = examine(Patient(Path("/")), [("some", failing)])
    assert found.level == "fail"


def test_what_the_scheduler_says_to_the_hubs_account(room: Room) -> None:
    answers = Patient(room.folder).answers
    assert set(answers["partitions"]) == {"local"}
    assert len(answers["seconds"]) == 2
