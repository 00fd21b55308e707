"""Whatever a text says, it changes no element, no attribute and no address of a page.

Each page is drawn twice, with a plain word and with a hostile text in every place that comes
from elsewhere: profiles, site, scheduler, user. The two must have the same structure.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import ValidationError

from hub_config.model.branding import Branding, Link
from hub_config.model.offer import Offer, PresetOffer
from hub_config.model.profiles import Preset
from hub_config.model.site import Application
from tests.pages import scenes, scenes_frame, scenes_home, scenes_waiting
from tests.pages.drawing import Server, User, example_offer
from tests.pages.hostile import PAYLOADS
from tests.pages.markup import Page, parse
from tests.pages.scenes_home import living, past

PLAIN = "harmless"
MARKDOWN = {(name,) for name in ("blockquote", "br", "code", "em", "li", "ol", "p", "strong", "ul")}
"""What a text that is Markdown may make of itself; none of it has attributes."""


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
    "home": lambda text: scenes_home.home(
        living("preset", title=text, profile=text, partition=text, node=text),
        living(text),
        ended=(
            past("advanced", title=text, profile=text, why=text, log=text, uuid=text),
            past("third", options={"log_name": text}),
            past(text, options={}),
        ),
        typed=text,
        trouble=text,
        branding=branding(text),
    ),
    "log": lambda text: scenes_home.log(text=text, note=text, file=text, job_id=text),
    "pending": lambda text: scenes.pending(
        Server(text, pending="spawn", user=User("bob")), branding=branding(text)
    ),
    "waiting": lambda text: scenes.pending(
        Server(text, pending="spawn", user=User("bob")),
        job=scenes_waiting.job(partition=text, reason=text, job_id=text, state=text),
        branding=branding(text),
    ),
    "failed": lambda text: scenes_waiting.broken(
        scenes_waiting.ended(
            message=text, log=text, reason=text, job_id=text, state=text, server=text
        ),
        options={"profile": text},
        failed_message=text,
        failed_html_message=text,
        server_name=text,
        branding=branding(text),
    ),
    "login": lambda text: scenes_frame.login(
        **scenes_frame.told(text), login_error=text, username=text
    ),
    "error": lambda text: scenes_frame.error(403, text, **scenes_frame.told(text)),
}


def structure(page: Page) -> list[tuple[str, ...]]:
    """Elements with their attributes; an answer too long to be kept selects nothing."""
    found = [(e.tag, *sorted(set(e.attributes) - {"selected"})) for e in page.elements]
    return [one for one in found if one not in MARKDOWN]


def addresses(page: Page) -> list[str]:
    names = ("href", "src", "action", "data-stop", "data-then")
    return [e[name] for e in page.elements for name in names if name in e.attributes]


@pytest.mark.parametrize("name", PAGES)
def test_a_text_is_only_a_text(name: str) -> None:
    plain = parse(PAGES[name](PLAIN))
    for text in PAYLOADS:
        page = parse(PAGES[name](text))
        new = set(structure(page)) - set(structure(plain))
        assert not new, f"{text[:80]!r} makes {new}"
        assert len(structure(page)) == len(structure(plain)), text[:80]
        for here, there in zip(addresses(page), addresses(plain), strict=True):
            # A server's name is part of some addresses: quoted, behind what was there before.
            start, named, _ = there.partition(PLAIN)
            assert here.startswith(start) if named else here == there, text[:80]
            assert not set(here[len(start) :]) & set("<>\"'{} \n\t\\:#?"), text[:80]


def test_what_was_typed_is_shown_as_it_was_typed() -> None:
    for text in PAYLOADS:
        page = parse(form(text, "advanced"))
        if len(text) <= 300:
            assert page.one("input", id="advanced-log_name")["value"] == text
            account = page.one("select", id="advanced-account")
            assert [option.text for option in page.within(account)] == [text]
        assert page.one("p", class_="spawn-error-msg berth-words mb-0").text == text


@pytest.mark.parametrize("url", ["javascript:window.hit=1", "data:text/html,x", "//example.org"])
def test_the_site_refuses_links_that_are_none(url: str) -> None:
    with pytest.raises(ValidationError):
        Link(text="Documentation", url=url)


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 50
