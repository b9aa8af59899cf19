"""Say a file of MQTT packets as fast as the broker takes them: `publish PORT PASSWORD FILE`.

A load generator that takes as little of the machine as it can, so that what is measured is the
collector: packets are made beforehand, and only their acknowledgements are counted here.
"""

import socket
import sys
import time
from pathlib import Path

USER = b"portal"


def connect(port: int, word: bytes) -> socket.socket:
    """Sign in (MQTT 3.1.1, 3.1): a clean session, nothing but name and password."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    fields = b"".join(len(part).to_bytes(2, "big") + part for part in (b"bench", USER, word))
    body = b"\x00\x04MQTT\x04\xc2\x00\x00" + fields
    sock.sendall(b"\x10" + bytes([len(body)]) + body)
    if sock.recv(4, socket.MSG_WAITALL)[3] != 0:
        raise SystemExit("the broker refuses the publisher")
    return sock


def main(port: int, word: str, path: Path) -> None:
    """Send everything, read one acknowledgement (4 bytes) for each packet, and leave."""
    packets = path.read_bytes()
    expected = _count(packets)
    at = acknowledged = 0
    with connect(port, word.encode()) as sock:
        sys.stdout.write(f"{time.time()}\n")
        sys.stdout.flush()
        sock.setblocking(False)
        view = memoryview(packets)
        while acknowledged < expected * 4:
            moved = False
            if at < len(view):
                try:
                    at += sock.send(view[at : at + 262_144])
                    moved = True
                except BlockingIOError:
                    pass
            try:
                acknowledged += len(sock.recv(65_536))
                moved = True
            except BlockingIOError:
                pass
            if not moved:
                time.sleep(0.001)
        sock.setblocking(True)
        sock.sendall(b"\xe0\x00")


def _count(packets: bytes) -> int:
    count, at = 0, 0
    while at < len(packets):
        length, shift, at = 0, 0, at + 1
        while True:
            length |= (packets[at] & 127) << shift
            shift += 7
            at += 1
            if not packets[at - 1] & 128:
                break
        at += length
        count += 1
    return count


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
