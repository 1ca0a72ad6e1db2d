"""Refused rows that somebody decided to leave out for good: who, since when, and why.

An entry names one row by its key, or records of a file where there is no key to name.
"""

from datetime import date

from pydantic import Field, model_validator

from pipeline.settings import Strict


class ForgivenRow(Strict):
    """A refused row that was looked at and is to stay out; take the entry out, and it stands again.

    It is forgiven as it was refused up to `valid_from`, however often it is delivered so again.
    What comes under its key with another content afterwards stands.
    """

    valid_from: date
    """The first day whose figures and reports no longer count it as refused."""
    company: str
    """Whose row it is."""
    table: str
    """The canonical table it was refused for, as `stockturn quarantine` says it."""
    key: dict[str, str] = Field(default_factory=dict[str, str])
    """Its key, column by column: `{ movement_id = "M-1001" }`."""
    file: str = ""
    """Without a key: the file it stands in, as `stockturn quarantine` says it."""
    records: tuple[int, ...] = ()
    """And its record numbers there: `[12]`."""
    by: str = Field(min_length=3)
    """The role that decided it, such as "Head of accounting"."""
    reason: str = Field(min_length=3)
    """Why it may stay out, and where that is written."""

    @model_validator(mode="after")
    def _names_something(self) -> "ForgivenRow":
        by_record = bool(self.file) and bool(self.records)
        if bool(self.key) == by_record or bool(self.file) != bool(self.records):
            message = "must name the row either by key, or by file and records"
            raise ValueError(message)
        return self

    @property
    def row(self) -> str:
        """The row it names, in words."""
        if self.key:
            what = ", ".join(f"{name} {value}" for name, value in self.key.items())
        else:
            numbers = ", ".join(str(record) for record in self.records)
            what = f"{self.file}, record {numbers}"
        return f"{self.company}, {self.table}, {what}"
