"""The verbs: a request and its caller in, an answer out. No stdin, no stdout."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from hub_config.agent import Failure, Refusal, home, joblog, process, spawnfile
from hub_config.agent.identity import Identity, NoAccount, target
from hub_config.agent.messages import NEEDS, VERBS, Cancel, Log, Message, Note, Query, Submit, parse
from hub_config.agent.policy import Policy
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.base import (
    Command,
    Refused,
    Reply,
    Scheduler,
    SchedulerError,
    Submission,
    Unanswered,
    log_path,
)
from hub_config.schedulers.script import job_script

MORE = 2
"""Questions at most that an answer about accounts leads to."""

WRITE_SECONDS, READ_SECONDS, REMOVE_SECONDS = 10.0, 10.0, 4.0
"""Time limits for a file in a home directory. The first is part of the policy's timeout, so the
answer comes within that and the second."""


def handle(request: object, caller: Identity, policy: Policy) -> dict[str, Any]:
    """Return the command's reply {code, out, err}, or {refused: …}, or {failed: …}."""
    if policy.home:
        caller = replace(caller, home=PurePosixPath(policy.home))
    try:
        rights = _rights(caller, policy)
        message = parse(request)
        if NEEDS[message.verb] not in rights:
            raise Refusal(f"{caller.name} may {' and '.join(rights)}, but not {message.verb}")
        reply = _do(message, caller, policy)
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except Failure as failure:
        return {"failed": str(failure)}
    return {"code": reply.code, "out": reply.out, "err": reply.err}


def _do(message: Message, caller: Identity, policy: Policy) -> Reply:
    match message:
        case Submit():
            return _submit(message, caller, policy)
        case Cancel():
            return _cancel(message, caller, policy)
        case Note():
            return _note(message, caller, policy)
        case Log():
            return _log(message, caller, policy)
        case Query():
            return _query(message, caller, policy)


def _rights(caller: Identity, policy: Policy) -> tuple[str, ...]:
    """Return what *caller* may do. Raises Refusal if there are none."""
    if policy.run_as == "self" and caller.uid != os.geteuid():
        raise Refusal("this agent runs jobs as itself, and for its own account only")
    if not policy.callers:
        return VERBS
    if not (rights := policy.callers.get(caller.name)):
        raise Refusal(f"{caller.name} may ask nothing: agent.toml does not name it in [callers]")
    return rights


def _submit(message: Submit, caller: Identity, policy: Policy) -> Reply:
    identity = target(message.user, caller, policy)
    if policy.partitions and message.request.partition not in policy.partitions:
        raise Refusal(f"jobs are not run in partition {message.request.partition}")
    scheduler, file = _scheduler(policy), _spawn_file(identity, message.uuid, policy)
    launcher = PurePosixPath(policy.launcher)
    submission = Submission(
        request=message.request,
        uuid=message.uuid,
        server=message.server,
        home=identity.home,
        launcher=launcher,
        spawn_file=file,
    )
    command = scheduler.submit(submission, dry_run=message.dry_run)
    command = replace(command, stdin=job_script(submission, policy.template))
    if message.dry_run:
        return _run(command, identity, policy)
    began = time.monotonic()
    write = partial(spawnfile.write, identity.home, file, spawnfile.content(message))
    process.call(write, identity, min(WRITE_SECONDS, policy.timeout))
    try:
        reply = _run(command, identity, policy, time.monotonic() - began)
    except process.NotStarted:
        _remove(file, identity)
        raise
    with suppress(Unanswered):  # it may be queued, so its file stays
        try:
            scheduler.read_submit(reply)
        except Refused:
            _remove(file, identity)
    return reply


def _cancel(message: Cancel, caller: Identity, policy: Policy) -> Reply:
    identity, scheduler = target(message.user, caller, policy), _scheduler(policy)
    if (command := scheduler.cancel(message.job_id, message.uuid)) is None:
        raise Refusal(f"the scheduler {policy.scheduler} cannot end a job whose id is not known")
    reply = _run(command, identity, policy)
    with suppress(SchedulerError):
        scheduler.read_cancel(reply)
        _remove(_spawn_file(identity, message.uuid, policy), identity)
    return reply


def _note(message: Note, caller: Identity, policy: Policy) -> Reply:
    identity, scheduler = target(message.user, caller, policy), _scheduler(policy)
    command = scheduler.note(message.job_id, message.uuid, message.server, message.port)
    if command is None:
        raise Refusal(f"the scheduler {policy.scheduler} keeps no notes beside jobs")
    return _run(command, identity, policy)


def _log(message: Log, caller: Identity, policy: Policy) -> Reply:
    identity = target(message.user, caller, policy)
    read = partial(joblog.tail, log_path(identity.home, message.log_name, message.job_id))
    return Reply(0, process.call(read, identity, min(READ_SECONDS, policy.timeout)), "")


def _query(message: Query, caller: Identity, policy: Policy) -> Reply:
    if message.what == "home":
        return _home(message, caller, policy)
    scheduler = _scheduler(policy)
    commands: Mapping[str, Callable[[], Command | None]] = {
        "jobs": scheduler.jobs,
        "queue": scheduler.queue,
        "endings": lambda: scheduler.endings(message.job_ids),
        "partitions": scheduler.partitions,
        "reservations": scheduler.reservations,
        "memberships": lambda: scheduler.memberships(message.user),
        "shares": lambda: scheduler.shares(message.user),
        "enforcement": scheduler.enforcement,
    }
    if (command := commands[message.what]()) is None:
        raise Refusal(f"the scheduler {policy.scheduler} has no {message.what}")
    began = time.monotonic()
    reply = _run(command, caller, policy)
    if message.what == "memberships":
        for _ in range(MORE):
            if (command := scheduler.more_memberships(reply)) is None:
                break
            reply = _run(command, caller, policy, time.monotonic() - began)
    return reply


def _home(message: Query, caller: Identity, policy: Policy) -> Reply:
    try:
        identity = target(message.user, caller, policy)
    except NoAccount:
        return home.answer(None, 0)
    return home.answer(identity, min(READ_SECONDS, policy.timeout))


def _run(command: Command, identity: Identity, policy: Policy, spent: float = 0.0) -> Reply:
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(identity.home),
        "USER": identity.name,
        "LOGNAME": identity.name,
        "LANG": "C.UTF-8",
        "LC_ALL": "C",
        **policy.environment,
    }
    return process.run(command, identity, env, policy.timeout - spent)


def _remove(file: PurePosixPath, identity: Identity) -> None:
    with suppress(Failure):  # a file that stays is a nuisance; the answer matters more
        process.call(partial(spawnfile.remove, file), identity, REMOVE_SECONDS)


def _spawn_file(identity: Identity, uuid: str, policy: Policy) -> PurePosixPath:
    return identity.home / policy.spawn_dir / f"{uuid}.json"


def _scheduler(policy: Policy) -> Scheduler:
    return SCHEDULERS[policy.scheduler](policy.bin_dir, policy.resources)
