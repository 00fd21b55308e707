"""The installed unit agrees with the program: its command line, its rights, its patience."""

import re
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from hub_config.agent import __main__ as program
from hub_config.agent.exchange import REQUEST_SECONDS
from hub_config.agent.server import ANSWER_SECONDS, SOCKET, SPARE_SECONDS

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "ansible" / "roles" / "submit_host" / "templates"
LONGEST_TIMEOUT = 300  # of agent.toml


@pytest.fixture
def service() -> dict[str, str]:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment]  # settings of systemd have capitals
    parser.read_string((TEMPLATES / "berth-agent.service.j2").read_text())
    return dict(parser["Service"])


def test_the_command_line_is_understood(
    service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[Path, Path | None]] = []
    words = service["ExecStart"].split()
    assert words[1:4] == ["-I", "-m", "hub_config.agent"]
    monkeypatch.setattr(sys, "argv", words[3:])
    monkeypatch.setattr("os.umask", lambda mask: mask)  # ours stays as it is
    monkeypatch.setattr(program, "_serve", lambda config, path: served.append((config, path)))
    program.main()
    assert served == [(Path("/etc/berth/agent.toml"), None)]


def test_it_may_switch_accounts_and_nothing_else(service: dict[str, str]) -> None:
    rights = "CAP_SETUID CAP_SETGID"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == rights
    assert (service["User"], service["NoNewPrivileges"]) == ("berth-agent", "yes")
    assert "PrivateUsers" not in service and "ProtectHome" not in service


def test_no_stop_cuts_a_request_in_half(service: dict[str, str]) -> None:
    assert service["KillMode"] == "mixed"
    longest = LONGEST_TIMEOUT + REQUEST_SECONDS + ANSWER_SECONDS + SPARE_SECONDS
    assert int(service["TimeoutStopSec"]) >= longest


def test_the_documents_name_the_socket_that_is_the_default() -> None:
    document = (ROOT / "docs" / "agent.md").read_text()
    [relayed] = re.findall(r"hub_config\.agent\.relay (\S+)\"", document)
    assert relayed == str(SOCKET)
