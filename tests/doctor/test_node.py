"""The probe of a node, run for real on this machine with a hub it reaches and ones it does not."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from hub_config.doctor import node
from hub_config.doctor.patient import Finding
from hub_config.ops.failure import Failed
from hub_config.visit.form import Card, SpawnForm
from tests.doctor import tls
from tests.support.hubs import free_ports


def probe(home: Path, url: str, **environment: str) -> Mapping[str, Any]:
    """Run the probe as a kernel of a server whose hub is at *url* would."""
    env = {
        "PATH": "/usr/bin:/bin", "HOME": str(home), "JUPYTERHUB_API_URL": url,
        "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:41234/user/ann/", **environment,
    }  # fmt: skip
    argv = [sys.executable, "-I", "-c", node.PROBE]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=90, check=True)
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def wrong(seen: Mapping[str, Any]) -> list[Finding]:
    return [found for found in node.judge(seen) if found.level == "fail"]


def test_a_node_that_reaches_its_hub(tmp_path: Path) -> None:
    with tls.serve(None) as port:
        seen = probe(tmp_path, f"http://127.0.0.1:{port}/hub/api")
    assert not wrong(seen)
    assert seen["port"] == 41234
    told = " ".join(found.seen for found in node.judge(seen))
    assert f"reaches http://127.0.0.1:{port}/hub/api" in told
    assert re.search(r" \d s apart", told)
    assert f"{tmp_path} can be written" in told


def test_a_hub_behind_a_certificate_that_the_node_trusts(tmp_path: Path) -> None:
    ca = tls.make(tmp_path)
    with tls.serve(tmp_path / "site.pem") as port:
        url = f"https://localhost:{port}/hub/api"
        assert not wrong(probe(tmp_path, url, SSL_CERT_FILE=str(ca)))
        [found] = wrong(probe(tmp_path, url))
    assert "CERTIFICATE_VERIFY_FAILED" in found.seen
    assert "the hub's CA" in found.cure


def test_a_hub_that_nobody_listens_for(tmp_path: Path) -> None:
    [port] = free_ports(1)
    [found] = wrong(probe(tmp_path, f"http://127.0.0.1:{port}/hub/api"))
    assert "Connection refused" in found.seen
    assert "firewall" in found.cure


def test_a_hub_whose_name_the_node_does_not_know(tmp_path: Path) -> None:
    [found] = wrong(probe(tmp_path, "https://hub.invalid/hub/api"))
    assert "DNS" in found.cure


def test_a_hub_address_that_leads_elsewhere(tmp_path: Path) -> None:
    seen = {**probe(tmp_path, "http://hub.invalid/")}
    seen["hub"] = {**seen["hub"], "kind": "status", "error": "HTTP Error 404: Not Found"}
    [found] = wrong(seen)
    assert "hub.connect_url" in found.cure


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    with tls.serve(None) as port:
        [found] = wrong(probe(tmp_path / "none", f"http://127.0.0.1:{port}/hub/api"))
    assert "cannot be written" in found.seen
    assert "No such file or directory" in found.seen


def test_a_node_with_another_time(tmp_path: Path) -> None:
    """Both times are stand-ins: nobody sets this machine's clock."""
    with tls.serve(None) as port:
        seen = {**probe(tmp_path, f"http://127.0.0.1:{port}/hub/api")}
    seen["hub"] = {**seen["hub"], "date": formatdate(time.time() - 90, usegmt=True)}
    [found] = wrong(seen)
    assert re.search(r" (8[5-9]|9[0-5]) s apart", found.seen)


def test_a_node_without_modules(tmp_path: Path) -> None:
    with tls.serve(None) as port:
        seen = {**probe(tmp_path, f"http://127.0.0.1:{port}/hub/api"), "module": ""}
    assert [found.level for found in node.judge(seen)].count("warn") == 1


# --- which preset is started


def card(name: str, *, locked: bool = False, **values: str) -> Card:
    return Card(name, name, {"cores": "1", "memory": "1", "gpus": "0", **values}, locked)


CARDS = [card("gpu", gpus="1", memory="0.5"), card("big", cores="4"), card("small", cores="2"),
         card("tiny", locked=True)]  # fmt: skip


def test_the_smallest_open_preset_is_taken() -> None:
    assert node.smallest(SpawnForm(cards=CARDS)).id == "small"
    assert node.smallest(SpawnForm(cards=CARDS), ["big", "gpu"]).id == "big"


@pytest.mark.parametrize("wanted", [["tiny"], ["none"]])
def test_a_preset_that_is_not_open(wanted: list[str]) -> None:
    with pytest.raises(Failed, match="the form has gpu, big, small, tiny"):
        node.smallest(SpawnForm(cards=CARDS), wanted)
