"""A real mosquitto, and a collector that commits what it is told to."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.fixtures.ports import own_port

CONFIGURATION = """
listener {port} 127.0.0.1
allow_anonymous {anonymous}
persistence true
persistence_location {folder}/
max_inflight_messages 1000
max_queued_messages 1000000
max_queued_bytes 0
user {user}
"""
TLS = "certfile {file}\nkeyfile {file}.key\n"


def wait_until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return as soon as `true()`; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it didn't happen in time"
        time.sleep(0.01)


class Mosquitto:
    """A broker on a port of its own, to be stopped and started at will."""

    def __init__(self, folder: Path) -> None:
        self.port = own_port(24_000)  # it is ours while the broker is away, too
        self.folder = folder
        self.configuration = folder / "mosquitto.conf"
        self.configure(allow_anonymous=True)
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, *, allow_anonymous: bool, certificate: Path | None = None) -> None:
        text = CONFIGURATION.format(
            port=self.port,
            folder=self.folder,
            anonymous=str(allow_anonymous).lower(),
            user=pwd.getpwuid(os.getuid()).pw_name,
        )
        if certificate is not None:
            text += TLS.format(file=certificate)
        self.configuration.write_text(text, encoding="utf-8")

    def start(self) -> None:
        binary = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        assert binary is not None, "mosquitto is not installed"
        self.process = subprocess.Popen(
            [binary, "-c", str(self.configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Collector:
    """Hears every gateway, and commits the packs that `willing` names (by default all)."""

    def __init__(self, port: int, user: str | None = None, word: str | None = None) -> None:
        self.willing: Callable[[str, int], bool] = lambda gateway, seq: True
        self.lock = threading.Lock()
        self.packs: list[tuple[str, int, bytes]] = []
        self.status: list[tuple[str, dict[str, Any]]] = []
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            "collector",
            clean_session=False,
            protocol=mqtt.MQTTv311,
        )
        self.client.reconnect_delay_set(1, 1)
        self.client.max_inflight_messages_set(1000)
        if user is not None:
            self.client.username_pw_set(user, word)
        topics = [("panhuo/v1/+/readings", 1), ("panhuo/v1/+/status", 1)]
        self.client.on_connect = lambda client, *_: client.subscribe(topics)
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_until(self.client.is_connected)

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        _, _, gateway, what = message.topic.split("/")
        if what == "status":
            self.status.append((gateway, json.loads(message.payload)))
        if what == "readings":
            payload = bytes(message.payload)
            seq = int(json.loads(payload[: payload.index(b"}") + 1].decode() + "]")[0]["v"])
            with self.lock:
                self.packs.append((gateway, seq, payload))
            if self.willing(gateway, seq):
                self.commit(gateway, seq)

    def commit(self, gateway: str, seq: int) -> None:
        self.client.publish(f"panhuo/v1/{gateway}/committed", json.dumps({"seq": seq}), 1)

    def seqs(self) -> list[int]:
        with self.lock:
            return [seq for _, seq, _ in self.packs]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def collector(mosquitto: Mosquitto) -> Iterator[Collector]:
    one = Collector(mosquitto.port)
    yield one
    one.close()
