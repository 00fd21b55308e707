"""JobRequest: what one server asks of the scheduler, every value checked at construction.

The hub makes it at the gate, stores it as the server's state and sends it to the agent,
which constructs it again from JSON and so checks it again. Whoever holds a JobRequest may
put its values on a command line. Standard library only (the agent imports it).
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from hub_config.said import said

USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
CONSTRAINT = re.compile(r"[A-Za-z0-9\[(][A-Za-z0-9_.,:*&|()\[\]-]{0,127}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
SCRIPT_PATH = re.compile(r"~?/[A-Za-z0-9_@+=:,./-]{1,253}")
# One address, of the characters that are common: it goes to mail programs of other people.
MAIL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,189}")
URL_PATH = re.compile(r"/[A-Za-z0-9_./?=&%-]{0,254}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# What decides which code runs before any of ours does, and what the hub itself tells its
# servers, is nobody's to set from outside.
RESERVED_VARIABLE = re.compile(
    r"LD_.*|PYTHON.*|BASH_.*|ENV|IFS|PATH|HOME|SHELL|USER|LOGNAME|XDG_RUNTIME_DIR|JUPYTERHUB_.*|JPY_.*"
)
PRINTABLE = re.compile(r"[\x20-\x7e]{0,4096}")
MAX_VARIABLES = 64
"""Of a site, of a preset and of a person each: a request has those of all three."""

TEXT = {
    "profile": NAME,
    "partition": NAME,
    "application": NAME,
    "gpu_type": NAME,
    "account": NAME,
    "qos": NAME,
    "reservation": NAME,
    "constraint": CONSTRAINT,
    "parallel_environment": NAME,
    "mail": MAIL,
    "log_name": FILE_NAME,
    "user_script": SCRIPT_PATH,
    "url": URL_PATH,
}
_MAY_BE_EMPTY = frozenset(TEXT) - {"profile", "partition", "application", "url"}
WHOLE = {  # inclusive bounds no centre exceeds: a value outside is a mistake or worse
    "cores": (1, 4096),
    "memory": (1, 64 * 1024 * 1024),
    "walltime": (60, 366 * 86400),
    "gpus": (0, 64),
    "start_timeout": (10, 30 * 86400),
    "http_timeout": (5, 3600),
}


class InvalidField(ValueError):
    """One field of a request that cannot be what it is: its name, and why."""

    def __init__(self, field: str, problem: str) -> None:
        self.field, self.problem = field, problem
        super().__init__(f"{field}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A checked request. memory in MiB; walltime, start_timeout, http_timeout in seconds.

    Empty text means "not asked for". Construction raises InvalidField.
    """

    profile: str
    partition: str
    cores: int
    memory: int
    walltime: int
    application: str
    url: str = "/lab"
    gpus: int = 0
    gpu_type: str = ""
    account: str = ""
    qos: str = ""
    reservation: str = ""
    constraint: str = ""
    parallel_environment: str = ""
    mail: str = ""
    log_name: str = ""
    user_script: str = ""
    start_timeout: int = 600
    http_timeout: int = 120
    environment: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name, grammar in TEXT.items():
            _check_text(name, getattr(self, name), grammar)
        for name, bounds in WHOLE.items():
            _check_whole(name, getattr(self, name), *bounds)
        if self.gpu_type and not self.gpus:
            raise InvalidField("gpu_type", said("a GPU type without a number of GPUs"))
        _check_environment(self.environment)

    def to_json(self) -> dict[str, Any]:
        """Return the wire and state form, the inverse of ``from_json``."""
        return {**asdict(self), "environment": dict(self.environment)}

    def with_variables(self, variables: Mapping[str, str]) -> "JobRequest":
        """Return this request with *variables* besides its own; they win. Raises InvalidField."""
        environment = {**dict(self.environment), **variables}
        return replace(self, environment=tuple(sorted(environment.items())))

    @classmethod
    def from_json(cls, data: object) -> "JobRequest":
        """Return the request in *data*; raises InvalidField for unknown or missing keys too."""
        if not isinstance(data, Mapping):
            raise InvalidField("request", "not an object")
        known = {field.name for field in fields(cls)}
        if extra := sorted(str(key) for key in data if key not in known):
            raise InvalidField(extra[0][:64], "no such field")
        values = dict(data)
        environment = values.pop("environment", {})
        if not isinstance(environment, Mapping):
            raise InvalidField("environment", "not an object")
        try:
            return cls(**values, environment=tuple(sorted(environment.items())))
        except TypeError as error:
            raise InvalidField("request", "a field is missing or of the wrong kind") from error


def _check_text(name: str, value: object, grammar: re.Pattern[str]) -> None:
    if not isinstance(value, str):
        raise InvalidField(name, "not a text")
    if value == "" and name in _MAY_BE_EMPTY:
        return
    if not grammar.fullmatch(value):
        raise InvalidField(name, said("has characters or a length that cannot be used here"))


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidField(name, "not a whole number")
    if not low <= value <= high:
        raise InvalidField(name, said("is outside {low}–{high}", low=low, high=high))


def _check_environment(pairs: object) -> None:
    if not isinstance(pairs, tuple) or len(pairs) > 3 * MAX_VARIABLES:
        raise InvalidField("environment", f"at most {3 * MAX_VARIABLES} pairs of name and value")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise InvalidField("environment", "not pairs of name and value")
        if problem := variable_problem(*pair):
            raise InvalidField("environment", problem)


def variable_problem(name: object, value: object) -> str:
    """Return why this environment variable cannot be set, "" if it can."""
    if not isinstance(name, str) or not VARIABLE.fullmatch(name):
        return "a name that is no variable's name"
    if RESERVED_VARIABLE.fullmatch(name):
        return f"{name} cannot be set from outside"
    if not isinstance(value, str) or not PRINTABLE.fullmatch(value):
        return f"{name} has a value that cannot be used"
    return ""
