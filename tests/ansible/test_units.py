"""What systemd is told about the programs that it keeps running."""

from pathlib import Path

import pytest

from tests.ansible.plays import ANSIBLE

UNITS = sorted(
    path for path in ANSIBLE.glob("roles/*/templates/*.j2") if "\nRestart=" in path.read_text()
)


def section(unit: Path, name: str) -> list[str]:
    """Return the lines of one section; a template's own lines are none."""
    lines = unit.read_text().splitlines()
    begun = lines.index(f"[{name}]") + 1
    ends = [number for number, line in enumerate(lines) if number > begun and line[:1] == "["]
    return lines[begun : min(ends, default=len(lines))]


def test_every_program_that_lasts_is_among_them() -> None:
    roles = {unit.relative_to(ANSIBLE / "roles").parts[0] for unit in UNITS}
    assert roles == {"hub", "proxy", "submit_host", "auth", "services", "tls"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_never_gives_it_up(unit: Path) -> None:
    """systemd stops trying after five starts in ten seconds; a socket goes down with its unit."""
    assert "StartLimitIntervalSec=0" in section(unit, "Unit")
    assert any(line.startswith("RestartSec=") for line in section(unit, "Service"))
