"""What makes the pages the centre's own: names, links, news, notices, announcements."""

import re
from html import unescape
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field, WithJsonSchema

from hub_config.model.announcement import Announcement, News
from hub_config.model.fields import Line, Strict
from hub_config.model.places import FilePath, Url, is_url
from hub_config.model.request import MAIL
from hub_config.model.words import Passage, Title, Words


def _contact(value: str) -> str:
    if not MAIL.fullmatch(value) and not is_url(value):
        raise ValueError(
            f'"{value[:60]}" is neither an address nor a URL — write for example '
            "support@example.org or https://support.example.org"
        )
    return value


Contact = Annotated[
    str,
    AfterValidator(_contact),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({MAIL.pattern}|https?://[^ ]+)$",
         "examples": ["support@example.org", "https://support.example.org"]}
    ),
]  # fmt: skip
"""Where people ask for help."""


class Link(Strict):
    """A link in the navigation bar or the footer."""

    text: Title = Field(description="what people read")
    url: Url = Field(description="where it leads")


class Branding(Strict):
    """What makes the pages the centre's own."""

    name: Line = Field("Berth", max_length=60, description="the name of the service")
    phase: Literal["alpha", "beta"] | None = Field(None, description="a badge beside the name")
    welcome: Passage | None = Field(None, description="a few sentences on the login page")
    logo: FilePath | None = Field(None, description="a picture for the navigation bar")
    links: tuple[Link, ...] = Field((), description="links in the navigation bar")
    footer: tuple[Link, ...] = Field(
        (), description="links at the foot of each page: legal notice, privacy policy"
    )
    contact: Contact | None = Field(
        None,
        description="address or URL of the support desk, at the foot of each page and wherever "
        "something failed; {subject} and {body} in a URL are filled in",
    )
    maintenance: Words | None = Field(
        None, description="one line on the login page and on home: when the next one is"
    )
    notices: tuple[Words, ...] = Field(
        (), max_length=10, description="what to know before logging in, beside the login form"
    )
    news: tuple[News, ...] = Field(
        (), description="what is new, beside the login form; the newest five are shown"
    )
    announcements: tuple[Announcement, ...] = Field(
        (), description="what everybody should know now, on top of the pages"
    )

    def support(self, subject: str = "", body: str = "") -> str:
        """Return a link to the support desk with *subject* and *body* filled in; "" without one."""
        if not self.contact:
            return ""
        told = {"subject": _plain(subject), "body": _plain(body)}
        filled = {name: quote(text, safe="") for name, text in told.items()}
        if not is_url(self.contact):
            query = "&".join(f"{name}={text}" for name, text in filled.items() if text)
            return f"mailto:{quote(self.contact, safe='@')}{f'?{query}' if query else ''}"
        return re.sub(r"\{(subject|body)\}", lambda found: filled[found[1]], self.contact)


def _plain(text: str) -> str:
    """Return the text itself of what a template has escaped already."""
    return unescape(text) if hasattr(text, "__html__") else text
