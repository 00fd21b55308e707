"""Who may announce what: to everybody, or to the members of some groups alone."""

from dataclasses import dataclass

from services.common.person import Person

WRITE = "custom:announcements:write"
"""The scope; with ``!group=climate`` for the members of that group alone (layers.services)."""


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
