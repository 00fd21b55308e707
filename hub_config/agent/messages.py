"""The requests: bytes to typed values, once. Whatever is not exactly a request is refused."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_config.agent import Refusal
from hub_config.model.request import FILE_NAME, USER_NAME, InvalidField, JobRequest

_UUID = re.compile(r"[0-9a-f]{32}")
_JOB_ID = re.compile(r"[0-9]{1,12}")
_SERVER = re.compile(r"[a-z0-9-]{0,30}")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]{1,255}(?:/[\x21-\x7e]{0,1024})?")
_SPAWN_VARIABLE = re.compile(r"(?:JUPYTERHUB|JPY)_[A-Z0-9_]{1,64}")
NEEDS: Mapping[str, str] = {
    "submit": "submit",
    "note": "submit",
    "log": "submit",
    "cancel": "cancel",
    "query": "query",
}
"""Every verb, and the one of VERBS that its caller must be allowed in agent.toml."""

VERBS = ("submit", "cancel", "query")

_OF_A_USER = ("memberships", "shares", "home")
_QUERIES = ("jobs", "queue", "endings", "partitions", "reservations", "enforcement", *_OF_A_USER)
_MOST_IDS = 200


@dataclass(frozen=True, slots=True)
class Submit:
    """Queue a job. ``env`` is what the server gets, its token included."""

    verb: ClassVar[str] = "submit"
    user: str
    uuid: str
    server: str
    request: JobRequest
    env: Mapping[str, str]
    report_url: str
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Cancel:
    """End a job of the user."""

    verb: ClassVar[str] = "cancel"
    user: str
    job_id: str
    uuid: str


@dataclass(frozen=True, slots=True)
class Note:
    """Write beside a job of the user where its server listens."""

    verb: ClassVar[str] = "note"
    user: str
    job_id: str
    uuid: str
    server: str
    port: int


@dataclass(frozen=True, slots=True)
class Log:
    """Read the end of what a job of the user wrote."""

    verb: ClassVar[str] = "log"
    user: str
    job_id: str
    log_name: str


@dataclass(frozen=True, slots=True)
class Query:
    """Ask the scheduler; ``user`` only what is _OF_A_USER, ``job_ids`` only for endings."""

    verb: ClassVar[str] = "query"
    what: str
    user: str = ""
    job_ids: tuple[str, ...] = ()


Message = Submit | Cancel | Note | Log | Query


def decode(data: bytes) -> object:
    """Return the JSON value in *data*. Raises Refusal."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Refusal("the request is not JSON, or names something twice") from error


def parse(data: object) -> Message:
    """Return the request in *data*. Raises Refusal."""
    verb = data.get("verb") if isinstance(data, dict) else None
    parser = _PARSERS.get(verb) if isinstance(verb, str) else None
    if parser is None:
        raise Refusal(f"the request has no verb: {', '.join(_PARSERS)}")
    return parser(data)


def _submit(data: object) -> Submit:
    fields = _take(data, user=str, uuid=str, server=str, request=dict, spawn=dict, dry_run=bool)
    spawn = _take(fields["spawn"], "spawn.", env=dict, report_url=str)
    try:
        request = JobRequest.from_json(fields["request"])
    except InvalidField as error:
        raise Refusal(str(error)) from error
    return Submit(
        user=_user(fields),
        uuid=_uuid(fields),
        server=_match("server", _SERVER, fields["server"]),
        request=request,
        env={**dict(request.environment), **_spawn_env(spawn["env"])},
        report_url=_match("spawn.report_url", _URL, spawn["report_url"]),
        dry_run=fields["dry_run"],
    )


def _cancel(data: object) -> Cancel:
    fields = _take(data, user=str, job_id=str, uuid=str)
    # A submission whose answer was lost has a uuid and no number.
    job_id = _job_id(fields["job_id"]) if fields["job_id"] else ""
    return Cancel(_user(fields), job_id, _uuid(fields))


def _note(data: object) -> Note:
    fields = _take(data, user=str, job_id=str, uuid=str, server=str, port=int)
    if type(fields["port"]) is not int or not 0 < fields["port"] < 65536:
        raise Refusal("port: no number from 1 to 65535")
    return Note(
        user=_user(fields),
        job_id=_job_id(fields["job_id"]),
        uuid=_uuid(fields),
        server=_match("server", _SERVER, fields["server"]),
        port=fields["port"],
    )


def _log(data: object) -> Log:
    fields = _take(data, user=str, job_id=str, log_name=str)
    name = _match("log_name", FILE_NAME, fields["log_name"]) if fields["log_name"] else ""
    return Log(_user(fields), _job_id(fields["job_id"]), name)


def _query(data: object) -> Query:
    what = data.get("what") if isinstance(data, dict) else None
    if what not in _QUERIES:
        raise Refusal(f"the query is none of {', '.join(_QUERIES)}")
    if what in _OF_A_USER:
        return Query(what, user=_user(_take(data, what=str, user=str)))
    if what == "endings":
        return Query(what, job_ids=_job_ids(_take(data, what=str, job_ids=list)["job_ids"]))
    _take(data, what=str)
    return Query(what)


def _job_ids(values: list[Any]) -> tuple[str, ...]:
    if not 0 < len(values) <= _MOST_IDS:
        raise Refusal(f"job_ids: not from 1 to {_MOST_IDS}")
    if not all(isinstance(value, str) for value in values):
        raise Refusal("job_ids: missing or of the wrong kind")
    return tuple(map(_job_id, values))


_PARSERS: Mapping[str, Callable[[object], Message]] = {
    "submit": _submit,
    "cancel": _cancel,
    "note": _note,
    "log": _log,
    "query": _query,
}


def _spawn_env(env: dict[str, Any]) -> dict[str, str]:
    if len(env) > 64:
        raise Refusal("spawn.env has more than 64 variables")
    for name, value in env.items():
        _match("spawn.env", _SPAWN_VARIABLE, name)
        if not (isinstance(value, str) and len(value) <= 8192 and value.isprintable()):
            raise Refusal(f"spawn.env: {name} has a value that cannot be used")
    return env


def _take(data: object, where: str = "", /, **types: type) -> dict[str, Any]:
    """Return *data* if it is an object of exactly these keys and types (and a verb at the top)."""
    fields = dict(data) if isinstance(data, dict) else {}
    if not where:
        fields.pop("verb", None)
    if extra := set(fields) - set(types):
        raise Refusal(f"{where}{_short(min(extra))}: no such field")
    for name, kind in types.items():
        if not isinstance(fields.get(name), kind):
            raise Refusal(f"{where}{name}: missing or of the wrong kind")
    return fields


def _user(fields: dict[str, Any]) -> str:
    return _match("user", USER_NAME, fields["user"])


def _uuid(fields: dict[str, Any]) -> str:
    return _match("uuid", _UUID, fields["uuid"])


def _job_id(value: str) -> str:
    return _match("job_id", _JOB_ID, value)


def _match(name: str, grammar: re.Pattern[str], value: str) -> str:
    if not grammar.fullmatch(value):
        raise Refusal(f"{name}: {_short(value)} cannot be used here")
    return value


def _short(value: str) -> str:
    text = ascii(value[:64])
    return text if len(text) <= 64 else text[:60] + "...'"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a name occurs twice")
    return found
