"""Why a run ended, in words that say who must do what: what a stage refused, or the machine."""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator

from pipeline.settings import ConfigurationError, StockturnError
from pipeline.warehouse import refusal_number

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
QUOTED_PATH = re.compile(r'"(/[^"]+)"')
DAGSTERS_OWN = {"disk is full": errno.ENOSPC, "readonly database": errno.EROFS}
UNHURT = "what was committed stands and nothing is half done"


def refusal_in(failure: BaseException) -> StockturnError | None:
    """What was refused, in a failure or below what others wrapped around it; None: a fault."""
    chain = list(_chain(failure))
    for each in chain:
        if isinstance(each, StockturnError):
            return each
    words = next((words for each in chain if (words := _of_the_machine(each))), None)
    return ConfigurationError(words) if words else None


def _chain(failure: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        yield failure
        seen.add(id(failure))
        failure = failure.__cause__ or failure.__context__


def _of_the_machine(failure: BaseException) -> str | None:
    if isinstance(failure, OSError):
        number, place = failure.errno, failure.filename2 or failure.filename
    elif isinstance(failure, sqlite3.Error):
        number = next((code for words, code in DAGSTERS_OWN.items() if words in str(failure)), None)
        place = "Dagster's memory in .dagster"
    else:
        number = refusal_number(failure)
        quoted = QUOTED_PATH.search(str(failure))
        place = quoted[1] if quoted else None
    return _in_words(number, str(place) if place else "the site's folder")


def _in_words(number: int | None, place: str) -> str | None:
    if number in FULL:
        return (
            f"{place} cannot be written: {os.strerror(number)}. Whoever runs this machine must "
            f"make room on that disk, then run again; {UNHURT}"
        )
    if number in FORBIDDEN:
        return (
            f"{place} cannot be used: {os.strerror(number)}. Whoever runs this machine must let "
            f"the user this runs as (id {os.geteuid()}) read and write it, then run again; {UNHURT}"
        )
    if number == errno.ENOTDIR:
        return f"{place} cannot be used: a file stands where a folder should be; name a folder"
    if number == errno.ENOMEM:
        return (
            "The database needs more memory than it may take: raise [engine] memory_limit_mb in "
            f"site.toml, or run fewer days at once; {UNHURT}"
        )
    return None
