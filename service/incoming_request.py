"""One HTTP request while it arrives: buffers its bytes and decides when a thread may take it up.

It follows the framing and the limits only, and never looks at what the request asks for.
"""

import time
from functools import cached_property
from typing import Any, Final

from gunicorn.asgi.parser import ParseError, PythonProtocol

REQUEST_TIMEOUT: Final = 10.0
"""Seconds in which a request must arrive, from when the connection is ready for it to its last byte."""
MAX_CHUNK_OVERHEAD: Final = 32 * 1024
"""Bytes that a chunked body may use besides its content: chunk lengths, extensions, trailers.

A chunk costs the same to parse whether it is large or small, and a chunk of one byte takes six on the wire.
"""
_END_OF_HEAD: Final = b"\r\n\r\n"


class IncomingRequest:
    """A request that is arriving: its bytes so far, and whether a thread may take it up."""

    def __init__(self, settings: Any, max_body: int) -> None:
        """Start with no bytes received.

        Args:
            settings: gunicorn's settings, with its limits on the request line and the headers.
            max_body: the largest body allowed, in bytes.
        """
        self.deadline = time.monotonic() + REQUEST_TIMEOUT
        self.head = bytearray()
        """The bytes as received; without the body, once the head has been parsed."""
        self.body = bytearray()
        """The body received so far, without its chunk framing."""
        self.pipelined = b""
        """Bytes of the next request on the same connection."""
        self.head_parsed = False
        self.plain = False
        """A GET or HEAD without a body, received in one piece, as most are: it needs no parsing here."""
        self.malformed = False
        self.too_large = False
        self.expects_continue = False
        """The sender waits for `100 Continue` before it sends the body (`Expect: 100-continue`)."""
        self._settings = settings
        self._max_body = max_body
        self._chunked_bytes = 0

    @cached_property
    def _parser(self) -> Any:
        return PythonProtocol(
            on_headers_complete=self._on_head,
            on_body=self.body.extend,
            limit_request_line=self._settings.limit_request_line,
            limit_request_fields=self._settings.limit_request_fields,
            limit_request_field_size=self._settings.limit_request_field_size,
            permit_unconventional_http_method=self._settings.permit_unconventional_http_method,
            permit_unconventional_http_version=self._settings.permit_unconventional_http_version,
        )

    @property
    def complete(self) -> bool:
        """Whether every byte is here, or more would not change the response."""
        return self.plain or self.malformed or self.too_large or bool(self._parser.is_complete)

    @property
    def size(self) -> int:
        """How many bytes are buffered."""
        return len(self.head) + len(self.body) + len(self.pipelined)

    @property
    def chunked(self) -> bool:
        """Whether the body uses `Transfer-Encoding: chunked`."""
        return bool(self._parser.is_chunked)

    @property
    def method(self) -> str | None:
        """The method, once it has been parsed."""
        method: bytes | None = self._parser.method
        return method.decode("latin-1") if method else None

    def feed(self, received: bytes) -> None:
        """Add received bytes."""
        self.plain = not self.head and _is_plain(received)
        self.head += received
        if self.plain:
            return
        try:
            self._parser.feed(received)
        except (ParseError, ValueError):  # int() refuses a length of thousands of digits
            self.malformed = True
        if self.head_parsed:
            self._separate_body()

    def _on_head(self) -> bool:
        self.head_parsed = True
        self.too_large = (self._parser.content_length or 0) > self._max_body
        self.expects_continue = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self._parser.headers
        )
        return self.too_large

    def _separate_body(self) -> None:
        """Keep the body and any pipelined bytes apart from the head, so that neither is parsed twice."""
        end = self.head.index(_END_OF_HEAD) + len(_END_OF_HEAD)
        self.pipelined = self._parser.remaining()
        if self.chunked:
            self._chunked_bytes += len(self.head) - end
            overhead = self._chunked_bytes - len(self.body) - len(self.pipelined)
            self.too_large |= len(self.body) > self._max_body or overhead > MAX_CHUNK_OVERHEAD
        del self.head[end:]


def _is_plain(received: bytes) -> bool:
    lower = received.lower()
    return (
        received.startswith((b"GET ", b"HEAD "))
        and received.endswith(b"\r\n\r\n")
        and b"content-length" not in lower
        and b"transfer-encoding" not in lower
    )
