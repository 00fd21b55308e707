"""What the form calls its fields: the scheduler's own option in brackets, and a line of help.

The words are those of the DKRZ's form, for Grid Engine those of the University of Sheffield's:
people find them in their centre's documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words around one field. ``empty`` names the choice of not choosing."""

    label: str
    help: str = ""
    empty: str = "None"

    @property
    def short(self) -> str:
        """The label without brackets, to start a message with."""
        return self.label.partition(" (")[0]


WORDS: Mapping[str, Words] = {
    "profile": Words("Job profile"),
    "account": Words("Account (--account)", "Project that should be charged."),
    "partition": Words("Partition (--partition)", "Partition to run the job."),
    "reservation": Words(
        "Reservation (--reservation)", "Resources reserved for certain time or accounts."
    ),
    "walltime": Words(
        "Time (hours) (--time)",
        "The maximum amount of time your job can take before the scheduler forcefully kills it.",
    ),
    "cores": Words(
        "Number of cores (--cpus-per-task)", "Number of threads (logical cores) per task."
    ),
    "memory": Words("Memory (GB) (--mem)", "Of the whole server, not per core."),
    "gpus": Words("GPUs (--gres)", "Number of graphics processors."),
    "gpu_type": Words("GPU type", "Which model, where the partition has several.", "Any"),
    "qos": Words(
        "QoS (--qos)",
        "Quality of Service often puts the job in high priority queue (e.g. training).",
    ),
    "log_name": Words(
        "Log file name (--output)", "Notebook log in your home folder; the job's number is added."
    ),
    "constraint": Words(
        "Request features/constraints (--constraint)", "Node features requested for the job."
    ),
    "parallel_environment": Words(
        "Parallel environment (-pe)",
        "Needed for more than one core: smp has all of them on one node, mpi on one or more.",
    ),
    "mail": Words(
        "Email address", "Is written to when the job ends, with what it used of its resources."
    ),
    "application": Words("User interface", "What opens when the server is ready."),
    "user_script": Words(
        "User script", "Read in the job before the server starts, if the file exists."
    ),
}

_GRID_ENGINE: Mapping[str, Words] = {
    "account": Words("Project (-P)", "Projects can give access to particular resources."),
    "partition": Words("Job queue (-q)", "Queue to run the job."),
    "reservation": Words("Reservation (-ar)", "Number of an advance reservation."),
    "walltime": Words(
        "Session runtime (hours) (-l h_rt)", "The maximum time the session can run for."
    ),
    "cores": Words("CPU cores (-pe)", "More than one needs a parallel environment."),
    "memory": Words("Memory (GB)", "Of the whole server, not per core."),
    "gpus": Words("GPUs (-l gpu)", "Number of graphics processors."),
    "log_name": Words(
        "Log file name (-o)", "Notebook log in your home folder; the job's number is added."
    ),
    "constraint": Words("Request resources (-l)", "What else the job's node must have."),
}


def words_of(name: str, *, grid_engine: bool) -> Words:
    """Return the words around a field, in the scheduler's own language."""
    return (_GRID_ENGINE if grid_engine else WORDS).get(name) or WORDS[name]
