"""`stockturn mail`: a person decides on mails of which nobody knows whether they arrived.

A mail is undecided where its run was killed, or the relay cut off, after the relay may have had it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline import warehouse
from pipeline.delivery.outbox import MailState, Outbox, OutboxEntry
from pipeline.delivery.sending import Sending, deliver_again
from pipeline.settings import ConfigurationError, Site, StockturnError, TryAgainLater
from pipeline.stages import notify, release_gate
from pipeline.stages.site_lock import site_lock

SHORT = 8
BY_HAND = {"mail": "yes"}


def undecided(site: Site) -> Iterator[str]:
    """Every mail that waits for a decision and how to decide, in lines."""
    with warehouse.SiteState(site) as state:
        waiting = _waiting(state)
    if not waiting:
        yield "No mail waits for a decision."
        return
    yield "Nobody knows whether these mails arrived. Ask a recipient, then decide on each:"
    for entry in waiting:
        yield f"  {key_of(entry)}  {_title(entry)}"
        yield f"  {' ' * SHORT}  {entry.note}"
    yield f"It arrived:      stockturn mail --site {site.folder} --sent KEY"
    yield f"It did not:      stockturn mail --site {site.folder} --resend KEY"


def note_arrival(site: Site, key: str) -> str:
    """A person says that a mail arrived: it is never sent again.

    Raises:
        ConfigurationError: no undecided mail has that key.
    """
    with warehouse.SiteState(site) as state, state.alone_in_mailing():
        outbox = _interrupted(state)
        entry = _found(outbox, key, MailState.UNKNOWN)
        outbox.decide(entry.message_id, datetime.now(UTC), arrived=True)
    return f"noted as sent: {_title(entry)}"


def send_again(site: Site, key: str) -> str:
    """A person says that a mail did not arrive: it is sent, as the same mail, and no other is.

    Raises:
        ConfigurationError: no mail has that key, or it can no longer be written as it was.
        TryAgainLater: the relay did not take it.
        StockturnError: the relay was cut off again.
    """
    now = datetime.now(UTC)
    with warehouse.SiteState(site) as state, state.alone_in_mailing():
        entry = _found(_interrupted(state), key, MailState.UNKNOWN, MailState.FAILED)
    with site_lock(site, "stockturn mail"), warehouse.Warehouse(site) as held_open:
        held = release_gate.held(release_gate.blockers(held_open, entry.as_of))
    documents, held_back = notify.due(site, entry.as_of, held)
    run = notify.RunOf("stockturn mail", BY_HAND, now)
    with warehouse.SiteState(site) as state, state.alone_in_mailing():
        Outbox(state).decide(entry.message_id, now, arrived=False)
        sent = deliver_again(state, site.settings, run, entry.message_id, documents, held_back)
    if sent is None:
        message = (
            f"{_title(entry)} is noted as not arrived, but cannot be sent again as it was: its "
            "report was made anew, removed or held since, or site.toml names other recipients. "
            f"Mail what holds now with 'stockturn run --site {site.folder} --date {entry.as_of} "
            "--mail'"
        )
        raise ConfigurationError(message)
    _raise_unless_sent(site, entry, sent)
    return f"sent again: {_title(entry)}"


def key_of(entry: OutboxEntry) -> str:
    """How a person names a mail: the beginning of its Message-ID."""
    return entry.message_id.strip("<>")[:SHORT]


def _waiting(state: warehouse.SiteState) -> tuple[OutboxEntry, ...]:
    """What is undecided now; what a living run is about to send is no matter of a person's yet."""
    try:
        with state.alone_in_mailing(wait_seconds=0):
            return _interrupted(state).undecided()
    except TryAgainLater:
        return Outbox(state).undecided()


def _interrupted(state: warehouse.SiteState) -> Outbox:
    """The outbox, with what a killed run left claimed among the undecided."""
    outbox = Outbox(state)
    outbox.mark_interrupted(datetime.now(UTC))
    return outbox


def _found(outbox: Outbox, key: str, *states: MailState) -> OutboxEntry:
    wanted = key.strip("<> ")
    found = [
        entry
        for entry in outbox.in_state(*states)
        if wanted and entry.message_id.strip("<>").startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    which = f"{len(found)} mails begin" if found else "No undecided mail begins"
    more = "give more of it, or" if found else "take one that"
    message = f"{which} with '{key}': {more} 'stockturn mail' without options lists"
    raise ConfigurationError(message)


def _raise_unless_sent(site: Site, entry: OutboxEntry, sent: Sending) -> None:
    if sent.state is MailState.SENT:
        return
    title, note = _title(entry), sent.note
    again = f"'stockturn mail --site {site.folder} --resend {key_of(entry)}'"
    if sent.state is MailState.FAILED:
        message = f"{title} was not taken by the relay ({note}): mend that, then {again} once more"
        raise TryAgainLater(message)
    if sent.state is MailState.UNKNOWN:
        message = f"{title} may have arrived or not, again ({note}): ask a recipient, then decide"
        raise StockturnError(message)
    message = f"{title} stays here: {note}; correct site.toml, then {again} once more"
    raise ConfigurationError(message)


def _title(entry: OutboxEntry) -> str:
    who = "group" if entry.company == "*" else entry.company
    return f"{entry.as_of} {who} {entry.language} to {', '.join(entry.recipients)}: {entry.subject}"
