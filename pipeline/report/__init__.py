"""Metrics become a report model, and the model becomes HTML, PDF, XLSX and mail text.

Here belong wording, formatting and layout.  Meaning does not: every figure comes from the metrics,
and a template shows what it is given.  `inputs` says what a report needs, `render` makes it.
"""
