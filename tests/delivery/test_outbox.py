"""The outbox: what is planned, claimed once, and never forgotten."""

from dataclasses import replace

import pytest

from pipeline.delivery.message import Letter
from pipeline.delivery.outbox import MailState, Outbox, Plan, Posted
from pipeline.warehouse import SiteState
from tests.delivery.postbox import MONTH_END, NIGHT

LETTER = Letter(
    site="Example group",
    report="inventory",
    company="*",
    as_of=MONTH_END,
    audience="executives",
    language="en",
    recipients=("cfo@example.com", "ceo@example.com"),
    subject="Inventory turns faster",
    body="Dear reader,\n",
    revision=1,
)
PLAN = Plan("<1@example.com>", LETTER, "digest-a", MailState.PLANNED, "run-1")


@pytest.fixture
def outbox(state: SiteState) -> Outbox:
    return Outbox(state)


def test_a_mail_is_claimed_once(outbox: Outbox) -> None:
    outbox.record(PLAN, NIGHT)

    assert [outbox.claim(PLAN.message_id, NIGHT) for _ in range(3)] == [True, False, False]


def test_a_suppressed_mail_cannot_be_claimed(outbox: Outbox) -> None:
    outbox.record(replace(PLAN, state=MailState.SUPPRESSED), NIGHT)

    assert not outbox.claim(PLAN.message_id, NIGHT)


def test_a_mail_that_nobody_planned_cannot_be_claimed(outbox: Outbox) -> None:
    assert not outbox.claim("<other@example.com>", NIGHT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MailState.SENT, MailState.SENT),
        (MailState.UNKNOWN, MailState.UNKNOWN),
        (MailState.FAILED, MailState.PLANNED),
    ],
)
def test_what_may_have_left_is_not_planned_again(
    outbox: Outbox, before: MailState, after: MailState
) -> None:
    outbox.record(PLAN, NIGHT)
    outbox.claim(PLAN.message_id, NIGHT)
    outbox.settle(PLAN.message_id, Posted(before), NIGHT)

    assert outbox.record(PLAN, NIGHT) == after


def test_a_failure_stays_in_sight_when_a_later_run_does_not_mail(outbox: Outbox) -> None:
    outbox.record(PLAN, NIGHT)
    outbox.claim(PLAN.message_id, NIGHT)
    outbox.settle(PLAN.message_id, Posted(MailState.FAILED, note="451 try again"), NIGHT)

    assert outbox.record(replace(PLAN, state=MailState.SUPPRESSED), NIGHT) == MailState.FAILED


def test_the_outbox_remembers_whom_the_relay_refused(outbox: Outbox) -> None:
    outbox.record(PLAN, NIGHT)
    outbox.claim(PLAN.message_id, NIGHT)
    outbox.settle(
        PLAN.message_id, Posted(MailState.SENT, {"ceo@example.com": "550 unbekannt 未知"}), NIGHT
    )

    entry = outbox.entries(MONTH_END)[0]
    assert entry.recipients == LETTER.recipients
    assert entry.refused == {"ceo@example.com": "550 unbekannt 未知"}


def test_a_claim_without_a_result_becomes_unknown_once(outbox: Outbox) -> None:
    outbox.record(PLAN, NIGHT)
    outbox.claim(PLAN.message_id, NIGHT)

    assert [entry.state for entry in outbox.mark_interrupted(NIGHT)] == [MailState.UNKNOWN]
    assert outbox.mark_interrupted(NIGHT) == ()
    assert [entry.message_id for entry in outbox.undecided()] == [PLAN.message_id]


@pytest.mark.parametrize(("arrived", "fate"), [(True, MailState.SENT), (False, MailState.FAILED)])
def test_a_person_decides_on_an_unknown_mail(
    outbox: Outbox, arrived: bool, fate: MailState
) -> None:
    outbox.record(PLAN, NIGHT)
    outbox.claim(PLAN.message_id, NIGHT)
    outbox.mark_interrupted(NIGHT)

    assert outbox.decide(PLAN.message_id, NIGHT, arrived=arrived)
    assert outbox.entry(PLAN.message_id).state == fate
    assert not outbox.decide(PLAN.message_id, NIGHT, arrived=not arrived)


def test_nobody_decides_on_a_mail_whose_fate_is_known(outbox: Outbox) -> None:
    outbox.record(PLAN, NIGHT)

    assert not outbox.decide(PLAN.message_id, NIGHT, arrived=True)


def test_the_same_content_is_the_same_revision(outbox: Outbox) -> None:
    assert outbox.revision(LETTER, "digest-a") == 1
    outbox.record(PLAN, NIGHT)

    assert outbox.revision(LETTER, "digest-a") == 1
    assert outbox.revision(LETTER, "digest-b") == 2

    second = replace(LETTER, revision=2)
    outbox.record(replace(PLAN, message_id="<2@x>", letter=second, content="digest-b"), NIGHT)

    assert outbox.revision(LETTER, "digest-a") == 1
    assert outbox.revision(LETTER, "digest-b") == 2
    assert outbox.revision(LETTER, "digest-c") == 3


@pytest.mark.parametrize(
    "other",
    [{"company": "acme"}, {"language": "zh"}, {"recipients": ("cfo@example.com",)}],
    ids=["company", "language", "recipients"],
)
def test_each_letter_counts_its_own_revisions(outbox: Outbox, other: dict[str, object]) -> None:
    outbox.record(PLAN, NIGHT)

    assert outbox.revision(replace(LETTER, **other), "digest-b") == 1


def test_the_order_of_recipients_makes_no_other_letter(outbox: Outbox) -> None:
    outbox.record(PLAN, NIGHT)
    turned = replace(LETTER, recipients=LETTER.recipients[::-1])

    assert outbox.revision(turned, "digest-b") == 2


def test_the_outbox_survives_being_closed(state: SiteState) -> None:
    Outbox(state).record(PLAN, NIGHT)

    assert Outbox(state).entry(PLAN.message_id).state == MailState.PLANNED
