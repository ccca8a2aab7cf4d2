"""An HTTP server around the WSGI program."""

import contextlib
import io
import re

from werkzeug.serving import WSGIRequestHandler, make_server

# Enough for 10,000 invoices in one call of the control API.
_LARGEST_BODY = 32 * 2**20


class Handler(WSGIRequestHandler):
    """Werkzeug's handler, but with connections that stay open.

    Werkzeug closes the connection after each answer, because the program may leave
    a part of the body unread. Here the body is read first, as a whole.
    """

    protocol_version = "HTTP/1.1"
    # Neither wait for more to send, nor send headers and body in two packets: each
    # would cost 40 ms for a client that delays its acknowledgements.
    disable_nagle_algorithm = True
    wbufsize = -1

    def version_string(self):
        """The Server header."""
        return "Sandbox"

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Keep quiet: the control API has the log, and that knows what to mask."""

    log_request = log_error = log_message

    def run_wsgi(self):
        """Read one request, answer it."""
        body = self._read_body()
        if body is None:
            return
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(body)
        started = []

        def start_response(status, headers, exc_info=None):
            started[:] = [status, headers]

        try:
            chunks = self.server.app(environ, start_response)
            try:
                self._send(*started, chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        except ConnectionError:
            # Dropped on purpose, or the client is gone.
            self.close_connection = True

    def finish(self):
        """Let go of the connection, also where an answer was still on its way."""
        with contextlib.suppress(ConnectionError):
            super().finish()

    def _read_body(self):
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            return self._refuse(411, "Length Required")
        if not re.fullmatch("[0-9]{1,12}", length):
            return self._refuse(400, "Bad Request")
        if int(length) > _LARGEST_BODY:
            return self._refuse(413, "Content Too Large")
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status, reason):
        self.close_connection = True
        self._send(f"{status} {reason}", [("Content-Length", "0")], [])

    def _send(self, status, headers, chunks):
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        try:
            for chunk in chunks:
                self.wfile.write(chunk)
                # An answer that drips does so on the wire, too.
                self.wfile.flush()
        finally:
            self.wfile.flush()


def serve(app, host, port):
    """A threaded server for the program, listening already.

    :param app: the WSGI program.
    :param int port: 0 takes a free one; see the server's ``port``.
    :returns: a server with ``serve_forever()`` and ``shutdown()``.
    """
    return make_server(host, port, app, threaded=True, request_handler=Handler)
