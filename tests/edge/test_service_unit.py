"""The unit that a service of site.yml becomes: what it is told, and how it is shut in."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.ansible.plays import ROOT, ansible

ROLE = ROOT / "ansible" / "roles" / "services"
SITE = {
    "hub.listen": "http://127.0.0.1:8081",
    "proxy.listen": "http://127.0.0.1:8000",
    "proxy.public_url": "https://hub.example.org",
    "proxy.subdomains": False,
    "services.my-news.command": ["/bin/echo", 'a "b" \\c', "100%", "$HOME", "two words"],
    "services.my-news.port": 10101,
    "services.my-news.environment.GREETING": 'a "b" 100% $HOME',
    "services.nightly.command": ["/bin/true"],
    "services.nightly.port": None,
    "services.nightly.environment": {},
    "services.announcements.app": "announcements",
    "services.announcements.command": [],
    "services.announcements.port": 10102,
}


def unit(folder: Path, name: str = "my-news", **changes: Any) -> str:
    """Return the unit of a service of SITE as the playbook would write it."""
    variables = {
        "berth__settings": {**SITE, **changes},
        "name": name,
        "services_program": "/bin/sh",
        "services_told": "/etc/berth/services.json",
        "services_apart": ["announcements"],
    }
    file = folder / f"berth-service@{name}.service"
    source = ROLE / "templates" / "berth-service.service.j2"
    done = ansible(
        "ansible", "localhost", "-c", "local", "-m", "ansible.builtin.template",
        "-a", json.dumps({"src": str(source), "dest": str(file)}), "-e", json.dumps(variables),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return file.read_text()


def environment(text: str) -> dict[str, str]:
    """Return the unit's variables, as systemd reads them."""
    lines = re.findall(r'^Environment="(.*)"$', text, re.MULTILINE)
    plain = (re.sub(r"\\(.)", r"\1", line).replace("%%", "%") for line in lines)
    return dict(line.split("=", 1) for line in plain)


def test_a_service_is_told_what_jupyterhub_would_tell_it(tmp_path: Path) -> None:
    told = environment(unit(tmp_path))
    assert told["JUPYTERHUB_API_URL"] == "http://127.0.0.1:8081/hub/api"
    assert told["JUPYTERHUB_SERVICE_URL"] == "http://127.0.0.1:10101"
    assert told["JUPYTERHUB_SERVICE_PREFIX"] == "/services/my-news/"
    assert told["JUPYTERHUB_CLIENT_ID"] == "service-my-news"
    assert told["JUPYTERHUB_HOST"] == "https://hub.example.org"
    assert told["JUPYTERHUB_OAUTH_CALLBACK_URL"] == "/services/my-news/oauth_callback"
    assert json.loads(told["JUPYTERHUB_OAUTH_ACCESS_SCOPES"])[1].endswith("!service=my-news")
    assert told["GREETING"] == 'a "b" 100% $HOME'
    assert not [name for name in told if "TOKEN" in name]


def test_with_subdomains_and_a_path_it_is_told_its_own_name(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "proxy.public_url": "https://example.org:8443/hub",
        "proxy.subdomains": True,
    }
    told = environment(unit(tmp_path, **changes))
    own = "https://my-news--service.example.org:8443/hub/services/my-news/"
    assert told["JUPYTERHUB_PUBLIC_URL"] == own
    assert told["JUPYTERHUB_OAUTH_CALLBACK_URL"] == f"{own}oauth_callback"
    assert told["JUPYTERHUB_API_URL"] == "http://127.0.0.1:8081/hub/hub/api"
    assert told["JUPYTERHUB_BASE_URL"] == "/hub/"
    assert told["JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED"] == "1"


def test_what_has_no_page_is_told_of_none(tmp_path: Path) -> None:
    assert "JUPYTERHUB_SERVICE_URL" not in environment(unit(tmp_path, "nightly"))


def test_words_of_the_command_stay_words(tmp_path: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit(tmp_path), re.MULTILINE)
    assert line == '/bin/sh "/bin/echo" "a \\"b\\" \\\\c" "100%%" "$$HOME" "two words"'


def test_one_of_ours_sees_what_it_is_told_and_nothing_else_of_the_site(tmp_path: Path) -> None:
    lines = unit(tmp_path, "announcements").splitlines()
    assert set(lines) >= {
        "User=berth-announcements",
        "TemporaryFileSystem=/etc/berth:ro",
        "BindReadOnlyPaths=/etc/berth/services.json -/etc/berth/announcements.d",
        "Environment=BERTH_TOLD=/etc/berth/services.json",
        "LoadCredential=database:/etc/berth/secrets/database-announcements",
    }
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert start.endswith('/hub/bin/python" "-I" "-m" "services.announcements"')
    assert "DynamicUser=yes" not in lines
    assert "User=berth-announcements" not in unit(tmp_path, "nightly").splitlines()


def test_systemd_takes_the_unit_and_finds_it_shut_in(tmp_path: Path) -> None:
    unit(tmp_path)
    unit(tmp_path, "nightly")
    unit(tmp_path, "announcements")
    for file in tmp_path.iterdir():
        done = analyze("verify", "--man=no", file)
        assert (done.returncode, done.stderr) == (0, "")
        done = analyze("security", "--offline=yes", "--threshold=12", file)
        assert done.returncode == 0, done.stdout[-300:]


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["/usr/bin/systemd-analyze", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_token_reaches_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    program = str(ROLE / "files" / "berth-service")
    env = {"PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": str(tmp_path)}
    argv = [program, "/bin/sh", "-c", 'echo "$JUPYTERHUB_API_TOKEN $*"', "name", "a b", "$c"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout == "secret a b $c\n"


def test_without_a_token_nothing_is_run(tmp_path: Path) -> None:
    program = str(ROLE / "files" / "berth-service")
    env = {"PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": str(tmp_path)}
    done = subprocess.run([program, "/bin/echo"], env=env, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert done.stdout == b""
