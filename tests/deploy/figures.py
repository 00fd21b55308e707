"""Figures that the tests measure by the way; pytest shows them at its end.

A pytest plugin: also where the tests run in several processes, one shows the figures of all.
"""

from typing import Any

import pytest

_LINES: list[str] = []


def note(line: str) -> None:
    """Keep a line for the end of the run."""
    _LINES.append(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the lines over, in a process that works for another one."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["figures"] = _LINES


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the lines of a process that has ended; one that crashed hands nothing over."""
    _LINES.extend(getattr(node, "workeroutput", {}).get("figures", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show them."""
    if _LINES:
        terminalreporter.section("figures")
        for line in _LINES:
            terminalreporter.write_line(line)
