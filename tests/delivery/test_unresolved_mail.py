"""`stockturn mail`: what a person can do about mails of which nobody knows whether they arrived."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.delivery.outbox import MailState, Outbox
from pipeline.delivery.sending import Sending
from pipeline.delivery.transport import Relay
from pipeline.settings import StockturnError, TryAgainLater, load_site
from pipeline.stages import notify
from pipeline.warehouse import SiteState
from tests.delivery.postbox import MONTH_END, SCHEDULED, Postbox
from tests.house.sites import write_site

MAIL = """
[[subscription]]
recipients = ["cfo@example.com"]

[[subscription]]
recipients = ["board@example.com"]

[mail]
host = "{relay.host}"
port = {relay.port}
sender = "{relay.sender}"
timeout_seconds = 5
ca_file = "{relay.ca_file}"
"""

KILLED_NIGHT = """
import sys
from pathlib import Path
from tests.delivery.test_unresolved_mail import night
from tests.house.dying import Moment, die_at

die_at(Moment(sys.argv[2], "smtplib:SMTP.data"))
night(Path(sys.argv[1]))
"""


@pytest.fixture
def site(tmp_path: Path, relay: Relay) -> Path:
    """A site with a finished report that two people wait for, apart."""
    folder = write_site(tmp_path / "site", extra=MAIL.format(relay=relay))
    make_report(folder, "turnover 4.2")
    return folder


def make_report(site: Path, content: str) -> None:
    reports = site / "reports" / str(MONTH_END)
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "group.en.pdf").write_bytes(b"%PDF-1.7\n" + content.encode())
    (reports / "group.en.mail.txt").write_text("Inventory turns faster\n\nDear reader,\n")


def night(site: Path, **tags: str) -> tuple[Sending, ...]:
    """What the schedule's run, or one with other tags, does about mail."""
    run = notify.RunOf("night", tags or SCHEDULED, datetime.now(UTC))
    return notify.post(load_site(site), MONTH_END, run, {})


def killed_night(site: Path, moment: str, root: Path) -> None:
    """The same in a process that dies right before or after the relay is given the first mail."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_NIGHT, str(site), moment],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL


def cut_off_night(site: Path, postbox: Postbox) -> None:
    """The relay is cut off while it has both mails in its hands."""
    postbox.cuts_after_data = True
    night(site)
    postbox.cuts_after_data = False
    postbox.delivered.clear()


def mail(site: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["mail", "--site", str(site), *options])
    assert result.exit_code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def key_to(site: Path, recipient: str) -> str:
    """The key of somebody's mail, as the list shows it."""
    lines = mail(site)[1].splitlines()
    return next(line.split()[0] for line in lines if f"to {recipient}:" in line)


def sent_to(postbox: Postbox) -> list[str]:
    return [recipient for recipients, _ in postbox.delivered for recipient in recipients]


@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 1)])
def test_a_mail_of_a_killed_run_is_listed_and_sent_again_as_the_same_mail(
    site: Path, postbox: Postbox, moment: str, arrived: int, request: pytest.FixtureRequest
) -> None:
    killed_night(site, moment, request.config.rootpath)
    assert len(postbox.delivered) == arrived

    code, listed = mail(site)

    assert code == 0, listed
    assert f"{MONTH_END} group en to cfo@example.com: Inventory turns faster" in listed
    assert "--resend KEY" in listed
    code, output = mail(site, "--resend", key_to(site, "cfo@example.com"))
    assert code == 0, output
    assert sent_to(postbox) == ["cfo@example.com"] * (arrived + 1)
    assert len({message["Message-ID"] for _, message in postbox.delivered}) == 1
    assert mail(site) == (0, "No mail waits for a decision.\n")


def test_a_mail_that_arrived_is_never_sent_again(site: Path, postbox: Postbox) -> None:
    cut_off_night(site, postbox)

    for recipient in ("cfo@example.com", "board@example.com"):
        code, output = mail(site, "--sent", key_to(site, recipient))
        assert code == 0, output

    assert {each.state for each in night(site, mail="yes")} == {MailState.SENT}
    assert postbox.delivered == []


def test_only_the_mail_that_is_decided_on_is_sent(site: Path, postbox: Postbox) -> None:
    cut_off_night(site, postbox)

    code, output = mail(site, "--resend", key_to(site, "board@example.com"))

    assert code == 0, output
    assert sent_to(postbox) == ["board@example.com"]
    assert "cfo@example.com" in mail(site)[1]


def test_a_mail_the_relay_still_refuses_can_be_sent_once_more(site: Path, postbox: Postbox) -> None:
    cut_off_night(site, postbox)
    key = key_to(site, "cfo@example.com")
    postbox.to_data = ["554 not today"]

    code, output = mail(site, "--resend", key)
    assert (code, sent_to(postbox)) == (75, []), output
    assert "554 not today" in output
    assert f"--resend {key}" in output

    assert mail(site, "--resend", key)[0] == 0
    assert sent_to(postbox) == ["cfo@example.com"]


def test_a_mail_whose_report_was_made_anew_is_not_sent_as_another(
    site: Path, postbox: Postbox
) -> None:
    cut_off_night(site, postbox)
    key = key_to(site, "cfo@example.com")
    make_report(site, "turnover 4.1")

    code, output = mail(site, "--resend", key)

    assert (code, sent_to(postbox)) == (78, []), output
    assert f"--date {MONTH_END} --mail" in output
    with SiteState(load_site(site)) as state:
        assert [entry.state for entry in Outbox(state).entries(MONTH_END)].count(
            MailState.FAILED
        ) == 1
    night(site, mail="yes")
    assert sorted(sent_to(postbox)) == ["board@example.com", "cfo@example.com"]


def test_a_key_that_fits_no_mail_or_two_is_said(site: Path, postbox: Postbox) -> None:
    assert mail(site) == (0, "No mail waits for a decision.\n")
    cut_off_night(site, postbox)

    for wrong, words in (("zzz", "No undecided mail begins with 'zzz'"), ("", "begins with ''")):
        for option in ("--sent", "--resend"):
            code, output = mail(site, option, wrong)
            assert code == 78, output
            assert words in output
    code, output = mail(site, "--sent", "1", "--resend", "1")
    assert code == 78, output
    assert len([line for line in mail(site)[1].splitlines() if "to " in line and "@" in line]) == 2


def test_a_night_with_an_undecided_mail_ends_in_words(site: Path, postbox: Postbox) -> None:
    """Otherwise nobody would hear of it: the run would look as if all had gone well."""
    postbox.cuts_after_data = True
    sent = night(site)

    with pytest.raises(StockturnError, match=r"cfo@example\.com.*'stockturn mail'") as told:
        notify.raise_for_failed(sent)

    assert not isinstance(told.value, TryAgainLater)
