"""Who may read the metrics; and that rules and dashboard ask for what a real hub has."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from hub_config import __version__
from tests.edge.site import Edge
from tests.support.hubs import ROOT, until

ROLE = ROOT / "ansible" / "roles" / "monitoring"
PROMTOOL = "/usr/bin/promtool"
_LABELS = re.compile(r"\{[^}]*\}|\bby \([^)]*\)")


@pytest.fixture(scope="module")
def text(edge: Edge) -> str:
    """What hub and proxy tell Prometheus, after somebody has logged in."""
    edge.room.visitor("ann").close()
    hub = read(edge, edge.token("echo"))
    assert hub.status_code == 200
    proxy = requests.get(f"http://127.0.0.1:{edge.metrics_port}/metrics", timeout=60)
    return f"{hub.text}\n{proxy.text}"


def read(edge: Edge, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{edge.front.url}/hub/metrics"
    return requests.get(url, headers=headers, verify=str(edge.front.ca), timeout=60)


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_nobody_reads_metrics_without_the_scope(edge: Edge, token: str) -> None:
    assert read(edge, token).status_code == 403


def test_berth_says_how_it_is(text: str) -> None:
    families = {family.name: family for family in text_string_to_metric_families(text)}
    servers = {s.labels["state"]: s.value for s in families["berth_servers"].samples}
    assert servers == {"starting": 0, "ready": 0, "stopping": 0}
    assert [s.labels["version"] for s in families["berth_build_info"].samples] == [__version__]
    for name in ("berth_scheduler_failing_seconds", "berth_jobs", "berth_jobs_ending"):
        assert [s.value for s in families[name].samples] == [0]


def test_a_mistake_in_the_profiles_is_counted(edge: Edge) -> None:
    broken = edge.folder / "profiles.d" / "broken.yml"
    broken.write_text("presets: [{id: 5}]\n")
    try:
        until(lambda: problems(edge) > 0, "the mistake in the metrics")
    finally:
        broken.unlink()
    until(lambda: problems(edge) == 0, "the metrics without it")


def problems(edge: Edge) -> float:
    found = re.search(
        r"^berth_profile_problems (.+)$", read(edge, edge.token("echo")).text, re.MULTILINE
    )
    assert found
    return float(found[1])


def test_every_rule_is_one_that_prometheus_takes() -> None:
    done = subprocess.run(
        [PROMTOOL, "check", "rules", ROLE / "files" / "rules.yml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 rules found" in done.stdout


def test_rules_and_dashboard_ask_for_what_there_is(text: str) -> None:
    there = set(re.findall(r"^[a-z]\w*", text, re.MULTILINE)) | {"up"}
    asked = {name: query for query in (*alerts(), *panels()) for name in metrics_of(query)}
    assert {"berth_servers", "jupyterhub_request_duration_seconds_count", "up"} <= set(asked)
    assert not {name: query for name, query in asked.items() if name not in there}


def metrics_of(query: str) -> set[str]:
    """Return the names in *query* that are no function, keyword, label or variable."""
    bare = _LABELS.sub(lambda found: "{}" if found[0][0] == "{" else "", query)
    words = set(re.findall(r"\b[a-z_]+\b(?!\s*\()", bare.replace("$__rate_interval", "")))
    return words - {"and", "by", "sum"}


def alerts() -> Iterator[str]:
    rules: Any = YAML(typ="safe").load(ROLE / "files" / "rules.yml")
    for group in rules["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def panels() -> Iterator[str]:
    dashboard = json.loads((ROLE / "files" / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])
