"""One mail to one relay: encrypted or not at all, tried again only while it cannot have arrived."""

import os
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from pipeline.delivery.message import WIRE, address_of
from pipeline.delivery.outbox import MailState, Posted
from pipeline.settings import ConfigurationError, MailSettings

READY, PERMANENT = 300, 500
PAUSES = (2.0, 15.0)


@dataclass(frozen=True)
class Relay:
    """The server that takes mail, how it is reached and who says so."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30
    ca_file: str | None = None

    @classmethod
    def of(cls, settings: MailSettings) -> "Relay":
        """The relay of a site's settings, with its secrets from the environment."""
        if settings.user_env and settings.security == "none":
            message = "[mail] names a user but no encryption: set security to starttls or tls"
            raise ConfigurationError(message)
        return cls(
            host=settings.host,
            port=settings.port,
            sender=settings.sender,
            security=settings.security,
            user=os.environ.get(settings.user_env) if settings.user_env else None,
            password=os.environ.get(settings.password_env) if settings.password_env else None,
            timeout_seconds=settings.timeout_seconds,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
        )


class _NotTaken(Exception):
    """The relay has not got the mail; `later` says whether it may take it at another time."""

    def __init__(self, note: str, *, later: bool) -> None:
        super().__init__(note)
        self.later = later


class _CutOff(Exception):
    """The connection ended after the text was on its way: nobody knows."""


@dataclass
class _Delivery:
    """Who has got the mail, who is refused for good, and who waits for another try, and why."""

    waiting: dict[str, str]
    taken: list[str] = field(default_factory=list[str])
    refused: dict[str, str] = field(default_factory=dict[str, str])

    def put_off(self, why: str) -> None:
        """Whoever waits, waits for this."""
        self.waiting = dict.fromkeys(self.waiting, why)


def post(
    mail: EmailMessage,
    relay: Relay,
    pauses: Sequence[float] = PAUSES,
    sleep: Callable[[float], None] = time.sleep,
) -> Posted:
    """Hand a mail to the relay, with a further try after each pause while that is harmless."""
    content = mail.as_bytes(policy=WIRE)
    delivery = _Delivery(dict.fromkeys((each.addr_spec for each in mail["To"].addresses), ""))
    for pause in (*pauses, None):
        try:
            _attempt(content, relay, delivery)
        except _CutOff as cut:
            return Posted(MailState.UNKNOWN, delivery.refused, str(cut))
        except _NotTaken as refusal:
            delivery.put_off(str(refusal))
            if not refusal.later:
                break
        if not delivery.waiting or pause is None:
            break
        sleep(pause)
    refused = {**delivery.refused, **delivery.waiting}
    note = "; ".join(sorted(set(refused.values())))
    return Posted(MailState.SENT if delivery.taken else MailState.FAILED, refused, note)


def obstacle(relay: Relay) -> str | None:
    """What keeps the relay from taking mail, if anything: reached, encrypted and logged in."""
    try:
        _connected(relay).close()
    except (smtplib.SMTPException, OSError) as fault:
        return str(_refusal(relay, fault))
    return None


def _attempt(content: bytes, relay: Relay, delivery: _Delivery) -> None:
    """One connection: offer the mail to every waiting recipient."""
    try:
        server = _connected(relay)
    except (smtplib.SMTPException, OSError) as fault:
        raise _refusal(relay, fault) from fault
    try:
        _hand_over(server, content, relay, delivery)
    finally:
        server.close()


def _connected(relay: Relay) -> smtplib.SMTP:
    trust = ssl.create_default_context(cafile=relay.ca_file)
    if relay.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            relay.host,
            relay.port,
            timeout=relay.timeout_seconds,
            context=trust,
        )
    else:
        server = smtplib.SMTP(relay.host, relay.port, timeout=relay.timeout_seconds)
    try:
        if relay.security == "starttls":
            server.starttls(context=trust)  # raises where the relay does not offer it
        server.ehlo_or_helo_if_needed()
        if relay.user is not None:
            server.login(relay.user, relay.password or "")
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, content: bytes, relay: Relay, delivery: _Delivery) -> None:
    try:
        accepted = _envelope(server, relay, delivery)
    except (smtplib.SMTPException, OSError) as fault:
        raise _refusal(relay, fault) from fault
    if not accepted:
        return
    try:
        code, words = server.data(content)
    except smtplib.SMTPDataError as fault:  # the relay said no to DATA itself
        code, words = fault.smtp_code, fault.smtp_error
    except (smtplib.SMTPException, OSError) as fault:
        message = f"{relay.host} was cut off after DATA ({fault}): it may have taken the mail"
        raise _CutOff(message) from fault
    if code >= READY:
        raise _NotTaken(_said(code, words), later=code < PERMANENT)
    delivery.taken += accepted
    for recipient in accepted:
        del delivery.waiting[recipient]
    _goodbye(server)


def _envelope(server: smtplib.SMTP, relay: Relay, delivery: _Delivery) -> list[str]:
    """Recipients the relay takes now; those it refuses for good are noted, the others wait."""
    code, words = server.mail(address_of(relay.sender).addr_spec)
    if code >= READY:
        raise smtplib.SMTPSenderRefused(code, words, relay.sender)
    accepted: list[str] = []
    for recipient in list(delivery.waiting):
        code, words = server.rcpt(recipient)
        if code < READY:
            accepted.append(recipient)
        elif code < PERMANENT:
            delivery.waiting[recipient] = _said(code, words)
        else:
            delivery.refused[recipient] = _said(code, words)
            del delivery.waiting[recipient]
    return accepted


def _goodbye(server: smtplib.SMTP) -> None:
    """Part politely; the mail is delivered whatever the relay answers."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        return


def _refusal(relay: Relay, fault: Exception) -> _NotTaken:
    """A fault before the text was sent, in words; a 5xx or a broken promise is for good."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return _NotTaken(f"{relay.host}:{relay.port} is not trusted: {fault}", later=False)
    if isinstance(fault, smtplib.SMTPResponseException):
        said = _said(fault.smtp_code, fault.smtp_error)
        return _NotTaken(f"{relay.host}: {said}", later=fault.smtp_code < PERMANENT)
    if isinstance(fault, smtplib.SMTPNotSupportedError):
        return _NotTaken(f"{relay.host}: {fault}", later=False)
    return _NotTaken(f"{relay.host}:{relay.port} cannot be reached: {fault}", later=True)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", errors="replace") if isinstance(words, bytes) else words
    return f"{code} {text}"
