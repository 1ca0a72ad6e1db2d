"""`stockturn ui` obeys its own pages and nobody else's: a real server, harmless questions."""

import http.client
import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.house.processes import INSTALLED, PATIENCE, start
from tests.house.served import Served, serving
from tests.house.sites import MASTERS, deliver, movements, turnover, write_site
from tests.house.strangers import MARK, stand_among_strangers

QUESTION = json.dumps({"query": "{ version }"})
JSON = {"Content-Type": "application/json"}
PATIENT = f"\n[engine]\nlock_wait_seconds = {PATIENCE}\n"
BY_GET = "/graphql?query=%7Bversion%7D"
MARKED = "what stands in a document"
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Started by somebody who stands among files called like modules of the library."""
    folder = tmp_path_factory.mktemp("stand")
    stand_among_strangers(folder)
    with serving(
        write_site(folder / "site", extra=PATIENT), folder=folder, command=INSTALLED
    ) as up:
        yield up


def ask(ui: Served, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and body; `{port}` in a header is the UI's."""
    place = urlsplit(ui.url).netloc
    port = place.partition(":")[2]
    connection = http.client.HTTPConnection(place, timeout=PATIENCE)
    named = {name: value.format(port=port) for name, value in headers.items()}
    try:
        connection.request(method, path, QUESTION if method == "POST" else None, named)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:{port}"},
        {"Host": "localhost:{port}", "Origin": "http://localhost:{port}"},
        {"Host": "localhost:8080", "Origin": "http://localhost:8080"},  # through ssh -L
        {"Host": "[::1]:{port}"},
        {"Content-Type": "application/json; charset=utf-8"},
    ],
)
def test_our_own_pages_are_answered(ui: Served, headers: dict[str, str]) -> None:
    status, body = ask(ui, "POST", "/graphql", JSON | headers)

    assert status == 200, body
    assert "version" in json.loads(body)["data"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},  # another name is another page
        {"Host": "rebound.evil.example:{port}"},
        {"Host": "rebound.evil.example", "Origin": "http://rebound.evil.example"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "evil.example@127.0.0.1:{port}"},
        {"Host": "evil.example/@127.0.0.1"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=application/json"},
        {"Content-Type": "application/graphql"},
    ],
)
def test_a_foreign_page_is_not(ui: Served, headers: dict[str, str]) -> None:
    status, body = ask(ui, "POST", "/graphql", JSON | headers)

    assert status == 403, body
    assert b"Refused: " in body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/server_info", 200),
        ("GET", "/assets/metrics/turnover", 200),
        ("GET", BY_GET, 403),
        ("POST", BY_GET.replace("graphql", "report_asset_observation/x"), 403),
        ("GET", "/report_asset_check/x", 403),
        ("POST", "/", 403),
        ("PUT", "/graphql", 403),
        ("OPTIONS", "/graphql", 403),
        ("DELETE", "/logs/x", 403),
    ],
)
def test_only_what_pages_do_is_done(ui: Served, method: str, path: str, status: int) -> None:
    assert ask(ui, method, path, JSON)[0] == status


def test_finished_documents_open_and_nothing_else_that_lies_there(ui: Served) -> None:
    day = ui.site / "reports" / "2026-12-30"
    day.mkdir(parents=True)
    for name in ("group.en.pdf", ".group.en.pdf", "group.en.mail.txt", "page.html"):
        (day / name).write_text(MARKED)
    (ui.site / "reports" / "loose.pdf").write_text(MARKED)
    place = "/reports/2026-12-30"

    assert ask(ui, "GET", f"{place}/group.en.pdf", {}) == (200, MARKED.encode())
    assert ask(ui, "GET", f"{place}/gone.pdf", {})[0] == 404
    assert ask(ui, "GET", f"{place}/group.en.pdf", {"Host": "rebound.evil.example"})[0] == 403
    assert ask(ui, "GET", f"{place}/group.en.pdf", {"Origin": EVIL})[0] == 403
    for other in (
        *(f"{place}/{name}" for name in (".group.en.pdf", "group.en.mail.txt", "page.html")),
        *("/reports/loose.pdf", f"{place}/../../site.toml", f"{place}/..%2F..%2Fsite.toml"),
    ):
        assert MARKED.encode() not in ask(ui, "GET", other, {})[1], other
        assert b"Hand-made group" not in ask(ui, "GET", other, {})[1], other


@pytest.mark.parametrize("origin", [None, "own"])
def test_news_reach_our_own_pages(ui: Served, origin: str | None) -> None:
    url = f"{ui.url.replace('http', 'ws')}/graphql"
    page = ui.url if origin else None

    with connect(url, origin=page, subprotocols=["graphql-ws"]) as line:  # pyright: ignore[reportArgumentType]
        line.send(json.dumps({"type": "connection_init"}))

        assert json.loads(line.recv(timeout=PATIENCE)) == {"type": "connection_ack"}


@pytest.mark.parametrize("origin", [EVIL, "null"])
def test_news_reach_no_foreign_page(ui: Served, origin: str) -> None:
    url = f"{ui.url.replace('http', 'ws')}/graphql"

    with pytest.raises(InvalidStatus, match="403"):
        connect(url, origin=origin, subprotocols=["graphql-ws"])  # pyright: ignore[reportArgumentType]


def test_the_daemon_lives_beside_it_and_the_graph_is_there(ui: Served) -> None:
    assert len(ui.ask("{ assetNodes { id } }")["assetNodes"]) > 10
    health = ui.ask("{ instance { daemonHealth { allDaemonStatuses { daemonType healthy } } } }")

    assert health["instance"]["daemonHealth"]["allDaemonStatuses"]


def test_a_run_beside_it_takes_a_delivery_in_and_it_goes_on_answering(ui: Served) -> None:
    """100 pieces at ten, ten of them sold.  Its sensor may start a run too: each waits its turn."""
    ledger = movements("1|2026-12-29|opening|100|1000", "2|2026-12-30|sale|-10|-100")
    deliver(ui.site, "2026-12-30", MASTERS | {"stock_movement": ledger})

    with start("run", "--site", ui.site, "--no-report", "--date", "2026-12-30") as night:
        answers = [ask(ui, "POST", "/graphql", JSON)[0]]
        while night.poll() is None:
            time.sleep(0.2)
            answers.append(ask(ui, "POST", "/graphql", JSON)[0])
        said, _ = night.communicate()

    assert night.returncode == 0, said
    assert set(answers) == {200}
    assert ask(ui, "GET", "/assets/metrics/turnover", {})[0] == 200
    row = turnover(ui.site, "2026-12-30", time_window="month", basis="two_point")
    assert (row["closing_value"], row["cogs"]) == (900, 100)


def test_no_process_of_it_imported_from_the_folder_somebody_stands_in(ui: Served) -> None:
    assert not (ui.site.parent / MARK).exists()
