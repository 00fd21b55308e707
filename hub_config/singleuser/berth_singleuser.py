"""berth-singleuser: start one single-user Jupyter server inside its batch job.

Installed as ``<user environment>/bin/berth-singleuser`` with that environment's ``python -I`` as
interpreter and called with the path of the spawn file (see `Spawn`). Standard library only, one
file: it must start fast, and whatever the home directory holds.

Stage one cleans the environment, takes a port and keeps it, sources the user's script, tells the
hub the port, then executes this file again as stage two (``--serve FD``), which is the server. The
socket listens from the first moment: the hub may connect as soon as it knows the port, and its
connection waits in the backlog until the server accepts it. Most of a start is imports: stage two
leaves out those of the hub, and what JupyterLab asks node for (`import_server`, `import_lab`).

Environment. The server runs under ``python -I``, so neither ``PYTHON*`` variables nor packages in
``~/.local`` can stop it (https://docs.python.org/3/using/cmdline.html#cmdoption-I). Kernels inherit
the server's environment: ``PYTHON*`` variables of the job and of the user's script are dropped for
them too, because the ``PYTHONPATH`` of a module's Python breaks a kernel of another Python; a
kernel that wants one says so in the ``env`` of its ``kernel.json``. ``PYTHONNOUSERSITE`` is *not*
set: it would hide ``pip install --user`` from kernels of the user's own Pythons, and the server
does not need it. ``JUPYTER_PATH`` and its like are kept, from the job and from the script: that is
how modules and users bring kernels.

Exit status: 2 the server cannot be started here, 3 the hub does not want this job any more, 4 the
hub could not be reached; 128 + N ended by signal N. From stage two on it is the server's own.
"""

import contextlib
import errno
import functools
import http.client
import json
import os
import pwd
import random
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

EXIT_CANNOT_START = 2
EXIT_NOT_WANTED = 3
EXIT_HUB_UNREACHABLE = 4

SPAWN_FILE_VERSION = 1
SPAWN_FILE_LIMIT = 1 << 20
"""Bytes; the agent writes some 3 kB."""

BACKLOG = 128
"""Connections that may wait for the server to start; tornado's own default."""

REPORT_TIMEOUT = 10.0
"""Seconds for each attempt to reach the hub."""
REPORT_PATIENCE = 600.0
"""Seconds during which a hub that is down or restarting is asked again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two attempts; each pause is up to twice the one before."""
NOT_WANTED = frozenset({400, 403, 409, 410})
"""What the hub answers when no report of this job will ever be taken (hub_config/callback.py). All
else comes from something between the job and the hub, or from a hub that is starting."""

ENVIRONMENT_LIMIT = 1 << 20
"""Bytes taken over from the user's script; execve(2) allows a quarter of the stack, often 2 MiB."""

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
PROTECTED_NAMES = frozenset({"BASH_ENV", "ENV", "LD_AUDIT", "LD_PRELOAD", "XDG_RUNTIME_DIR"})
"""Neither inherited nor taken from the script. XDG_RUNTIME_DIR of the submitting session does not
exist on the node, or belongs to somebody else."""
HUB_PREFIXES = ("JUPYTERHUB_", "JPY_")
"""Of the hub alone. JPY_API_TOKEN is the token once more, under its old name:
https://github.com/jupyterhub/jupyterhub/blob/6.1.1/jupyterhub/spawner.py#L1324"""
SHELL_NAMES = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
"""What the script's shell keeps about itself."""

ENCRYPT_KERNELS = "--MappingKernelManager.transport_encryption=auto"
"""Without it whoever is on the node may read what cells print, from a kernel's port at 127.0.0.1.
Kernels say in kernel.json whether they take keys; the others start as ever:
https://github.com/jupyter/jupyter_client/blob/v8.10.0/jupyter_client/manager.py#L162"""

HUB_MODULES: Mapping[str, tuple[str, ...]] = {
    "jupyterhub.handlers": (),
    "jupyterhub.handlers.pages": ("HealthCheckHandler",),
    "jupyterhub.orm": (),
    "jupyterhub.roles": (),
    "sqlalchemy": (),
    "sqlalchemy.exc": ("SQLAlchemyError",),
}
"""What JupyterHub's server imports of the hub and its database and never uses, with the classes it
asks for by name: for ``isinstance`` and ``except``, and a server has no such handler or error.
Until JupyterHub's log and scopes import no more than both sides need:
https://github.com/jupyterhub/jupyterhub/blob/6.1.1/jupyterhub/log.py#L15"""

SOURCE_SCRIPT = """\
trap '/usr/bin/env -0 >&{fd}' EXIT
if [ -r /etc/profile ]; then . /etc/profile; fi
. "$0"
"""
"""The script is $0: no variable of ours is visible in it. The trap also serves a script that calls
exit, and leaves the exit status as it was. /etc/profile brings the ``module`` command."""


class LauncherError(Exception):
    """The server cannot start; the message is for the job's log and holds no secret."""

    def __init__(self, message: str, status: int = EXIT_CANNOT_START) -> None:
        super().__init__(message)
        self.status = status


class Spawn(NamedTuple):
    """The spawn file: one JSON object with exactly these keys and ``version``.

    ``env`` holds the hub's variables (JUPYTERHUB_API_TOKEN and JUPYTERHUB_SERVICE_URL at least)
    and the site's. ``user_script`` is as the user wrote it, "" for none; ``user_script_seconds``
    is how long it may run. ``work_dir`` "" means the home directory.
    """

    env: dict[str, str]
    report_url: str
    user_script: str
    user_script_seconds: float
    work_dir: str


def say(message: str) -> None:
    """Write one line to the job's log. A full quota there must not stop the server."""
    with contextlib.suppress(OSError):
        sys.stdout.write(message + "\n")
        sys.stdout.flush()


# --- The spawn file ------------------------------------------------------------------------------


def read_spawn_file(path: str) -> Spawn:
    """Read a spawn file that nobody but this user could have read or written."""
    # O_NONBLOCK: a FIFO in its place must not hang the job.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            refuse_foreign_file(path, os.fstat(file.fileno()))
            content = file.read(SPAWN_FILE_LIMIT)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LauncherError(f"{path} is a symbolic link; it must be the file itself") from None
        raise LauncherError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return parse_spawn(content)
    except ValueError as error:
        raise LauncherError(f"{path}: {error}; was it written by this Berth release?") from None


def refuse_foreign_file(path: str, found: os.stat_result) -> None:
    """Raise LauncherError unless it is a regular file of ours with mode 0600 or stricter."""
    if not stat.S_ISREG(found.st_mode):
        raise LauncherError(f"{path} is not a regular file")
    if found.st_uid != os.geteuid():
        raise LauncherError(
            f"{path} belongs to uid {found.st_uid}, this job runs as uid {os.geteuid()}:"
            " it must belong to the job's user"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise LauncherError(f"{path} has mode {mode:04o}, others may use it: it must be 0600")


def parse_spawn(content: bytes) -> Spawn:
    """Parse a spawn file. ValueError names the key at fault, never a value: it may be a secret."""
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    version = document.pop("version", None)
    if version != SPAWN_FILE_VERSION:
        raise ValueError(f"version {version!r} seen, this launcher reads {SPAWN_FILE_VERSION}")
    if document.keys() != set(Spawn._fields):
        odd = ", ".join(sorted(document.keys() ^ set(Spawn._fields)))
        raise ValueError(f"missing or unknown: {odd}")
    return Spawn(
        env=parse_env(document["env"]),
        report_url=parse_url("report_url", document["report_url"]),
        user_script=parse_line("user_script", document["user_script"]),
        user_script_seconds=parse_seconds("user_script_seconds", document["user_script_seconds"]),
        work_dir=parse_line("work_dir", document["work_dir"]),
    )


def parse_env(value: Any) -> dict[str, str]:
    """The variables; the two that this launcher uses itself are there and well formed."""
    if not isinstance(value, dict):
        raise ValueError("env is not an object")
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError(f"env: {name!r} is not a variable's name")
        if not isinstance(text, str) or "\0" in text:
            raise ValueError(f"env.{name} is not a text without NUL")
    # Visible ASCII only: the token becomes part of a header line.
    if not re.fullmatch(r"[!-~]+", value.get("JUPYTERHUB_API_TOKEN", "")):
        raise ValueError("env.JUPYTERHUB_API_TOKEN is missing or not a token")
    parse_url("env.JUPYTERHUB_SERVICE_URL", value.get("JUPYTERHUB_SERVICE_URL"))
    return value


def parse_url(key: str, value: Any) -> str:
    """An http or https URL with a host."""
    if isinstance(value, str) and re.fullmatch(r"https?://[!-~]+", value):
        with contextlib.suppress(ValueError):  # raised by a port that is no port number
            parts = urlsplit(value)
            if parts.hostname and (parts.port is None or parts.port >= 0):
                return value
    raise ValueError(f"{key} is not an http(s) URL with a host")


def parse_line(key: str, value: Any) -> str:
    """A text without control characters, so that it is one line in the log."""
    if not isinstance(value, str) or not (value.isprintable() or not value):
        raise ValueError(f"{key} is not a text of one printable line")
    return value


def parse_seconds(key: str, value: Any) -> float:
    """A number of seconds above 0, an hour at most."""
    if type(value) not in (int, float) or not 0 < value <= 3600:
        raise ValueError(f"{key} is not a number of seconds between 0 and 3600")
    return float(value)


# --- The environment -----------------------------------------------------------------------------


def is_protected(name: str) -> bool:
    """Whether neither the job's environment nor the user's script may set this variable."""
    return name in PROTECTED_NAMES or name.startswith(("PYTHON", *HUB_PREFIXES))


def clean_environment(inherited: Mapping[str, str], spawn_env: Mapping[str, str]) -> dict[str, str]:
    """The server's environment: the job's, without what is protected, then the spawn file's.

    SLURM_*, CUDA_VISIBLE_DEVICES, TMPDIR and all else that the scheduler sets stay. HOME and its
    like come from the account if the job has none.
    """
    env = account_variables() | {"PATH": DEFAULT_PATH}
    env |= {name: text for name, text in inherited.items() if not is_protected(name)}
    env |= spawn_env
    if "HOME" not in env:
        raise LauncherError(
            f"HOME is not set and this node knows no account of uid {os.geteuid()}:"
            f" does 'getent passwd {os.geteuid()}' answer here?"
        )
    return env


def account_variables() -> dict[str, str]:
    """What login(1) would set; nothing if the name service does not know this uid."""
    try:
        account = pwd.getpwuid(os.geteuid())
    except KeyError:
        return {}
    name = account.pw_name
    shell = account.pw_shell or "/bin/sh"
    return {"HOME": account.pw_dir, "USER": name, "LOGNAME": name, "SHELL": shell}


def expand(path: str, home: str) -> Path:
    """An absolute path: ``~`` is the home directory, and a relative path starts there."""
    return Path(home, path[2:] if path == "~" or path.startswith("~/") else path)


def enter_work_dir(work_dir: str, env: dict[str, str]) -> None:
    """Go where the server shall run; if that fails, say so and go home or stay."""
    for directory in (expand(work_dir, env["HOME"]), Path(env["HOME"])):
        try:
            os.chdir(directory)
        except OSError as error:
            say(f"Cannot work in {directory}: {error.strerror}")
        else:
            break
    env["PWD"] = str(Path.cwd())


# --- The user's script ---------------------------------------------------------------------------


def with_user_script(spawn: Spawn, env: dict[str, str]) -> dict[str, str]:
    """The environment as the user's script leaves it, or ``env`` as it is if the script fails.

    The script sees nothing of the hub's, and can neither set nor remove what is protected.
    """
    name = spawn.user_script
    path = expand(name, env["HOME"])
    if is_missing(path):
        say(f"{name} does not exist, skipping it")
        return env
    say(f"Reading {name}")
    visible = {var: text for var, text in env.items() if not var.startswith(HUB_PREFIXES)}
    try:
        result = run_script(path, visible, spawn.user_script_seconds)
    except ScriptError as error:
        say(f"{name} {error}. The server starts without it.")
        return env
    taken = {var: text for var, text in result.items() if not is_ours(var)}
    return taken | {var: text for var, text in env.items() if is_ours(var)}


def with_centre_kernels(env: dict[str, str]) -> dict[str, str]:
    """JUPYTER_PATH with the centre's kernels at its end: in a folder beside the releases.

    <shared>/releases/<release> is this environment, <shared>/kernels outlives it. Terminals and
    kernels see it, too, so that ``jupyter kernelspec list`` says what JupyterLab shows.
    """
    centre = Path(sys.prefix).resolve().parent.parent / "kernels/share/jupyter"
    if is_missing(centre):
        return env
    path = env.get("JUPYTER_PATH")
    return env | {"JUPYTER_PATH": f"{path}{os.pathsep}{centre}" if path else str(centre)}


def is_missing(path: Path) -> bool:
    """Whether there is no such file; of one that cannot be looked at, bash will say why."""
    try:
        return not path.exists()
    except OSError:
        return False


def is_ours(name: str) -> bool:
    """Whether the variable stays as it was before the script."""
    return is_protected(name) or name in SHELL_NAMES


class ScriptError(Exception):
    """The user's script gives no environment; the message continues a sentence about it."""


def run_script(path: Path, env: dict[str, str], seconds: float) -> dict[str, str]:
    """Source the script with bash and return its environment.

    Its output goes straight to the job's log. The environment comes back through a memory file
    and not a pipe: programs that the script leaves running would hold a pipe open.
    """
    handed_over = os.memfd_create("berth-environment")
    try:
        status = run_group(
            [
                "/bin/bash",
                "--noprofile",
                "--norc",
                "-c",
                SOURCE_SCRIPT.format(fd=handed_over),
                path,
            ],
            env,
            seconds,
            handed_over,
        )
        content = os.pread(handed_over, ENVIRONMENT_LIMIT + 1, 0)
    except OSError as error:
        raise ScriptError(f"could not be run: {error}") from None
    finally:
        os.close(handed_over)
    if status:
        raise ScriptError(
            f"ended with status {status}"
            " (if its last line is only a test that may fail, end it with the line 'true')"
        )
    if len(content) > ENVIRONMENT_LIMIT:
        raise ScriptError(f"left an environment of more than {ENVIRONMENT_LIMIT >> 10} KiB")
    if not content.endswith(b"\0"):
        raise ScriptError("did not hand over its environment (does it call exec, or trap EXIT?)")
    return parse_environment(content)


def run_group(argv: list[str | Path], env: dict[str, str], seconds: float, keep_open: int) -> int:
    """Run a program in a session of its own; whatever ends the wait early ends the whole group."""
    process = subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        pass_fds=(keep_open,),
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise ScriptError(f"was not finished after {seconds:g} s and was stopped") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            # Bounded: a process waiting for a dead file server does not even follow SIGKILL.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)


def parse_environment(content: bytes) -> dict[str, str]:
    """The variables in the output of ``env -0``, exported functions (BASH_FUNC_*) included."""
    entries = (os.fsdecode(entry).partition("=") for entry in content.split(b"\0"))
    return {name: text for name, equals, text in entries if name and equals}


# --- The port ------------------------------------------------------------------------------------


def listen(service_url: str) -> socket.socket:
    """A listening socket on the URL's host and a port that the kernel chooses.

    Without SO_REUSEADDR and SO_REUSEPORT: nobody can share the port while this socket is open.
    """
    host = urlsplit(service_url).hostname
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with contextlib.ExitStack() as on_failure:
            listening = on_failure.enter_context(socket.socket(family, kind, protocol))
            listening.bind(address)
            listening.listen(BACKLOG)
            on_failure.pop_all()
            return listening
    except OSError as error:
        raise LauncherError(f"Cannot listen on {host}: {error.strerror}") from None


def with_port(url: str, port: int) -> str:
    """The URL with this port, whatever its port was."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts._replace(netloc=f"{host}:{port}").geturl()


# --- The report ----------------------------------------------------------------------------------


def report(url: str, token: str, port: int, patience: float = REPORT_PATIENCE) -> None:
    """Tell the hub the port; ask again while it is away, for ``patience`` seconds.

    Raises LauncherError with EXIT_NOT_WANTED at an answer of NOT_WANTED: the hub has forgotten
    the job, and a server that nobody can reach must not hold a node. Raises it with
    EXIT_HUB_UNREACHABLE when patience ends.
    """
    deadline = time.monotonic() + patience
    pause = FIRST_PAUSE
    while True:
        try:
            status = post_port(url, token, port)
            seen = f"answered {status}"
        except (OSError, http.client.HTTPException) as error:
            status = 0
            seen = f"could not be asked ({type(error).__name__}: {error})"
        if 200 <= status < 300:
            return
        if status in NOT_WANTED:
            message = f"The hub {seen} to this job's report: it does not want this job any more."
            raise LauncherError(message, EXIT_NOT_WANTED)
        if time.monotonic() >= deadline:
            message = f"The hub at {url} {seen} for {patience:g} s; giving up."
            raise LauncherError(message, EXIT_HUB_UNREACHABLE)
        # Jitter: the jobs that a restarting hub has missed shall not come back in one moment.
        wait = pause * (0.5 + random.random() / 2)  # noqa: S311 - not a secret
        say(f"The hub at {url} {seen}; trying again in {wait:.1f} s")
        time.sleep(wait)
        pause = min(2 * pause, LONGEST_PAUSE)


def post_port(url: str, token: str, port: int) -> int:
    """POST the port once and return the HTTP status.

    http.client knows nothing of http_proxy, unlike urllib.request: a proxy for the internet is
    set for users at many sites and does not reach the hub.
    """
    parts = urlsplit(url)
    https = parts.scheme == "https"
    connect = http.client.HTTPSConnection if https else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=REPORT_TIMEOUT)
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        connection.request("POST", target, json.dumps({"port": port}), headers)
        return connection.getresponse().status
    finally:
        connection.close()


# --- The stages ----------------------------------------------------------------------------------


def launch(spawn_file: str) -> NoReturn:
    """Stage one: everything up to the moment when the server's program begins."""
    spawn = read_spawn_file(spawn_file)
    env = clean_environment(os.environ, spawn.env)
    service_url = env["JUPYTERHUB_SERVICE_URL"]
    listening = listen(service_url)
    port: int = listening.getsockname()[1]
    env["JUPYTERHUB_SERVICE_URL"] = with_port(service_url, port)
    say(f"Listening on port {port}")
    enter_work_dir(spawn.work_dir, env)
    if spawn.user_script:
        env = with_user_script(spawn, env)
    env = with_centre_kernels(env)
    report(spawn.report_url, spawn.env["JUPYTERHUB_API_TOKEN"], port)
    listening.set_inheritable(True)
    argv = [sys.executable, "-I", __file__, "--serve", str(listening.fileno())]
    os.execve(sys.executable, argv, env)  # noqa: S606 - no shell is what we want


def serve(fd: int) -> None:
    """Stage two: JupyterHub's single-user server on the socket that stage one opened."""
    listening = socket.socket(fileno=fd)
    listening.set_inheritable(False)  # kernels and terminals must not hold the port
    listening.setblocking(False)  # as tornado expects; its copies share the setting
    lend_to_tornado(listening)
    singleuser = import_server()
    trust_the_hub()
    import_lab()
    idle = idle_options(os.environ)
    sys.argv = ["jupyterhub-singleuser", ENCRYPT_KERNELS, *idle, *memory_options(os.environ)]
    if idle:
        count_terminals()
    singleuser()


def lend_to_tornado(listening: socket.socket) -> None:
    """Let every later request for the socket's port get a copy of that socket.

    Both users import the name, so this must come before their import: jupyter_server tries the
    port and closes what it gets, then tornado's TCPServer.listen asks once more.
    https://github.com/jupyter-server/jupyter_server/blob/v2.21.1/jupyter_server/serverapp.py#L2727
    https://github.com/tornadoweb/tornado/blob/v6.6.1/tornado/tcpserver.py#L178
    Until jupyter_server can be given an open socket. Our own copy stays open until the process
    ends: the port is nobody else's while this server shuts down.
    """
    from tornado import netutil

    bind_sockets = netutil.bind_sockets
    our_port = listening.getsockname()[1]

    @functools.wraps(bind_sockets)
    def lend(port: int, *args: Any, **kwargs: Any) -> list[socket.socket]:
        return [listening.dup()] if port == our_port else bind_sockets(port, *args, **kwargs)

    netutil.bind_sockets = lend


# --- Imports -------------------------------------------------------------------------------------


def import_server() -> Callable[[], None]:
    """JupyterHub's single-user server, without the 300 files of the hub that come along.

    They are a third of its start, more where files are far away. A JupyterHub that needs more of
    the hub than this one gets it.
    """
    try:
        with stand_ins(HUB_MODULES):
            return server_main()
    except (ImportError, AttributeError):
        return server_main()


def server_main() -> Callable[[], None]:
    """The entry point of JupyterHub's single-user server."""
    from jupyterhub.singleuser import main

    return main  # type: ignore[no-any-return]  # untyped upstream


@contextlib.contextmanager
def stand_ins(names: Mapping[str, tuple[str, ...]]) -> Iterator[None]:
    """Importing these modules gives stand-ins until this ends, and from then on the real ones."""
    absent = {name: stand_in(name, names[name]) for name in names if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def stand_in(name: str, classes: tuple[str, ...]) -> ModuleType:
    """A module with these classes, empty; all else is taken from the real one, once asked for."""
    module = ModuleType(name)

    def from_the_real_one(wanted: str) -> Any:
        if wanted.startswith("__") or sys.modules.get(name) is module:
            raise AttributeError(f"{name} has no {wanted} before it is imported")
        return getattr(import_module(name), wanted)

    empty = {wanted: type(wanted, (Exception,), {}) for wanted in classes}
    module.__dict__.update(empty, __getattr__=from_the_real_one, __path__=[])
    return module


def trust_the_hub() -> None:
    """Begin without asking for the hub's version: the hub has just answered the report.

    JupyterHub's server ends if the hub is away at this moment, which may be a restart. The hub
    compares the versions, too: https://github.com/jupyterhub/jupyterhub/blob/6.1.1/jupyterhub/user.py
    """
    from jupyterhub.singleuser.extension import JupyterHubSingleUser

    async def is_there(self: Any) -> None:
        """Take it for granted."""

    JupyterHubSingleUser.check_hub_version = is_there


def import_lab() -> None:
    """Import JupyterLab where no program is found, not even node.

    It would run yarn, for half a second, to learn where "jupyter lab build" takes packages from:
    https://github.com/jupyterlab/jupyterlab/blob/v4.6.6/jupyterlab/commands.py#L404
    """
    path = os.environ.pop("PATH", None)  # a user's script may have removed it
    os.environ["PATH"] = os.devnull
    with contextlib.suppress(ImportError):  # an environment without JupyterLab is served, too
        import_module("jupyterlab.labapp")
    os.environ.pop("PATH")
    os.environ |= {} if path is None else {"PATH": path}


# --- Memory --------------------------------------------------------------------------------------


def memory_options(env: Mapping[str, str]) -> list[str]:
    """The option that tells the memory indicator what the job may use, in bytes.

    Whoever puts a limit of their own into ~/.jupyter sees the job's: it is what ends a server.
    """
    limit = env.get("JUPYTERHUB_MEMORY_LIMIT", "")
    return [f"--ResourceUseDisplay.mem_limit={limit}"] if limit.isdecimal() else []


# --- Idle servers --------------------------------------------------------------------------------


def idle_options(env: Mapping[str, str]) -> list[str]:
    """The options that end a server in which nothing has run for JUPYTERHUB_IDLE_TIMEOUT seconds.

    Idle kernels and terminals end first, then the server without any, so that it is gone two
    minutes after its time at the latest: Jupyter looks at the server once a minute. A kernel at
    work is never idle, whether it prints something or not.
    https://github.com/jupyter-server/jupyter_server/blob/v2.21.1/jupyter_server/serverapp.py#L2630
    """
    seconds = int(env.get("JUPYTERHUB_IDLE_TIMEOUT") or 0)
    if not seconds:
        return []
    interval = min(60, max(1, seconds // 4))
    settings = {
        "ServerApp.shutdown_no_activity_timeout": seconds,
        "MappingKernelManager.cull_idle_timeout": seconds,
        "MappingKernelManager.cull_interval": interval,
        "MappingKernelManager.cull_connected": bool(env.get("JUPYTERHUB_IDLE_CULL_CONNECTED")),
        "MappingKernelManager.cull_busy": False,
        "TerminalManager.cull_inactive_timeout": seconds,
        "TerminalManager.cull_interval": interval,
    }
    return [f"--{name}={value}" for name, value in settings.items()]


def count_terminals() -> None:
    """Let a terminal keep its server, and what a shell has started and still runs its terminal.

    Jupyter does not ask whether there are terminals, until
    https://github.com/jupyter-server/jupyter_server_terminals/issues/112 is settled, and goes by
    what is typed and printed in one: a computation may be silent for hours.
    https://github.com/jupyter-server/jupyter_server_terminals/blob/v0.5.4/jupyter_server_terminals/terminalmanager.py
    """
    import psutil
    from jupyter_server_terminals.app import TerminalsExtensionApp
    from jupyter_server_terminals.terminalmanager import TerminalManager

    cull = TerminalManager._cull_inactive_terminal

    @functools.wraps(cull)
    async def cull_unless_used(self: Any, name: str) -> None:
        with contextlib.suppress(KeyError, psutil.NoSuchProcess):
            if psutil.Process(self.terminals[name].ptyproc.pid).children():
                return
        await cull(self, name)

    def terminals(self: Any) -> Any:
        return getattr(self.settings.get("terminal_manager"), "terminals", None)

    TerminalManager._cull_inactive_terminal = cull_unless_used
    TerminalsExtensionApp.current_activity = terminals


def main() -> None:
    """Entry of both stages."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    match sys.argv[1:]:
        case ["--serve", fd]:
            serve(int(fd))
        case [spawn_file]:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda number, _: sys.exit(128 + number))
            try:
                launch(spawn_file)
            except LauncherError as error:
                say(str(error))
                sys.exit(error.status)
        case _:
            say("usage: berth-singleuser SPAWN_FILE")
            sys.exit(EXIT_CANNOT_START)


if __name__ == "__main__":
    main()
