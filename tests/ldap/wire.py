"""What may stand between the hub and its directory: relays that listen, wait, or pretend."""

import socket
import ssl
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

StartTls = Literal["none", "granted", "refused", "ignored"]
_STARTTLS = b"1.3.6.1.4.1.1466.20037"
_LONGEST = 60.0


class Relay:
    """Passes connections on to *target*, each piece *delay* seconds late.

    With a *certificate* it pretends to be the server, by TLS from the start or, if *starttls* is
    "granted", after that request; "refused" and "ignored" want the client to go on in the clear.
    All that clients send is in ``heard``, decrypted where they let us.
    """

    def __init__(
        self,
        target: tuple[str, int],
        *,
        delay: float = 0,
        certificate: tuple[Path, Path] | None = None,
        starttls: StartTls = "none",
    ) -> None:
        self._target, self._delay, self._starttls = target, delay, starttls
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self.heard, self.visits = b"", 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(_LONGEST)
            assert not thread.is_alive()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self.visits += 1
                client.settimeout(_LONGEST)
                self._begin(self._connection, client)

    def _begin(self, target: object, *sockets: socket.socket) -> None:
        thread = threading.Thread(target=target, args=sockets)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _connection(self, client: socket.socket) -> None:
        with suppress(OSError), closing(client):
            ours = self._pretended(client)
            with closing(ours), closing(self._connected()) as server:
                back = threading.Thread(target=self._pump, args=(server, ours, False))
                back.start()
                self._pump(ours, server, True)
                back.join(_LONGEST)

    def _pretended(self, client: socket.socket) -> socket.socket:
        if self._starttls != "none":
            request = client.recv(4096)
            self.heard += request
            assert _STARTTLS in request
            client.sendall(_answer(request, b"\x00" if self._starttls != "refused" else b"\x02"))
        if self._context is None or self._starttls in ("refused", "ignored"):
            return client
        return self._context.wrap_socket(client, server_side=True)

    def _connected(self) -> socket.socket:
        plain = socket.create_connection(self._target, _LONGEST)
        if self._context is None:
            return plain
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        return blind.wrap_socket(plain)

    def _pump(self, source: socket.socket, sink: socket.socket, hear: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if hear:
                    self.heard += data
                time.sleep(self._delay)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


def _answer(request: bytes, result: bytes) -> bytes:
    """Return the ExtendedResponse to *request* (https://www.rfc-editor.org/rfc/rfc4511#section-4.12)."""
    message_id = request[2 : 4 + request[3]]
    rest = b"\x78\x07\x0a\x01" + result + b"\x04\x00\x04\x00"
    return b"\x30" + bytes([len(message_id + rest)]) + message_id + rest


class Silence:
    """A server that takes connections and never says anything."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    def close(self) -> None:
        self._listener.close()
