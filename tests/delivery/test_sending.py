"""Who is mailed what, by which run, and what happens when things break on the way."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.delivery.outbox import MailState, Outbox, Posted
from pipeline.delivery.sending import Hold, Sending, deliver
from pipeline.delivery.transport import Relay
from pipeline.settings import ConfigurationError
from pipeline.warehouse import SiteState
from tests.delivery.postbox import (
    MONTH_END,
    NIGHT,
    SCHEDULED,
    Postbox,
    document,
    run,
    settings,
    state_file,
)

ENGLISH = {"recipients": ("cfo@example.com",), "language": "en"}
CHINESE = {"recipients": ("cfo@example.cn",), "language": "zh"}
ACME = {"recipients": ("acme@example.com",), "company": "acme"}


def states(sendings: tuple[Sending, ...]) -> list[MailState]:
    return [sending.state for sending in sendings]


def test_a_subscriber_gets_the_report_in_the_language_asked_for(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    site = settings(relay, ENGLISH, CHINESE)
    documents = [
        document(tmp_path),
        document(tmp_path, language="zh", subject="库存周转加快", body="您好：\n"),
    ]

    assert states(deliver(state, site, run(), documents)) == [MailState.SENT, MailState.SENT]

    received = {recipients[0]: mail for recipients, mail in postbox.delivered}
    assert received["cfo@example.com"]["Subject"] == "Inventory turns faster: 4.2 after 3.9"
    assert received["cfo@example.cn"]["Subject"] == "库存周转加快"
    attached = next(iter(received["cfo@example.cn"].iter_attachments()))
    assert attached.get_filename() == "executives.zh.pdf"


def test_a_subscriber_of_month_ends_is_left_in_peace_on_other_days(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    site = settings(relay, ENGLISH | {"days": ("month_end",)})
    days = [MONTH_END - timedelta(days=1), MONTH_END, MONTH_END + timedelta(days=1)]

    sent = [
        deliver(state, site, run(), [replace(document(tmp_path), as_of=day)])[0] for day in days
    ]

    assert [one.state for one in sent] == ["suppressed", "sent", "suppressed"]
    assert sent[0].note == "its readers want only reports of: month_end"
    assert len(postbox.delivered) == 1


def test_the_month_end_that_had_no_report_is_made_up_for_once(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    site = settings(relay, ENGLISH | {"days": ("month_end",)})
    february = MONTH_END.replace(month=2, day=28)
    days = [february, MONTH_END + timedelta(days=2), MONTH_END + timedelta(days=3)]

    sent = [
        deliver(state, site, run(), [replace(document(tmp_path), as_of=day)])[0] for day in days
    ]

    assert [one.state for one in sent] == ["sent", "sent", "suppressed"]
    assert len(postbox.delivered) == 2


def test_a_subscriber_gets_the_report_of_the_company_asked_for(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    documents = [document(tmp_path), document(tmp_path, company="acme", subject="ACME")]

    deliver(state, settings(relay, ENGLISH, ACME), run(), documents)

    assert {recipients[0]: mail["Subject"] for recipients, mail in postbox.delivered} == {
        "cfo@example.com": "Inventory turns faster: 4.2 after 3.9",
        "acme@example.com": "ACME",
    }


def test_running_twice_sends_once(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    for number in range(3):
        sendings = deliver(
            state, settings(relay), run(run_id=f"run-{number}"), [document(tmp_path)]
        )

    assert states(sendings) == [MailState.SENT]
    assert len(postbox.delivered) == 1


@pytest.mark.parametrize(
    ("tags", "mails"),
    [
        ({}, False),
        ({"mail": "yes"}, True),
        ({"mail": "no"}, False),
        (SCHEDULED, True),
        ({"dagster/backfill": "abc"}, False),
        ({"dagster/backfill": "abc", "mail": "yes"}, False),
        ({"dagster/sensor_name": "complete_delivery"}, False),
        ({**SCHEDULED, "dagster/parent_run_id": "abc"}, False),
        ({**SCHEDULED, "dagster/parent_run_id": "abc", "dagster/retry_number": "1"}, True),
        ({**SCHEDULED, "dagster/parent_run_id": "abc", "mail": "yes"}, True),
    ],
)
def test_only_the_schedule_or_a_person_mails(
    state: SiteState,
    relay: Relay,
    postbox: Postbox,
    tmp_path: Path,
    tags: dict[str, str],
    mails: bool,
) -> None:
    sendings = deliver(state, settings(relay), run(tags), [document(tmp_path)])

    assert states(sendings) == [MailState.SENT if mails else MailState.SUPPRESSED]
    assert len(postbox.delivered) == int(mails)


def test_the_schedule_mails_what_a_run_by_hand_only_made(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    deliver(state, settings(relay), run({}), [document(tmp_path)])

    assert states(deliver(state, settings(relay), run(), [document(tmp_path)])) == [MailState.SENT]
    assert len(postbox.delivered) == 1


def test_a_corrected_report_is_mailed_only_when_asked_for(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    site = settings(relay)
    deliver(state, site, run(), [document(tmp_path)])
    corrected = document(tmp_path, "turnover 4.1")

    by_schedule = deliver(state, site, run(), [corrected])
    asked_for = deliver(state, site, run({"mail": "yes"}), [corrected])
    asked_again = deliver(state, site, run({"mail": "yes"}), [corrected])

    assert states(by_schedule) == [MailState.SUPPRESSED]
    assert "a corrected report" in by_schedule[0].note
    assert states(asked_for) == states(asked_again) == [MailState.SENT]
    assert len({mail["Message-ID"] for _, mail in postbox.delivered}) == 2


def test_a_correction_before_anything_was_sent_is_simply_the_report(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    deliver(state, settings(relay), run({}), [document(tmp_path)])

    sendings = deliver(state, settings(relay), run(), [document(tmp_path, "turnover 4.1")])

    assert states(sendings) == [MailState.SENT]
    assert len(postbox.delivered) == 1


def test_a_mail_that_failed_is_sent_once_later(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    def down(_mail: EmailMessage, _relay: Relay) -> Posted:
        return Posted(MailState.FAILED, note="127.0.0.1 cannot be reached")

    first = deliver(state, settings(relay), run(), [document(tmp_path)], post=down)
    second = deliver(state, settings(relay), run(), [document(tmp_path)])

    assert states(first) == [MailState.FAILED]
    assert states(second) == [MailState.SENT]
    assert len(postbox.delivered) == 1


def test_one_refused_recipient_is_recorded_and_the_others_read_the_report(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    postbox.to_recipient = {"gone@example.com": ["550 no such user"]}
    both = {"recipients": ("cfo@example.com", "gone@example.com")}

    sending = deliver(state, settings(relay, both), run(), [document(tmp_path)])[0]

    assert sending.state == MailState.SENT
    assert sending.refused == {"gone@example.com": "550 no such user"}
    assert [recipients for recipients, _ in postbox.delivered] == [["cfo@example.com"]]


def test_a_cut_after_data_waits_for_a_person(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    site = settings(relay)
    postbox.cuts_after_data = True
    first = deliver(state, site, run(), [document(tmp_path)])
    postbox.cuts_after_data = False
    again = deliver(state, site, run({"mail": "yes"}), [document(tmp_path)])

    assert states(first) == states(again) == [MailState.UNKNOWN]
    assert len(postbox.delivered) == 1

    Outbox(state).decide(first[0].message_id, NIGHT, arrived=False)
    assert states(deliver(state, site, run(), [document(tmp_path)])) == [MailState.SENT]
    assert len({mail["Message-ID"] for _, mail in postbox.delivered}) == 1


def test_a_large_report_is_mailed_as_a_link(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    large = document(tmp_path, "x" * 2_000_000, link="https://reports.example.com/1")

    deliver(state, settings(relay, max_attachment_mb=1.5), run(), [large])

    mail = postbox.delivered[0][1]
    assert not list(mail.iter_attachments())
    assert "https://reports.example.com/1" in mail.get_content()


def test_a_data_made_subject_stays_one_line(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    deliver(
        state,
        settings(relay),
        run(),
        [document(tmp_path, subject="ACME\r\nBcc: all@example.com\r\n\r\nBuy")],
    )

    recipients, mail = postbox.delivered[0]
    assert recipients == ["cfo@example.com"]
    assert mail["Subject"] == "ACME Bcc: all@example.com Buy"


def test_an_address_that_is_none_is_refused_before_anything_is_sent(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    wrong = {"recipients": ("cfo@example.com\nBcc: all@example.com",)}

    with pytest.raises(ConfigurationError, match="is not a mail address"):
        deliver(state, settings(relay, ENGLISH, wrong), run(), [document(tmp_path)])

    assert postbox.offered == []


def test_a_site_without_mail_suppresses(state: SiteState, tmp_path: Path) -> None:
    sendings = deliver(state, settings(None), run(), [document(tmp_path)])

    assert states(sendings) == [MailState.SUPPRESSED]
    assert sendings[0].note == "site.toml has no [mail]"


def test_a_subscription_nothing_was_made_for_is_no_silence(
    state: SiteState, relay: Relay, tmp_path: Path
) -> None:
    sendings = deliver(state, settings(relay, ENGLISH, CHINESE), run(), [document(tmp_path)])

    assert states(sendings) == [MailState.SENT, MailState.FAILED]
    assert "no report in 'zh' was made for company '*'" in sendings[1].note


HELD = Hold("*", MONTH_END, ("ledger of acme does not add up: SKU B-100 differs by 0.03",))


def test_a_held_report_goes_to_nobody_and_the_engineers_are_told_why(
    state: SiteState, relay: Relay, postbox: Postbox
) -> None:
    site = settings(relay, ENGLISH, CHINESE, engineers=("data@example.com",))

    sendings = deliver(state, site, run(), [], [HELD])

    assert states(sendings) == [MailState.HELD, MailState.HELD, MailState.SENT]
    recipients, mail = postbox.delivered[0]
    assert (len(postbox.delivered), recipients) == (1, ["data@example.com"])
    assert mail["Subject"] == "[Example group] Report of 2026-03-31 held: the group"
    assert "SKU B-100 differs by 0.03" in mail.get_content()


def test_engineers_hear_of_the_same_failure_once_and_of_another_again(
    state: SiteState, relay: Relay, postbox: Postbox
) -> None:
    site = settings(relay, engineers=("data@example.com",))
    other = Hold("*", MONTH_END, ("extract of acme is missing",))

    for held in (HELD, HELD, other):
        deliver(state, site, run(), [], [held])

    assert len(postbox.delivered) == 2


def test_a_held_report_is_mailed_after_it_was_healed(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    site = settings(relay)
    deliver(state, site, run(), [], [HELD])

    assert states(deliver(state, site, run(), [document(tmp_path)])) == [MailState.SENT]
    assert len(postbox.delivered) == 1


def test_others_get_their_report_while_one_company_is_held(
    state: SiteState, relay: Relay, postbox: Postbox, tmp_path: Path
) -> None:
    held = Hold("acme", MONTH_END, ("too many rows refused",))

    sendings = deliver(state, settings(relay, ENGLISH, ACME), run(), [document(tmp_path)], [held])

    assert states(sendings) == [MailState.SENT, MailState.HELD]
    assert [recipients for recipients, _ in postbox.delivered] == [["cfo@example.com"]]


def test_a_hold_found_by_a_backfill_mails_nobody(
    state: SiteState, relay: Relay, postbox: Postbox
) -> None:
    site = settings(relay, engineers=("data@example.com",))

    sendings = deliver(state, site, run({"dagster/backfill": "abc"}), [], [HELD])

    assert states(sendings) == [MailState.HELD, MailState.SUPPRESSED]
    assert postbox.offered == []


# A run in a process of its own, stopped where the test wants it.
STOPPED_RUN = """
import signal, sys
from pathlib import Path
from pipeline.delivery import sending, transport
from tests.delivery import postbox

folder, where, port, ca_file = sys.argv[1:]
relay = transport.Relay("127.0.0.1", int(port), "reports@example.com", ca_file=ca_file)

def stop(_mail, _relay):
    if where == "after":
        assert transport.post(_mail, _relay).state == "sent"
    print("here", flush=True)
    signal.pause()

sending.deliver(
    postbox.state_file(Path(folder)),
    postbox.settings(relay),
    postbox.run(),
    [postbox.document(Path(folder))],
    post=stop,
)
"""


@pytest.mark.parametrize(("where", "arrived"), [("before", 0), ("after", 1)])
def test_a_run_killed_while_sending_is_never_repeated_by_itself(
    tmp_path: Path,
    relay: Relay,
    postbox: Postbox,
    where: str,
    arrived: int,
    request: pytest.FixtureRequest,
) -> None:
    arguments = [str(tmp_path), where, str(relay.port), str(relay.ca_file)]
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED_RUN, *arguments],
        stdout=subprocess.PIPE,
        cwd=request.config.rootpath,
        env={**os.environ, "PYTHONPATH": str(request.config.rootpath)},
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"here\n"
        killed.send_signal(signal.SIGKILL)

    state = state_file(tmp_path)
    sendings = deliver(state, settings(relay), run({"mail": "yes"}), [document(tmp_path)])

    assert states(sendings) == [MailState.UNKNOWN]
    assert [entry.message_id for entry in Outbox(state).undecided()] == [sendings[0].message_id]
    assert len(postbox.delivered) == arrived
    state.close()
