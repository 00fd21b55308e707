"""Who asks a service, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["user", "service", "hub"]


@dataclass(frozen=True, slots=True)
class Person:
    """A user, a service, or the hub itself: whoever holds the token of the service that is asked.

    ``token`` is what they came with, to ask the hub in their name; it goes into no log.
    """

    name: str
    kind: Kind
    admin: bool = False
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    token: str = ""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"

    def may(self, scope: str) -> bool:
        """Return whether they have *scope* without limits."""
        return self.kind == "hub" or scope in self.scopes

    def groups_for(self, scope: str) -> frozenset[str]:
        """Return the groups for which alone they have *scope*."""
        limited = f"{scope}!group="
        return frozenset(s.removeprefix(limited) for s in self.scopes if s.startswith(limited))


def person(model: Mapping[str, Any], token: str) -> Person:
    """Return who JupyterHub says this is (its REST API, ``GET /user``)."""
    return Person(
        name=str(model["name"]),
        kind="service" if model.get("kind") == "service" else "user",
        admin=bool(model.get("admin")),
        groups=frozenset(model.get("groups") or ()),
        scopes=frozenset(model.get("scopes") or ()),
        token=token,
    )
