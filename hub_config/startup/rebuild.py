"""A server that the database has lost, or never had, made again from its job in the queue.

A job's comment says which server of whom it is, and where that listens; its name proves that this
hub gave it, and leads to the server's token (``marks``). So a server goes on under a hub whose
database was deleted, or restored from before it: nothing in the job has to change.
"""

from typing import Any

from jupyterhub import orm, roles, scopes
from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.objects import Server
from jupyterhub.utils import url_escape_path, url_path_join, utcnow

from hub_config.cluster.ledger import Entry
from hub_config.runtime import KEY, Runtime
from hub_config.schedulers.base import Job


async def rebuild(hub: Any, job: Job) -> Any:
    """Return a spawner for *job*, saved as if the hub had started it, its check pending."""
    runtime: Runtime = hub.tornado_settings[KEY]
    user = hub.users[_user(hub.db, job.user)]
    spawner = user.get_or_create_spawner(job.server, "")
    spawner._check_pending = True
    token = runtime.marks.token(job.uuid)
    spawner.server = Server(orm_server=_server(hub.db, user, job))
    hashed = _token(hub.db, spawner, token)
    await _client(hub, spawner, token)
    _state(hub.db, runtime, spawner, job, hashed)
    return spawner


def _user(db: Any, name: str) -> orm.User:
    """Return the row of a user, who is judged when they log in, as everybody is."""
    found = orm.User.find(db, name)
    if found is None:
        found = orm.User(name=name)
        db.add(found)
        roles.assign_default_roles(db, entity=found)
        TOTAL_USERS.inc()
    return found


def _base_url(user: Any, server: str) -> str:
    url: str = url_path_join(user.base_url, url_escape_path(server), "/")
    return url


def _server(db: Any, user: Any, job: Job) -> orm.Server:
    """Return a row with the address, which stays JupyterHub's own choice until it is known."""
    server = orm.Server(proto="http", base_url=_base_url(user, job.server))
    if job.port and job.host:
        server.ip, server.port = job.host, job.port
    db.add(server)
    db.commit()
    return server


def _token(db: Any, spawner: Any, token: str) -> str:
    """Let the server's token count again; return its hash."""
    found = orm.APIToken.find(db, token)
    if found is None:
        note = f"Server at {_base_url(spawner.user, spawner.name)}"
        spawner.user.new_api_token(token, note=note, scopes=_scopes(db, spawner))
        found = orm.APIToken.find(db, token)
    hashed: str = found.hashed
    return hashed


def _scopes(db: Any, spawner: Any) -> Any:
    """Return what a server may do (jupyterhub/user.py, User.spawn)."""
    owner, own = spawner.user.orm_user, f"={spawner.user.name}/{spawner.name}"
    wanted = {
        scope + own if scope.endswith("!server") else scope
        for scope in orm.Role.find(db, "server").scopes
    }
    has = roles.roles_to_scopes(roles.get_roles_for(owner)) | {"inherit"}
    client = db.query(orm.OAuthClient).filter_by(identifier="jupyterhub").one()
    allowed, _ = scopes._resolve_requested_scopes(wanted, has, owner, client, db)
    return allowed


async def _client(hub: Any, spawner: Any, token: str) -> None:
    """Let the server log its visitors in again: its client's secret is its token."""
    base_url = _base_url(spawner.user, spawner.name)
    spawner.orm_spawner.oauth_client = hub.oauth_provider.add_client(
        spawner.oauth_client_id,
        token,
        url_path_join(spawner.user.url, url_escape_path(spawner.name), "oauth_callback"),
        allowed_scopes=await spawner._get_oauth_client_allowed_scopes(),
        description=f"Server at {base_url}",
    )


def _state(db: Any, runtime: Runtime, spawner: Any, job: Job, hashed: str) -> None:
    """Write down what is known of the job, for this hub and for its next start."""
    host = job.host if job.port else ""
    runtime.ledger.intend(
        Entry(
            uuid=job.uuid,
            user=job.user,
            server=job.server,
            token_hash=hashed,
            job_id=job.job_id,
            host=host,
            port=job.port,
        )
    )
    spawner.load_state(
        {
            "child_state": {
                "job_id": job.job_id,
                "uuid": job.uuid,
                "host": host,
                "port": job.port,
                "token_hash": hashed,
                "request": None,
            }
        }
    )
    now = utcnow(with_tz=False)
    spawner.orm_spawner.started = spawner.orm_spawner.last_activity = now
    spawner.orm_spawner.state = spawner.get_state()
    db.commit()
