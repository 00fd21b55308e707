"""The centre's LDAP server: slapd, with TLS by the test authority, on one machine of the room.

Everybody may look people up, nobody may see a password. ``READER`` is an account for servers which
want to be asked by somebody. slapd-config(5) has the names that begin with ``olc``.
"""

from tests.machines.authority import Certificate
from tests.machines.machine import Machine
from tests.machines.people import GID, GROUP, GROUPS, PEOPLE, Person

BASE = "dc=berth,dc=test"
PEOPLE_BASE, GROUPS_BASE = f"ou=people,{BASE}", f"ou=groups,{BASE}"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "pw-reader"
_FOLDER = "/etc/ldap/tls"


def install(machine: Machine, authority: Certificate, server: Certificate) -> None:
    """Write configuration and data of a machine that is still off."""
    owner = "root:openldap"
    machine.put(f"{_FOLDER}/ca.crt", authority.certificate.read_text())
    machine.put(f"{_FOLDER}/server.crt", server.certificate.read_text())
    machine.put(f"{_FOLDER}/server.key", server.key.read_text(), 0o640, owner)
    machine.put("/etc/default/slapd", _DEFAULTS)
    # What Debian's package made at its installation goes.
    machine.must(["/bin/sh", "-c", "rm -rf /etc/ldap/slapd.d/* /var/lib/ldap/*"])
    for number, data in enumerate((_CONFIGURATION, _data())):
        load = ["/usr/sbin/slapadd", "-n", str(number), "-F", "/etc/ldap/slapd.d"]
        machine.must(load, input=data)
    machine.must(["/bin/chown", "-R", "openldap:openldap", "/etc/ldap/slapd.d", "/var/lib/ldap"])


_DEFAULTS = """\
SLAPD_CONF=
SLAPD_USER="openldap"
SLAPD_GROUP="openldap"
SLAPD_PIDFILE=
SLAPD_SERVICES="ldap:/// ldaps:/// ldapi:///"
SLAPD_SENTINEL_FILE=/etc/ldap/noslapd
"""

_CONFIGURATION = f"""\
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: /run/slapd/slapd.pid
olcTLSCACertificateFile: {_FOLDER}/ca.crt
olcTLSCertificateFile: {_FOLDER}/server.crt
olcTLSCertificateKeyFile: {_FOLDER}/server.key

dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/nis.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase=mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: mdb
olcDbDirectory: /var/lib/ldap
olcSuffix: {BASE}
olcRootDN: cn=admin,{BASE}
olcDbIndex: objectClass,uid,uidNumber,gidNumber,memberUid eq
olcAccess: to attrs=userPassword by anonymous auth by * none
olcAccess: to * by * read
"""


def _data() -> str:
    entries = [f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: berth\no: Berth"]
    units = (PEOPLE_BASE, GROUPS_BASE)
    entries += [f"dn: {base}\nobjectClass: organizationalUnit" for base in units]
    entries.append(
        f"dn: {READER}\nobjectClass: simpleSecurityObject\nobjectClass: organizationalRole\n"
        f"userPassword: {READER_PASSWORD}"
    )
    entries += map(_person, PEOPLE)
    entries += [_posix_group(name, gid) for name, gid in {GROUP: GID, **GROUPS}.items()]
    members = "\n".join(f"member: uid={person.name},{PEOPLE_BASE}" for person in PEOPLE)
    entries.append(f"dn: cn=jupyter,{GROUPS_BASE}\nobjectClass: groupOfNames\n{members}")
    return "\n\n".join(entries) + "\n"


def _person(person: Person) -> str:
    return (
        f"dn: uid={person.name},{PEOPLE_BASE}\n"
        "objectClass: inetOrgPerson\nobjectClass: posixAccount\n"
        f"cn: {person.full_name}\nsn: {person.full_name.split()[-1]}\n"
        f"mail: {person.name}@berth.test\nuserPassword: {person.password}\n"
        f"uidNumber: {person.uid}\ngidNumber: {GID}\n"
        f"homeDirectory: {person.home}\nloginShell: /bin/bash"
    )


def _posix_group(name: str, gid: int) -> str:
    members = [person.name for person in PEOPLE if name == GROUP or name in person.groups]
    return f"dn: cn={name},{GROUPS_BASE}\nobjectClass: posixGroup\ngidNumber: {gid}\n" + "\n".join(
        f"memberUid: {member}" for member in members
    )
