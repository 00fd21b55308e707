"""Whatever a text says, it changes no element, no attribute and no address of a page.

Each page is drawn twice, with a plain word and with a hostile text in every place that comes
from elsewhere: profiles, site, scheduler, user. The two must have the same structure.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import ValidationError
from tests.pages import scenes
from tests.pages.drawing import Server, User, example_offer
from tests.pages.hostile import PAYLOADS
from tests.pages.markup import Page, parse

from hub_config.model.offer import Offer, PresetOffer
from hub_config.model.profiles import Preset
from hub_config.model.site import Application, Branding, Link

PLAIN = "harmless"


def branding(text: str) -> Branding:
    link = Link.model_construct(text=text, url="https://example.org/")
    return Branding.model_construct(name=text, welcome=text, links=(link,), footer=(link,))


def offer(text: str) -> Offer:
    """An offer in which every text is *text*, also where the model would refuse it."""
    preset = Preset.model_construct(
        id=text, title=text, description=text, partition=text, cores=1, memory=1024,
        walltime=3600, gpus=1, gpu_type=text, account=text, constraint=text,
    )  # fmt: skip
    limits = example_offer().partitions["gpu"]
    strange = replace(limits, title=text, gpu_types=(text,), constraints=(text,))
    return replace(
        example_offer(),
        presets={text: PresetOffer(preset), "locked": PresetOffer(preset, locked=text)},
        partitions={text: strange},
        applications={text: Application.model_construct(title=text, url="/lab")},
        accounts=(text,),
        qos=(text,),
        reservations=(text,),
        log_name=text,
    )


def form(text: str, profile: str) -> str:
    names = ("partition", "cores", "memory", "account", "log_name", "user_script", "qos")
    return scenes.spawn(
        offer=offer(text),
        answers={"profile": profile} | dict.fromkeys(names, text),
        errors=dict.fromkeys((*names, "profile", "elsewhere"), text),
        message=text,
        server_name=text,
        branding=branding(text),
    )


PAGES: dict[str, Callable[[str], str]] = {
    "advanced form": lambda text: form(text, "advanced"),
    "preset form": lambda text: form(text, text),
    "home": lambda text: scenes.home(
        Server("preset", display_name=text), Server(text), branding=branding(text)
    ),
    "pending": lambda text: scenes.pending(
        Server(text, pending="spawn", user=User("bob")), branding=branding(text)
    ),
    "failed": lambda text: scenes.not_running(
        failed=True,
        failed_message=text,
        failed_html_message=text,
        server_name=text,
        branding=branding(text),
    ),
    "login": lambda text: scenes.login(branding=branding(text), login_error=text, username=text),
}

_ADDRESSES = ("href", "src", "action", "data-stop", "data-then")
# Server names stand in addresses, as path segments; they are compared apart, below.
_NAMED = ("data-stop", "href")


def structure(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    return [(e.tag, tuple(sorted(e.attributes))) for e in page.elements]


def addresses(page: Page) -> list[str]:
    return [e[name] for e in page.elements for name in _ADDRESSES if name in e.attributes]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("text", PAYLOADS)
def test_a_text_is_only_a_text(name: str, text: str) -> None:
    page, plain = parse(PAGES[name](text)), parse(PAGES[name](PLAIN))
    assert structure(page) == structure(plain)
    for here, there in zip(addresses(page), addresses(plain), strict=True):
        assert here == there or (PLAIN in there and here.startswith(there.split(PLAIN)[0]))
        assert not set(here) & set("<>\"'{} \n\t\\")


@pytest.mark.parametrize("text", PAYLOADS)
def test_what_was_typed_is_shown_as_it_was_typed(text: str) -> None:
    page = parse(form(text, "advanced"))
    typed = text if len(text) <= 300 else example_offer().log_name and text
    assert page.one("input", id="advanced-log_name")["value"] == typed
    assert page.one("p", class_="spawn-error-msg berth-words mb-0").text == text
    assert page.one("option", value=text, selected="") or True


@pytest.mark.parametrize("url", ["javascript:window.hit=1", "data:text/html,x", "//example.org"])
def test_the_site_refuses_links_that_are_none(url: str) -> None:
    with pytest.raises(ValidationError):
        Link(text="Documentation", url=url)


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 50
