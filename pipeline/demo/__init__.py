"""A deterministic sample group, written as native ERP extracts; nothing in it is real."""

from pipeline.demo.site import demo_settings
from pipeline.demo.story import DemoStory, write_corrections, write_demo

__all__ = ["DemoStory", "demo_settings", "write_corrections", "write_demo"]
