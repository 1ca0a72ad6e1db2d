"""A load that cannot fit on the disk does not start."""

from pathlib import Path
from shutil import disk_usage

import pytest

from pipeline.settings import ConfigurationError
from pipeline.warehouse import require_space
from tests.warehouse.deliveries import site_in


def test_an_extract_larger_than_the_disk_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"GB free and this run may need .* make room"):
        require_space(site_in(tmp_path), disk_usage(tmp_path).free)


def test_an_extract_that_fits_may_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = disk_usage(tmp_path)._replace(free=2_000_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    # 3 x 499 MB and half a gigabyte to spare fit into 2 GB; 3 x 501 MB do not.
    require_space(site_in(tmp_path), 499_000_000)
    with pytest.raises(ConfigurationError):
        require_space(site_in(tmp_path), 501_000_000)
