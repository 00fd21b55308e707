"""What the form calls its fields: the scheduler's own option in brackets, and a line of help.

The words are those of the DKRZ's form, for Grid Engine those of the University of Sheffield's:
people find them in their centre's documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hub_config.said import Text, said, together

_NONE = said("None")


@dataclass(frozen=True, slots=True)
class Words:
    """The words around one field. ``empty`` names the choice of not choosing."""

    short: Text
    option: str = ""
    help: str = ""
    empty: Text = _NONE
    unit: str = ""

    @property
    def label(self) -> Text:
        """What stands above the field: the name, its unit and the scheduler's option."""
        return together(self.short, self.unit, self.option and f"({self.option})")


_HOURS = said("(hours)")
_GB = "(GB)"
_LOG = said("Notebook log in your home folder; the job's number is added.")

WORDS: Mapping[str, Words] = {
    "profile": Words(said("Job profile")),
    "account": Words(said("Account"), "--account", said("Project that should be charged.")),
    "partition": Words(said("Partition"), "--partition", said("Partition to run the job.")),
    "reservation": Words(
        said("Reservation"),
        "--reservation",
        said("Resources reserved for certain time or accounts."),
    ),
    "walltime": Words(
        said("Time"),
        "--time",
        said(
            "The maximum amount of time your job can take before the scheduler forcefully kills it."
        ),
        unit=_HOURS,
    ),
    "cores": Words(
        said("Number of cores"),
        "--cpus-per-task",
        said("Number of threads (logical cores) per task."),
    ),
    "memory": Words(said("Memory"), "--mem", said("Of the whole server, not per core."), unit=_GB),
    "gpus": Words(said("GPUs"), "--gres", said("Number of graphics processors.")),
    "gpu_type": Words(
        said("GPU type"),
        help=said("Which model, where the partition has several."),
        empty=said("Any"),
    ),
    "qos": Words(
        said("QoS"),
        "--qos",
        said("Quality of Service often puts the job in high priority queue (e.g. training)."),
    ),
    "log_name": Words(said("Log file name"), "--output", _LOG),
    "constraint": Words(
        said("Request features/constraints"),
        "--constraint",
        said("Node features requested for the job."),
    ),
    "parallel_environment": Words(
        said("Parallel environment"),
        "-pe",
        said("Needed for more than one core: smp has all of them on one node, mpi on one or more."),
    ),
    "mail": Words(
        said("Email address"),
        help=said("Gets an email when the job has ended, with the resources that it used."),
    ),
    "application": Words(said("User interface"), help=said("What opens when the server is ready.")),
    "user_script": Words(
        said("User script"),
        help=said("Read in the job before the server starts, if the file exists."),
    ),
}

_GRID_ENGINE: Mapping[str, Words] = {
    "account": Words(
        said("Project"), "-P", said("Projects can give access to particular resources.")
    ),
    "partition": Words(said("Job queue"), "-q", said("Queue to run the job.")),
    "reservation": Words(said("Reservation"), "-ar", said("Number of an advance reservation.")),
    "walltime": Words(
        said("Session runtime"),
        "-l h_rt",
        said("The maximum time the session can run for."),
        unit=_HOURS,
    ),
    "cores": Words(said("CPU cores"), "-pe", said("More than one needs a parallel environment.")),
    "memory": Words(said("Memory"), help=said("Of the whole server, not per core."), unit=_GB),
    "gpus": Words(said("GPUs"), "-l gpu", said("Number of graphics processors.")),
    "log_name": Words(said("Log file name"), "-o", _LOG),
    "constraint": Words(
        said("Request resources"), "-l", said("What else the job's node must have.")
    ),
}


def words_of(name: str, *, grid_engine: bool) -> Words:
    """Return the words around a field, in the scheduler's own language."""
    return (_GRID_ENGINE if grid_engine else WORDS).get(name) or WORDS[name]
