"""Connections: one loop reads and writes them all, each has its deadlines, few are one address's.

waitress does the work: no thread waits for a client, requests are read whole before the application
sees them, answers lie in temporary files until they are taken. Here is what it does not bound.
"""

import socket
import time
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, Error
from waitress.wasyncore import dispatcher

from portal.proxies import Network, trusts
from portal.security import HEADERS
from portal.settings import Limits
from registry.org.throttle import origin_of

IN_MEMORY: Final = 64 * 1024  # of a request or an answer; the rest lies in a temporary file
SEND_BUFFER: Final = 256 * 1024  # in the kernel
CHUNK_LINE: Final = 4096  # bytes of a chunk's first line, and of the trailer behind the last
TRANSFER_ENCODING: Final = b"\r\ntransfer-encoding:"
LOOK_S: Final = 0.5
TIMED_OUT: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n"
    b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
)


class Phase(StrEnum):
    """What a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of the headers"
    BODY = "the rest of the body"
    WORK = "us"
    SEND = "the client to take the answer"


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """waitress's, which keeps the lines of a chunked body unbounded and trips over some URLs.

    It also takes bodies whose length is told in two ways, and waits for some that nobody announced.
    """

    error: Error | None

    def received(self, data: bytes) -> int:
        """Take what belongs to this request; how many bytes that was."""
        consumed: int = super().received(data)
        if self.chunked and not self.error:
            receiver = self.body_rcv
            if len(receiver.control_line) + len(receiver.trailer) > CHUNK_LINE:
                self.error, self.completed = BadRequest("chunk line too long"), True
        if self.completed:
            self.expect_continue = False  # no body is awaited: the channel would begin anew
        # Where a refused request ends is not known: what is behind it is no request.
        return len(data) if self.error else consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read request line and headers."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of urlsplit ('http://[/'), of int (5,000 digits)
            raise ParsingError(str(error)) from error
        self._refuse_two_lengths(header_plus)

    def _refuse_two_lengths(self, header_plus: bytes) -> None:
        """Who stands before us may have read the other length, or none: RFC 9112, 6.1 and 6.3."""
        if TRANSFER_ENCODING not in header_plus.lower():
            return
        if not self.chunked:  # HTTP/1.0, or it names no encoding
            raise ParsingError("Transfer-Encoding is not understood here")
        if "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length with Transfer-Encoding")


class Refusal(ErrorTask):  # type: ignore[misc]
    """An answer to what is no request for the application: as bare as it, with the headers."""

    def execute(self) -> None:
        """Say the status, and end the connection."""
        self.status = f"{self.request.error.code} {self.request.error.reason}"
        body = f"{self.status}\n".encode()
        self.response_headers.extend(HEADERS.items())
        self.response_headers.append(("Content-Type", "text/plain; charset=utf-8"))
        self.response_headers.append(("Cache-Control", "no-store"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, and since when it waits for what."""

    parser_class = Parser
    error_task_class = Refusal

    def __init__(self, server: "Server", sock: socket.socket, *rest: Any, **more: Any) -> None:
        self.answered = 0
        self.since = time.monotonic()
        self._waits: tuple[Phase, int] = (Phase.IDLE, 0)
        self._to_send = 0
        super().__init__(server, sock, *rest, **more)
        self.origin = origin_of(self.addr[0])
        server.make_room(self)

    def phase(self) -> Phase:
        """What it waits for."""
        if self.requests:
            return Phase.WORK
        if self.total_outbufs_len:
            return Phase.SEND
        if self.request is None:
            return Phase.IDLE
        return Phase.BODY if self.request.headers_finished else Phase.HEAD

    def received(self, data: bytes) -> bool:
        """Take what came. Nobody needs a request before the answer to the last: it would be kept,
        and its answer, for as many as fit into a packet.
        """
        taken: bool = super().received(data)
        if len(self.requests) > 1:
            self.handle_close()
        return taken

    def service(self) -> None:
        """Have the request answered, in a thread."""
        self.answered += 1
        self.server.answered += 1
        super().service()

    def overdue(self, now: float) -> bool:
        """Whether the client has kept us waiting for too long, all of the wait counted."""
        waits = (self.phase(), self.answered)
        if waits != self._waits:
            self._waits, self.since, self._to_send = waits, now, self.total_outbufs_len
        return now - self.since > self._allowed(self.server.limits)

    def _allowed(self, limits: Limits) -> float:
        match self._waits[0]:
            case Phase.IDLE:
                return limits.idle_s
            case Phase.HEAD:
                return limits.head_s
            case Phase.BODY:
                return limits.body_s + float(self.request.body_bytes_received) / limits.rate
            case Phase.SEND:
                taken: int = self._to_send - self.total_outbufs_len
                return limits.send_s + taken / limits.rate
            case Phase.WORK:
                return float("inf")

    def end(self) -> None:
        """Close it; who has begun to ask is told why."""
        if self.phase() in {Phase.HEAD, Phase.BODY}:
            with suppress(OSError):
                self.socket.send(TIMED_OUT)
        self.handle_close()

    def handle_close(self) -> None:
        """Let go of everything that it holds."""
        if self.request is not None:
            self.request.close()
        super().handle_close()


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A listening socket and its connections."""

    channel_class = Channel
    next_channel_cleanup = float("inf")  # `end_overdue` instead

    def __init__(
        self, application: Any, listener: socket.socket, channels: dict[int, Any], tasks: Any,
        limits: Limits, proxies: tuple[Network, ...],
    ) -> None:  # fmt: skip
        self.limits, self._proxies = limits, proxies
        self.answered = 0
        self._next_look = 0.0
        info = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            application, channels, _sock=listener, dispatcher=tasks, adj=_adjustments(limits),
            sockinfo=info, bind_socket=False,
        )  # fmt: skip

    def set_socket_options(self, conn: socket.socket) -> None:
        """What a client does not take waits with us, bounded, and not in the kernel."""
        super().set_socket_options(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def make_room(self, newest: Channel) -> None:
        """Where an address, or all together, have one too many, the longest wait is ended."""
        everybody = list(self.active_channels.values())
        if not trusts(self._proxies, newest.addr[0]):
            neighbours = [one for one in everybody if one.origin == newest.origin]
            if len(neighbours) > self.limits.of_address:
                return _longest(neighbours, newest).end()
        if len(everybody) > self.limits.connections:
            _longest(everybody, newest).end()
        return None

    def end_overdue(self) -> None:
        """End each connection whose client has had its time; looked at every `LOOK_S`."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_S
        for channel in list(self.active_channels.values()):
            if channel.overdue(now):
                channel.end()

    def stop_listening(self) -> None:
        """No new connections; those that are open go on."""
        dispatcher.close(self)

    def end_idle(self) -> None:
        """End the connections on which nothing is under way."""
        for channel in list(self.active_channels.values()):
            if channel.phase() is Phase.IDLE:
                channel.end()


def _longest(channels: list[Channel], newest: Channel) -> Channel:
    """Who has kept us waiting longest; the newest where we owe all others an answer."""
    waiting = [one for one in channels if one is not newest and one.phase() is not Phase.WORK]
    return min(waiting, key=lambda one: one.since, default=newest)


def _adjustments(limits: Limits) -> Adjustments:
    return Adjustments(
        ident="",  # nobody need know what serves
        connection_limit=limits.connections * 2,  # never reached: `make_room` comes first
        clear_untrusted_proxy_headers=False,  # `Proxies` does it
        max_request_header_size=limits.head,
        max_request_body_size=limits.body,
        inbuf_overflow=IN_MEMORY,
        outbuf_overflow=IN_MEMORY,
        outbuf_high_watermark=2**62,  # a thread never waits for a reader
        log_socket_errors=False,
    )
