"""Fuzzing of what is read, in its short form, and the checks that it makes."""
