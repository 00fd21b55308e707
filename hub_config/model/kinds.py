"""What messages call the things that people choose: "Choose the account", "There is no account x".

Both are phrases of their own, because a language may need another article for each of them.
"""

from collections.abc import Mapping

from hub_config.said import Text, said

THE: Mapping[str, Text] = {
    "profile": said("the profile"),
    "partition": said("the partition"),
    "account": said("the account"),
    "qos": said("the QOS"),
    "reservation": said("the reservation"),
    "walltime": said("the time"),
    "cores": said("the number of cores"),
    "memory": said("the memory"),
    "gpus": said("the number of GPUs"),
    "gpu_type": said("the GPU type"),
    "constraint": said("the constraint"),
    "parallel_environment": said("the parallel environment"),
    "application": said("the application"),
    "log_name": said("the log file name"),
    "user_script": said("the user script"),
    "mail": said("the email address"),
}
"""After "Choose", for every field."""

NO: Mapping[str, Text] = {
    "profile": said("no profile"),
    "partition": said("no partition"),
    "account": said("no account"),
    "qos": said("no QOS"),
    "reservation": said("no reservation"),
    "gpu_type": said("no GPU type"),
    "constraint": said("no constraint"),
    "parallel_environment": said("no parallel environment"),
    "application": said("no application"),
}
"""After "There is" and "You have", for the fields that are chosen from a list."""
