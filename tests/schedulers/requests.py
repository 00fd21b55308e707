"""Requests and submissions for tests of schedulers."""

from pathlib import PurePosixPath
from typing import Any

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Submission

UUID = "0123456789abcdef" * 2


def job_request(**fields: Any) -> JobRequest:
    """A small request; *fields* replaces or adds."""
    small: dict[str, Any] = {
        "profile": "small",
        "partition": "shared",
        "cores": 1,
        "memory": 512,
        "walltime": 3600,
        "application": "lab",
    }
    return JobRequest(**{**small, **fields})


def submission(
    home: str = "/home/alice", launcher: str = "/opt/b/launch", **fields: Any
) -> Submission:
    """That request on its way, with a spawn file in *home*."""
    return Submission(
        request=job_request(**fields),
        uuid=UUID,
        home=PurePosixPath(home),
        launcher=PurePosixPath(launcher),
        spawn_file=PurePosixPath(home, f".cache/berth/{UUID}.json"),
    )
