"""The documents that the live feed and the API show, each computed from the store."""
