"""Who may announce what: to everybody, or to the members of some groups alone."""

from dataclasses import dataclass

from hub_config.model.announcement import WRITE
from services.common.person import Person


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may write. ``everybody``: to all people and about everything."""

    everybody: bool
    groups: frozenset[str]

    @classmethod
    def of(cls, person: Person) -> "Rights":
        """Return what *person* may do."""
        return cls(person.may(WRITE), person.groups_for(WRITE))

    @property
    def any(self) -> bool:
        """Return whether they may write anything at all."""
        return self.everybody or bool(self.groups)

    def may(self, audience: frozenset[str]) -> bool:
        """Return whether they may write to *audience*; an empty one is everybody."""
        return self.everybody or (bool(audience) and audience <= self.groups)
