"""How a mail reaches the relay, and when it is tried again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.delivery.message import Letter, compose
from pipeline.delivery.outbox import MailState, Posted
from pipeline.delivery.transport import Relay, obstacle, post
from pipeline.settings import ConfigurationError, MailSettings
from tests.delivery.postbox import (
    MONTH_END,
    NIGHT,
    Authority,
    Postbox,
    authority,
    free_port,
    serving,
)


def mail(*recipients: str) -> EmailMessage:
    letter = Letter(
        site="Example group",
        report="inventory",
        company="*",
        as_of=MONTH_END,
        audience="executives",
        language="en",
        recipients=recipients or ("cfo@example.com",),
        subject="Inventory turns faster",
        body=".\nA line that is one dot must survive.\n",
    )
    return compose(letter, "reports@example.com", NIGHT, attachment_limit=0)


class Clock:
    """Sleeps without taking time, and remembers."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_starttls_brings_the_mail(relay: Relay, postbox: Postbox) -> None:
    assert post(mail(), relay) == Posted(MailState.SENT)

    recipients, received = postbox.delivered[0]
    assert recipients == ["cfo@example.com"]
    assert received.get_content() == ".\r\nA line that is one dot must survive.\r\n"


def test_implicit_tls_brings_the_mail(postbox: Postbox, trust: Authority) -> None:
    with serving(postbox, trust, "tls") as relay:
        assert post(mail(), relay).state == MailState.SENT

    assert len(postbox.delivered) == 1


def test_the_doctor_hears_what_keeps_a_relay_from_taking_mail(
    postbox: Postbox, trust: Authority
) -> None:
    with serving(postbox, trust, login=True) as relay:
        assert obstacle(replace(relay, user="stockturn", password="secret")) is None  # noqa: S106
        assert "535" in str(obstacle(replace(relay, user="stockturn", password="guess")))  # noqa: S106
    assert "cannot be reached" in str(obstacle(relay))
    assert postbox.offered == []


def test_a_login_goes_over_the_encrypted_line(postbox: Postbox, trust: Authority) -> None:
    with serving(postbox, trust, login=True) as relay:
        known = replace(relay, user="stockturn", password="secret")  # noqa: S106
        stranger = replace(known, password="guess")  # noqa: S106

        assert post(mail(), known).state == MailState.SENT
        refused = post(mail(), stranger, sleep=Clock())

    assert refused.state == MailState.FAILED
    assert "535" in refused.note
    assert len(postbox.delivered) == 1


def test_a_relay_without_starttls_gets_nothing(postbox: Postbox, trust: Authority) -> None:
    clock = Clock()
    with serving(postbox, trust, "none") as relay:
        posted = post(mail(), replace(relay, security="starttls"), sleep=clock)

    assert posted.state == MailState.FAILED
    assert "STARTTLS extension not supported" in posted.note
    assert (postbox.offered, clock.pauses) == ([], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_relay_of_unknown_authority_gets_nothing(
    postbox: Postbox, trust: Authority, tmp_path: Path, security: str
) -> None:
    stranger, clock = authority(tmp_path), Clock()
    with serving(postbox, trust, security) as relay:
        posted = post(mail(), replace(relay, ca_file=str(stranger.ca_file)), sleep=clock)

    assert posted.state == MailState.FAILED
    assert "is not trusted" in posted.note
    assert (postbox.offered, clock.pauses) == ([], [])


def test_a_certificate_of_another_host_is_not_trusted(postbox: Postbox, trust: Authority) -> None:
    with serving(postbox, trust) as relay:  # the certificate is 127.0.0.1's
        posted = post(mail(), replace(relay, host="localhost"), sleep=Clock())

    assert posted.state == MailState.FAILED
    assert "localhost" in posted.note
    assert postbox.offered == []


def test_a_relay_that_is_busy_is_asked_again(relay: Relay, postbox: Postbox) -> None:
    postbox.to_data = ["451 try again", "452 no room yet"]
    clock = Clock()

    posted = post(mail(), relay, pauses=(1, 7), sleep=clock)

    assert posted == Posted(MailState.SENT)
    assert clock.pauses == [1, 7]
    assert len(postbox.delivered) == 1


def test_a_relay_that_stays_busy_fails_for_now(relay: Relay, postbox: Postbox) -> None:
    postbox.to_data = ["451 try again"] * 3

    posted = post(mail(), relay, pauses=(1, 7), sleep=Clock())

    assert posted.state == MailState.FAILED
    assert posted.refused == {"cfo@example.com": "451 try again"}


def test_a_mail_refused_for_good_is_not_offered_again(relay: Relay, postbox: Postbox) -> None:
    postbox.to_data = ["552 message too large"]
    clock = Clock()

    posted = post(mail(), relay, sleep=clock)

    assert posted.state == MailState.FAILED
    assert "552 message too large" in posted.note
    assert (len(postbox.offered), clock.pauses) == (1, [])


def test_others_get_the_mail_when_one_is_refused(relay: Relay, postbox: Postbox) -> None:
    postbox.to_recipient = {"gone@example.com": ["550 no such user"]}

    posted = post(mail("cfo@example.com", "gone@example.com", "ceo@example.com"), relay)

    assert posted.state == MailState.SENT
    assert posted.refused == {"gone@example.com": "550 no such user"}
    assert [recipients for recipients, _ in postbox.delivered] == [
        ["cfo@example.com", "ceo@example.com"]
    ]


def test_only_who_waits_is_offered_the_mail_again(relay: Relay, postbox: Postbox) -> None:
    postbox.to_recipient = {"slow@example.com": ["450 greylisted"]}

    posted = post(mail("cfo@example.com", "slow@example.com"), relay, sleep=Clock())

    assert posted == Posted(MailState.SENT)
    assert [recipients for recipients, _ in postbox.delivered] == [
        ["cfo@example.com"],
        ["slow@example.com"],
    ]


def test_a_mail_nobody_may_get_fails(relay: Relay, postbox: Postbox) -> None:
    postbox.to_recipient = {"cfo@example.com": ["550 no such user"]}

    posted = post(mail(), relay, sleep=Clock())

    assert posted == Posted(
        MailState.FAILED, {"cfo@example.com": "550 no such user"}, "550 no such user"
    )
    assert postbox.delivered == []


def test_a_cut_after_data_is_unknown_and_never_repeated(relay: Relay, postbox: Postbox) -> None:
    postbox.cuts_after_data = True
    clock = Clock()

    posted = post(mail(), relay, sleep=clock)

    assert posted.state == MailState.UNKNOWN
    assert "it may have taken the mail" in posted.note
    assert (len(postbox.delivered), clock.pauses) == (1, [])


def test_an_answer_that_comes_too_late_is_unknown(relay: Relay, postbox: Postbox) -> None:
    postbox.delay = 6

    posted = post(mail(), replace(relay, timeout_seconds=3), sleep=Clock())

    assert posted.state == MailState.UNKNOWN


def test_a_relay_that_is_down_is_asked_again_and_then_given_up() -> None:
    clock = Clock()
    nowhere = Relay("127.0.0.1", free_port(), "reports@example.com")

    posted = post(mail(), nowhere, pauses=(1, 7), sleep=clock)

    assert posted.state == MailState.FAILED
    assert f"127.0.0.1:{nowhere.port} cannot be reached" in posted.note
    assert clock.pauses == [1, 7]


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def test_a_relay_that_says_nothing_is_left_after_the_timeout() -> None:
    with silent_server() as port:
        relay = Relay("127.0.0.1", port, "reports@example.com", timeout_seconds=0.2)
        posted = post(mail(), relay, pauses=(1,), sleep=Clock())

    assert posted.state == MailState.FAILED
    assert "timed out" in posted.note


def test_a_password_never_travels_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_USER", "stockturn")
    open_line = MailSettings(
        host="127.0.0.1", sender="reports@example.com", security="none", user_env="MAIL_USER"
    )

    with pytest.raises(ConfigurationError, match="set security to starttls or tls"):
        Relay.of(open_line)


def test_a_password_is_not_in_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_USER", "stockturn")
    monkeypatch.setenv("MAIL_PASSWORD", "secret")

    relay = Relay.of(
        MailSettings(
            host="127.0.0.1",
            sender="reports@example.com",
            user_env="MAIL_USER",
            password_env="MAIL_PASSWORD",  # noqa: S106
        )
    )

    assert relay.password == "secret"  # noqa: S105
    assert "secret" not in repr(relay)
