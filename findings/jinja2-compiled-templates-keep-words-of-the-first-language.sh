#!/usr/bin/env bash
# Jinja2 3.1.6: what a filter makes of a constant ({{ "stock" | word }}) is worked out when a template
# is compiled and stands in its compiled form; a bytecode cache hands that form to every environment
# that reads the same template, whatever its own filter would say.  With optimized=False it is still
# so.  A filter that asks for the context is called whenever the template is rendered.
#
# Seen:   same cache: stock, stock   optimized=False: stock, stock   with pass_context: stock, bestand
# Ends with 1 where that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jinja2==3.1.6 markupsafe==3.0.3

FOLDER="$folder" "$folder/venv/bin/python" - <<'PYTHON'
import os
import sys
from pathlib import Path

import jinja2

ENGLISH, DUTCH = {}, {"stock": "bestand"}
templates = Path(os.environ["FOLDER"]) / "templates"
templates.mkdir()
(templates / "page").write_text('{{ "stock" | word }}')


def said(catalogue, cache, asks_for_context=False, **options):
    """The page in a language, by an environment of its own."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        bytecode_cache=jinja2.FileSystemBytecodeCache(str(cache)),
        autoescape=True,
        **options,
    )
    translated = lambda text: catalogue.get(text, text)
    if asks_for_context:
        environment.filters["word"] = jinja2.pass_context(lambda _, text: translated(text))
    else:
        environment.filters["word"] = translated
    return environment.get_template("page").render()


def both(name, *arguments, **options):
    cache = templates.parent / name
    cache.mkdir()
    return tuple(said(language, cache, *arguments, **options) for language in (ENGLISH, DUTCH))


seen = (both("plain"), both("slow", optimized=False), both("asking", True))
print(f"Jinja2 {jinja2.__version__}, {sys.platform}")
same, slow, asking = (", ".join(pair) for pair in seen)
print(f"same cache: {same}   optimized=False: {slow}   with pass_context: {asking}")
expected = (("stock", "stock"), ("stock", "stock"), ("stock", "bestand"))
sys.exit(0 if seen == expected else 1)
PYTHON
