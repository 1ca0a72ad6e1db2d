"""`stockturn init`: a site to fill in."""

from pathlib import Path

from pipeline.settings import ConfigurationError

_SITE = """\
# One installation of Stockturn.  `stockturn doctor --site .` prints every default.
[site]
name = "Example group"
timezone = "Asia/Shanghai"
start = 2024-01-01            # first partition: the first extract or as-of date
languages = ["en", "zh"]
currency = "CNY"              # of the group

[[company]]
name = "acme"                 # = folder under landing/
erp = "generic"               # generic, sap_b1, u8, or a folder of your own under sql/erp/

# [[subscription]]
# recipients = ["board@example.com"]
# language = "en"

# [mail]
# host = "smtp.example.com"
# sender = "stockturn@example.com"
# user_env = "SMTP_USER"      # names of environment variables; no secret stands here
# password_env = "SMTP_PASSWORD"
# engineers = ["data@example.com"]
"""


def create_site(folder: Path) -> list[str]:
    """Lay out an empty site; what was made and what to do next, in lines.

    Raises:
        ConfigurationError: a site stands there already.
    """
    settings = folder / "site.toml"
    if settings.exists():
        message = f"{settings} exists already: edit it, or choose another folder"
        raise ConfigurationError(message)
    for part in ("landing/acme", "policy", "sql/erp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    settings.write_text(_SITE, encoding="utf-8")
    return [
        f"Created {settings}",
        "1. Edit it: your companies, currency and first day.",
        f"2. Deliver extracts to {folder}/landing/<company>/<YYYY-MM-DD>/",
        f"3. stockturn doctor --site {folder}",
        f"4. stockturn run --site {folder}",
    ]
