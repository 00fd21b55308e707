"""The tool behind the local scheduler: submit, jobs, cancel and partitions of this machine.

``python -I -m hub_config.schedulers.localbatch submit … < script`` starts the script apart
from the caller and prints its number; records are kept in a 0700 folder, which is
``~/.local/state/berth/jobs`` or BERTH_LOCALBATCH_DIR, until 300 s after a job's end. On stderr
``refused:`` means it cannot be, ``error:`` that something went wrong. Standard library only.
"""

import argparse
import contextlib
import fcntl
import getpass
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hub_config.schedulers.localjob import Process, Record, adopt_orphans, watch
from hub_config.schedulers.replies import COMMENT_WIDTH, HEADER, ROW_MARK, comment

KEEP = 300
"""Seconds an ended job stays visible, as Slurm's MinJobAge."""

_CORES = len(os.sched_getaffinity(0))
_MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20

HOST = "127.0.0.1"
"""Where the jobs are reached. Not the host's name: Debian gives that an address of its own,
127.0.1.1, on which nobody listens who was told to listen on 127.0.0.1."""


class Complaint(Exception):
    """The sentence for stderr, its kind first."""


def main() -> None:
    arguments = _parser().parse_args()
    try:
        arguments.verb(arguments, _folder())
    except Complaint as complaint:
        sys.exit(f"localbatch: {complaint}")
    except OSError as error:
        sys.exit(f"localbatch: error: {error.filename or 'this machine'}: {error.strerror}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="localbatch", allow_abbrev=False)
    verbs = parser.add_subparsers(required=True)
    submit = verbs.add_parser("submit", allow_abbrev=False)
    for name in ("uuid", "server", "partition", "log"):
        submit.add_argument(f"--{name}", required=True)
    for name in ("cores", "memory", "gpus", "walltime"):
        submit.add_argument(f"--{name}", required=True, type=int)
    submit.add_argument("--chdir", required=True, type=Path)
    submit.add_argument("--require", action="append", default=[])
    submit.add_argument("--test-only", action="store_true")
    submit.set_defaults(verb=_submit)
    note = verbs.add_parser("note", allow_abbrev=False)
    note.add_argument("job_id", type=int)
    for name in ("uuid", "server"):
        note.add_argument(f"--{name}", required=True)
    note.add_argument("--port", required=True, type=int)
    note.set_defaults(verb=_note)
    verbs.add_parser("jobs").set_defaults(verb=_jobs)
    cancel = verbs.add_parser("cancel")
    cancel.add_argument("job_id", type=int)
    cancel.set_defaults(verb=_cancel)
    verbs.add_parser("partitions").set_defaults(verb=_partitions)
    return parser


def _folder() -> Path:
    default = Path("~/.local/state/berth/jobs").expanduser()
    folder = Path(os.environ.get("BERTH_LOCALBATCH_DIR") or default)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _submit(wanted: argparse.Namespace, folder: Path) -> None:
    _refuse_the_impossible(wanted)
    if wanted.test_only:
        sys.stderr.write(f"localbatch: would start at {_moment(time.time())}\n")
        return
    job_id = _next_id(folder)
    script = folder / f"{job_id}.sh"
    script.write_text(sys.stdin.read())
    script.chmod(0o700)
    with _log(wanted, job_id) as log:
        _detach(wanted, folder, job_id, script, log)
    sys.stdout.write(f"{job_id}\n")


def _refuse_the_impossible(wanted: argparse.Namespace) -> None:
    limits = {"cores": _CORES, "memory": _MEMORY, "gpus": 0}
    if wanted.partition != "local":
        raise Complaint("refused: the only partition is local")
    if wanted.require:
        raise Complaint(f"refused: this machine knows no {wanted.require[0]}")
    for name, limit in limits.items():
        if getattr(wanted, name) > limit:
            raise Complaint(f"refused: {getattr(wanted, name)} {name}, this machine has {limit}")


def _next_id(folder: Path) -> int:
    """Return a number that no job had before."""
    with (folder / "last").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        number = int(file.read() or 0) + 1
        file.truncate(0)
        file.write(str(number))
    return number


@contextlib.contextmanager
def _log(wanted: argparse.Namespace, job_id: int) -> Iterator[int]:
    name = wanted.log.replace("@JOB_ID@", str(job_id))
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _detach(wanted: argparse.Namespace, folder: Path, job_id: int, script: Path, log: int) -> None:
    """Fork the watcher and return when the script runs and its record is written."""
    ours, watchers = os.pipe()
    if os.fork():
        os.close(watchers)
        if os.read(ours, 1) != b"1":
            raise Complaint("error: the script could not be started")
        return
    try:
        os.setsid()
        adopt_orphans()
        child = _start(wanted, script, log)
        record = Record(
            job_id=job_id,
            uuid=wanted.uuid,
            server=wanted.server,
            user=getpass.getuser(),
            walltime=wanted.walltime,
            started=int(time.time()),
            watcher=Process.of(os.getpid()),
            script=Process.of(child.pid),
        )
        record.write(folder)
        os.write(watchers, b"1")
        _let_go(watchers)
        watch(record, child, folder)
    finally:
        os._exit(0)


def _start(wanted: argparse.Namespace, script: Path, log: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [script],
        cwd=wanted.chdir,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _let_go(*descriptors: int) -> None:
    """Close what ties the watcher to the caller, who would wait for its pipes to close."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    for descriptor in (*descriptors, nowhere):
        os.close(descriptor)


def _jobs(_: argparse.Namespace, folder: Path) -> None:
    rows = [_row(record, folder) for record in _records(folder)]
    sys.stdout.write("\n".join((HEADER, *rows)) + "\n")


def _records(folder: Path) -> Iterator[Record]:
    """Yield the records of jobs that live or ended within KEEP seconds; drop the others."""
    for file in sorted(folder.glob("*.json")):
        record = Record.read(file)
        lives = record.watcher.alive() or record.script.alive()
        if not record.ended and not lives:
            # Read again: the watcher may have written the end and left since we read.
            record = Record.read(file)
            if not record.ended:
                record.end(folder, "FAILED", "its watcher was killed")
        if record.ended and record.ended < time.time() - KEEP:
            file.unlink(missing_ok=True)
            for other in (".sh", ".note"):
                file.with_suffix(other).unlink(missing_ok=True)
            continue
        yield record


def _row(record: Record, folder: Path) -> str:
    times = (record.started, record.ended or record.started + record.walltime)
    start, end = map(_moment, times)
    values = (record.job_id, record.state, record.user, "local", HOST, start, end)
    noted = _noted(folder, record.job_id) or comment(record.uuid, record.server)
    cells = map(str, (*values, record.reason or "None", f"{noted:<{COMMENT_WIDTH}}"))
    return ROW_MARK + "|".join(cells)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(timespec="seconds")


def _note(wanted: argparse.Namespace, folder: Path) -> None:
    """Keep a file of its own beside the record, which is the watcher's to write."""
    record = _find(folder, wanted.job_id)
    text = comment(wanted.uuid, wanted.server, wanted.port)
    draft = folder / f"{record.job_id}.note-draft"
    draft.write_text(text)
    draft.replace(folder / f"{record.job_id}.note")


def _noted(folder: Path, job_id: int) -> str:
    try:
        return (folder / f"{job_id}.note").read_text()
    except FileNotFoundError:
        return ""


def _find(folder: Path, job_id: int) -> Record:
    record = next((r for r in _records(folder) if r.job_id == job_id), None)
    if record is None or record.ended:
        raise Complaint(f"error: {job_id}: Invalid job id specified")
    return record


def _cancel(wanted: argparse.Namespace, folder: Path) -> None:
    record = _find(folder, wanted.job_id)
    with contextlib.suppress(ProcessLookupError):
        if record.watcher.alive():
            os.kill(record.watcher.pid, signal.SIGTERM)
        else:
            os.killpg(record.script.pid, signal.SIGKILL)


def _partitions(_: argparse.Namespace, _folder: Path) -> None:
    sys.stdout.write(f"local|{_CORES}|{_MEMORY}\n")


if __name__ == "__main__":
    main()
