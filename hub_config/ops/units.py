"""systemd's units, as far as the operations need them."""

from typing import Protocol

from hub_config.ops.failure import Failed
from hub_config.ops.process import must, run

_SYSTEMCTL, _JOURNALCTL = "/usr/bin/systemctl", "/usr/bin/journalctl"


class Units(Protocol):
    """What starts and stops the processes of a hub."""

    def stop(self, unit: str) -> None: ...

    def start(self, unit: str) -> None: ...

    def restart(self, unit: str) -> None: ...

    def try_restart(self, *units: str) -> None: ...

    def main_pid(self, unit: str) -> int:
        """Return the process of a unit that runs; 0: it does not."""

    def said(self, unit: str, lines: int = 20) -> list[str]:
        """Return the last lines the unit logged."""


class Systemd:
    """The units of this machine."""

    def stop(self, unit: str) -> None:
        must([_SYSTEMCTL, "stop", unit], timeout=400)

    def start(self, unit: str) -> None:
        """Start it, though it may have failed too often lately."""
        run([_SYSTEMCTL, "reset-failed", unit])
        must([_SYSTEMCTL, "start", unit], timeout=400)

    def restart(self, unit: str) -> None:
        must([_SYSTEMCTL, "restart", unit], timeout=400)

    def try_restart(self, *units: str) -> None:
        """Restart those that run; patterns are good, and unknown names are no error."""
        listing = [_SYSTEMCTL, "list-units", "--plain", "--no-legend", "--state=active", *units]
        for line in must(listing).decode().splitlines():
            self.restart(line.split()[0])

    def main_pid(self, unit: str) -> int:
        text = must([_SYSTEMCTL, "show", "--property=MainPID", "--value", unit])
        return int(text.strip() or 0)

    def said(self, unit: str, lines: int = 20) -> list[str]:
        argv = [_JOURNALCTL, "--unit", unit, "--lines", str(lines), "--output=cat", "--no-pager"]
        try:
            return run(argv).stdout.decode(errors="replace").splitlines()
        except Failed:
            return []
