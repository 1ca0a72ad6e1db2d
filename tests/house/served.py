"""`stockturn ui` of a site, up and answering; and how it ends, well or not."""

import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.house.processes import PATIENCE, start


@dataclass(frozen=True)
class Served:
    """A site with its UI up."""

    site: Path
    url: str
    server: subprocess.Popen[str]

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The answer of Dagster's own interface to a question."""
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            f"{self.url}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def kill(self) -> None:
        """End every process of it the hard way, as a power cut would."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()


@contextmanager
def serving(site: Path, **started: Any) -> Iterator[Served]:
    """The UI of a site on a free port, in a process group of its own.

    Args:
        site: its folder.
        started: how the command is started, where it matters.
    """
    port = free_port()
    log = site.parent / "ui.log"
    with log.open("w") as sink:
        server = start(
            "ui", "--site", site, "--port", str(port), output=sink, apart=True, **started
        )
        try:
            wait_until_up(server, f"http://127.0.0.1:{port}", log)
            yield Served(site, f"http://127.0.0.1:{port}", server)
        finally:
            stop(server)


def wait_until_up(server: subprocess.Popen[str], url: str, log: Path) -> None:
    """Wait until the UI answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=PATIENCE):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise AssertionError(log.read_text())


def stop(server: subprocess.Popen[str]) -> None:
    """End the UI as a service manager would, and whatever it left behind."""
    server.terminate()
    try:
        server.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    """A port nobody listens on, none of those the kernel gives away until the UI is up."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
