"""The decisions of people that a report rests on, out of the policy of its date."""

from pipeline.policy import Policy
from pipeline.report.inputs import PolicyValues


def policy_values(policy: Policy, definition_version: str) -> PolicyValues:
    """What the report is given of a policy, beside the version of the definitions."""
    return PolicyValues(
        slow_days=policy.thresholds.slow,
        dead_days=policy.thresholds.dead,
        days_per_year=policy.turnover.days_per_year,
        basis=policy.turnover.headline_basis,
        dead_share_limit=policy.targets.dead_share_limit,
        is_example=policy.targets.example or policy.materiality.example,
        targets_are_examples=policy.targets.example,
        carrying_rate=policy.carrying_cost.rate,
        carrying_is_example=policy.carrying_cost.example,
        noise=policy.materiality.change_of_turnover,
        notable_points=policy.materiality.change_of_share,
        far_over_limit=policy.materiality.far_over_limit,
        material_share=policy.materiality.share_of_stock,
        material_amount=policy.materiality.amount,
        share_named=policy.materiality.share_named,
        unattributed_limit=policy.materiality.unattributed_share,
        policy_version=policy.version,
        definition_version=definition_version,
    )
