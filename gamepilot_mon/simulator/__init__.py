"""A stand-in GamePilot: seeded traffic, its database, its HTTP API, and the trouble of a scenario."""
