def test() -> int:
    """X y."""
    return 0
