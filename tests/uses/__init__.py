"""Stepflow as programs use it: what their authors write, tried with a server that was started."""
