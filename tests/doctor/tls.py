"""A TLS server with certificates made for the test: an own CA, and what it signs."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make(folder: Path, name: str = "localhost", days: float = 90) -> Path:
    """Write ca.pem and site.pem (key and certificate of *name*); return the path of ca.pem."""
    authority, site = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    issuer = _name("Test CA")
    root = _certificate(issuer, issuer, authority, authority, 365)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = root.add_extension(x509.BasicConstraints(True, None), critical=True)
    root = root.add_extension(usage, critical=True)
    leaf = _certificate(_name(name), issuer, site, authority, days)
    leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    ca = folder / "ca.pem"
    ca.write_bytes(root.sign(authority, hashes.SHA256()).public_bytes(_PEM))
    key = site.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = leaf.sign(authority, hashes.SHA256()).public_bytes(_PEM)
    (folder / "site.pem").write_bytes(key + certificate)
    return ca


_PEM = serialization.Encoding.PEM


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey, days: float,
) -> x509.CertificateBuilder:  # fmt: skip
    now = datetime.now(UTC)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(identifier, critical=False)
    )


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer as a hub does; routes are there for everybody, as an unguarded proxy has it."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(certificate: Path | None) -> Iterator[int]:
    """Serve on a port of 127.0.0.1 until the block ends; None: without TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()
