"""berth-kernel: make an environment of one's own a Jupyter kernel, and say what is wrong with one.

Installed as ``<user environment>/bin/berth-kernel`` with that environment's ``python -I`` as
interpreter; users run it on login nodes, in terminals of JupyterLab and in jobs. Standard library
only, one file, nothing of Berth's beside it: whatever the home directory holds, it starts. Only
``check --start`` takes jupyter_client from the environment, to start a kernel as Jupyter does.

A kernel is a folder with a ``kernel.json``; users' are in ``~/.local/share/jupyter/kernels``:
https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs. Where modules or an
activated environment belong to it, a ``start.sh`` beside it makes them and then becomes the kernel.
``berth kernels install`` writes the centre's kernels by the same functions.

Exit status: 0 good, 1 problems, 2 wrong usage.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from string import Template
from typing import IO, Any, NamedTuple

KERNEL_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Jupyter takes these characters, and capitals, which it then shows in small letters."""
MODULE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/@=:,~-]{0,127}")
PLAIN_PATH = re.compile(r"/[^\x00-\x1f\x7f{}]{0,1023}")
"""Braces have a meaning in ``argv``: https://github.com/jupyter/jupyter_client/blob/v8.6.3/jupyter_client/manager.py#L385"""

START = "start.sh"
CONNECTION_FILE = "{connection_file}"
RESOURCE_DIR = "{resource_dir}"
SERVERS_OWN = ("python", "python3", f"python3.{sys.version_info.minor}")
"""As the first word of ``argv`` these mean the interpreter of the notebook server."""

PROBE_SECONDS = 60.0
"""How long a look into an environment may take: a first import from a file server is slow."""
START_SECONDS = 60.0
OUTPUT_LIMIT = 4000
"""Bytes of a failed kernel's output that are looked at."""


class KernelError(Exception):
    """Nothing was done; the message says what was seen and the cure."""


class Around(NamedTuple):
    """What is made around a kernel before its program runs, in this order."""

    requires: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    venv: str = ""
    conda: str = ""


# --- The files of a kernel -----------------------------------------------------------------------


def kernel_files(spec: Mapping[str, Any], around: Around) -> dict[str, str]:
    """The files of a kernel's folder, name -> text, kernel.json last.

    *spec* is the kernel.json; start.sh comes before its ``argv`` if there is something to make.
    """
    files: dict[str, str] = {}
    document = dict(spec)
    if any(around):
        files[START] = start_script(around)
        document["argv"] = ["/bin/bash", f"{RESOURCE_DIR}/{START}", *spec["argv"]]
    return files | {"kernel.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n"}


def python_argv(interpreter: str, module: str = "ipykernel_launcher") -> list[str]:
    """What starts a kernel that is a Python module."""
    return [interpreter, "-m", module, "-f", CONNECTION_FILE]


def start_script(around: Around) -> str:
    """The script that makes *around* and becomes the program in its arguments.

    It is found as an argument of bash: a shared folder may be mounted without exec. /etc/profile
    brings the ``module`` command where no parent has exported it.
    """
    return "\n".join(
        [
            "#!/bin/bash",
            "# Makes what this kernel needs, then becomes it. Generated: edits are lost.",
            'kernel=("$@")',
            "set --",
            'fail() { echo "$0: $1 on $HOSTNAME — $2" >&2; exit 1; }',
            *_require_lines(around.requires),
            *_load_lines(around.modules),
            *_environment_lines(around),
            'exec "${kernel[@]}"',
            "",
        ]
    )


def quote(text: str) -> str:
    """The one way in which a value gets into a script."""
    return shlex.quote(text)


def _require_lines(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        what = quote(f"{path} does not exist")
        yield f"[ -e {quote(path)} ] || fail {what} 'this kernel cannot run without it'"


def _load_lines(modules: Sequence[str]) -> Iterator[str]:
    if modules:
        missing = "fail 'there is no module command' 'neither exported nor made by /etc/profile'"
        yield "declare -F module >/dev/null || . /etc/profile"
        yield f"declare -F module >/dev/null || {missing}"
    for name in modules:
        what = quote(f"module {name} cannot be loaded")
        yield f"module load {quote(name)} || fail {what} 'module avail lists those there are'"


def _environment_lines(around: Around) -> Iterator[str]:
    """What activating does, without programs of the environment: they may be gone or broken."""
    if around.venv:
        yield f"export VIRTUAL_ENV={quote(around.venv)}"
        yield 'export PATH="$VIRTUAL_ENV/bin:$PATH"'
    if around.conda:
        yield f"export CONDA_PREFIX={quote(around.conda)}"
        yield 'export CONDA_DEFAULT_ENV="$CONDA_PREFIX" PATH="$CONDA_PREFIX/bin:$PATH"'
        yield 'for hook in "$CONDA_PREFIX"/etc/conda/activate.d/*.sh; do'
        yield '    if [ -r "$hook" ]; then . "$hook"; fi'
        yield "done"


def write_kernel(folder: Path, files: Mapping[str, str]) -> bool:
    """Bring *folder* to *files*, each replaced in one step, kernel.json last; whether any changed.

    A server may list and start kernels at any moment. Other files in the folder go away.
    """
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)  # whatever the umask: everybody on the nodes starts the centre's kernels
    changed = [name for name, text in files.items() if _replace(folder / name, text)]
    left_over = [entry for entry in folder.iterdir() if entry.name not in files]
    for entry in left_over:
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return bool(changed or left_over)


def _replace(path: Path, text: str) -> bool:
    content = text.encode()
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return False
    descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
    return True


# --- Where kernels are ---------------------------------------------------------------------------


class Found(NamedTuple):
    """A folder in which Jupyter looks for a kernel.json."""

    name: str
    folder: Path
    own: bool


def own_folder(env: Mapping[str, str]) -> Path:
    """Where the user's kernels are, as jupyter_core has it."""
    data = env.get("JUPYTER_DATA_DIR")
    home = env.get("HOME") or "~"
    share = env.get("XDG_DATA_HOME") or f"{home}/.local/share"
    return Path(data or f"{share}/jupyter").expanduser() / "kernels"


def system_folders(env: Mapping[str, str]) -> list[Path]:
    """Where the others' kernels are: JUPYTER_PATH, the centre's, the environment's, the machine's.

    The centre's are beside its releases: <shared>/releases/<release> is this environment.
    """
    prefix = Path(sys.prefix)
    roots = [
        *(Path(path) for path in env.get("JUPYTER_PATH", "").split(os.pathsep) if path),
        prefix.resolve().parent.parent / "kernels/share/jupyter",
        prefix / "share/jupyter",
        Path("/usr/local/share/jupyter"),
        Path("/usr/share/jupyter"),
    ]
    return [root / "kernels" for root in dict.fromkeys(roots)]


def kernels_in(folder: Path, own: bool) -> list[Found]:
    """The kernels in *folder*; of the user's own also folders in which Jupyter would see none."""
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        if own:
            raise KernelError(f"{folder} {_why(error)} — chmod u+rwx {folder}") from None
        return []
    return [
        Found(entry.name, entry, own)
        for entry in entries
        if is_there(entry / "kernel.json") or (own and entry.is_dir() and entry.name[0] != ".")
    ]


def all_kernels(env: Mapping[str, str]) -> list[Found]:
    """The user's kernels, then those of everybody, each name of the latter once."""
    everybody: dict[str, Found] = {}
    for folder in system_folders(env):
        if folder == own_folder(env):
            continue
        for kernel in kernels_in(folder, own=False):
            everybody.setdefault(kernel.name, kernel)
    return [*kernels_in(own_folder(env), own=True), *everybody.values()]


def _is_name(name: str) -> bool:
    return KERNEL_NAME.fullmatch(name) is not None


# --- What is wrong with a kernel -----------------------------------------------------------------


def problems(kernel: Found, everything: Sequence[Found], env: Mapping[str, str]) -> list[str]:
    """Everything that is wrong with *kernel*, each as ``what — cure``."""
    found = list(name_problems(kernel, everything))
    try:
        spec = read_spec(kernel)
    except KernelError as error:
        return [*found, str(error)]
    return [*found, *(spec_problems(kernel, spec, env) or probe_problems(kernel, spec, env))]


def name_problems(kernel: Found, everything: Sequence[Found]) -> Iterator[str]:
    """Yield what is wrong with the name of a user's kernel."""
    name = kernel.name
    if kernel.own and not _is_name(name):
        better = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._") or "kernel"
        paths = f"{quote(str(kernel.folder))} {quote(str(kernel.folder.with_name(better)))}"
        yield f"its name is not small letters, digits and . _ - alone — mv {paths}"
    for other in everything:
        if kernel.own and not other.own and other.name == name.lower():
            what = f"the kernel in {other.folder} has the same name, and only one of them is shown"
            yield f"{what} — berth-kernel remove {quote(name)}, and add it under another name"


def read_spec(kernel: Found) -> Any:
    """The kernel.json, whatever it holds. Raises KernelError when there is none that is JSON."""
    path = kernel.folder / "kernel.json"
    anew = f"berth-kernel remove {quote(kernel.name)}, and add it anew"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise KernelError(f"{path} is not a regular file — {anew}")
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise KernelError(f"{path} does not exist — {anew}") from None
    except OSError as error:
        cure = f"chmod -R u+rX {quote(str(kernel.folder))}"
        raise KernelError(f"{path} {_why(error)} — {cure}") from None
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        cure = "look for a comma, quote or bracket before that place"
        raise KernelError(f"{place} is not JSON ({error.msg}) — {cure}") from None
    except UnicodeDecodeError:
        raise KernelError(f"{path} is not UTF-8 text — save it as UTF-8") from None
    except RecursionError:
        raise KernelError(f"{path} is nested too deeply — {anew}") from None


def spec_problems(kernel: Found, spec: Any, env: Mapping[str, str]) -> list[str]:
    """What can be seen of a kernel.json without running anything."""
    if wrong := list(form_problems(spec)):
        return wrong
    return list(program_problems(full_argv(kernel, spec), kernel_environment(spec, env)))


def form_problems(spec: Any) -> Iterator[str]:
    """Yield what is wrong with the form of a kernel.json, before any of its words is used."""
    if not isinstance(spec, dict):
        yield "kernel.json is no JSON object — begin it with { and end it with }"
        return
    argv = spec.get("argv")
    if not isinstance(argv, list) or not argv or not all(map(_is_word, argv)) or not argv[0]:
        yield 'kernel.json has no "argv" that is a list of words — write what starts the kernel'
    elif not any(CONNECTION_FILE in word for word in argv):
        what = f'"argv" lacks {CONNECTION_FILE}, and nobody could reach the kernel'
        yield f'{what} — for Python add "-f", "{CONNECTION_FILE}", for a script the latter alone'
    for key, example in (("display_name", "My Python"), ("language", "python")):
        if not isinstance(spec.get(key), str) or not spec[key].strip():
            yield f'kernel.json has no "{key}" — add it, for example "{example}"'
    env = spec.get("env", {})
    if (
        not isinstance(env, dict)
        or not all(map(_is_word, (*env, *env.values())))
        or "=" in "".join(env)
    ):
        yield '"env" is not a set of names with texts — put every value in quotes'
    if spec.get("interrupt_mode", "signal") not in ("signal", "message"):
        yield '"interrupt_mode" is neither "signal" nor "message" — remove it'


def _is_word(value: object) -> bool:
    """Whether execve(2) takes it: JSON has texts with NUL, and with halves of characters."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True


def program_problems(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the programs and scripts that *argv* names."""
    wrapped = is_wrapped(argv)
    program, arguments = (argv[2], argv[3:]) if wrapped else (argv[0], argv[1:])
    if wrapped and not os.access(argv[1], os.R_OK):
        yield f"{argv[1]} cannot be read — remove the kernel and add it anew"
    elif program[0] == "/":
        if what := executable_problem(Path(program)):
            yield what
        elif Path(program).name in ("bash", "sh") and arguments and arguments[0][:1] == "/":
            yield from script_problems(Path(arguments[0]))
    elif not wrapped and program not in SERVERS_OWN and not shutil.which(program, path=_path(env)):
        cure = "write its whole path, or make it known by a module"
        yield f"{program} is not among the programs of this machine — {cure}"


def _path(env: Mapping[str, str]) -> str:
    return env.get("PATH", os.defpath)


def is_there(path: str | Path) -> bool:
    """Whether *path* can be seen; Path.exists raises for what is below a closed folder."""
    try:
        Path(path).stat()
    except (OSError, ValueError):
        return False
    return True


def script_problems(path: Path) -> Iterator[str]:
    """Yield what keeps a shell from reading *path*."""
    if not is_there(path):
        yield f"{path} does not exist — write it, or correct argv"
    elif not os.access(path, os.R_OK):
        yield f"{path} cannot be read — chmod u+r {quote(str(path))}"


def executable_problem(path: Path) -> str:
    """What keeps *path* from being run; "" if nothing does."""
    environment = path.parent.parent
    anew = "make the environment anew, then remove and add the kernel"
    try:
        path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            return f"{path} leads to {os.path.realpath(path)}, which is gone — {anew}"
        if path.parent.name == "bin" and not is_there(environment):
            return f"the environment {environment} is gone — {anew}"
        return f"{path} does not exist — correct argv, or {anew}"
    except OSError as error:
        return f"{path} {_why(error)} — look at the permissions of the folders above it"
    if path.is_dir():
        return f"{path} is a folder — name the program in it"
    if not os.access(path, os.X_OK):
        return f"{path} is not executable — chmod +x {quote(str(path))}"
    return shebang_problem(path)


def shebang_problem(path: Path) -> str:
    """What is wrong with the first line of a script; "" for other programs."""
    try:
        with path.open("rb") as file:
            first = file.readline(512)
    except OSError:
        return ""  # a program may be executable and not readable
    words = os.fsdecode(first[2:]).split()
    if not first.startswith(b"#!"):
        return ""
    if first.endswith(b"\r\n"):
        return f"{path} has line ends of Windows — sed -i 's/\\r$//' {quote(str(path))}"
    if not words or not is_there(words[0]):
        seen = words[0] if words else "nothing"
        return f"{path} is to be run by {seen}, which does not exist — correct its first line"
    return ""


def full_argv(kernel: Found, spec: Any) -> list[str]:
    """``argv`` with this folder in place of its name."""
    return [word.replace(RESOURCE_DIR, str(kernel.folder)) for word in spec["argv"]]


def is_wrapped(argv: Sequence[str]) -> bool:
    """Whether a start.sh of ours stands before the kernel's own words."""
    return len(argv) > 2 and argv[0] == "/bin/bash" and Path(argv[1]).name == START


def kernel_environment(spec: Any, env: Mapping[str, str]) -> dict[str, str]:
    """What the kernel finds in its environment: as berth-singleuser and jupyter_client have it."""
    kept = {name: text for name, text in env.items() if not name.startswith("PYTHON")}
    own = {name: Template(text).safe_substitute(kept) for name, text in spec.get("env", {}).items()}
    return kept | own


# --- Trying a kernel -----------------------------------------------------------------------------


def probe_problems(kernel: Found, spec: Any, env: Mapping[str, str]) -> list[str]:
    """What a run of the kernel's interpreter shows: its package missing, a module unknown."""
    argv = full_argv(kernel, spec)
    if argv[0] in SERVERS_OWN:
        argv[0] = sys.executable
    where = argv.index("-m", 1) if "-m" in argv[1:-1] else 0
    try:
        if where and re.fullmatch(r"[A-Za-z_][\w.]*", argv[where + 1]):
            found = import_problem(argv[:where], argv[where + 1], kernel_environment(spec, env))
        elif is_wrapped(argv):
            found = command_problem(argv[:2], argv[2], kernel_environment(spec, env))
        else:
            return []
    except KernelError as error:
        found = str(error)
    return [found] if found else []


def import_problem(interpreter: Sequence[str], module: str, env: Mapping[str, str]) -> str:
    """What keeps *interpreter* from importing the kernel's module; "" if nothing does."""
    python, package = interpreter[-1], module.removesuffix("_launcher")
    status, said = probe([*interpreter, "-c", f"import {module}"], env)
    if not status:
        return ""
    if re.search(rf"No module named '?{package}\b|No module named '?{module}\b", said):
        return f"{python} has no package {package} — {quote(python)} -m pip install {package}"
    cure = f"repair or make anew the environment of {python}"
    return said if " — " in said else f"{package} cannot be imported by {python} ({said}) — {cure}"


def command_problem(wrapper: Sequence[str], program: str, env: Mapping[str, str]) -> str:
    """What keeps a start.sh from finding its *program*; "" if nothing does."""
    status, said = probe([*wrapper, "/bin/sh", "-c", 'command -v -- "$0" >/dev/null', program], env)
    if not status:
        return ""
    cure = "look at its modules, or write the whole path"
    return said if " — " in said else f"{program} is not among the programs it finds — {cure}"


def probe(command: Sequence[str], env: Mapping[str, str]) -> tuple[int, str]:
    """Run *command*; its status and the last line of what it said. KernelError if it cannot be."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                command,
                env=env,
                cwd="/",  # with -c, Python imports from the current directory first
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        except OSError as error:
            raise KernelError(f"{command[0]} {_why(error)} — correct argv") from None
        try:
            status = process.wait(PROBE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            what = f"{shlex.join(command)} was not done after {PROBE_SECONDS:g} s"
            raise KernelError(f"{what} — is the file server slow? try again") from None
        return status, last_line(said, command)


def last_line(output: IO[bytes], command: Sequence[str]) -> str:
    """The last line of *output*, without the name of the start.sh that may have said it."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - OUTPUT_LIMIT))
    lines = output.read().decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix(f"{command[1]}: ") if lines else ""


def start_problem(kernel: Found, env: Mapping[str, str]) -> str:
    """Start *kernel* as Jupyter does and end it again; what went wrong, or ""."""
    client_of = import_module("jupyter_client")  # of this environment; nothing else needs it
    folders = [str(kernel.folder.parent)]
    specs = client_of.kernelspec.KernelSpecManager(kernel_dirs=folders, ensure_native_kernel=False)
    manager = client_of.KernelManager(kernel_name=kernel.name, kernel_spec_manager=specs)
    kept = {name: text for name, text in env.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryFile() as said:
        try:
            manager.start_kernel(env=kept, stdout=said, stderr=said, cwd=env.get("HOME", "/"))
            client = manager.blocking_client()
            client.start_channels()
            try:
                client.wait_for_ready(timeout=START_SECONDS)
            finally:
                client.stop_channels()
        except (RuntimeError, OSError) as error:
            cure = f"{kernel.folder} is what it was started from"
            return f"does not start ({last_line(said, ('', '')) or error}) — {cure}"
        finally:
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)
    return ""


# --- Commands ------------------------------------------------------------------------------------


def add(args: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    """Make a kernel of an environment; it is shown only if it works."""
    around, interpreter = chosen_environment(args)
    refuse_taken(args.name, env)
    spec: dict[str, Any] = {
        "argv": python_argv(interpreter),
        "display_name": args.display_name or default_title(args.name, args.module),
        "language": "python",
        "metadata": {"berth": {"made_by": "berth-kernel"}},
    }
    folder = own_folder(env)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the folder of kernels: Jupyter lists what is in there, finished or not.
        with tempfile.TemporaryDirectory(prefix=".berth-kernel-", dir=folder.parent) as workshop:
            made = Found(args.name, Path(workshop, args.name), own=True)
            write_kernel(made.folder, kernel_files(spec, around))
            if wrong := problems(made, (), env):
                raise KernelError("\n".join(f"not added: {what}" for what in wrong))
            spec["metadata"] |= own_metadata(made, spec, env)
            write_kernel(made.folder, kernel_files(spec, around))
            made.folder.rename(folder / args.name)
    except OSError as error:
        raise KernelError(f"{folder} {_why(error)} — is the quota of your home full?") from None
    return [f"added {folder / args.name}: JupyterLab shows it after a reload of its page"]


def own_metadata(kernel: Found, spec: Any, env: Mapping[str, str]) -> dict[str, Any]:
    """What the environment's ipykernel says it can: a debugger, an encrypted connection."""
    argv = full_argv(kernel, read_spec(kernel))
    ask = "import json, ipykernel.kernelspec as k; print(json.dumps(k.get_kernel_dict()))"
    command = [*argv[: argv.index("-m", 1)], "-c", ask]
    try:
        told = subprocess.run(
            command,
            env=kernel_environment(spec, env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS,
        )
        return dict(json.loads(told.stdout.splitlines()[-1]).get("metadata", {}))
    except (OSError, subprocess.SubprocessError, LookupError, ValueError, TypeError):
        return {}  # an ipykernel from before there was such a thing


def default_title(name: str, modules: Sequence[str]) -> str:
    """The name, and the modules that people would otherwise have to guess."""
    return f"{name} (module {', '.join(modules)})" if modules else name


def chosen_environment(args: argparse.Namespace) -> tuple[Around, str]:
    """What ``--venv``, ``--conda`` or ``--python`` names: what to make, and the interpreter."""
    named = Path(args.venv or args.conda or args.python).expanduser()
    path = os.path.abspath(named)  # noqa: PTH100 - resolve() would follow a venv's links
    if not PLAIN_PATH.fullmatch(path) or not is_utf8(path):
        what = f"{path!r} holds characters that a kernel.json cannot"
        raise KernelError(f"{what} — use a path without braces, line breaks and raw bytes")
    modules = tuple(args.module)
    if args.python:
        return Around(modules=modules), path
    mark, kind = ("pyvenv.cfg", "virtual") if args.venv else ("conda-meta", "conda")
    if not is_there(f"{path}/{mark}"):
        cure = "name the folder that holds its bin/"
        raise KernelError(f"{path} is no {kind} environment (no {mark} in it) — {cure}")
    around = Around(
        modules=modules, venv=path if args.venv else "", conda=path if args.conda else ""
    )
    return around, f"{path}/bin/python"


def is_utf8(text: str) -> bool:
    """Whether *text* is more than raw bytes of a command line."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_taken(name: str, env: Mapping[str, str]) -> None:
    """Raise KernelError if there is a kernel of this name."""
    for kernel in all_kernels(env):
        if kernel.name.lower() == name:
            own = f"berth-kernel remove {quote(kernel.name)} first"
            cure = own if kernel.own else "it is everybody's: take another name"
            raise KernelError(f"there is a kernel {name} in {kernel.folder} already — {cure}")


def list_(args: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    """All kernels, one a line."""
    rows = [(kernel.name, "yours" if kernel.own else "system", shown(kernel, env))
            for kernel in all_kernels(env)]  # fmt: skip
    width = max((len(name) for name, _, _ in rows), default=0)
    return [f"{plain(name):{width}}  {owner:6}  {plain(what)}" for name, owner, what in rows]


def shown(kernel: Found, env: Mapping[str, str]) -> str:
    """The kernel's title, or that it is broken."""
    try:
        spec = read_spec(kernel)
        if not spec_problems(kernel, spec, env):
            return str(spec["display_name"])
    except KernelError:
        pass
    return f"broken: berth-kernel check {kernel.name}"


def check(args: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    """What is wrong with one kernel or with all. Raises KernelError with all of it."""
    everything = all_kernels(env)
    wanted = [kernel for kernel in everything if args.name in (None, kernel.name)]
    if args.name and not wanted:
        raise KernelError(f"there is no kernel {args.name} — berth-kernel list")
    lines, bad = [], 0
    for kernel in wanted:
        found = problems(kernel, everything, env)
        if args.start and not found:
            found = [what for what in [start_problem(kernel, env)] if what]
        bad += len(found)
        lines += [f"{kernel.name}: {what}" for what in found or ["ok"]]
    if bad:
        raise KernelError("\n".join(lines))
    return lines


def remove(args: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    """Remove a kernel of the user's own; the environment it was made of stays."""
    folder = own_folder(env) / args.name
    if args.name not in [kernel.name for kernel in kernels_in(own_folder(env), own=True)]:
        raise KernelError(f"you have no kernel {args.name} — berth-kernel list")
    try:
        folder.unlink() if folder.is_symlink() else shutil.rmtree(folder)
    except OSError as error:
        raise KernelError(f"{folder} {_why(error)} — chmod -R u+rwX {folder}") from None
    return [f"removed {folder}"]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="berth-kernel", description=(__doc__ or "").partition("\n")[0]
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("add", help=add.__doc__, description=add.__doc__)
    one.add_argument("name", metavar="NAME", type=_name)
    source = one.add_mutually_exclusive_group(required=True)
    source.add_argument("--venv", metavar="DIR", help="a virtual environment with ipykernel")
    source.add_argument("--conda", metavar="DIR", help="a conda environment with ipykernel")
    source.add_argument("--python", metavar="FILE", help="any Python with ipykernel")
    more = "a module to load first; may be given several times"
    one.add_argument("--module", metavar="M", type=_module, action="append", default=[], help=more)
    one.add_argument("--display-name", metavar="TEXT", type=_title, help="what JupyterLab shows")
    one.set_defaults(run=add)
    one = commands.add_parser("list", help=list_.__doc__, description=list_.__doc__)
    one.set_defaults(run=list_)
    one = commands.add_parser("check", help="say what is wrong with one kernel or all of them")
    one.add_argument("name", metavar="NAME", nargs="?")
    one.add_argument("--start", action="store_true", help="start each one, too, and end it again")
    one.set_defaults(run=check)
    one = commands.add_parser("remove", help=remove.__doc__, description=remove.__doc__)
    one.add_argument("name", metavar="NAME")
    one.set_defaults(run=remove)
    return made


def _name(text: str) -> str:
    if not _is_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not small letters, digits and . _ - alone")
    return text


def _module(text: str) -> str:
    if not MODULE_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a module")
    return text


def _title(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not one line of text")
    return text


def _why(error: OSError) -> str:
    return f"cannot be used ({error.strerror})"


def plain(text: str) -> str:
    """*text* as one line that a terminal shows and does not obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is good, 1 with problems (argparse exits with 2)."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    args = parser().parse_args(argv)
    try:
        lines, status = args.run(args, os.environ), 0
    except KernelError as error:
        lines, status = str(error).split("\n"), 1
    sys.stdout.write("".join(f"{plain(line)}\n" for line in lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
