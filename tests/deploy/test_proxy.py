"""The proxy's guard, in a real nginx: what may reach a Dagster web server and what may not."""

import http.client
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.delivery.postbox import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "stockturn.example.com"
PAGE = f"https://{HOST}"
MUTATION = "/graphql?query=mutation{launchPartitionBackfill(backfillParams:{}){__typename}}"

needs_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
pytestmark = needs_nginx


class Dagster(BaseHTTPRequestHandler):
    """Stands where Dagster would, and says yes to everything."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx that has our rules, in front of a server that obeys anybody."""
    folder = tmp_path_factory.mktemp("nginx")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Dagster)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port = free_port()
    maps, _, _ = (DEPLOY / "nginx/stockturn.conf").read_text().partition("# The only names")
    (folder / "nginx.conf").write_text(f"""
        daemon off;
        pid {folder}/nginx.pid;
        error_log stderr;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            {maps}
            server {{
                listen 127.0.0.1:{port} default_server;
                return 444;
            }}
            server {{
                listen 127.0.0.1:{port};
                server_name {HOST};
                set $stockturn_web 127.0.0.1:{upstream.server_port};
                include {DEPLOY}/nginx/guard.conf;
            }}
        }}
    """)
    with subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"]) as nginx:
        _wait_for(port)
        yield port
        nginx.terminate()
    upstream.shutdown()
    upstream.server_close()


def _wait_for(port: int) -> None:
    for _ in range(1000):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=120):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("nginx did not start")


def ask(port: int, method: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = "{}" if method == "POST" else None
    try:
        connection.request(method, path, body=body, headers={"Host": HOST, **named})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/assets/metrics/turnover", {"Referer": PAGE}),
        ("POST", "/graphql", {"Content_Type": "application/json", "Origin": PAGE}),
        ("POST", "/graphql", {"Content_Type": "application/json; charset=utf-8"}),
        ("GET", "/graphql", {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": PAGE}),
    ],
)
def test_our_own_pages_work(proxy: int, method: str, path: str, headers: dict[str, str]) -> None:
    assert ask(proxy, method, path, **headers) == 200


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", MUTATION, {}),
        ("GET", MUTATION, {"Content_Type": "application/json"}),
        ("POST", MUTATION, {"Content_Type": "text/plain"}),
        ("POST", "/graphql", {"Content_Type": "application/x-www-form-urlencoded"}),
        ("POST", "/graphql", {"Content_Type": "multipart/form-data; boundary=application/json"}),
        ("POST", "/graphql", {"Content_Type": "application/json-seq"}),
        (
            "POST",
            "/graphql",
            {"Content_Type": "application/json", "Origin": "https://evil.example"},
        ),
        (
            "POST",
            "/graphql",
            {"Content_Type": "application/json", "Origin": f"https://{HOST}.evil.example"},
        ),
        ("POST", "/graphql", {"Content_Type": "application/json", "Origin": "null"}),
        (
            "GET",
            "/graphql",
            {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "https://evil.example"},
        ),
        ("POST", "/report_asset_materialization/metrics", {"Content_Type": "application/json"}),
        ("POST", "/", {"Content_Type": "application/json"}),
        ("PUT", "/graphql", {"Content_Type": "application/json"}),
    ],
)
def test_a_foreign_page_launches_nothing(
    proxy: int, method: str, path: str, headers: dict[str, str]
) -> None:
    assert ask(proxy, method, path, **headers) == 403


def test_another_host_name_is_not_answered(proxy: int) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "GET", "/", Host="rebound.example.net")
