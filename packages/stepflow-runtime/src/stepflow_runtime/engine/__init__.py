"""The engine: plans, the reducer that decides, the journal that remembers, the driver that acts."""
