"""agent.toml: what the administrator allows the agent, read and checked for each request."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any

from hub_config.agent import Failure
from hub_config.agent.capabilities import can_switch
from hub_config.agent.messages import VERBS
from hub_config.model.request import NAME, USER_NAME, VARIABLE
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.script import check_template, stock_template


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings of agent.toml under their names there. ``timeout`` is in seconds.

    ``callers`` empty: whoever could start us may use every verb.
    """

    scheduler: str
    launcher: str
    bin_dir: str = "/usr/bin"
    run_as: str = "user"
    min_uid: int = 1000
    deny_users: tuple[str, ...] = ()
    partitions: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    callers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timeout: int = 25
    spawn_dir: str = ".cache/berth"
    job_script: str = ""
    home: str = ""
    template: str = ""
    """The text of ``job_script``, not a key of its own."""


def load(path: Path, *, served: bool = False, reading: bool = False) -> Policy:
    """Return the policy in *path*. Raises Failure with the file, the key and the cure.

    *served*: anybody may knock at our socket, so ``callers`` has to say who may do what.
    *reading*: it is another account that will act on it, so ours need not be able to.
    """
    try:
        data = tomllib.loads(_trusted(path))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{path}: not TOML: {error}") from error
    known = {item.name for item in fields(Policy)} - {"template"}
    if unknown := sorted(set(data) - known):
        raise Failure(f"{path}: unknown key {unknown[0]!r}: known are {', '.join(sorted(known))}")
    for name in sorted({"scheduler", "launcher"} - set(data)):
        raise Failure(f"{path}: {name} is missing")
    for name, value in data.items():
        fits, wanted = _KEYS[name]
        if not fits(value):
            raise Failure(f"{path}: {name}: write {wanted}")
    if served and "callers" not in data:
        raise Failure(f"{path}: callers is missing: write {_KEYS['callers'][1]}")
    values: dict[str, Any] = {name: _frozen(value) for name, value in data.items()}
    policy = Policy(**values, template=_template(values.get("job_script", "")))
    _check_together(path, policy, policy.run_as == "user" if reading else can_switch())
    return policy


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _frozen(inner) for name, inner in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _template(path: str) -> str:
    if not path:
        return stock_template()
    template = _trusted(Path(path))
    try:
        check_template(template)
    except ValueError as error:
        raise Failure(f"{path}: {error}") from error
    return template


def _check_together(path: Path, policy: Policy, switches: bool) -> None:
    if policy.run_as == "self" and switches:
        raise Failure(f'{path}: run_as = "self" would run every job as the agent: write "user"')
    if policy.run_as == "user" and not switches:
        raise Failure(
            f'{path}: run_as = "user" needs root, or CAP_SETUID and CAP_SETGID: call the agent '
            "through its socket or sudo"
        )
    if policy.home and policy.run_as != "self":
        raise Failure(f'{path}: home: only with run_as = "self"; others have their own')
    if policy.resources and policy.scheduler != "gridengine":
        raise Failure(f'{path}: resources: only scheduler = "gridengine" has names of its own')
    if policy.scheduler == "local" and policy.run_as == "user":
        raise Failure(f'{path}: scheduler = "local" serves one account: write run_as = "self"')


def _trusted(path: Path) -> str:
    """Return the text of a file; if we can become others, nobody but root could have written it."""
    try:
        with path.open(encoding="utf-8") as file:
            if can_switch():
                _only_root_writes(path, os.fstat(file.fileno()))
                _only_root_writes(path.parent, path.parent.stat())
            return file.read()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def _only_root_writes(path: Path, status: os.stat_result) -> None:
    if status.st_uid != 0 or status.st_mode & 0o022:
        raise Failure(f"{path}: must be root's and writable by nobody else: chown root, chmod go-w")


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _absolute(value: object) -> bool:
    return isinstance(value, str) and PurePosixPath(value).is_absolute() and value.isprintable()


def _below_home(value: object) -> bool:
    parts = PurePosixPath(value).parts if isinstance(value, str) else ()
    return bool(parts) and parts[0] != "/" and ".." not in parts and str(value).isprintable()


def _variables(value: object) -> bool:
    return isinstance(value, dict) and all(
        VARIABLE.fullmatch(name) and isinstance(text, str) and text.isprintable()
        for name, text in value.items()
    )


def _resources(value: object) -> bool:
    return isinstance(value, dict) and all(
        what in ("memory", "gpu") and isinstance(name, str) and NAME.fullmatch(name)
        for what, name in value.items()
    )


def _callers(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(
            USER_NAME.fullmatch(name)
            and name != "root"
            and _texts(verbs)
            and verbs
            and set(verbs) <= {*VERBS}
            for name, verbs in value.items()
        )
    )


def _whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "scheduler": (_one_of(*SCHEDULERS), f"one of {', '.join(SCHEDULERS)}"),
    "launcher": (_absolute, "an absolute path, as compute nodes see it"),
    "bin_dir": (_absolute, "an absolute path"),
    "run_as": (_one_of("user", "self"), '"user" or "self"'),
    "min_uid": (_whole(1, 2**31), "a whole number from 1 on"),
    "deny_users": (_texts, "a list of user names"),
    "partitions": (_texts, "a list of partitions"),
    "environment": (_variables, "a table of variables and texts"),
    "resources": (_resources, 'a table of complexes: memory = "…", gpu = "…"'),
    "callers": (
        _callers,
        '[callers] and a line for each account, such as berth = ["submit", "cancel", "query"]',
    ),
    "timeout": (_whole(1, 300), "a whole number of seconds from 1 to 300"),
    "spawn_dir": (_below_home, "a path below the home directory, without .."),
    "home": (_absolute, "an absolute path"),
    "job_script": (_absolute, "an absolute path"),
}
