"""Many sockets in one loop, at the price of a few microseconds a message.

The frames are taken apart by hand: a library would use more than the server does, and
would be what is measured.
"""

import asyncio
import json
import os
import socket
import time

HEAD_BYTES = 2
FIN_TEXT = 0x81


class Client(asyncio.Protocol):
    """Subscribes to the topics; notes how old each update is on arrival."""

    def __init__(self, token: str, port: int, topics: list[str]) -> None:
        self.token, self.port, self.topics = token, port, topics
        self.buffer, self.is_open = bytearray(), False
        self.ages_ms: list[float] = []
        self.states = 0
        self.is_ready = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        lines = (
            "GET /ws/live/ HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            f"Authorization: Bearer {self.token}",
        )
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        now_ns = time.time_ns()
        self.buffer += data
        if not self.is_open:
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.is_open, self.buffer = True, bytearray(rest)
            for topic in self.topics:
                self.say({"op": "subscribe", "topic": topic})
        while (frame := self.frame()) is not None:
            self.take(frame, now_ns)

    def frame(self) -> bytes | None:
        """The next whole one; None when it is still on its way."""
        if len(self.buffer) < HEAD_BYTES:
            return None
        size, start = self.buffer[1], HEAD_BYTES
        if size == 126:
            size, start = int.from_bytes(self.buffer[2:4]), 4
        if len(self.buffer) < start + size:
            return None
        found = bytes(self.buffer[start : start + size])
        del self.buffer[: start + size]
        return found

    def take(self, frame: bytes, now_ns: int) -> None:
        at = frame.find(b'"t":')
        if at < 0:
            return
        sent_ns = int(frame[at + 4 : frame.find(b",", at)].rstrip(b"}"))
        if sent_ns:
            self.ages_ms.append((now_ns - sent_ns) / 1e6)
            return
        self.states += 1
        if self.states == len(self.topics):
            self.is_ready.set()

    def say(self, message: dict[str, str]) -> None:
        text, mask = json.dumps(message).encode(), os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))
        self.transport.write(bytes([FIN_TEXT, 0x80 | len(text)]) + mask + masked)


async def connected(
    count: int, token: str, port: int, topics: list[str]
) -> list[Client]:
    """Clients that have had the state of each topic."""
    loop, clients = asyncio.get_running_loop(), []
    for start in range(0, count, 50):
        batch = []
        for _ in range(min(50, count - start)):
            _transport, client = await loop.create_connection(
                lambda: Client(token, port, topics), "127.0.0.1", port
            )
            batch.append(client)
        async with asyncio.timeout(60):
            await asyncio.gather(*(client.is_ready.wait() for client in batch))
        clients += batch
    return clients


async def deafen(client: Client) -> None:
    """It takes nothing any more, and its kernel little."""
    plain = client.transport.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.transport.pause_reading()
