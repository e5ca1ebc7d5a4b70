"""The executor kit, applied to every executor and wrapper of this repository."""
