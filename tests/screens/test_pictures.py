"""docs/images is what `make screenshots` makes: every page, small, and shown somewhere."""

from tests.screens.__main__ import FOLDER
from tests.screens.drawn import DRAWN
from tests.screens.live import LIVE, SERVICES
from tests.screens.studio import THEMES, WINDOWS, file_name
from tests.support.hubs import ROOT

NAMES = (*DRAWN, *LIVE, *SERVICES)


def test_every_page_is_there_in_light_and_dark_wide_and_narrow() -> None:
    wanted = {
        file_name(name, theme, window["width"])
        for name in NAMES
        for theme in THEMES
        for window in WINDOWS
    }
    assert {file.name for file in FOLDER.iterdir()} == wanted


def test_all_pictures_together_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 3_000_000
    for file in FOLDER.iterdir():
        start = file.read_bytes()[:12]
        assert (start[:4], start[8:]) == (b"RIFF", b"WEBP"), file.name


def test_the_users_page_shows_all_of_them_and_readme_nine() -> None:
    """Those of services are shown where services are told of."""
    pages = ("using", "services", "announcements", "accounts", "usage")
    using = "".join(ROOT.joinpath("docs", f"{page}.md").read_text() for page in pages)
    readme = ROOT.joinpath("README.md").read_text()
    shown = [file_name(name, "light", 1280) for name in NAMES]
    assert [name for name in shown if f"(images/{name})" not in using] == []
    assert len([name for name in shown if f"(docs/images/{name})" in readme]) >= 9
