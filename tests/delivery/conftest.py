"""What the mail tests share: a certificate authority, a postbox, a state file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.delivery.transport import Relay
from pipeline.warehouse import SiteState
from tests.delivery.postbox import Authority, Postbox, authority, serving, state_file


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that signs the servers of this session."""
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def postbox() -> Postbox:
    """A postbox that takes everything until told otherwise."""
    return Postbox()


@pytest.fixture
def relay(postbox: Postbox, trust: Authority) -> Iterator[Relay]:
    """The postbox behind STARTTLS."""
    with serving(postbox, trust) as relay:
        yield relay


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SiteState]:
    """An empty state file."""
    with state_file(tmp_path) as opened:
        yield opened
