"""Faults 1 to 14, 31 and 32 of the fault list: files that are not what they should be."""

import gzip
import os
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from pipeline.landing import raise_for
from pipeline.landing.ragged import MAX_REFUSED
from pipeline.settings import DataRefused, TryAgainLater
from tests.landing.room import DAY, MASTERS, MOVEMENTS, ONE, Room, column, landed, refused

TWO = ONE + "M2,2025-01-01,B-100,MAIN,sale,-1,-2.50\n"
SMALL_ERP = """
name = "other"
[style]
encoding = "{encoding}"
delimiter = "{delimiter}"
[[file]]
name = "moves"
feeds = ["stock_movement"]
column = [
    {{ name = "Nr", type = "code", required = true }},
    {{ name = "Artikel", type = "code", required = true, aliases = ["物料编码"] }},
    {{ name = "Text", type = "text" }},
]
[table.stock_movement]
mode = "increment"
driving = ["moves"]
"""


def other_erp(encoding: str, delimiter: str = ";") -> str:
    return SMALL_ERP.format(encoding=encoding, delimiter=delimiter)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:  # 1
    room = Room(tmp_path)
    room.deliver_ledger("")
    assert room.problem().startswith(f"acme/{DAY}/stock_movement.csv: is empty (0 bytes)")


def test_a_header_alone_is_refused_on_an_expected_day(tmp_path: Path) -> None:  # 2
    room = Room(tmp_path, expected="daily")
    room.deliver_ledger(MOVEMENTS)
    assert "holds no record on a day acme is expected to deliver" in room.problem()


@pytest.mark.parametrize("vouched", ["manifest", "done", "unexpected day"])
def test_a_header_alone_is_taken_where_somebody_vouches_for_it(
    tmp_path: Path, vouched: str
) -> None:  # 2
    room = Room(tmp_path, expected="none" if vouched == "unexpected day" else "daily")
    manifest = {"tables": {"stock_movement": {"rows": 0}}} if vouched == "manifest" else None
    files = {**MASTERS, "stock_movement.csv": MOVEMENTS}
    room.deliver(files, manifest=manifest, done=vouched == "done")
    chunk = room.take_in()
    assert landed(chunk, "stock_movement") == []
    told = [w for w in chunk.deliveries[0].warnings if "holds a header and no record" in w]
    assert bool(told) == (vouched != "manifest")


def test_a_file_changed_a_moment_ago_is_still_being_written(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path, settle=30)
    room.deliver_ledger(ONE)
    with pytest.raises(TryAgainLater, match=r"stock_movement\.csv: is still being written"):
        raise_for(room.survey().problems)
    later = time.time() + 31
    assert room.survey(now=later).problems == ()


def test_a_done_marker_ends_the_waiting(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path, settle=30)
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, done=True)
    assert room.survey().problems == ()


def test_a_hidden_upload_is_waited_for(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path, settle=30)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE}, done=True)
    (folder / ".stock_movement.csv.Xk3").write_text("M")
    with pytest.raises(TryAgainLater, match="still being written"):
        raise_for(room.survey().problems)


def test_fewer_records_than_the_manifest_states_is_a_file_cut_off(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path)
    manifest = {"tables": {"stock_movement": {"rows": 2}}}
    room.deliver({**MASTERS, "stock_movement.csv": TWO.rsplit("M2")[0]}, manifest=manifest)
    assert "holds 1 record of 'stock_movement' where manifest.json states 2" in room.problem()


def test_a_file_that_is_not_yet_as_the_manifest_states_is_waited_for(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path, settle=30)
    manifest = {"tables": {"stock_movement": {"rows": 2}}}
    folder = room.deliver({"stock_movement.csv": ONE}, manifest=manifest)
    for name, content in MASTERS.items():
        (folder / name).write_text(str(content))
        os.utime(folder / name, (0, 0))
    with pytest.raises(TryAgainLater, match=r"manifest\.json states 2"):
        raise_for(room.survey().problems)


def test_a_short_last_line_without_line_end_was_cut_off(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path)
    room.deliver_ledger(TWO + "M3,2025-01-01,B-1")
    assert "record 3: ends in the middle of a line: it was cut off" in room.problem()


def test_another_content_than_the_manifest_states_is_refused(tmp_path: Path) -> None:  # 3
    room = Room(tmp_path)
    manifest = {"tables": {"stock_movement": {"file": "stock_movement.csv", "sha256": "0" * 64}}}
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, manifest=manifest)
    assert "is not the file whose sha256 manifest.json states" in room.problem()


@pytest.mark.parametrize(
    ("content", "offset"),
    [
        # The header takes 56 bytes with its line end, "M1,2025-01-01," the next 14.
        pytest.param(ONE.replace("B-100", "轴承").encode("gb18030"), 70, id="gb18030"),
        pytest.param(ONE.replace("B-100", "Öl").encode("cp1252"), 70, id="cp1252"),
        pytest.param(ONE.encode("utf-16"), 0, id="utf-16"),
    ],
)
def test_a_byte_outside_the_declared_encoding_is_named(
    tmp_path: Path, content: bytes, offset: int
) -> None:  # 4
    room = Room(tmp_path)
    room.deliver_ledger(content)
    assert f"stock_movement.csv: byte {offset} " in room.problem()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_a_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:  # 4
    room = Room(tmp_path, erp="other", erp_toml=other_erp(encoding, "\\t"))
    text = "Nr\t物料编码\tText\n1\tB-100\t球轴承 ①\n2\tB-200\t\n"
    room.deliver({"MOVES.txt": text.encode(encoding)})
    rows = landed(room.take_in(), "moves")
    assert column(rows, "Text") == ["球轴承 ①", None]
    assert column(rows, "source_row") == [1, 2]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_western_encoding_is_read(tmp_path: Path, encoding: str) -> None:  # 4
    room = Room(tmp_path, erp="other", erp_toml=other_erp(encoding))
    room.deliver({"moves.csv": "Nr;Artikel;Text\n1;B;Öl\n".encode(encoding)})
    assert column(landed(room.take_in(), "moves"), "Text") == ["Öl"]


def test_utf16_cut_inside_a_character_is_refused(tmp_path: Path) -> None:  # 4
    room = Room(tmp_path, erp="other", erp_toml=other_erp("utf-16"))
    content = "Nr;Artikel;Text\n1;B;Öl\n".encode("utf-16")[:-1]
    room.deliver({"moves.csv": content})
    # 23 characters of two bytes after a mark of two: the half one begins at byte 46.
    assert "byte 46 is not utf-16" in room.problem()


def test_an_encoding_fault_far_into_a_file_is_placed_exactly(tmp_path: Path) -> None:  # 4
    room = Room(tmp_path)
    line = b"M1,2025-01-01,B-100,MAIN,purchase,1,2.50\n"
    good = MOVEMENTS.encode() + line * 60_000
    room.deliver_ledger(good + "ü".encode() + b"\xff" + line)
    assert f"byte {len(good) + 2} is not utf-8" in room.problem()


def test_a_character_across_two_reads_is_whole(tmp_path: Path) -> None:  # 4
    room = Room(tmp_path)
    head = (MOVEMENTS + "M1,2025-01-01,").encode()
    filler = b"X" * ((1 << 20) - len(head) - 1)  # the first of two bytes ends the first megabyte
    room.deliver_ledger(head + filler + "ü".encode() + b",MAIN,purchase,1,1\n")
    assert landed(room.take_in(), "stock_movement")[0]["sku"].endswith("XXü")


def test_a_byte_order_mark_leaves_the_first_column_clean(tmp_path: Path) -> None:  # 5
    room = Room(tmp_path)
    room.deliver_ledger(b"\xef\xbb\xbf" + ONE.encode())
    assert column(landed(room.take_in(), "stock_movement"), "movement_id") == ["M1"]


def test_a_mark_of_another_encoding_is_refused(tmp_path: Path) -> None:  # 5
    room = Room(tmp_path, erp="other", erp_toml=other_erp("gb18030"))
    room.deliver({"moves.csv": b"\xef\xbb\xbfNr;Artikel\n1;B\n"})
    assert "byte 0 is the mark of utf-8 but gb18030 is declared" in room.problem()


@pytest.mark.parametrize(
    "line_ends",
    [
        pytest.param(["\r", "\r", "\r"], id="CR only"),
        pytest.param(["\r\n", "\r\n", "\r\n"], id="CR LF"),
        pytest.param(["\n", "\r\n", "\r"], id="mixed"),
        pytest.param(["\r\n", "\n", "\n"], id="header otherwise"),
    ],
)
def test_every_line_end_is_read(tmp_path: Path, line_ends: list[str]) -> None:  # 6
    room = Room(tmp_path)
    lines = zip(TWO.splitlines(), line_ends, strict=True)
    room.deliver_ledger("".join(line + end for line, end in lines))
    rows = landed(room.take_in(), "stock_movement")
    assert column(rows, "movement_id") == ["M1", "M2"]
    assert column(rows, "value") == ["2.50", "-2.50"]


def test_line_ends_that_change_far_into_a_file_lose_nothing(tmp_path: Path) -> None:  # 6
    room = Room(tmp_path)
    unix = "M,2025-01-01,B-100,MAIN,purchase,1,2.50\n" * 60_000
    dos = "M,2025-01-01,B-100,MAIN,purchase,1,2.50\r\n" * 30_000
    room.deliver_ledger(MOVEMENTS + unix + dos)
    rows = landed(room.take_in(), "stock_movement")
    assert column(rows, "source_row") == list(range(1, 90_001))
    assert set(column(rows, "value")) == {"2.50"}


def test_quotes_delimiters_and_line_ends_inside_a_cell_are_text(tmp_path: Path) -> None:  # 7
    room = Room(tmp_path)
    text = 'sku,name\nA,"Bolt, 5"" long"\nB,"two\nlines"\nC,5" bolt\nD,"x" \nE, "y,z"\n'
    room.deliver({**MASTERS, "item.csv": text, "stock_movement.csv": ONE})
    rows = landed(room.take_in(), "item")
    assert column(rows, "name") == ['Bolt, 5" long', "two\nlines", '5" bolt', "x", "y,z"]
    assert column(rows, "source_row") == [1, 2, 3, 4, 5]


def test_a_quote_that_is_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:  # 8
    room = Room(tmp_path)
    text = 'sku,name\nA,"two\nlines"\nB,"never closed\nC,c\n'
    room.deliver({**MASTERS, "item.csv": text, "stock_movement.csv": ONE})
    # Record 2 begins on line 4, since record 1 takes lines 2 and 3.
    assert f"acme/{DAY}/item.csv, record 2: line 4: a quote is opened and never" in room.problem()


def test_ragged_records_are_refused_alone_and_shift_no_number(tmp_path: Path) -> None:  # 9
    room = Room(tmp_path)
    short, long = "M2,2025-01-01,B-100", "M4,2025-01-01,B-100,MAIN,sale,-1,-2.50,,extra"
    lines = [short, "M3,2025-01-01,B-100,MAIN,sale,-1,-2.50", long]
    last = "M5,2025-01-01,B-100,MAIN,sale,-1,-2.50\n"
    room.deliver_ledger(ONE + "\n".join(lines) + "\n" + last)
    chunk = room.take_in()
    rows = landed(chunk, "stock_movement")
    assert column(rows, "movement_id") == ["M1", "M3", "M5"]
    assert column(rows, "source_row") == [1, 3, 5]
    assert refused(chunk, "stock_movement") == [
        (2, short, "ragged_record"),
        (4, long, "ragged_record"),
    ]


def test_a_cell_with_text_after_its_quotes_is_refused_alone(tmp_path: Path) -> None:  # 9
    room = Room(tmp_path)
    text = 'sku,name\nA,"a" b\nB,b\n'
    room.deliver({**MASTERS, "item.csv": text, "stock_movement.csv": ONE})
    chunk = room.take_in()
    assert column(landed(chunk, "item"), "source_row") == [2]
    assert refused(chunk, "item") == [(1, 'A,"a" b', "misplaced_quote")]


def test_a_delimiter_at_the_end_of_every_line_is_told_as_that(tmp_path: Path) -> None:  # 9
    room = Room(tmp_path)
    header, *lines = TWO.splitlines()
    room.deliver_ledger("\n".join([header, *(f"{line}," for line in lines)]) + "\n")
    assert room.problem() == (
        f"acme/{DAY}/stock_movement.csv: line 2 has 8 cells where the header has 7; 2 such lines:"
        " each ends in a ',' that the header has not: have it left out of the lines, or added to"
        " the header"
    )


def test_a_file_full_of_ragged_records_is_refused_before_they_take_much_room(
    tmp_path: Path,
) -> None:  # 9
    room = Room(tmp_path)
    ragged = "M,2025-01-01,B-100\n" * (MAX_REFUSED + 1)
    room.deliver_ledger(ONE + ragged + 'never read, because its quote is open,"\n')
    assert room.problem() == (
        f"acme/{DAY}/stock_movement.csv: line 3 has 3 cells where the header has 7; 10,001 such"
        " lines and more: ask for an export whose lines have the header's cells; a cell that holds"
        " ',' must stand in quotes"
    )


def test_as_many_ragged_records_as_are_kept_are_quarantined(tmp_path: Path) -> None:  # 9
    room = Room(tmp_path)
    room.deliver_ledger(ONE + "M,2025-01-01,B-100\n" * MAX_REFUSED)
    chunk = room.take_in()
    assert len(refused(chunk, "stock_movement")) == MAX_REFUSED
    warning = chunk.deliveries[0].warnings[0]
    assert "10,000 records without the shape of a row are quarantined" in warning
    assert warning.endswith(": line 3 has 3 cells where the header has 7")


def test_a_file_full_of_misplaced_quotes_is_refused_in_its_own_words(tmp_path: Path) -> None:  # 9
    room = Room(tmp_path)
    text = "sku,name\n" + 'A,"a" b\n' * (MAX_REFUSED + 1)
    room.deliver({**MASTERS, "item.csv": text, "stock_movement.csv": ONE})
    assert "item.csv: line 2 has text beside a cell in quotes; 10,001 such" in room.problem()


def test_a_total_line_is_refused_alone(tmp_path: Path) -> None:  # 10
    room = Room(tmp_path)
    room.deliver_ledger(TWO + "TOTAL;2 rows\n")
    chunk = room.take_in()
    assert len(landed(chunk, "stock_movement")) == 2
    assert refused(chunk, "stock_movement") == [(3, "TOTAL;2 rows", "ragged_record")]
    assert "1 record without the shape of a row is quarantined" in chunk.deliveries[0].warnings[0]


def test_a_total_line_in_one_file_leaves_the_others_alone(tmp_path: Path) -> None:  # 10
    room = Room(tmp_path)
    room.deliver(
        {
            **MASTERS,
            "stock_movement_1.csv": TWO,
            "stock_movement_2.csv": MOVEMENTS + "TOTAL\n" + TWO.replace("M", "N").split("\n", 1)[1],
        }
    )
    rows = landed(room.take_in(), "stock_movement")
    assert [(row["movement_id"], row["source_row"]) for row in rows] == [
        ("M1", 1),
        ("M2", 2),
        ("N1", 2),
        ("N2", 3),
    ]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:  # 10
    room = Room(tmp_path)
    room.deliver_ledger(TWO.replace("\nM2", "\n\n   \nM2") + "\n\n")
    chunk = room.take_in()
    assert column(landed(chunk, "stock_movement"), "source_row") == [1, 2]
    assert refused(chunk, "stock_movement") == []


def test_a_nul_byte_refuses_the_file(tmp_path: Path) -> None:  # 11
    room = Room(tmp_path)
    room.deliver_ledger(ONE.replace("MAIN", "MA\0IN"))
    assert "holds a NUL character" in room.problem()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04 and so on", "an Excel or zip file"),
        (b"\xd0\xcf\x11\xe0 and so on", "an old Excel file"),
        (gzip.compress(ONE.encode()), "a gzip file"),
    ],
)
def test_another_kind_of_file_under_the_name_of_a_csv_is_refused(
    tmp_path: Path, content: bytes, what: str
) -> None:  # 11
    room = Room(tmp_path)
    room.deliver_ledger(content)
    assert f"is {what} by its content" in room.problem()


@pytest.mark.parametrize("name", ["movements.csv", "stock_movement.pdf", "stock-movement.csv"])
def test_a_name_outside_the_pattern_blocks_the_delivery(tmp_path: Path, name: str) -> None:  # 12
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE, name: ONE})
    assert f"acme/{DAY}/{name}: is no file of an extract of ERP 'generic'" in room.problem()


def test_a_link_blocks_the_delivery(tmp_path: Path) -> None:  # 12
    room = Room(tmp_path)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE})
    secret = tmp_path / "secret.csv"
    secret.write_text(ONE)
    (folder / "stock_movement_2.csv").symlink_to(secret)
    assert "stock_movement_2.csv: is a link: deliver the file itself" in room.problem()


def test_a_linked_folder_blocks_the_delivery(tmp_path: Path) -> None:  # 12
    room = Room(tmp_path)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE})
    (folder.parent / "2025-01-03").symlink_to(folder)
    assert "acme/2025-01-03: is a link or no folder" in room.problem()


def test_a_device_blocks_the_delivery(tmp_path: Path) -> None:  # 12
    room = Room(tmp_path)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE})
    os.mkfifo(folder / "stock_movement_2.csv")
    assert "stock_movement_2.csv: is no regular file" in room.problem()


@pytest.mark.parametrize("name", ["../stock_movement.csv", "/etc/passwd", "a\\b.csv", "a/b/c.csv"])
def test_a_manifest_cannot_name_a_file_elsewhere(tmp_path: Path, name: str) -> None:  # 12
    room = Room(tmp_path)
    manifest = {"tables": {"stock_movement": {"file": name}}}
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, manifest=manifest)
    assert "is no file of this folder" in room.problem()


def test_a_gzip_file_that_unpacks_beyond_reason_is_refused(tmp_path: Path) -> None:  # 13
    room = Room(tmp_path)
    room.deliver_ledger(gzip.compress(ONE.encode() + b"," * (70 << 20)), "stock_movement.csv.gz")
    assert "unpacks to more than 200 times its" in room.problem()


def test_a_gzip_file_inside_a_gzip_file_is_refused(tmp_path: Path) -> None:  # 13
    room = Room(tmp_path)
    room.deliver_ledger(gzip.compress(gzip.compress(ONE.encode())), "stock_movement.csv.gz")
    assert "is a gzip file by its content" in room.problem()


def test_a_gzip_file_cut_off_is_refused(tmp_path: Path) -> None:  # 13
    room = Room(tmp_path)
    room.deliver_ledger(gzip.compress(ONE.encode())[:-9], "stock_movement.csv.gz")
    assert "is a gzip file that ends too early" in room.problem()


def test_a_workbook_that_unpacks_beyond_reason_is_refused(tmp_path: Path) -> None:  # 13
    room = Room(tmp_path)
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (70 << 20))
    room.deliver_ledger(bomb.getvalue(), "stock_movement.xlsx")
    assert "that is no extract" in room.problem()


def test_a_workbook_member_outside_the_workbook_is_refused(tmp_path: Path) -> None:  # 13
    room = Room(tmp_path)
    evil = BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../evil.csv", b"x")
    room.deliver_ledger(evil.getvalue(), "stock_movement.xlsx")
    assert "holds a member named '../../evil.csv'" in room.problem()


def test_a_file_overwritten_after_it_was_checked_changes_nothing(tmp_path: Path) -> None:  # 14
    room = Room(tmp_path)
    folder = room.deliver_ledger(ONE)
    seen = room.survey()
    (folder / "stock_movement.csv").write_text(TWO)
    readable = seen.new[0].readable
    assert readable is not None
    assert [file.count for file in readable if file.native == "stock_movement"] == [1]
    assert next(f for f in readable if f.native == "stock_movement").path.read_text() == ONE


def test_a_file_that_vanishes_between_listing_and_reading_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # 14
    room = Room(tmp_path)
    folder = room.deliver_ledger(ONE)
    keep = room.raw.keep

    def keep_late(source: Path) -> object:
        (folder / "stock_movement.csv").unlink(missing_ok=True)
        return keep(source)

    monkeypatch.setattr(room.raw, "keep", keep_late)
    with pytest.raises(TryAgainLater, match="changed or vanished while it was read"):
        raise_for(room.survey().problems)


def test_the_same_files_again_have_no_effect(tmp_path: Path) -> None:  # 31
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    room.take_in()
    room.deliver_ledger(ONE)
    seen = room.survey()
    assert seen.new == ()
    assert [arrival.delivery.version for arrival in seen.known] == [1]


def test_the_same_content_under_another_name_has_no_effect(tmp_path: Path) -> None:  # 32
    room = Room(tmp_path)
    folder = room.deliver_ledger(ONE)
    room.take_in()
    (folder / "stock_movement.csv").rename(folder / "STOCK_MOVEMENT_new.csv")
    assert room.survey().new == ()


def test_the_same_content_twice_in_one_delivery_is_read_once(tmp_path: Path) -> None:  # 32
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE, "stock_movement_copy.csv": ONE})
    chunk = room.take_in()
    assert len(landed(chunk, "stock_movement")) == 1
    assert "stock_movement_copy.csv: the same content" in chunk.deliveries[0].warnings[0]


def test_all_bad_days_are_told_in_one_error(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, day="2025-01-01")
    room.deliver({"stock_movement.csv": ""}, day="2025-01-02")
    room.deliver({"stock_movement.csv": "a;b\n"}, day="2025-01-03")
    room.deliver({"stock_movement.csv": ONE}, day="2025-01-04")
    seen = room.survey()
    with pytest.raises(DataRefused) as refusal:
        raise_for(seen.problems)
    assert "2025-01-02" in str(refusal.value)
    assert "2025-01-03" in str(refusal.value)
    assert [arrival.delivery.extract_on.day for arrival in seen.new] == [1, 4]
