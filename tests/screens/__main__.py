"""Takes all pictures anew: python -m tests.screens [names]. No root and no cluster needed."""

import sys

from tests.screens.drawn import DRAWN, events
from tests.screens.live import LIVE, SERVICES, hub
from tests.screens.studio import Studio
from tests.services.filled import filled
from tests.support.browser import running
from tests.support.hubs import ROOT
from tests.testbed.packages import CHROMIUM

FOLDER = ROOT / "docs" / "images"


def main(wanted: list[str]) -> None:
    """Take the pictures of these names, or all."""
    known = [*DRAWN, *LIVE, *SERVICES]
    if unknown := set(wanted) - {*known}:
        raise SystemExit(f"No page is called {unknown.pop()}. There are {', '.join(known)}.")
    if not CHROMIUM.exists():
        raise SystemExit(f"There is no {CHROMIUM}: apt install chromium")
    names = wanted or known
    with running(CHROMIUM) as browser:
        studio = Studio(browser, FOLDER)
        for name in filter(DRAWN.__contains__, names):
            studio.drawn(name, DRAWN[name](), events())
        if live := list(filter(LIVE.__contains__, names)):
            with hub() as (room, visitor):
                for name in live:
                    studio.live(name, room.hub.url, visitor, LIVE[name])
        if of_services := list(filter(SERVICES.__contains__, names)):
            with filled() as served:
                for name in of_services:
                    who, go = SERVICES[name]
                    studio.live(name, served.hub.url, served.visitor(who), go)
    print(f"{sum(file.stat().st_size for file in FOLDER.iterdir()) / 1e6:.1f} MB in {FOLDER}")


if __name__ == "__main__":
    main(sys.argv[1:])
