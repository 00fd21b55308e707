"""What the form calls its fields: the scheduler's own option in brackets, and a line of help.

The words are those of the DKRZ's form: people find them in their centre's documentation.
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
    "application": Words("User interface", "What opens when the server is ready."),
    "user_script": Words(
        "User script", "Read in the job before the server starts, if the file exists."
    ),
}
