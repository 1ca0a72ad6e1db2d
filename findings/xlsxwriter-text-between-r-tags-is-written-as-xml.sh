#!/usr/bin/env bash
# XlsxWriter 3.3.1: a text that begins with <r> and ends with </r> is taken for one with formats and
# written into the shared strings as it is, also by write_string, which is documented to write what
# it is given.  Such a text of a user's data ends the workbook for its reader: here its XML is broken.
#
# Seen:   <si><r><b></r></si>, and a parser ends with "mismatched tag"
# Ends with 1 where that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet xlsxwriter==3.3.1

cat > "$folder/write.py" <<'PYTHON'
import sys
import zipfile
from xml.etree import ElementTree

import xlsxwriter

book = xlsxwriter.Workbook(sys.argv[1])
book.add_worksheet().write_string(0, 0, "<r><b></r>")
book.close()
strings = zipfile.ZipFile(sys.argv[1]).read("xl/sharedStrings.xml").decode()
print(f"XlsxWriter {xlsxwriter.__version__}")
print(strings[strings.index("<si>") :])
try:
    ElementTree.fromstring(strings)
    seen = "read"
except ElementTree.ParseError as broken:
    seen = str(broken)
print(f"the shared strings: {seen}")
sys.exit(0 if "mismatched tag" in seen else 1)
PYTHON

"$folder/venv/bin/python" "$folder/write.py" "$folder/book.xlsx"
