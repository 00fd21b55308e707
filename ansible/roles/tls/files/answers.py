"""Ask this machine's nginx for a page under its public name, whatever DNS says of that name yet."""

import http.client
import socket
import ssl
import sys

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
trust = ssl.create_default_context()
# Who signed it is a question for those who come from outside.
trust.check_hostname = False
trust.verify_mode = ssl.CERT_NONE
connection = http.client.HTTPSConnection(host, port, timeout=10, context=trust)
try:
    plain = socket.create_connection(("127.0.0.1", port), 10)
    connection.sock = trust.wrap_socket(plain, server_hostname=host)
    connection.request("GET", path)
    status = connection.getresponse().status
except OSError as error:
    sys.exit(f"https://{host}:{port}{path} on this machine: {error}.")
if status != 200:
    sys.exit(f"https://{host}:{port}{path} on this machine answers {status}, not 200.")
