"""Pages in which the frame itself is looked at: logging in, errors, tokens, announcements."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hub_config.announcements import Announced
from hub_config.model.announcement import Announcement, News
from hub_config.model.branding import Branding, Link
from hub_config.pages.notices import Notices
from tests.pages.drawing import Server, User, render

NOW = datetime.now(UTC)

FULL = Branding.model_validate_json(
    json.dumps({
        "name": "Jupyter @ Example",
        "phase": "beta",
        "contact": "support@example.org",
        "welcome": {"en": "Jupyter on the cluster.", "de": "Jupyter auf dem Rechner."},
        "maintenance": {"en": "Closed on Tuesday.", "de": "Am Dienstag geschlossen."},
        "notices": [{"en": "Log in by SSH once.", "de": "Erst einmal per SSH anmelden."}],
        "links": [{"text": "Slurm", "url": "https://docs.example.org/slurm"}],
        "footer": [{"text": "Privacy", "url": "https://www.example.org/privacy"}],
        "news": [
            {"date": "2026-02-01", "title": "R", "text": "R 4.2 is there.", "url": "https://a.org/r"},
            {"date": "2026-03-01", "title": {"en": "Profiles", "de": "Profile"}},
        ],
        "announcements": [
            {"text": "The file system is slow.", "severity": "warning", "url": "https://a.org/fs"},
            {"text": "Old.", "end": (NOW - timedelta(hours=1)).isoformat()},
            {"title": {"en": "Fire", "de": "Feuer"}, "text": "Leave.", "severity": "critical"},
            {"text": "The cluster is down.", "severity": "maintenance"},
            {"text": "Say hello.", "start": (NOW - timedelta(hours=1)).isoformat()},
        ],
    })
)  # fmt: skip
"""Everything that site.yml may say about itself."""

ANNOUNCED = {
    "branding": FULL,
    "announcements": Notices(Announced(FULL.announcements, FULL.news), service="/services/news/"),
}


def told(text: str) -> dict[str, Any]:
    """A site that says *text* wherever it may, also where the model would refuse it."""
    url, day = "https://example.org/", datetime(2026, 3, 1).date()
    link = Link.model_construct(text=text, url=url)
    news = News.model_construct(date=day, title=text, text=text, url=url)
    said = Announcement.model_construct(
        title=text, text=text, severity="warning", url=url, where=("login", "home")
    )
    branding = Branding.model_construct(
        name=text, phase="alpha", welcome=text, links=(link,), footer=(link,), contact=url,
        maintenance=text, notices=(text,), news=(news,), announcements=(said,),
    )  # fmt: skip
    announced = Notices(Announced(branding.announcements, branding.news))
    return {"branding": branding, "announcements": announced}


SCOPES = (
    {"scope": "access:servers", "filter": "only you",
     "description": "Access user servers via API or browser."},
    {"scope": "", "filter": "", "description": "Identify the owner of the requesting entity."},
)  # fmt: skip
OPTIONS = '<option value="3600">1 Hour</option>\n<option selected value="">Never</option>'


def login(**variables: Any) -> str:
    given: dict[str, Any] = {
        "user": None,
        "authenticator_login_url": "/hub/login?next=",
        "authenticator": SimpleNamespace(request_otp=False),
        "username": "",
        "login_error": "",
    }
    return render("login.html", **given | variables)


def error(status: int, message: str = "", **variables: Any) -> str:
    """An error page, as BaseHandler.write_error draws it."""
    given: dict[str, Any] = {
        "status_code": status, "status_message": "Status", "message": message, "message_html": "",
        "extra_error_html": "", "exception": None, **variables,
    }  # fmt: skip
    return render("404.html" if status == 404 else "error.html", **given)


def token(**variables: Any) -> str:
    used = datetime(2026, 3, 1, 8, 0)
    mine = SimpleNamespace(
        api_id="a1", note="backup", scopes=["read:users!user=alice"], created=used,
        last_activity=None, expires_at=None,
    )  # fmt: skip
    client = {
        "description": "server", "token_id": "a2", "tokens": [mine], "last_activity": used,
        "created": used,
    }  # fmt: skip
    given: dict[str, Any] = {"api_tokens": [mine], "oauth_clients": [client]}
    return render("token.html", token_expires_in_options_html=OPTIONS, **given | variables)


def oauth(**variables: Any) -> str:
    client = SimpleNamespace(description="notebook-viewer", redirect_uri="https://v.example.org/")
    given: dict[str, Any] = {
        "oauth_client": client,
        "allowed_scopes": ["self"],
        "scope_descriptions": SCOPES,
    }
    return render("oauth.html", **given | variables)


def share(**variables: Any) -> str:
    given: dict[str, Any] = {
        "owner": User("bob"), "spawner": Server("advanced"), "spawner_ready": False, "code": "c0de",
        "spawner_url": "/user/bob/advanced/", "next_url": "/user/bob/advanced/",
        "scope_descriptions": SCOPES,
    }  # fmt: skip
    return render("accept-share.html", **given | variables)


SCENES: dict[str, Callable[[], str]] = {
    "login": login,
    "login refused": lambda: login(login_error="Invalid username or password"),
    "login with everything": lambda: login(**ANNOUNCED),
    "login elsewhere": lambda: login(login_service="GitLab"),
    "logout": lambda: render("logout.html", user=None),
    "tokens": token,
    "an application asks": oauth,
    "a share": share,
    "not found": lambda: error(404),
    "forbidden": lambda: error(403, "No access to resources or resources not found", **ANNOUNCED),
    "unavailable": lambda: error(503, "Maintenance", branding=FULL),
}  # fmt: skip
