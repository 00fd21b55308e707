"""Who works at the centre that the machines play: users with their groups and projects."""

from dataclasses import dataclass

GROUP, GID = "hpcusers", 22000


@dataclass(frozen=True)
class Person:
    """A user of the cluster; ``groups`` besides ``hpcusers``, ``account`` is charged for jobs."""

    name: str
    uid: int
    full_name: str
    groups: tuple[str, ...] = ()
    account: str = "bm0146"

    @property
    def password(self) -> str:
        return f"pw-{self.name}"

    @property
    def home(self) -> str:
        return f"/home/{self.name}"


PEOPLE = (
    Person("ldapann", 22001, "Ann Ldap", groups=("staff-hpc",)),
    Person("ldapbert", 22002, "Bert Ldap"),
    Person("ldapcid", 22003, "Cid Ldap", groups=("miklip",), account="miklip"),
)
#: Group -> gid, besides ``hpcusers``.
GROUPS = {"staff-hpc": 22101, "miklip": 22102}


def add_users() -> str:
    """Return a shell script that makes everybody known on a machine by /etc/passwd."""
    groups = {GROUP: GID, **GROUPS}
    lines = [f"groupadd --gid {gid} {name}" for name, gid in groups.items()]
    for person in PEOPLE:
        more = f" --groups {','.join(person.groups)}" if person.groups else ""
        lines.append(
            f"useradd --uid {person.uid} --gid {GID}{more} --no-create-home"
            f" --home-dir {person.home} --shell /bin/bash {person.name}"
        )
    return "\n".join(lines)
