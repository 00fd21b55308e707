"""The ``auth`` section of site.yml: who may log in, and how."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hub_config.model.fields import Line, Strict, Unique, UserName, VariableName, Walltime
from hub_config.model.ldap import (
    AttributeName,
    Dn,
    DnTemplate,
    Filter,
    GroupFilter,
    LdapUrl,
    Timeout,
)
from hub_config.model.places import FilePath
from hub_config.model.request import MAX_VARIABLES

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


class LdapAuth(_People):
    """People and groups of an LDAP directory."""

    method: Literal["ldap"] = Field(description="how people log in")
    servers: Unique[LdapUrl] = Field(
        min_length=1, description="the preferred one first; ldap:// is always upgraded by StartTLS"
    )
    ca_file: FilePath | None = Field(
        None, description="authorities that sign the servers; left out: the machine's own store"
    )
    timeout: Timeout = Field(5, description="how long connecting may take, and each answer")
    bind_dn: Dn | None = Field(
        None, description="who looks people up; left out: nobody in particular"
    )
    bind_password_file: FilePath | None = Field(
        None, description="its password, mode 0600; left out: the hub's ldap-bind-password"
    )
    user_search: Dn | None = Field(None, description="below which entry people are found")
    user_attribute: AttributeName = Field("uid", description="in which their login name stands")
    user_filter: Filter = Field(
        "(objectClass=*)", description="what else must be true of the entry of who comes in"
    )
    dn_template: DnTemplate | None = Field(
        None, description="the entry of {username}, in the place of user_search"
    )
    group_search: Dn | None = Field(
        None, description="below which entry groups are found; each is a group of the hub"
    )
    group_filter: GroupFilter = Field(
        "(|(member={userdn})(uniqueMember={userdn})(memberUid={uid}))",
        description="which of them are somebody's",
    )
    group_attribute: AttributeName = Field("cn", description="in which a group's name stands")
    allowed_groups: Unique[Line] | None = Field(
        None, description="whose members may log in, besides allowed_users"
    )
    admin_groups: Unique[Line] = Field((), description="whose members are admins, besides admins")
    recheck: Walltime = Field(
        300, description="how often a session asks again whether its user may still come in"
    )
    keep_sessions: Walltime = Field(
        8 * 3600, description="how long a session lives on while no server answers"
    )
    attributes: Unique[AttributeName] = Field(
        (), description="what of the entry is kept, encrypted, as JupyterHub's auth_state"
    )
    job_environment: dict[VariableName, AttributeName] = Field(
        default_factory=dict,
        max_length=MAX_VARIABLES,
        description="variables of every server, each with its attribute",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.user_search is None) == (self.dn_template is None):
            raise ValueError("needs one of user_search and dn_template — write one of them")
        if self.bind_password_file and not self.bind_dn:
            raise ValueError("has a bind_password_file and no bind_dn — write whose it is")
        if (self.allowed_groups or self.admin_groups) and not self.group_search:
            raise ValueError("names groups and has no group_search — write where groups are")
        return self

    @property
    def rechecks(self) -> bool:
        """Whether sessions can ask again: without the person's password only who may look can."""
        return bool(self.bind_dn or self.user_search)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The attributes to read, those for jobs included."""
        return tuple(dict.fromkeys((*self.attributes, *self.job_environment.values())))


Auth = Annotated[DictionaryAuth | PamAuth | LdapAuth, Field(discriminator="method")]


def job_variables(auth: DictionaryAuth | PamAuth | LdapAuth) -> Mapping[str, str]:
    """Return which variables of a server come from what is known of its user."""
    return auth.job_environment if isinstance(auth, LdapAuth) else {}
