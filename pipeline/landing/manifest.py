"""manifest.json: what the sender says it sent."""

from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator

from pipeline.landing.problems import FileRefused
from pipeline.settings import DeliveryMode, Strict

NAME = "manifest.json"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


class TableSent(Strict):
    """What was sent of one table, and what its absent rows mean."""

    file: str | tuple[str, ...] | None = None
    """Its file, or all of them; those named after the table, if not given."""
    rows: int | None = Field(default=None, ge=0)
    """How many records were sent, without headers; 0 says that nothing moved."""
    sha256: Sha256 | None = None
    """Of the one file."""
    mode: DeliveryMode | None = None
    """What it means that a row is not in it; as agreed for the table, if not given."""
    first: date | None = Field(default=None, validation_alias=AliasChoices("from"))
    """First day of a window: every posting of it that was not sent is gone."""
    last: date | None = Field(default=None, validation_alias=AliasChoices("to"))
    """Last day of the window."""

    @model_validator(mode="after")
    def _window_is_whole(self) -> Self:
        if (self.first is None) != (self.last is None):
            message = "a window states both from and to"
            raise ValueError(message)
        if self.first is None or self.last is None:
            return self
        if self.mode not in (None, DeliveryMode.WINDOW):
            message = f"a {self.mode} has no from and to"
            raise ValueError(message)
        if self.first > self.last:
            message = "the window ends before it begins"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _files_stay_inside(self) -> Self:
        for name in self.files:
            if not is_plain(name):
                message = f"'{name}' is no file of this folder"
                raise ValueError(message)
        if self.sha256 is not None and len(self.files) > 1:
            message = "one sha256 cannot hold for several files"
            raise ValueError(message)
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """The files named, none if the table's usual ones are meant."""
        if self.file is None:
            return ()
        return (self.file,) if isinstance(self.file, str) else self.file


class Manifest(Strict):
    """All that one delivery says of itself."""

    tables: dict[str, TableSent]
    """What was sent of each table."""
    delivered_on: date | None = None
    """When it was sent."""


def is_plain(name: str) -> bool:
    """Whether a name stays in its folder: a file, or a file of a table's folder."""
    path = PurePosixPath(name)
    depth = len(path.parts)
    return (
        not path.is_absolute()
        and "\\" not in name
        and ".." not in path.parts
        and name == str(path)
        and 1 <= depth <= 2  # noqa: PLR2004
        and all(part.isprintable() for part in path.parts)
    )


def read_manifest(content: bytes) -> Manifest:
    """The manifest as it was written.

    Raises:
        FileRefused: it is no manifest; every fault is listed.
    """
    try:
        return Manifest.model_validate_json(content, strict=True)
    except ValidationError as invalid:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'manifest'}: {fault['msg']}"
            for fault in invalid.errors()
        )
        message = f"is not a valid manifest ({faults}): the sender must correct it"
        raise FileRefused(message) from invalid
