"""A list or mapping that had refused something and was changed starts a run, and only once."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.defs.graph import definitions
from pipeline.defs.installation import Installation
from pipeline.resources import sql_folder
from pipeline.settings import load_site
from tests.house.sites import MASTERS, deliver, movements, write_site

DAY = "2025-01-31"
BOUGHT, SOLD = "1|2025-01-10|Zugang|10|100", "2|2025-01-20|Abgang|-4|-40"
KINDS = '[codes.kind]\n"Zugang" = "purchase"\n'
USELESS = KINDS + '"Umlagerung" = "transfer_in"\n'
MENDED = KINDS + '"Abgang" = "sale"\n'


def delivered(folder: Path) -> Path:
    """A site whose mapping reads kinds through a list that lacks one of them."""
    made = write_site(folder, today="2025-02-10").resolve()
    mappings = made / "sql" / "erp" / "generic"
    mappings.mkdir(parents=True)
    text = (sql_folder() / "erp" / "generic" / "stock_movement.sql").read_text()
    meaning = "(select meaning from landed.codes where list = 'kind' and code = kind) as kind,"
    (mappings / "stock_movement.sql").write_text(text.replace("    kind,", f"    {meaning}"))
    (mappings / "erp.toml").write_text(KINDS)
    deliver(made, DAY, MASTERS | {"stock_movement": movements(BOUGHT, SOLD)})
    return made


def run(site: Path) -> None:
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--no-report"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception


def write(site: Path, name: str, text: str) -> None:
    (site / "sql" / "erp" / "generic" / name).write_text(text)


class Daemon:
    """Ticks of the delivery sensor, each with the cursor the one before left."""

    def __init__(
        self,
        site: Path,
        instance: dg.DagsterInstance,
        cursor: str = "",
        keys: Iterable[str | None] = (),
    ) -> None:
        self.site, self.instance, self.cursor = site, instance, cursor
        self.keys = {*keys}

    def tick(self) -> list[str]:
        """The days of the runs it asks for; Dagster starts none twice under one key."""
        sensor = definitions(load_site(self.site)).resolve_sensor_def("delivery_sensor")
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor or None,
            resources={"installation": Installation(folder=str(self.site))},
        ) as context:
            asked = sensor.evaluate_tick(context)
        self.cursor = asked.cursor or self.cursor
        new = [each for each in asked.run_requests or () if each.run_key not in self.keys]
        self.keys |= {each.run_key for each in new}
        return [each.tags["dagster/asset_partition_range_end"] for each in new]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """What the daemon knows once the delivery was taken in, with a row refused."""
    site = delivered(tmp_path_factory.mktemp("first") / "site")
    with dg.DagsterInstance.ephemeral() as instance:
        made = Daemon(site, instance)
        assert made.tick() == [DAY]  # the delivery itself
        run(site)
        assert made.tick() == []
    return made


@pytest.fixture
def site(first: Daemon, tmp_path: Path) -> Path:
    """That site, for one test alone."""
    return shutil.copytree(first.site, tmp_path / "site").resolve()


@pytest.fixture
def daemon(first: Daemon, site: Path) -> Iterator[Daemon]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Daemon(site, instance, first.cursor, first.keys)


def test_a_list_that_was_mended_starts_one_run(site: Path, daemon: Daemon) -> None:
    write(site, "erp.toml", MENDED)

    assert daemon.tick() == [DAY]
    assert daemon.tick() == []  # the run waits for its turn

    run(site)
    assert daemon.tick() == []


def test_a_refusal_that_stays_starts_nothing_until_the_list_changes_again(
    site: Path, daemon: Daemon
) -> None:
    """Changed, changed back, and changed once more: each time it may be what was missing."""
    for text in (USELESS, KINDS, USELESS):
        write(site, "erp.toml", text)
        assert daemon.tick() == [DAY]
        run(site)
        assert [daemon.tick(), daemon.tick()] == [[], []]


def test_a_mapping_that_cannot_be_used_is_tried_again_once_it_is_other(
    site: Path, daemon: Daemon
) -> None:
    mapping = site / "sql" / "erp" / "generic" / "stock_movement.sql"
    good = mapping.read_text()
    mapping.write_text(good.replace("quantity", "quantitee"))
    assert daemon.tick() == [DAY]
    run(site)
    assert daemon.tick() == []

    mapping.write_text(good)
    assert daemon.tick() == [DAY]
    run(site)
    assert daemon.tick() == []


def test_a_list_that_refused_nothing_starts_nothing(site: Path, daemon: Daemon) -> None:
    write(site, "erp.toml", MENDED)
    run(site)
    write(site, "erp.toml", MENDED + '"Umlagerung" = "transfer_in"\n')

    assert daemon.tick() == []


def test_a_delivery_and_a_mended_list_are_one_run(site: Path, daemon: Daemon) -> None:
    write(site, "erp.toml", MENDED)
    deliver(site, "2025-02-01", {"stock_movement": movements("3|2025-02-01|Zugang|1|10")})

    assert daemon.tick() == ["2025-02-01"]
    assert daemon.tick() == []
