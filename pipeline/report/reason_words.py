"""Why a ratio is missing, in words: the codes of published rows as the page says them."""

REASONS = {
    "short_history": "short history",
    "too_young": "not yet known",
    "no_stock": "no stock value",
    "no_cogs": "not sold",
    "only_consumed": "consumed",
    "negative_cogs": "returns exceed sales",
    "negative_stock": "negative stock",
    "no_cost": "cost missing",
    "no_target": "no target",
    "no_rate": "rate missing",
    "incomplete": "days missing",
}
