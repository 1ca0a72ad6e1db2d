"""Who gets which report, and the mail that brings it exactly once."""
