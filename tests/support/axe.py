"""What axe finds on a page in the browser (https://github.com/dequelabs/axe-core)."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.hubs import ROOT

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# All rules of axe, and the one of WCAG 2.2 AA that it leaves out unless asked:
# https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
_OPTIONS = {"rules": {"target-size": {"enabled": True}}}


@cache
def _source() -> str:
    return _AXE.read_text()


def faults(page: Page, within: str = ":root") -> list[tuple[str, list[str]]]:
    """Return what axe finds there: rule and elements."""
    # As the debugger, because the policy of the hub's pages lets no script in.
    page.evaluate(_source())
    found: dict[str, list[dict[str, Any]]] = page.evaluate(
        "([within, options]) => axe.run(within, options)", [within, _OPTIONS]
    )
    return [
        (f"{violation['id']}: {violation['help']}", [node["html"] for node in violation["nodes"]])
        for violation in found["violations"]
    ]
