#!/bin/sh
# fastexcel reads a cell in error and a formula nobody calculated as if the cell were empty.
#
# Expected, with dtypes="string": the text that people see (#N/A), or an error; and for a formula
# without a stored value at least a place in the list of errors.
# Seen with fastexcel 0.21.0: both are null, as an empty cell is.  `to_arrow_with_errors()` lists
# the cell in error (as Error(NA), by its row and column counted from the first cell that holds
# something) and does not list the formula; where such formulas fill a sheet's last row or column,
# that row or column is not there at all.
# So: who must not lose a cell reads the list of errors, and the sheet's XML for <f> without <v>.
# Ends with 1 when the behaviour is another.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "fastexcel==0.21.0" "pyarrow==26.0.1" "xlsxwriter==3.3.1"
"$folder/venv/bin/python" - "$folder/book.xlsx" <<'PYTHON'
import sys

import fastexcel
import xlsxwriter

path = sys.argv[1]
book = xlsxwriter.Workbook(path)
sheet = book.add_worksheet()
sheet.write_row("A1", ["empty", "error", "formula", "text"])
sheet.write_formula("B2", "=NA()", None, "#N/A")
sheet.write_formula("C2", "=1+1", None, "")  # saved by a program that does not calculate
sheet.write("D2", "#N/A")
sheet.write_formula("A3", "=1+1", None, "")
book.close()

read = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string")
batch, errors = read.to_arrow_with_errors()
rows = [list(row.values()) for row in batch.to_pylist()]
listed = [(error.position, error.detail) for error in errors.errors]
print(f"fastexcel {fastexcel.__version__}")
for row in rows:
    print(" ", row)
print("  errors:", listed)
as_described = (
    rows[1:] == [[None, None, None, "#N/A"]] and [place for place, _ in listed] == [(1, 1)]
)
sys.exit(not as_described)
PYTHON
