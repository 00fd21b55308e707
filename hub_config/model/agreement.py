"""What between users and hub contradicts itself: addresses, ports, subdomains, services.

Every check yields (path, message), as those of ``space`` do.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from hub_config.model.edge import Service
from hub_config.model.merge import KeyPath
from hub_config.model.places import is_loopback
from hub_config.model.site import Site

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognized, not listened on
_Finding = tuple[KeyPath, str]


def edge_agrees(site: Site) -> Iterator[_Finding]:
    """Yield what cannot be meant so."""
    yield from _subdomains(site)
    yield from _front(site)
    yield from _ports(site)
    for name, service in site.services.items():
        for key, message in _service(service):
            yield ("services", name, key), message


def _subdomains(site: Site) -> Iterator[_Finding]:
    url = site.proxy.public_url
    if not site.proxy.subdomains:
        return
    if not url:
        example = "for example https://hub.example.org"
        yield ("proxy", "subdomains"), f"needs proxy.public_url — write it, {example}"
    elif not url.startswith("https:"):
        what = "needs https: without it browsers refuse the cookies"
        yield ("proxy", "subdomains"), f"{what} — write https in proxy.public_url"
    elif not _can_have_subdomains(urlsplit(url).hostname or ""):
        what = "needs a name with a dot in proxy.public_url, which can have names below it"
        yield ("proxy", "subdomains"), f"{what} — write that name or subdomains: false"


def _can_have_subdomains(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host
    return False


def _front(site: Site) -> Iterator[_Finding]:
    proxy = site.proxy
    if not proxy.public_url:
        return
    listens, public = urlsplit(proxy.listen), urlsplit(proxy.public_url)
    if listens.path.rstrip("/") not in ("", public.path):
        what = f'has the path "{listens.path}", and proxy.public_url "{public.path or "/"}"'
        yield ("proxy", "listen"), f"{what} — leave it out here"
    if public.scheme != "https" or proxy.trusted_proxies is not None:
        return
    if not is_loopback(listens.hostname or ""):
        what = "is open to others, so what stands before it for https may be on another machine"
        cure = "write http://127.0.0.1:8000, or that machine's address in proxy.trusted_proxies"
        yield ("proxy", "listen"), f"{what} — {cure}"


def _ports(site: Site) -> Iterator[_Finding]:
    """Yield whatever would listen where something else does already."""
    taken: list[tuple[str, int, KeyPath]] = []
    for path, url in _listeners(site):
        parts = urlsplit(url)
        host, port = _plain(parts.hostname or ""), parts.port or 0
        for other, other_port, owner in taken:
            if port == other_port and (host == other or {host, other} & set(_EVERYWHERE)):
                what = f"port {port} is taken by {'.'.join(map(str, owner))}"
                yield path, f"{what} — choose another one"
        taken.append((host, port, path))


def _listeners(site: Site) -> Iterator[tuple[KeyPath, str]]:
    yield ("hub", "listen"), site.hub.listen
    yield ("proxy", "listen"), site.proxy.listen
    if not site.proxy.socket:
        yield ("proxy", "api"), site.proxy.api
    for name, service in site.services.items():
        if service.port:
            yield ("services", name, "port"), f"http://127.0.0.1:{service.port}"


def _plain(host: str) -> str:
    return "127.0.0.1" if is_loopback(host) else host


def _service(service: Service) -> Iterator[tuple[str, str]]:
    if service.command and not service.command[0].startswith("/"):
        what = f'begins with "{service.command[0][:60]}", which is no absolute path'
        yield "command", f"{what} — write it as /usr/bin/python3"
    if not (service.command or service.port or service.scopes):
        yield "scopes", "is missing, and so are command and port — write what the service is for"
    if service.display and not service.port:
        yield "display", "is true, but there is no page without a port — write one, or false"
