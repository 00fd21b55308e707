"""Home on a real cluster: every button by keyboard, and why servers ended that Slurm has ended.

Memory is limited for real only on a cluster with control groups, which the ends have to themselves.
"""

import pwd
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.test_start import LAB
from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor, until
from tests.testbed.cluster import Cluster, Node, limited_memory
from tests.testbed.layout import Layout, chosen
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

HERE = Path(__file__).parent
QUICK = HERE.parent / "hub" / "quick.py"
PRESET = {"profile": "prepost-1", "account": "bm0146"}
LEFT = re.compile(r"11 h \d+ min")
"""Of the twelve hours of that preset."""
EXPRESS = {**PRESET, "qos": "express", "profile": "shared-1"}
"""QOS express is for an hour at most: whoever asks for more waits for ever."""


def press(place: Page | Locator, role: str, name: str) -> None:
    """Press a button or a link by keyboard."""
    found = place.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    found.focus()
    found.press("Enter")


def row(page: Page, server: str) -> Locator:
    return page.locator(f"tr[data-server-name={server}]")


def end(page: Page, server: str) -> Locator:
    return page.locator(f"article[aria-labelledby=past-{server}]")


def test_every_button_by_keyboard(centre: Centre, alice: Visitor, at_home: Person) -> None:
    alice.start("preset", PRESET)
    alice.wait_ready("preset")
    page = at_home.visit("/hub/home")
    job = centre.the_job("alice")
    for text in ("prepost", job["NodeList"], "Running", LEFT):
        expect(row(page, "preset")).to_contain_text(text)
    press(row(page, "preset"), "link", "Logs")
    expect(page.locator("pre")).to_contain_text("Jupyter")
    expect(page.get_by_text(f"jupyterhub_slurmspawner_preset_{job['JobId']}.log")).to_be_visible()
    press(page, "link", "Read again")
    expect(page.locator("pre")).to_contain_text("Jupyter")
    press(page.locator("main"), "link", "Home")

    press(row(page, "preset"), "link", "Open")
    expect(page).to_have_url(LAB["preset"])
    at_home.visit("/hub/home")
    press(row(page, "preset"), "button", "Stop")
    expect(page.get_by_text("None of your servers is running.")).to_be_visible()
    expect(page.locator("#berth-said")).to_have_text("preset has stopped.")
    centre.bed.wait_empty("alice")

    expect(end(page, "preset")).to_contain_text("It was stopped.")
    press(end(page, "preset"), "button", "Restart with the same options")
    expect(page).to_have_url(LAB["preset"])
    again = centre.the_job("alice")
    assert again["JobId"] != job["JobId"]
    same = ("Partition", "NumCPUs", "MinMemoryNode", "TimeLimit", "Account")
    assert [again[name] for name in same] == [job[name] for name in same]


def test_cancel_from_home_is_told_when_the_queue_is_empty(
    centre: Centre, alice: Visitor, at_home: Person
) -> None:
    alice.start("advanced", EXPRESS)
    page = at_home.visit("/hub/home")
    expect(row(page, "advanced")).to_contain_text("Starting")
    until(lambda: centre.bed.squeue("alice"), "a job in the queue")
    press(row(page, "advanced"), "button", "Cancel")
    expect(page.locator("#berth-said")).to_have_text("The start of advanced was cancelled.")
    waiting = [job for job in centre.bed.squeue("alice") if job.state == "PENDING"]
    assert waiting == []
    press(end(page, "advanced"), "link", "Change options")
    expect(page.locator("#preset-form").get_by_label("Account")).to_have_value("bm0146")


# --- ends that Slurm has brought about


@dataclass(frozen=True)
class Frail:
    """A centre whose servers are there at once, on a cluster that ends them."""

    centre: Centre
    alice: Visitor

    def job_of(self, server: str) -> int:
        jobs = self.centre.bed.squeue("alice")
        [job] = [job for job in jobs if job.comment.split(":")[2:3] == [server]]
        return job.id

    def control(self, *words: str) -> None:
        must(["/usr/bin/scontrol", *words], env=self.centre.bed.env)


def cluster(layout: Layout) -> Cluster:
    """Return two nodes; control groups are named after nodes, and beds share the machine."""
    strong, frail = f"h{layout.instance}", f"f{layout.instance}"
    return Cluster(
        nodes=(Node(strong, 131072, "64G"), Node(frail, 300000, "256G")),
        partitions=(
            f"shared Nodes={strong} Default=YES MaxTime=7-00:00:00 DefMemPerCPU=2560",
            f"prepost Nodes={frail} MaxTime=12:00:00 DefMemPerCPU=5120",
        ),
        settings=("ProctrackType=proctrack/cgroup", "TaskPlugin=task/cgroup"),
        cgroup=limited_memory(),
    )


@pytest.fixture(scope="module")
def frail(centre: Centre, unix_users: dict[str, str]) -> Iterator[Frail]:
    layout = Layout(chosen().instance + 10)
    bed = SlurmBed(layout, cluster(layout))
    with ExitStack() as afterwards:
        afterwards.callback(bed.down)
        bed.up()
        ours = Centre(bed, centre.release)
        afterwards.callback(ours.close)
        ours.install({})
        _serve_quickly(ours)
        ours.start()
        alice = ours.hub.visitor("alice", unix_users["alice"])
        afterwards.callback(alice.close)
        yield Frail(ours, alice)


def _serve_quickly(centre: Centre) -> None:
    """Let jobs run hungry.py, from where every user may read it."""
    folder = centre.bed.layout.root / "launcher"
    folder.mkdir(mode=0o755, exist_ok=True)
    for source in (HERE / "hungry.py", QUICK):
        shutil.copy(source, folder)
        (folder / source.name).chmod(0o755)
    text = centre.agent_config.read_text()
    launcher = f'launcher = "{folder}/hungry.py"'
    centre.agent_config.write_text(re.sub(r"(?m)^launcher = .*$", launcher, text))


@pytest.fixture
def sign(unix_users: dict[str, str]) -> Iterator[Path]:
    """What makes the server "memory" eat."""
    path = Path(pwd.getpwnam("alice").pw_dir, "eat-memory")
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_three_causes_of_an_end(
    frail: Frail, browser: Browser, sign: Path, request: pytest.FixtureRequest
) -> None:
    alice = frail.alice
    asked = {"profile": "advanced", "account": "bm0146", "partition": "shared", "walltime": "1h"}
    wanted = {
        "time": {**asked, "memory": "512M"},
        "memory": {**asked, "memory": "512M"},
        "node": {**asked, "memory": "512M", "partition": "prepost"},
    }
    for server, answers in wanted.items():
        assert alice.start(server, answers).status_code < 400
    for server in wanted:
        alice.wait_ready(server)
    frail.control("update", f"jobid={frail.job_of('time')}", "EndTime=now")
    sign.touch()
    node = frail.centre.bed.job(frail.job_of("node"))["NodeList"]
    frail.control("update", f"nodename={node}", "state=down", "reason=test")
    until(lambda: not alice.servers(), "the end of all three")

    person = Person(browser, frail.centre.hub.url)
    request.addfinalizer(person.close)
    person.become(alice)
    page = person.visit("/hub/home")
    expect(end(page, "memory")).to_contain_text("more memory than it had asked for")
    expect(end(page, "time")).to_contain_text("Its time was over.")
    expect(end(page, "node")).to_contain_text(f"({node}) failed")
    press(end(page, "memory"), "button", "Dismiss")
    expect(end(page, "memory").get_by_role("button", name="Dismiss")).to_be_hidden()
    end(page, "time").get_by_text("The end of its log").click()
    expect(end(page, "time").locator("pre")).to_contain_text("DUE TO TIME LIMIT")
    assert person.complaints == []


def test_in_german(arrive: Arrive, alice: Visitor) -> None:
    alice.start("preset", PRESET)
    alice.wait_ready("preset")
    person = arrive(locale="de-DE")
    person.become(alice)
    page = person.visit("/hub/home")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Server")
    expect(row(page, "preset")).to_contain_text("Läuft")
    expect(row(page, "preset")).to_contain_text(LEFT)
    press(row(page, "preset"), "button", "Beenden")
    expect(page.get_by_text("Keiner Ihrer Server läuft.")).to_be_visible()
    expect(end(page, "preset")).to_contain_text("Er wurde beendet.")
