"""The hub's REST API, asked in somebody's name."""

import os
from typing import Any

from tornado.escape import json_decode
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.web import HTTPError

TIMEOUT = 10.0
"""Seconds."""


class HubAway(HTTPError):
    """The hub does not answer, or answers what nobody understands."""

    def __init__(self, why: str) -> None:
        super().__init__(503, "The hub: %s", why)


async def ask_hub(path: str, token: str) -> Any:
    """Return what ``GET /hub/api/<path>`` says to whoever has *token*.

    Raises HubAway, and HTTPError 403 if they may not know it.
    """
    answer = await _get(path, {"Authorization": f"token {token}"})
    if answer.code in (401, 403):
        raise HTTPError(403, "The hub does not tell this to whoever asked")
    if answer.code != 200:
        raise HubAway(f"{answer.code} {answer.reason}")
    try:
        return json_decode(answer.body)
    except ValueError as error:
        raise HubAway("its answer is no JSON") from error


async def hub_answers() -> None:
    """Return if the hub is there at all. Raises HubAway."""
    answer = await _get("", {})
    if answer.code >= 500:
        raise HubAway(f"{answer.code} {answer.reason}")


async def _get(path: str, headers: dict[str, str]) -> HTTPResponse:
    request = HTTPRequest(
        f"{os.environ['JUPYTERHUB_API_URL']}/{path}", headers=headers, follow_redirects=False,
        connect_timeout=TIMEOUT, request_timeout=TIMEOUT,
    )  # fmt: skip
    try:
        return await AsyncHTTPClient().fetch(request, raise_error=False)
    except (HTTPClientError, OSError) as error:  # refused, or too late
        raise HubAway(str(error)) from error
