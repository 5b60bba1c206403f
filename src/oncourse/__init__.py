"""Oncourse: what to do next in a course of treatment, and where that is written."""

__version__ = "0.1.0"
