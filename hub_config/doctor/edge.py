"""Checks of what users meet: the certificate, the hub through the proxy, the proxy's own door."""

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from hub_config import __version__
from hub_config.doctor.patient import Finding, Patient, Unseen, fail, ok, warn
from hub_config.ops import hubhealth
from hub_config.ops.failure import Failed
from hub_config.visit.client import trust

SECONDS = 10.0
EXPIRES_SOON, EXPIRES_NOW = 21, 5
"""Days left of a certificate: renewal is late, renewal does not work."""
_PARTS = {
    "database": "journalctl --unit berth-hub; is its disk full, does PostgreSQL run?",
    "proxy": "systemctl status berth-proxy",
    "scheduler": "see agent and queue below",
}
SKEW = 5.0
"""Seconds between two clocks that nobody minds yet; tokens and cookies carry times."""

_VERIFY_CURES = {
    10: "renew the certificate",
    18: "users' browsers warn, too: have it signed, or name the centre's own CA with --ca",
    19: "name the centre's own CA with --ca, and make sure that the nodes trust it",
    20: "the server must send the intermediate certificates, too; or name the CA with --ca",
    21: "the server must send the intermediate certificates, too; or name the CA with --ca",
    62: "the certificate is for another name: compare it with proxy.public_url",
}
"""By the error codes of https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/."""


def certificate(patient: Patient) -> Iterator[Finding]:
    """Users' browsers trust the certificate, and will for some time."""
    parts = urlsplit(patient.url)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        if _is_here(host):
            raise Unseen(f"{patient.url} is on this machine only and has none")
        yield fail(f"{patient.url}: passwords cross the network in clear", "set up TLS (role tls)")
        return
    try:
        with (
            socket.create_connection((host, port), SECONDS) as plain,
            trust(patient.ca).wrap_socket(plain, server_hostname=host) as sealed,
        ):
            found, version = sealed.getpeercert() or {}, sealed.version()
    except ssl.SSLCertVerificationError as error:
        cure = _VERIFY_CURES.get(error.verify_code, "look at: openssl s_client -connect HOST:443")
        yield fail(f"{host}: {error.verify_message}", cure)
        return
    except OSError as error:
        yield fail(f"{host}:{port}: {error}", "does nginx run, and is the name right?")
        return
    yield days_left(host, str(found.get("notAfter")), time.time())
    yield ok(f"{host} speaks {version}")


def days_left(host: str, not_after: str, now: float) -> Finding:
    """Judge the end of a certificate, written as in ``Jun  1 12:00:00 2027 GMT``."""
    days = int((ssl.cert_time_to_seconds(not_after) - now) // 86400)
    seen, cure = f"{host} has a certificate for {days} more days", "does the renewal timer run?"
    if days < EXPIRES_NOW:
        return fail(seen, cure)
    return warn(seen, cure) if days < EXPIRES_SOON else ok(seen)


def front_door(patient: Patient) -> Iterator[Finding]:
    """The hub answers where users are."""
    url = f"{patient.url}/hub/health"
    began = time.time()
    try:
        status, headers = _get(patient, url)
    except OSError as error:
        reason = getattr(error, "reason", error)
        yield fail(f"{url}: {reason}", "do nginx, the proxy and the hub run (see units)?")
        return
    took = time.time() - began
    if status != 200:
        cure = {502: "the proxy does not run", 503: "the hub does not run", 504: "the hub hangs"}
        yield fail(f"{url} answered {status}", cure.get(status, "is this the hub's address?"))
        return
    yield ok(f"{url} answered in {took * 1000:.0f} ms")
    if headers.get("Date"):
        yield skew("what answers there", headers["Date"], began + took / 2)


def skew(who: str, date: str, now: float) -> Finding:
    """Judge the time in a Date header against *now*; the header has whole seconds."""
    apart = parsedate_to_datetime(date).timestamp() + 0.5 - now
    seen = f"the clock of {who} and that of this machine are {abs(apart):.0f} s apart"
    if abs(apart) <= SKEW:
        return ok(seen)
    return fail(seen, "synchronise both clocks (chrony or systemd-timesyncd)")


def health(patient: Patient) -> Iterator[Finding]:
    """What the hub says of itself."""
    try:
        report = hubhealth.ask(patient.site)
    except Failed as error:
        yield fail(str(error), "journalctl --unit berth-hub, then: systemctl restart berth-hub")
        return
    yield from judge_health(report)


def judge_health(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge the hub's report (hub_config/health.py)."""
    seen = f"the hub says: {report.get('status')}, version {report.get('version')}"
    troubles = [*_troubles(report)]
    yield from troubles
    if report.get("status") == "ok":
        yield ok(seen)
    elif not troubles:
        yield warn(seen, "journalctl --unit berth-hub")


def _troubles(report: Mapping[str, Any]) -> Iterator[Finding]:
    profiles = report.get("profiles", {})
    for part, cure in _PARTS.items():
        if not report.get(part, {}).get("ok"):
            yield fail(f"the hub says that its {part} does not answer", cure)
    if not profiles.get("digest"):
        yield fail("the hub has no profiles: nobody can start anything", "berth check")
    if problems := profiles.get("problems"):
        seen = f"the last edit of the profiles is not live (problems: {problems})"
        yield warn(seen, "berth check")
    if (version := report.get("version")) != __version__:
        cure = "systemctl restart berth-hub, or use the berth of its release"
        yield warn(f"the hub that runs is version {version}, this is {__version__}", cure)


def proxy_api(patient: Patient) -> Iterator[Finding]:
    """The proxy takes orders from nobody who does not know its token."""
    api, path = patient.site.proxy.api, patient.site.proxy.socket
    try:
        if path is not None:
            status = _ask_socket(str(path))
        else:
            status, _ = _get(patient, f"{api.rstrip('/')}/api/routes")
    except PermissionError:
        raise Unseen(f"{path} is closed to this account, as it should be") from None
    except OSError as error:
        yield fail(f"{api}: {getattr(error, 'reason', error)}", "systemctl status berth-proxy")
        return
    if status in (401, 403):
        yield ok(f"{api} answers {status} without the token")
        return
    yield fail(
        f"{api} answered {status} without the token",
        "whoever reaches it can send users anywhere: start the proxy with CONFIGPROXY_AUTH_TOKEN",
    )


def _get(patient: Patient, url: str) -> tuple[int, Mapping[str, str]]:
    """Return status and headers. Raises OSError. The user's proxy settings are not for this."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust(patient.ca))
    )
    try:
        with opener.open(url, timeout=SECONDS) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)


def _ask_socket(path: str) -> int:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.settimeout(SECONDS)
        opened.connect(path)
        opened.sendall(b"GET /api/routes HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = http.client.HTTPResponse(opened)
        answer.begin()
        return answer.status


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
