"""A switch under way, written down before each step, so that a crash leaves no riddle."""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hub_config.files import write
from hub_config.ops.failure import Failed

STEPS = ("stop", "copy", "schema", "switch", "start", "health")


@dataclass(frozen=True, slots=True)
class Attempt:
    """From one release to another. ``step`` is what was begun last, and may be half done.

    ``previous`` is where that link pointed; ``copy`` the database as it was, with the schema
    ``revision``; ``head`` the schema that the new one wants;
    ``aside`` the settings of before, where the new one was given others. Empty: there is none.
    """

    old: str
    new: str
    previous: str
    step: str = "stop"
    copy: str = ""
    revision: str = ""
    head: str = ""
    aside: str = ""

    @property
    def converts(self) -> bool:
        """Whether the schema has to change."""
        return bool(self.revision) and self.revision != self.head

    def copied(self, copy: str, revision: str) -> "Attempt":
        """Return this attempt with the copy that was made."""
        return replace(self, copy=copy, revision=revision)

    def reached(self, step: str) -> bool:
        """Return whether *step* was begun."""
        return STEPS.index(self.step) >= STEPS.index(step)

    def at(self, step: str, file: Path) -> "Attempt":
        """Return this attempt at *step*, written down."""
        return replace(self, step=step).kept(file)

    def kept(self, file: Path) -> "Attempt":
        """Return this attempt, written down."""
        said = asdict(self) | {"from": self.old, "to": self.new}
        write(file, json.dumps(said, indent=2).encode(), mode=0o644)
        return self


def left(file: Path) -> Attempt | None:
    """Return the attempt that did not come to its end; None: there is none."""
    try:
        said = json.loads(file.read_text("utf-8"))
        return Attempt(**{k: v for k, v in said.items() if k not in ("from", "to")})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise Failed(f"{file} cannot be understood ({error}) — remove it and try again") from error


def completed(attempt: Attempt, file: Path, history: Path) -> None:
    """Take the note away; *history* remembers when each release was in use."""
    line = json.dumps({"time": time.time(), "from": attempt.old, "to": attempt.new})
    with history.open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")
    file.unlink()
