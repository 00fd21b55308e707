"""The ``auth`` section of site.yml: who may log in, and how."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hub_config.model.fields import Line, Strict, Unique, UserName
from hub_config.model.places import FilePath

Users = Unique[UserName]


class _People(Strict):
    admins: Users = Field((), description="who may see and stop everybody's servers")
    allowed_users: Users | None = Field(
        None, description="who may log in; left out: everybody with a password"
    )
    groups: dict[Line, Users] = Field(
        default_factory=dict, description="groups that profiles ask for, with their members"
    )


class DictionaryAuth(_People):
    """Names and password hashes in this file."""

    method: Literal["dictionary"] = Field(description="how people log in")
    passwords: dict[UserName, str] = Field(
        description="a hash for each user, as `berth hash-password` prints it"
    )


class PamAuth(_People):
    """The machine's own users, asked through berth-auth."""

    method: Literal["pam"] = Field(description="how people log in")
    socket: FilePath = Field(Path("/run/berth/auth.sock"), description="where berth-auth listens")


Auth = Annotated[DictionaryAuth | PamAuth, Field(discriminator="method")]
