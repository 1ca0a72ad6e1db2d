"""The `stockturn` command: what a data engineer types, and the exit codes a scheduler reads.

0 done (warnings are listed) · 65 data refused · 75 still being written or locked ·
78 configuration · 1 unexpected.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from pipeline.resources import SAFE_PATH
from pipeline.settings import ConfigurationError, Site, StockturnError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    help="Nightly ERP extracts to an inventory report executives trust.",
)
# What data, names and paths say is printed as it stands, whatever it looks like.
out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(highlight=False, soft_wrap=True, markup=False, emoji=False, stderr=True)

SiteOption = Annotated[
    Path,
    typer.Option("--site", help="The site's folder.", envvar="STOCKTURN_SITE"),
]
USAGE_FAULT = 2
"""What the library that reads the command line ends with; our exit codes do not know it."""


def _day(text: str) -> date:
    """A day as it is typed."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        message = f"'{text}' is no day: write it as year-month-day, such as 2026-01-31"
        raise typer.BadParameter(message) from wrong


def day_option(name: str, words: str) -> Any:
    """An option that takes a day."""
    return typer.Option(name, parser=_day, metavar="YYYY-MM-DD", help=words)


@contextmanager
def _in_words() -> Generator[None]:
    """A refusal ends with its message and its exit code, never with a stack trace."""
    try:
        yield
    except Exception as failure:
        from pipeline.stages.failure_messages import refusal_in  # noqa: PLC0415

        refusal = refusal_in(failure)
        if refusal is None:
            raise
        err.print(_kind(refusal), style="bold red")
        err.print(_printable(str(refusal)))
        raise typer.Exit(refusal.exit_code) from refusal


def _kind(refusal: StockturnError) -> str:
    words = {65: "Data refused", 75: "Not now", 78: "Configuration"}
    return words.get(refusal.exit_code, "Failed")


@app.command()
def demo(
    site: Annotated[Path, typer.Option("--site", help="Where to put the sample group.")] = Path(
        "demo-site",
    ),
) -> None:
    """Write the sample group's extracts, run every night of it, and show the report."""
    from pipeline.stages.demo_run import show  # noqa: PLC0415 - a command loads what it needs

    with _in_words():
        show(site, _tell)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="An empty or new folder.")]) -> None:
    """Create a site: settings to fill in, and the folders extracts are delivered to."""
    from pipeline.stages.init_site import create_site  # noqa: PLC0415

    with _in_words():
        for line in create_site(folder):
            _tell(line)


@app.command()
def run(  # noqa: PLR0913, PLR0917 - one option each
    site: SiteOption = Path("site"),
    day: Annotated[date | None, day_option("--date", "One day; default: the newest.")] = None,
    first: Annotated[date | None, day_option("--from", "First day of a range.")] = None,
    last: Annotated[date | None, day_option("--to", "Last day of a range.")] = None,
    report: Annotated[bool, typer.Option(help="Make the documents.")] = True,  # noqa: FBT002
    mail: Annotated[bool, typer.Option("--mail", help="Mail them, as the schedule does.")] = False,  # noqa: FBT002
    accept_closures: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--accept-closures",
            help="Take in deliveries that close more than the allowed share of their window.",
        ),
    ] = False,
) -> None:
    """Take in extracts, compute the metrics, make the report; no daemon is needed."""
    from pipeline.stages.run_site import Order, run_site  # noqa: PLC0415

    with _in_words():
        days = _range(day, first, last)
        order = Order(days, report=report, mail=mail, accept_closures=accept_closures)
        outcome = run_site(_open(site), order, _say)
        for line in outcome.lines():
            _tell(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def report(
    site: SiteOption = Path("site"),
    day: Annotated[date | None, day_option("--date", "As-of date; default: newest.")] = None,
) -> None:
    """Make the documents of a day again from what the warehouse holds."""
    from pipeline.stages.run_site import report_site  # noqa: PLC0415

    with _in_words():
        outcome = report_site(_open(site), day, _say)
        for line in outcome.lines():
            _tell(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def rebuild(site: SiteOption = Path("site")) -> None:
    """Build the warehouse anew from `raw/`; the old file is moved aside, never deleted."""
    from pipeline.stages.rebuild import rebuild_site  # noqa: PLC0415

    with _in_words():
        outcome = rebuild_site(_open(site), _say)
        for line in outcome.lines():
            _tell(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def quarantine(
    site: SiteOption = Path("site"),
    company: Annotated[str | None, typer.Option(help="Only of this company.")] = None,
    table: Annotated[str | None, typer.Option(help="Only of this canonical table.")] = None,
) -> None:
    """List the refused rows that stand: why, where they lie, and what to do."""
    from pipeline.stages.quarantine import listed  # noqa: PLC0415

    with _in_words():
        for line in listed(_open(site), company, table):
            _tell(line)


@app.command()
def mail(
    site: SiteOption = Path("site"),
    sent: Annotated[
        str | None,
        typer.Option("--sent", metavar="KEY", help="It arrived: never send it again."),
    ] = None,
    resend: Annotated[
        str | None,
        typer.Option("--resend", metavar="KEY", help="It did not arrive: send it again now."),
    ] = None,
) -> None:
    """List mails of which nobody knows whether they arrived, and decide on one."""
    from pipeline.stages.unresolved_mail import note_arrival, send_again, undecided  # noqa: PLC0415

    with _in_words():
        if sent is not None and resend is not None:
            message = "give either --sent or --resend, one mail at a time"
            raise ConfigurationError(message)
        where = _open(site)
        if sent is not None:
            lines = [note_arrival(where, sent)]
        elif resend is not None:
            lines = [send_again(where, resend)]
        else:
            lines = list(undecided(where))
        for line in lines:
            _tell(line)


@app.command()
def doctor(
    site: SiteOption = Path("site"),
    reap: Annotated[bool, typer.Option("--reap", help="End runs a restart left behind.")] = False,  # noqa: FBT002
) -> None:
    """Check fonts, libraries, settings, mail, disk and orphaned runs; say each remedy."""
    from pipeline.defs.dagster_server import orphaned_runs  # noqa: PLC0415
    from pipeline.stages.doctor import examine  # noqa: PLC0415

    with _in_words():
        findings = [*examine(site), *orphaned_runs(site, reap=reap)]
        for finding in findings:
            _tell_finding(finding.topic, finding.state, finding.remedy)
    is_healthy = all(finding.remedy is None for finding in findings)
    raise typer.Exit(0 if is_healthy else ConfigurationError.exit_code)


@app.command()
def ui(
    site: SiteOption = Path("site"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Serve the Dagster UI with schedule, sensors and daemon for a site."""
    from pipeline.defs.dagster_server import serve  # noqa: PLC0415

    with _in_words():
        serve(_open(site), port)


@app.command()
def dictionary() -> None:
    """Print every table and column, as delivered and as published, with its meaning."""
    from pipeline.canonical import dictionary as canonical  # noqa: PLC0415
    from pipeline.metrics import dictionary as published  # noqa: PLC0415

    for line in (canonical.markdown(), "# Published metrics\n", published.markdown()):
        _tell(line)


@app.callback()
def every_command(
    version: Annotated[  # noqa: FBT002
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True)
    ] = False,
) -> None:
    """Nightly ERP extracts to an inventory report executives trust."""
    if version:
        _tell(f"stockturn {metadata.version('stockturn')}")
        raise typer.Exit


def _open(folder: Path) -> Site:
    """The site of a folder, its settings, mappings and policies checked."""
    from pipeline.stages import site_check  # noqa: PLC0415

    return site_check.open_site(folder)


def _range(day: date | None, first: date | None, last: date | None) -> tuple[date, date] | None:
    if day and (first or last):
        message = "give either --date, or --from and --to"
        raise ConfigurationError(message)
    if day:
        return day, day
    if (first is None) != (last is None):
        message = "--from and --to go together: give both, or --date for one day"
        raise ConfigurationError(message)
    if first and last and first > last:
        message = f"--from {first} is after --to {last}: swap them"
        raise ConfigurationError(message)
    return (first, last) if first and last else None


def _say(line: str) -> None:
    moment = f"{datetime.now().astimezone():%H:%M:%S}"
    err.print(Text.assemble((moment, "dim"), " ", _printable(line)))


def _tell(line: str) -> None:
    out.print(_printable(line))


def _tell_finding(topic: str, state: str, remedy: str | None) -> None:
    mark = ("mend  ", "bold red") if remedy else ("ok    ", "green")
    out.print(Text.assemble(mark, _printable(f"{topic}: {state}")))
    if remedy:
        _tell(f"        -> {remedy}")


def _printable(text: str) -> str:
    """A text whose characters steer no terminal: those that are not seen are shown as escapes."""
    seen = (c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)
    return "".join(seen)


def main() -> None:
    """Run the command line: no telemetry, and children import nothing from the current folder."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    os.environ[SAFE_PATH] = "1"
    # Nothing here multiplies matrices, and threads that wait for that cost as much as they wait.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except SystemExit as end:
        sys.exit(ConfigurationError.exit_code if end.code == USAGE_FAULT else end.code)
