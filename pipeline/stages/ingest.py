"""From `landing/` into the ledger: survey the range, register what is new, fold what is missing.

A run loads whatever is registered and not in the warehouse: its own new deliveries, those a killed
run left behind, and those that a late arrival makes be told again.
"""

from collections.abc import Iterator
from datetime import date

from pipeline import landing
from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Delivery
from pipeline.canonical.tables import TABLES
from pipeline.landing import DeliveryRegister, Raw, Survey
from pipeline.landing.deliveries import Folder
from pipeline.landing.seen_folders import SeenFolders, look_of
from pipeline.settings import Site
from pipeline.stages.days import Days
from pipeline.stages.folding import Folding, Intake
from pipeline.stages.progress import Say
from pipeline.warehouse import MappingFault, SiteState, Warehouse, loaded, require_space, rewind


def contracts_of(site: Site) -> dict[str, ErpContract]:
    """Every company's ERP contract."""
    return {
        company.name: landing.read_contract(company.erp, TABLES.values(), site.mappings)
        for company in site.companies
    }


def take_in(
    warehouse: Warehouse,
    days: Days,
    say: Say,
    *,
    accept_closures: bool = False,
    together: bool = False,
) -> Intake:
    """Take in every delivery that lies in `landing/` and that nobody took in yet.

    Whatever its date: what lies there counts.  `days` are those the run is about.  Where they
    belong `together`, a bad one refuses all of them before anything is loaded, and all bad days
    are told at once; else the other companies and days go on.

    Raises:
        DataRefused: days that belong together have bad ones, or nothing is left to go on with.
        TryAgainLater: files are still being written.
        MappingFault: the SQL of an ERP is wrong and no company's delivery could be taken in.
    """
    site = warehouse.site
    contracts = contracts_of(site)
    with SiteState(site) as state, Raw(site.raw) as raw:
        register, folders = DeliveryRegister(state), SeenFolders(state)
        if register.is_empty:
            folders.forget()
        found = Intake(warnings=[*_leavers(warehouse), *_withdrawn(site, register)])
        _mend(site, register, raw)
        known, looks = folders.looks(), dict[str, str]()

        def is_seen(folder: Folder) -> bool:
            looks[folder.title] = look_of(folder)
            return known.get(folder.title) == looks[folder.title]

        seen = landing.survey(
            site, contracts, date.min, date.max, ledger=register, raw=raw, passes_over=is_seen
        )
        _refuse(seen, days, register, raw, together=together)
        require_space(site, sum(file.size for arrival in seen.new for file in arrival.files))
        landing.register(seen.new, register, raw)
        found.new += [arrival.delivery for arrival in seen.new]
        found.unsettled += [str(each) for each in seen.problems if each.is_unsettled]
        found.problems += [str(each) for each in seen.problems if not each.is_unsettled]
        found.warnings += seen.warnings
        found.warnings += landing.told_once(each.delivery for each in seen.new)
        folding = Folding(warehouse, contracts, state, raw, say, accept_closures, intake=found)
        for company in site.companies:
            folding.bring_up_to_date(company.name, seen.new)
        raw.durable()  # a folder that is not read again must not lose its copies
        taken = {_title(arrival.delivery) for arrival in (*seen.new, *seen.known)}
        folders.remember({title: looks[title] for title in taken - folding.refused})
    if found.has_mapping_fault and not found.loads:
        raise MappingFault("\n".join(found.problems))
    return found


def tell_again(warehouse: Warehouse, say: Say) -> Intake:
    """Fold all that is registered, as `raw/` keeps it; nothing is refused for good."""
    site = warehouse.site
    with SiteState(site) as state, Raw(site.raw) as raw:
        _mend(site, DeliveryRegister(state), raw)
        folding = Folding(warehouse, contracts_of(site), state, raw, say, keep_refused=True)
        for company in site.companies:
            folding.bring_up_to_date(company.name)
        return folding.intake


def _mend(site: Site, register: DeliveryRegister, raw: Raw) -> None:
    """Let register and `raw/` tell the same, whichever of them lost something."""
    companies = [company.name for company in site.companies]
    if register.is_empty:
        landing.restore_ledger(raw, companies, register)
    landing.mend_records(raw, companies, register)


def _withdrawn(site: Site, register: DeliveryRegister) -> Iterator[str]:
    """Let refused deliveries go that their senders took away, and say so."""
    gone = landing.withdrawn(site, register)
    register.forget_refused(gone)
    for each in gone:
        yield f"{each.title}: the delivery that was refused was taken away; it holds nothing now"


def _leavers(warehouse: Warehouse) -> Iterator[str]:
    """Take companies out of the ledger, and so of the group, that the site no longer names."""
    names = {company.name for company in warehouse.site.companies}
    held = warehouse.rows("SELECT DISTINCT company FROM canonical.delivery ORDER BY company")
    for (company,) in held:
        if company not in names:
            rewind(warehouse, company, 0)
            yield (
                f"{company} is no company of site.toml any more: its stock and movements left the "
                "ledger and the group from this run on; name it again and they come back from raw/"
            )


def _refuse(
    seen: Survey, days: Days, ledger: DeliveryRegister, raw: Raw, *, together: bool
) -> None:
    """Record what is refused; raise where nothing is left to go on with."""
    for refusal in seen.refused:
        if not all(problem.is_unsettled for problem in refusal.problems):
            landing.refuse(refusal, refusal.problems, ledger, raw)
    asked = [problem for problem in seen.problems if problem.extract_on in days]
    stand = [*seen.known, *seen.new]
    goes_on = any(each.delivery.extract_on in days for each in stand) or any(
        folder.extract_on in days for folder in seen.passed_over
    )
    if together or not goes_on:
        landing.raise_for(asked)


def _title(delivery: Delivery) -> str:
    return f"{delivery.company}/{delivery.extract_on}"


def not_folded(warehouse: Warehouse) -> list[tuple[str, date]]:
    """Deliveries that were accepted and that the ledger does not hold: company and extract date."""
    with SiteState(warehouse.site) as state:
        register = DeliveryRegister(state)
        return [
            (company.name, entry.delivery.extract_on)
            for company in warehouse.site.companies
            for held in (set(loaded(warehouse, company.name)),)
            for entry in register.accepted(company.name)
            if entry.delivery.number not in held
        ]


def days_in_raw(site: Site) -> Days | None:
    """From the first to the last extract date that `raw/` keeps."""
    with Raw(site.raw) as raw:
        dates = [
            arrival.delivery.extract_on
            for company in site.companies
            for arrival in landing.kept_deliveries(raw, company.name)
        ]
    return Days(min(dates), max(dates)) if dates else None
