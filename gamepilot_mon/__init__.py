"""GamePilot Monitor: real-time monitoring and alerting for GamePilot."""

__version__ = "0.1.0"
