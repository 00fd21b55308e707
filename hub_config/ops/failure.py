"""Why an operation did not succeed."""


class Failed(Exception):
    """What was seen, where, and the cure; printed as it is. Nothing was left half done."""
