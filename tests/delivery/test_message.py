"""What a mail looks like on the wire."""

from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.delivery.message import WIRE, Letter, address_of, compose, message_id, one_line
from pipeline.settings import ConfigurationError
from tests.delivery.postbox import MONTH_END, NIGHT
from tests.laws import tried

SENDER = "Stockturn <reports@example.com>"
LETTER = Letter(
    site="Example group",
    report="inventory",
    company="*",
    as_of=MONTH_END,
    audience="executives",
    language="en",
    recipients=("cfo@example.com", "Controlling <controlling@example.com>"),
    subject="Inventory turns faster",
    body="Dear reader,\n",
    revision=1,
)
MEGABYTE = 1_000_000


def on_the_wire(mail: EmailMessage) -> EmailMessage:
    content = mail.as_bytes(policy=WIRE)
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    return BytesParser(policy=default).parsebytes(content)


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def test_a_mail_carries_text_and_document(tmp_path: Path) -> None:
    pdf = tmp_path / "executives.en.pdf"
    pdf.write_bytes(b"%PDF-1.7 content")

    mail = on_the_wire(compose(replace(LETTER, attachments=(pdf,)), SENDER, NIGHT, MEGABYTE))

    attached = list(mail.iter_attachments())
    assert mail["From"] == SENDER
    assert mail["To"] == "cfo@example.com, Controlling <controlling@example.com>"
    assert mail["Date"].datetime == NIGHT
    assert text(mail) == "Dear reader,\n"
    assert [part.get_filename() for part in attached] == ["executives.en.pdf"]
    assert attached[0].get_content_type() == "application/pdf"
    assert attached[0].get_content() == b"%PDF-1.7 content"


def test_chinese_arrives_as_it_was_written(tmp_path: Path) -> None:
    pdf = tmp_path / "库存周转.pdf"
    pdf.write_bytes(b"%PDF")
    letter = replace(
        LETTER,
        language="zh",
        recipients=("财务总监 <cfo@example.com>",),
        subject="库存周转加快：4.2 次，上年同期 3.9 次，呆滞库存减少 1,283 万元，完整报告见附件",
        body="您好：\n\n截至 2026-03-31 的报告见附件。\n",
        attachments=(pdf,),
    )

    mail = on_the_wire(compose(letter, SENDER, NIGHT, MEGABYTE))

    assert mail["Subject"] == letter.subject
    assert mail["To"].addresses[0].display_name == "财务总监"
    assert text(mail) == letter.body
    assert [part.get_filename() for part in mail.iter_attachments()] == ["库存周转.pdf"]


def test_a_line_break_in_a_subject_makes_no_header() -> None:
    letter = replace(LETTER, subject="Turnover\r\nBcc: all@example.com\u2028of ACME\x00")

    mail = on_the_wire(compose(letter, SENDER, NIGHT, MEGABYTE))

    assert mail["Subject"] == "Turnover Bcc: all@example.com of ACME"
    assert mail["Bcc"] is None


@example("库存周转 4.2 次 ，呆滞：1,283 万元 · " * 4)
@tried(60)
@given(st.text(st.characters(codec="utf-8"), max_size=120))
def test_any_subject_is_one_line_of_one_mail(subject: str) -> None:
    mail = on_the_wire(compose(replace(LETTER, subject=subject), SENDER, NIGHT, MEGABYTE))

    assert mail["Subject"] == one_line(subject)
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Content-Language",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }


@pytest.mark.parametrize(
    "mailbox",
    [
        "cfo@example.com\nBcc: all@example.com",
        "cfo@example.com, other@example.com",
        "cfo",
        "",
        "cfo@exam ple.com",
        "<cfo@example.com> extra",
        "财务@example.com",
    ],
)
def test_what_is_not_one_plain_address_is_refused(mailbox: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a mail address: correct it"):
        address_of(mailbox)


def test_a_document_too_large_for_mail_is_named_instead(tmp_path: Path) -> None:
    pdf = tmp_path / "executives.en.pdf"
    pdf.write_bytes(b"x" * 2_500_000)
    letter = replace(LETTER, attachments=(pdf,))

    by_path = on_the_wire(compose(letter, SENDER, NIGHT, 2 * MEGABYTE))
    by_link = on_the_wire(
        compose(replace(letter, link="https://reports.example.com/1"), SENDER, NIGHT, 2 * MEGABYTE)
    )

    assert not list(by_path.iter_attachments())
    assert f"(2.5 MB). It stands here:\n{pdf}\n" in text(by_path)
    assert "https://reports.example.com/1\n" in text(by_link)
    assert str(pdf) not in text(by_link)


def marked(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return body.get_content()


def test_a_mail_says_the_same_as_text_and_as_html() -> None:
    mail = on_the_wire(
        compose(replace(LETTER, page="<html><body><p>周转</p></body></html>"), SENDER, NIGHT, 10)
    )

    assert mail.get_content_type() == "multipart/alternative"
    assert text(mail) == LETTER.body
    assert "<p>周转</p>" in marked(mail)


def test_a_workbook_without_room_beside_the_report_is_inside_it(tmp_path: Path) -> None:
    pdf, book = tmp_path / "group.en.pdf", tmp_path / "group.en.xlsx"
    pdf.write_bytes(b"x" * 600)
    book.write_bytes(b"x" * 500)
    letter = replace(LETTER, attachments=(pdf, book), page="<html><body></body></html>")

    both, one = (on_the_wire(compose(letter, SENDER, NIGHT, limit)) for limit in (1_100, 1_099))

    assert [part.get_filename() for part in both.iter_attachments()] == [pdf.name, book.name]
    assert text(both) == letter.body
    assert [part.get_filename() for part in one.iter_attachments()] == [pdf.name]
    notice = "The workbook is too large for this mail: it is inside the PDF."
    assert text(one).endswith(f"\n{notice}\n")
    assert marked(one).rstrip().endswith(f"<p>{notice}</p></body></html>")


def test_a_place_is_no_html(tmp_path: Path) -> None:
    pdf = tmp_path / "a&b<i>.pdf"
    pdf.write_bytes(b"x" * 11)
    letter = replace(LETTER, attachments=(pdf,), page="<html><body></body></html>")

    mail = on_the_wire(compose(letter, SENDER, NIGHT, 10))

    assert "a&amp;b&lt;i&gt;.pdf" in marked(mail)


def test_the_notice_is_in_the_letter_s_language(tmp_path: Path) -> None:
    pdf = tmp_path / "executives.zh.pdf"
    pdf.write_bytes(b"x" * 11)

    mail = on_the_wire(
        compose(replace(LETTER, language="zh", attachments=(pdf,)), SENDER, NIGHT, 10)
    )

    assert "报告文件过大" in text(mail)


def test_a_letter_keeps_its_message_id() -> None:
    again = replace(
        LETTER,
        recipients=("controlling@example.com", "cfo@example.com"),
        subject="Other words",
        body="Other words\n",
    )

    assert message_id(LETTER, SENDER) == message_id(again, SENDER)
    assert message_id(LETTER, SENDER).endswith("@example.com>")


@pytest.mark.parametrize(
    "changes",
    [
        {"site": "Other group"},
        {"report": "hold"},
        {"company": "acme"},
        {"as_of": NIGHT.date()},
        {"revision": 2},
        {"audience": "engineers"},
        {"language": "zh"},
        {"recipients": ("cfo@example.com",)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_letter_has_another_message_id(changes: dict[str, object]) -> None:
    assert message_id(replace(LETTER, **changes), SENDER) != message_id(LETTER, SENDER)
