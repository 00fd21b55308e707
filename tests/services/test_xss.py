"""Whatever a text says, it runs nothing and asks for nothing elsewhere, on no page.

Drawn pages hold every payload in every field that somebody else writes, without the policy that
would stop scripts besides. In test_xss_live.py a hub and its services hold them.
"""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Browser

from hub_config import markdown
from hub_config.announcements import Announced
from hub_config.i18n import LANGUAGES
from hub_config.model.announcement import PLACES, Announcement, News
from hub_config.model.branding import Branding
from hub_config.pages.notices import Notices
from hub_config.said import given
from tests.pages import scenes, scenes_frame, scenes_home
from tests.pages.drawing import Server, speaking
from tests.services.payloads import PAYLOADS
from tests.services.watched import Watch, watching


def test_there_are_enough_of_them() -> None:
    assert len(PAYLOADS) >= 200
    assert len([text for text in PAYLOADS if "window.hit" in text]) >= 150


@pytest.mark.parametrize("text", ["<img src=x onerror=window.hit=1>", "<a href=javascript:hit()>x",
                                  "<img src=https://elsewhere.test/x>"])  # fmt: skip
def test_the_watch_sees_what_would_run(browser: Browser, text: str) -> None:
    watch = Watch(browser)
    watch.look(f"<!doctype html><title>x</title><main>{text}</main>")
    assert watch.ran + watch.site.strangers
    watch.context.close()


def test_markdown(browser: Browser) -> None:
    texts = "".join(
        f'<section id="t{n}">{markdown.html(t)}</section>' for n, t in enumerate(PAYLOADS)
    )
    with watching(browser) as watch:
        page = watch.look(f"<!doctype html><title>x</title><main>{texts}</main><p id=end>end</p>")
        assert page.locator("main > section").count() == len(PAYLOADS)
        assert page.locator("body > p#end").count() == 1


def _announced(language: str) -> Notices:
    """Announcements and news that say every payload, in this language alone."""
    url = "https://elsewhere.test/"

    def words(text: str) -> str:
        return given({"en": "harmless", "de": "harmlos", language: text})

    return Notices(
        Announced(
            [
                Announcement.model_construct(
                    title=words(text), text=words(text), url=url, where=PLACES, severity="info"
                )
                for text in PAYLOADS
            ],
            [
                News.model_construct(
                    date=date(2026, 3, 1), title=words(text), text=words(text), url=url
                )
                for text in PAYLOADS
            ],
        ),
        service="/services/announcements/",
    )


DRAWN: dict[str, Callable[..., str]] = {
    "login": scenes_frame.login,
    "home": scenes_home.home,
    "form": scenes.spawn,
    "waiting": lambda **site: scenes.pending(Server("", pending="spawn"), **site),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_announcements_and_news(browser: Browser, name: str, language: str) -> None:
    with speaking(language):
        html = DRAWN[name](branding=Branding(), announcements=_announced(language))
    with watching(browser) as watch:
        page = watch.look(html)
        assert page.locator(".berth-notice").count() == len(PAYLOADS)
        assert page.locator("body > main, body > div > main, main").count() == 1
