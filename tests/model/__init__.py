"""Whole flows, made by chance: run in process, over HTTP, and decided by a small interpreter of the language."""
