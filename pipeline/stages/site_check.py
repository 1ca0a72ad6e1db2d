"""A site's files judged together before anything is done with them: settings, mappings, policies.

`site.toml` alone is checked where it is read; what its words refer to is known here.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.canonical.tables import TABLES
from pipeline.delivery.message import address_of
from pipeline.landing import read_contract
from pipeline.landing.erp import GENERIC
from pipeline.policy import ForgivenRow, PolicyBook, site_policies
from pipeline.policy.reader import FORGIVEN_ROW, FORGIVEN_ROWS
from pipeline.policy.rules import AbnormalRule, BenchmarkMappingRule, Rule, ThresholdsRule
from pipeline.resources import sql_folder
from pipeline.settings import (
    GROUP,
    Company,
    ConfigurationError,
    MailSettings,
    Site,
    load_site,
    unusable,
)
from pipeline.strict_toml import perhaps

ABC_CLASSES = ("A", "B", "C")
Fault = tuple[str, str]


def open_site(folder: Path) -> Site:
    """The site that stands in a folder, all of whose files fit together.

    Raises:
        ConfigurationError: they do not; every fault of the first file that has some is listed.
    """
    site = load_site(folder)
    misfits = [*_misfits(site)]
    if misfits:
        raise unusable(folder / "site.toml", misfits)
    for company in site.companies:
        read_contract(company.erp, TABLES.values(), site.mappings)
    check_policies(site)
    return site


def check_policies(site: Site) -> PolicyBook:
    """The site's policies, whose words all mean something here.

    Raises:
        ConfigurationError: a file, a key or a name in one is not known.
    """
    book = site_policies(site)
    for name, rules in book.rules.items():
        faults = [
            (f"rule {number}.{key}", words)
            for number, rule in enumerate(rules, 1)
            for key, words in _policy_faults(rule, site)
        ]
        if faults:
            raise unusable(site.policies / f"{name}.toml", faults)
    faults = [
        (f"{FORGIVEN_ROW} {number}.{key}", words)
        for number, entry in enumerate(book.forgiven_rows, 1)
        for key, words in _forgiven_faults(entry, site)
    ]
    if faults:
        raise unusable(site.policies / f"{FORGIVEN_ROWS}.toml", faults)
    return book


def known_erps(site: Site) -> list[str]:
    """The mappings of the project and of the site, by name."""
    found = {
        folder.name
        for place in (sql_folder() / "erp", site.mappings)
        if place.is_dir()
        for folder in place.iterdir()
        if (folder / "erp.toml").is_file()
    }
    return sorted({GENERIC, *found})


def _misfits(site: Site) -> Iterator[Fault]:
    for number, company in enumerate(site.companies, 1):
        for key, words in _company_faults(company, known_erps(site)):
            yield f"company {number}.{key}", words
    for number, wish in enumerate(site.settings.subscription, 1):
        yield from _address_faults(f"subscription {number}.recipients", wish.recipients)
    if site.settings.mail:
        yield from _mail_faults(site.settings.mail)


def _company_faults(company: Company, erps: list[str]) -> Iterator[Fault]:
    if company.erp not in erps:
        describe = f"one of {', '.join(erps)}, or describe it in sql/erp/{company.erp}/erp.toml"
        yield "erp", f"'{company.erp}' is no known ERP{perhaps(company.erp, erps)}: {describe}"
    for table in company.tables:
        yield from _unknown(f"tables.{table}", table, TABLES, "table")


def _mail_faults(mail: MailSettings) -> Iterator[Fault]:
    yield from _address_faults("mail.sender", [mail.sender])
    yield from _address_faults("mail.engineers", mail.engineers)
    if mail.ca_file and not mail.ca_file.is_file():
        yield "mail.ca_file", f"{mail.ca_file} does not exist: name the file of the certificates"


def _address_faults(key: str, mailboxes: Iterable[str]) -> Iterator[Fault]:
    for mailbox in mailboxes:
        try:
            address_of(mailbox)
        except ConfigurationError:
            yield key, f"'{mailbox}' is no mail address: write it as name@example.com"


def _policy_faults(rule: Rule, site: Site) -> Iterator[Fault]:
    if isinstance(rule, ThresholdsRule):
        yield from _unknown_each("stages", rule.stages, _choices("item", "stage"), "stage")
        yield from _unknown_each("classes", rule.classes, ABC_CLASSES, "ABC class")
    if isinstance(rule, AbnormalRule):
        kinds, statuses = _choices("warehouse", "kind"), _choices("item", "status")
        yield from _unknown_each("warehouse_kinds", rule.warehouse_kinds, kinds, "warehouse kind")
        yield from _unknown_each("item_statuses", rule.item_statuses, statuses, "item status")
    if isinstance(rule, BenchmarkMappingRule):
        companies = (*(company.name for company in site.companies), GROUP)
        yield from _unknown_each("companies", rule.companies, companies, "company of this site")


def _forgiven_faults(entry: ForgivenRow, site: Site) -> Iterator[Fault]:
    if entry.valid_from > site.today():
        yield "valid_from", f"{entry.valid_from} has not come: a row is forgiven once that day is"
    if entry.table not in TABLES:
        yield from _unknown("table", entry.table, TABLES, "table")
        return
    spec = TABLES[entry.table]
    for name in entry.key:
        yield from _unknown(f"key.{name}", name, spec.key, f"part of the key of {spec.name}")
    for name in spec.key if entry.key else ():
        if spec.column(name).required and name not in entry.key:
            yield "key", f"{name} is missing: the key of {spec.name} is {', '.join(spec.key)}"


def _choices(table: str, column: str) -> tuple[str, ...]:
    return TABLES[table].column(column).choices


def _unknown_each(
    key: str, names: Iterable[str], known: Iterable[str], what: str
) -> Iterator[Fault]:
    for name in names:
        yield from _unknown(
            f"{key}.{name}" if isinstance(names, Mapping) else key, name, known, what
        )


def _unknown(key: str, name: str, known: Iterable[str], what: str) -> Iterator[Fault]:
    listed = list(known)
    if name not in listed:
        yield key, f"'{name}' is no {what}{perhaps(name, listed)}: one of {', '.join(listed)}"
