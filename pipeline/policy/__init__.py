"""Decisions of people as dated data: what counts as slow, abnormal, a class, a benchmark."""

from pipeline.policy.forgiven_rows import ForgivenRow
from pipeline.policy.reader import PolicyBook, load_policies, site_policies
from pipeline.policy.rules import Benchmark, Policy, StatusThresholds, TargetsRule

__all__ = [
    "Benchmark",
    "ForgivenRow",
    "Policy",
    "PolicyBook",
    "StatusThresholds",
    "TargetsRule",
    "load_policies",
    "site_policies",
]
